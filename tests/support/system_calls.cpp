#include "support/system_calls.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <map>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace rediscluster::tests {
namespace {

struct Name {
  std::vector<std::string> addresses;
  int error = 0;
  bool blocked = false;
  int lookups = 0;
};

// Never destroyed: threads may still ask while the process ends.
struct World {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Name> names;
  int inside = 0;
};
World& world() {
  static World* const the = new World;
  return *the;
}

std::array<std::atomic<int>, 65536> connects;
std::atomic<int> connected_to_itself{0};
std::atomic<int> receives{0};

// The calls that these are in the place of.
struct Real {
  template <class F>
  static void find(F*& call, const char* name) {
    call = reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
  }
  Real() {
    find(getaddrinfo, "getaddrinfo");
    find(connect, "connect");
    find(syscall, "syscall");
    find(sched_yield, "sched_yield");
    find(recv, "recv");
    find(send, "send");
  }

  int (*getaddrinfo)(const char*, const char*, const addrinfo*, addrinfo**) = nullptr;
  int (*connect)(int, const sockaddr*, socklen_t) = nullptr;
  long (*syscall)(long, ...) = nullptr;
  int (*sched_yield)() = nullptr;
  ssize_t (*recv)(int, void*, std::size_t, int) = nullptr;
  ssize_t (*send)(int, const void*, std::size_t, int) = nullptr;
};
const Real& real() {
  static const Real the;
  return the;
}

// ---- Of threads that write, sleep and wake

struct Hooks {
  std::mutex mutex;
  bool watching = false;
  std::map<const std::uint32_t*, std::uint32_t> slept_on;
  int woken_too_early = 0;
  std::function<void()> yield;
  OnSend::Limit send;
  std::function<int()> receive;
};
Hooks& hooks() {
  static Hooks* const the = new Hooks;
  return *the;
}

void watch_futex(const std::uint32_t* word, long operation, std::uint32_t value) {
  const std::lock_guard lock(hooks().mutex);
  if (!hooks().watching) return;
  if (operation == FUTEX_WAIT_BITSET_PRIVATE) {
    hooks().slept_on[word] = value;
  } else if (operation == FUTEX_WAKE_PRIVATE) {
    const auto slept = hooks().slept_on.find(word);
    if (slept == hooks().slept_on.end()) return;
    if (__atomic_load_n(word, __ATOMIC_RELAXED) == slept->second) ++hooks().woken_too_early;
    hooks().slept_on.erase(slept);
  }
}

// A thread that forks does not do so while another one is in here, for the child would find it locked for ever. Nor are
// things made there for the first time.
[[maybe_unused]] const int forking = [] {
  real();
  world();
  hooks();
  return ::pthread_atfork(
      [] {
        world().mutex.lock();
        hooks().mutex.lock();
      },
      [] {
        hooks().mutex.unlock();
        world().mutex.unlock();
      },
      [] {
        hooks().mutex.unlock();
        world().mutex.unlock();
      });
}();

int resolve_name(const Name& name, const char* service, const addrinfo* hints, addrinfo** result) {
  if (name.error != 0) return name.error;
  addrinfo numeric = hints != nullptr ? *hints : addrinfo{};
  numeric.ai_flags |= AI_NUMERICHOST;
  addrinfo** end = result;
  for (const std::string& address : name.addresses) {
    if (const int error = real().getaddrinfo(address.c_str(), service, &numeric, end)) return error;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return 0;
}

}  // namespace

Names::~Names() {
  std::unique_lock lock(world().mutex);
  for (auto& [host, name] : world().names) name.blocked = false;
  world().changed.notify_all();
  world().changed.wait(lock, [] { return world().inside == 0; });
  world().names.clear();
}

void Names::resolve(const std::string& host, const std::vector<std::string>& addresses) {
  const std::lock_guard lock(world().mutex);
  world().names[host].addresses = addresses;
  world().names[host].error = 0;
}

void Names::fail(const std::string& host, int error) {
  const std::lock_guard lock(world().mutex);
  world().names[host].error = error;
}

void Names::block(const std::string& host) {
  const std::lock_guard lock(world().mutex);
  world().names[host].blocked = true;
}

void Names::unblock(const std::string& host) {
  const std::lock_guard lock(world().mutex);
  world().names[host].blocked = false;
  world().changed.notify_all();
}

int Names::lookups(const std::string& host) const {
  const std::lock_guard lock(world().mutex);
  return world().names[host].lookups;
}

int connects_to(int port) {
  return connects[static_cast<std::size_t>(port)];
}

ConnectedToItself::ConnectedToItself(int port) {
  connected_to_itself = port;
}

ConnectedToItself::~ConnectedToItself() {
  connected_to_itself = 0;
}

WatchedWords::WatchedWords() {
  const std::lock_guard lock(hooks().mutex);
  hooks().watching = true;
  hooks().woken_too_early = 0;
}

WatchedWords::~WatchedWords() {
  const std::lock_guard lock(hooks().mutex);
  hooks().watching = false;
  hooks().slept_on.clear();
}

int WatchedWords::sleepers() const {
  const std::lock_guard lock(hooks().mutex);
  return static_cast<int>(hooks().slept_on.size());
}

int WatchedWords::woken_too_early() const {
  const std::lock_guard lock(hooks().mutex);
  return hooks().woken_too_early;
}

int waiting_receives() {
  return receives;
}

OnYield::OnYield(std::function<void()> hook) {
  const std::lock_guard lock(hooks().mutex);
  hooks().yield = std::move(hook);
}

OnYield::~OnYield() {
  const std::lock_guard lock(hooks().mutex);
  hooks().yield = nullptr;
}

OnSend::OnSend(Limit limit) {
  const std::lock_guard lock(hooks().mutex);
  hooks().send = std::move(limit);
}

OnSend::~OnSend() {
  const std::lock_guard lock(hooks().mutex);
  hooks().send = nullptr;
}

OnReceive::OnReceive(std::function<int()> hook) {
  const std::lock_guard lock(hooks().mutex);
  hooks().receive = std::move(hook);
}

OnReceive::~OnReceive() {
  const std::lock_guard lock(hooks().mutex);
  hooks().receive = nullptr;
}

}  // namespace rediscluster::tests

