// A time of day that jumps. Linking this in makes every look at a clock a system call.
#pragma once

#include <chrono>

namespace rediscluster::tests {

/** Puts the time of day of this process forward, or back when it is negative. */
void set_time_of_day_ahead(std::chrono::seconds by);

}  // namespace rediscluster::tests
