// Host names to addresses, in threads of its own: getaddrinfo() blocks, for many seconds if need be, and cannot be told
// to stop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "transport/deadline.h"
#include "transport/socket.h"
#include "transport/waiter.h"

namespace rediscluster::transport {

/** One look-up, shared by all who ask for the same name while it is under way. */
class Lookup {
 public:
  struct Answer {
    std::vector<SocketAddress> addresses;  ///< in the order in which they are to be tried
    std::string error;                     ///< why there are none
  };

  explicit Lookup(std::string host) : host_(std::move(host)) {}

  bool done() const noexcept { return done_.load(std::memory_order_acquire); }
  /** Once it is done. */
  const Answer& answer() const noexcept { return answer_; }

 private:
  friend class Resolver;

  const std::string host_;
  Answer answer_;
  std::atomic<bool> done_{false};
  std::vector<std::weak_ptr<PollWaiter>> waiters_;  // guarded by the resolver's mutex
  Clock::time_point finished_;                      // the same
};

/** Thread-safe. Looks up each name once at a time, and no more than a number of names at a time; the others wait their
    turn. */
class Resolver {
 public:
  struct Settings {
    std::size_t max_threads = 16;
    /** An answer that came too late for everybody is kept for so long, or a name that is slower than connecting may be
        would never be resolved. */
    std::chrono::milliseconds late_answers_hold{10000};
    /** Does one look-up; may block. Called in a thread of the resolver's. */
    Lookup::Answer (*look_up)(const std::string& host) = nullptr;  // null: getaddrinfo()
    /** Runs `f(argument)` in a thread that nobody joins; std::system_error when there is none to be had. */
    void (*start_thread)(void (*f)(void*), void* argument) = nullptr;  // null: std::thread
  };

  /** The one of this process; in a forked child it has nothing to do with its parent's. It is never destroyed: its
      threads may outlive main(). */
  static Resolver& shared();

  explicit Resolver(const Settings& settings);
  /** Look-ups that are under way go on and are nobody's. */
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /** Starts a look-up, or joins one. `waiter`, while it lives, is notified when it is done. May be done already when
      this returns. Never blocks. std::system_error when no thread can be started. */
  std::shared_ptr<const Lookup> look_up(const std::string& host, const std::shared_ptr<PollWaiter>& waiter);

  /** Looks up and waits for the answer; nullopt when the deadline has passed before it came. */
  std::optional<Lookup::Answer> wait_for(const std::string& host, Deadline deadline);

  /** To be called in the child after a fork(), where there are no threads but the caller: whatever the state was,
     locked perhaps or half changed, it is left alone, and a new one made. Not thread-safe. */
  static void forget_all_after_fork();

 private:
  struct State;

  static std::atomic<Resolver*> shared_;

  std::shared_ptr<State> state_;
};

}  // namespace rediscluster::transport
