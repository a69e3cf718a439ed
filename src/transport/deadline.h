// Points of time by which something must be done, by the steady clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace rediscluster::transport {

using Clock = std::chrono::steady_clock;

class Deadline {
 public:
  static constexpr Deadline never() noexcept { return Deadline(Clock::time_point::max()); }
  /** `timeout` from now on; never when it is zero. */
  static constexpr Deadline after(std::chrono::milliseconds timeout, Clock::time_point now) noexcept {
    if (timeout.count() <= 0) return never();
    // The other way round it would be the timeout that is converted, and overflows.
    if (timeout > std::chrono::floor<std::chrono::milliseconds>(Clock::time_point::max() - now)) return never();
    return Deadline(now + timeout);
  }

  static constexpr Deadline at(Clock::time_point when) noexcept { return Deadline(when); }

  constexpr bool is_never() const noexcept { return when_ == Clock::time_point::max(); }
  constexpr bool passed(Clock::time_point now) const noexcept { return now >= when_; }
  /** For poll(): milliseconds left, rounded up, so that it does not wake too early; -1 for never. */
  constexpr int poll_timeout(Clock::time_point now) const noexcept {
    if (is_never()) return -1;
    if (passed(now)) return 0;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(when_ - now).count();
    return static_cast<int>(std::min<long long>(left, std::numeric_limits<int>::max()));
  }
  constexpr Clock::time_point when() const noexcept { return when_; }
  constexpr Deadline earlier(Deadline other) const noexcept { return Deadline(std::min(when_, other.when_)); }

 private:
  constexpr explicit Deadline(Clock::time_point when) noexcept : when_(when) {}

  Clock::time_point when_;
};

}  // namespace rediscluster::transport
