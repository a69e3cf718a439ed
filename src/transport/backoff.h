// How long to wait before what has failed is tried again.
#pragma once

#include <chrono>
#include <cstdint>

#include "transport/deadline.h"

namespace rediscluster::transport {

/** `first`, doubled `times` times, but no more than `longest`. */
constexpr Clock::duration doubled(Clock::duration first, unsigned times, Clock::duration longest) noexcept {
  for (; times != 0 && first.count() > 0 && first < longest; --times) first = first > longest / 2 ? longest : first * 2;
  return first < longest ? first : longest;
}

/** A share of `whole`, from next to nothing up to all of it, as `random` (of all its values) wants it. */
constexpr Clock::duration share(Clock::duration whole, std::uint32_t random) noexcept {
  constexpr double values = 4294967296.0;
  return Clock::duration(
      static_cast<Clock::rep>(static_cast<double>(whole.count()) * ((static_cast<double>(random) + 1) / values)));
}

/** `now` and `wait`, but no later than time can tell. */
constexpr Clock::time_point after(Clock::time_point now, Clock::duration wait) noexcept {
  return wait > Clock::time_point::max() - now ? Clock::time_point::max() : now + wait;
}

/** Not for secrets. Never fails, and differs between threads. */
std::uint32_t random_bits() noexcept;

}  // namespace rediscluster::transport
