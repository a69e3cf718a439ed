// How a thread sleeps until its calls are done.
#pragma once

#include <condition_variable>
#include <mutex>

#include "transport/deadline.h"
#include "transport/fork.h"

namespace rediscluster::transport {

/** What a sleeping thread is woken through: a condition when it waits for one call, a descriptor when it polls. */
class Waiter {
 public:
  virtual ~Waiter() = default;
  /** Wakes the thread, which may destroy the waiter as soon as it can take the mutex that the caller holds. */
  virtual void notify() noexcept = 0;
};

/** Sleeps on a condition. */
class ConditionWaiter final : public Waiter {
 public:
  void notify() noexcept override { condition_.notify_one(); }
  /** Until notified or the deadline. */
  void sleep(std::unique_lock<std::mutex>& lock, Deadline deadline);

 private:
  std::condition_variable condition_;
};

/** To be polled together with sockets. */
class PollWaiter final : public Waiter {
 public:
  PollWaiter();
  PollWaiter(const PollWaiter&) = delete;
  PollWaiter& operator=(const PollWaiter&) = delete;

  void notify() noexcept override;
  /** -1 when it was made by the parent of this forked process: then it is of no use any more. */
  int fd() const noexcept { return fd_.get(); }
  /** Makes fd() unreadable until the next notify(). */
  void clear() noexcept;

 private:
  Descriptor fd_;
};

}  // namespace rediscluster::transport
