// From a number in a reply to a span of time.
#pragma once

#include <chrono>

#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** A span of time from a number in its unit. */
template <class Rep, class Period>
struct Decoder<std::chrono::duration<Rep, Period>> {
  static std::chrono::duration<Rep, Period> decode(TapeView reply) {
    return std::chrono::duration<Rep, Period>(Decoder<Rep>::decode(reply));
  }
};

}  // namespace v0_1
}  // namespace rediscluster
