#include "transport/waiter.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace rediscluster::transport {

namespace {

void wake_one(const Word* word) noexcept {
  ::syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace

void sleep_on(const Word& word, std::uint32_t value, Deadline deadline) noexcept {
  static_assert(sizeof(Word) == sizeof(std::uint32_t) && Word::is_always_lock_free);
  timespec until{};
  if (!deadline.is_never()) {
    const auto since_epoch = deadline.when().time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
    until.tv_sec = static_cast<std::time_t>(seconds.count());
    until.tv_nsec = static_cast<long>(std::chrono::nanoseconds(since_epoch - seconds).count());
  }
  // With a bit set, the time is a point of the steady clock and no duration.
  ::syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value, deadline.is_never() ? nullptr : &until, nullptr,
            FUTEX_BITSET_MATCH_ANY);
}

void Sleepers::add(const Word& word) noexcept {
  if (count_ == words_.size()) {
    wake_one(&word);
  } else {
    words_[count_++] = &word;
  }
}

void Sleepers::take(Sleepers& other) noexcept {
  std::copy_n(other.words_.begin(), other.count_, words_.begin());
  count_ = other.count_;
  other.count_ = 0;
}

void Sleepers::wake() noexcept {
  for (std::size_t i = 0; i < count_; ++i) wake_one(words_[i]);
  count_ = 0;
}

PollWaiter::PollWaiter() {
  fd_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (fd() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void PollWaiter::notify() noexcept {
  const std::uint64_t one = 1;
  // It can only fail by being full, and then it is readable anyway.
  [[maybe_unused]] const ssize_t written = ::write(fd(), &one, sizeof one);
}

void PollWaiter::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t read = ::read(fd(), &count, sizeof count);
}

}  // namespace rediscluster::transport
