// How a thread sleeps until its calls are done.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "transport/deadline.h"
#include "transport/fork.h"

namespace rediscluster::transport {

/** What a thread sleeps on that waits for one call: it sleeps as long as the word has a certain value. */
using Word = std::atomic<std::uint32_t>;

/** Sleeps until woken or the deadline, or for no reason at all; not when the word has another value. */
void sleep_on(const Word& word, std::uint32_t value, Deadline deadline) noexcept;

/** Threads whose words have got another value, and that are still to be woken. That needs the address of the word only:
    the word itself may be gone by then, when its owner has seen the value without sleeping. */
class Sleepers {
 public:
  bool empty() const noexcept { return count_ == 0; }
  void add(const Word& word) noexcept;
  void wake() noexcept;
  /** Takes over all of the other's. */
  void take(Sleepers& other) noexcept;

 private:
  std::array<const Word*, 64> words_;
  std::size_t count_ = 0;
};

/** What a thread is woken through that polls: a descriptor among its sockets. */
class PollWaiter final {
 public:
  PollWaiter();
  PollWaiter(const PollWaiter&) = delete;
  PollWaiter& operator=(const PollWaiter&) = delete;

  void notify() noexcept;
  /** -1 when it was made by the parent of this forked process: then it is of no use any more. */
  int fd() const noexcept { return fd_.get(); }
  /** Makes fd() unreadable until the next notify(). */
  void clear() noexcept;

 private:
  Descriptor fd_;
};

}  // namespace rediscluster::transport
