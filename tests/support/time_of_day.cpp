#include "support/time_of_day.h"

#include <atomic>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
std::atomic<std::time_t> seconds_ahead{0};
}

void rediscluster::tests::set_time_of_day_ahead(std::chrono::seconds by) {
  seconds_ahead = by.count();
}

// By system call, and not through the C library: it is called before that can be asked for its own.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long error = ::syscall(SYS_clock_gettime, clock, time);
  if (error == 0 && clock == CLOCK_REALTIME) time->tv_sec += seconds_ahead.load(std::memory_order_relaxed);
  return static_cast<int>(error);
}
