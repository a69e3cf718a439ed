#include "transport/resolver.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <deque>
#include <mutex>
#include <netdb.h>
#include <new>
#include <poll.h>
#include <system_error>
#include <thread>
#include <utility>

#include "transport/fork.h"

namespace rediscluster::transport {

namespace {

Lookup::Answer ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error == EAI_SYSTEM) return {{}, std::generic_category().message(errno)};
  if (error != 0) return {{}, ::gai_strerror(error)};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  Lookup::Answer answer;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) answer.addresses.push_back(SocketAddress::of(*a));
  return answer;
}

// The program's signals are for its own threads.
class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

void start_detached(void (*f)(void*), void* argument) {
  const AllSignalsBlocked blocked;  // the new thread inherits it
  std::thread(f, argument).detach();
}

}  // namespace

// Owned by the resolver and by each of its threads, which may outlive it.
struct Resolver::State {
  explicit State(const Settings& given) : settings(given) {
    if (settings.look_up == nullptr) settings.look_up = ask_system;
    if (settings.start_thread == nullptr) settings.start_thread = start_detached;
  }

  static void run(void* argument) {
    const std::unique_ptr<std::shared_ptr<State>> self(static_cast<std::shared_ptr<State>*>(argument));
    (*self)->work();
  }

  void work() noexcept {
    std::unique_lock lock(mutex);
    while (!queue.empty()) {
      const std::shared_ptr<Lookup> lookup = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      Lookup::Answer answer;
      try {
        answer = settings.look_up(lookup->host_);
      } catch (const std::bad_alloc&) {
        answer.error = "out of memory";  // short enough to need none
      }
      lock.lock();
      finish(*lookup, std::move(answer));
    }
    --threads;
  }

  void finish(Lookup& lookup, Lookup::Answer answer) noexcept {
    if (answer.addresses.empty() && answer.error.empty()) answer.error = "no address";
    lookup.answer_ = std::move(answer);
    lookup.finished_ = Clock::now();
    lookup.done_.store(true, std::memory_order_release);
    bool wanted = false;
    for (const auto& weak : lookup.waiters_) {
      if (const std::shared_ptr<PollWaiter> waiter = weak.lock()) {
        waiter->notify();
        wanted = true;
      }
    }
    lookup.waiters_.clear();
    if (wanted) std::erase_if(lookups, [&](const auto& other) { return other.get() == &lookup; });
  }

  Settings settings;
  std::shared_ptr<State> forgotten;              // the one before a fork
  std::mutex mutex;                              // guards what follows
  std::vector<std::shared_ptr<Lookup>> lookups;  // under way, or done too late
  std::deque<std::shared_ptr<Lookup>> queue;     // of these, not begun yet
  std::size_t threads = 0;
};

// No local static: a child that was forked while one is made would wait for it for ever.
std::atomic<Resolver*> Resolver::shared_{nullptr};

namespace {
std::atomic<unsigned> forks{0};  // fork_generation() of what shared_ holds
}  // namespace

Resolver& Resolver::shared() {
  if (forks.load(std::memory_order_acquire) != fork_generation()) {
    const ForkLock lock;
    if (forks.load(std::memory_order_relaxed) != fork_generation()) forget_all_after_fork();
    forks.store(fork_generation(), std::memory_order_release);
  }
  Resolver* resolver = shared_.load(std::memory_order_acquire);
  if (resolver != nullptr) return *resolver;
  auto made = std::make_unique<Resolver>(Settings());
  if (shared_.compare_exchange_strong(resolver, made.get(), std::memory_order_acq_rel)) resolver = made.release();
  return *resolver;
}

Resolver::Resolver(const Settings& settings) : state_(std::make_shared<State>(settings)) {}

Resolver::~Resolver() = default;

std::shared_ptr<const Lookup> Resolver::look_up(const std::string& host, const std::shared_ptr<PollWaiter>& waiter) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  const Clock::time_point now = Clock::now();
  std::erase_if(state.lookups, [&](const auto& lookup) {
    return lookup->done() && now - lookup->finished_ > state.settings.late_answers_hold;
  });
  const auto same = std::ranges::find_if(state.lookups, [&](const auto& lookup) { return lookup->host_ == host; });
  if (same != state.lookups.end()) {
    const std::shared_ptr<Lookup> lookup = *same;
    if (lookup->done()) {
      state.lookups.erase(same);  // to be used once; the next one asks anew
    } else {
      std::erase_if(lookup->waiters_, [](const auto& weak) { return weak.expired(); });
      lookup->waiters_.push_back(waiter);
    }
    return lookup;
  }
  const auto lookup = std::make_shared<Lookup>(host);
  lookup->waiters_.push_back(waiter);
  state.lookups.push_back(lookup);
  try {
    state.queue.push_back(lookup);
    if (state.threads < state.settings.max_threads) {
      auto self = std::make_unique<std::shared_ptr<State>>(state_);
      ++state.threads;
      try {
        state.settings.start_thread(State::run, self.get());
        static_cast<void>(self.release());  // it is the thread's
      } catch (const std::exception&) {
        // Those that run already will come to it.
        if (--state.threads == 0) throw;
      }
    }
  } catch (...) {
    std::erase(state.queue, lookup);
    std::erase(state.lookups, lookup);
    throw;
  }
  return lookup;
}

std::optional<Lookup::Answer> Resolver::wait_for(const std::string& host, Deadline deadline) {
  const auto waiter = std::make_shared<PollWaiter>();
  const std::shared_ptr<const Lookup> lookup = look_up(host, waiter);
  while (!lookup->done()) {
    const Clock::time_point now = Clock::now();
    if (deadline.passed(now)) return std::nullopt;
    pollfd polled{waiter->fd(), POLLIN, 0};
    ::poll(&polled, 1, deadline.poll_timeout(now));
  }
  return lookup->answer();
}

void Resolver::forget_all_after_fork() {
  Resolver* const resolver = shared_.load(std::memory_order_acquire);
  if (resolver == nullptr) return;
  auto fresh = std::make_shared<State>(resolver->state_->settings);
  fresh->forgotten = std::move(resolver->state_);
  resolver->state_ = std::move(fresh);
}

}  // namespace rediscluster::transport
