#include "transport/waiter.h"

#include <cerrno>
#include <cstdint>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace rediscluster::transport {

void ConditionWaiter::sleep(std::unique_lock<std::mutex>& lock, Deadline deadline) {
  if (deadline.is_never()) {
    condition_.wait(lock);
  } else {
    condition_.wait_until(lock, deadline.when());
  }
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
