// What the other tests are watched by.
#include "fault/watch.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;

TEST(WatchDeathTest, AThreadThatHangsEndsTheProcessWithAllStacks) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Watchdog watchdog(50ms);
        watchdog.new_post().begin(Clock::now());
        std::this_thread::sleep_for(60s);
      },
      "a thread hangs in a call; all threads:\nthread [0-9]+:\n");
}

TEST(WatchDeathTest, WhoComesBackInTimeIsLeftAlone) {
  Watchdog watchdog(10s);
  Watchdog::Post& post = watchdog.new_post();
  post.begin(Clock::now() - 9s);
  post.end();
  std::this_thread::sleep_for(300ms);  // a round of the watchdog
}

TEST(SchedulingDelayTest, SeesThatTheMachineIsBusy) {
  SchedulingDelay delay;
  std::vector<std::thread> busy;
  std::atomic<bool> stop = false;
  for (unsigned i = 0; i < 4 * std::thread::hardware_concurrency(); ++i) {
    busy.emplace_back([&stop] {
      while (!stop) {
      }
    });
  }
  EXPECT_TRUE(eventually([&] { return delay.largest() > 2ms; }));
  stop = true;
  for (std::thread& thread : busy) thread.join();
}

}  // namespace
}  // namespace rediscluster::tests
