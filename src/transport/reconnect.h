// When a lane may try to connect again. No sockets here, and no clock: both are told.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "transport/backoff.h"
#include "transport/deadline.h"

namespace rediscluster::transport {

/** After an attempt that failed the next is not made before a random time has passed, up to 1 ms at first and doubling
    up to `longest`: however many callers a dead server has, it sees few attempts. Not thread-safe. */
class Reconnect {
 public:
  static constexpr Clock::duration shortest = std::chrono::milliseconds(1);
  /** So short that the rounds of a retried call, as they are by default, outlast it: a server that is back is found so
      by the first call. 40 attempts a second (80 on average, for the time is random) trouble nobody. */
  static constexpr Clock::duration longest = std::chrono::milliseconds(25);

  bool may_connect(Clock::time_point now) const noexcept { return failures_ == 0 || now >= not_before_; }
  /** Before when not; the past when nothing has failed. */
  Clock::time_point not_before() const noexcept { return failures_ == 0 ? Clock::time_point::min() : not_before_; }

  void failed(Clock::time_point now, std::uint32_t random) noexcept {
    not_before_ = after(now, share(doubled(shortest, failures_, longest), random));
    failures_ = std::min(failures_ + 1, 1000U);
  }
  void succeeded() noexcept { failures_ = 0; }

 private:
  unsigned failures_ = 0;  // since the last success
  Clock::time_point not_before_;
};

}  // namespace rediscluster::transport