using namespace rediscluster::tests;

extern "C" {

int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  const bool numeric = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  if (host != nullptr && !numeric) {
    std::unique_lock lock(world().mutex);
    const auto found = world().names.find(host);
    if (found != world().names.end()) {
      Name& name = found->second;
      ++name.lookups;
      ++world().inside;
      world().changed.wait(lock, [&] { return !name.blocked; });
      const Name answer = name;
      *result = nullptr;
      const int error = resolve_name(answer, service, hints, result);
      --world().inside;
      world().changed.notify_all();
      return error;
    }
  }
  return real().getaddrinfo(host, service, hints, result);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    ++connects[ntohs(in.sin_port)];
    if (connected_to_itself != 0 && ntohs(in.sin_port) == connected_to_itself) {
      const int on = 1;
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      [[maybe_unused]] const int bound = ::bind(fd, address, size);
    }
  }
  return real().connect(fd, address, size);
}

long syscall(long number, ...) noexcept {
  va_list list;
  va_start(list, number);
  long a[6];
  for (long& argument : a) argument = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex) {
    watch_futex(reinterpret_cast<const std::uint32_t*>(a[0]), a[1], static_cast<std::uint32_t>(a[2]));
  }
  return real().syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int sched_yield() noexcept {
  std::function<void()> hook;
  {
    const std::lock_guard lock(hooks().mutex);
    hook = hooks().yield;
  }
  if (!hook) return real().sched_yield();
  hook();
  return 0;
}

ssize_t recv(int fd, void* buffer, std::size_t size, int flags) {
  if (flags == 0 && (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0) ++receives;
  std::function<int()> hook;
  if ((flags & MSG_PEEK) == 0) {
    const std::lock_guard lock(hooks().mutex);
    hook = hooks().receive;
  }
  if (hook) {
    if (const int error = hook()) {
      errno = error;
      return -1;
    }
  }
  return real().recv(fd, buffer, size, flags);
}

ssize_t send(int fd, const void* bytes, std::size_t size, int flags) {
  OnSend::Limit limit;
  if (flags == (MSG_DONTWAIT | MSG_NOSIGNAL)) {
    const std::lock_guard lock(hooks().mutex);
    limit = hooks().send;
  }
  if (limit && size != 0) {
    int error = 0;
    const std::size_t taken = limit({static_cast<const char*>(bytes), size}, error);
    if (taken == 0) {
      errno = error;
      return -1;
    }
    size = std::min(size, taken);
  }
  return real().send(fd, bytes, size, flags);
}

}  // extern "C"
