// Watching ourselves: threads that hang, how late the machine wakes threads, memory.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rediscluster::tests {

using Clock = std::chrono::steady_clock;

/** An environment variable's number, or the other one when it is not set. */
long long from_environment(const char* name, long long otherwise);

/** Seed of this process' random choices: that of REDISCLUSTER_FAULT_SEED, else a new one; printed when first asked for.
 */
unsigned fault_seed();

/** Ends the process, with the stacks of all its threads on stderr, when a call takes so long that its thread must be
    hanging. */
class Watchdog {
 public:
  explicit Watchdog(Clock::duration limit);
  ~Watchdog();

  /** One for each thread that is watched; must outlive no watchdog. */
  class Post {
   public:
    void begin(Clock::time_point now) noexcept { since_.store(now.time_since_epoch().count()); }
    void end() noexcept { since_.store(0); }

   private:
    friend class Watchdog;
    std::atomic<Clock::rep> since_{0};
  };
  Post& new_post();

 private:
  void run();

  const Clock::duration limit_;
  std::mutex mutex_;
  std::condition_variable over_;
  bool ending_ = false;
  std::deque<Post> posts_;
  std::thread thread_;
};

/** Threads that sleep, and compute a little when they wake, and see how much longer than it should it takes: what the
    machine costs whoever waits for a moment and then has something to do. */
class SchedulingDelay {
 public:
  SchedulingDelay();
  ~SchedulingDelay();
  /** The largest so far. */
  Clock::duration largest() const noexcept { return Clock::duration(largest_.load()); }

 private:
  std::atomic<bool> ending_{false};
  std::atomic<Clock::rep> largest_{0};
  std::vector<std::thread> threads_;
};

/** Bytes that this process has allocated and not freed; 0 where a sanitizer has replaced the allocator. */
std::size_t allocated_bytes();
/** Bytes of memory that this process occupies. */
std::size_t resident_bytes();

}  // namespace rediscluster::tests
