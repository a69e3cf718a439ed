// Requests and replies larger than all buffers between, over eight nodes, both ways at once: nobody may wait for who
// waits for him.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "fault/watch.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t keys_a_call = 64;
constexpr std::size_t threads = 4;

std::vector<std::string> keys_of(std::size_t thread) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < keys_a_call; ++i) {
    keys.push_back("large:" + std::to_string(thread) + ":" + std::to_string(i));
  }
  return keys;
}

// Of one letter, so that a value says at every place whose it is.
std::vector<std::pair<std::string, std::string>> pairs_of(std::size_t thread, int round, std::size_t size) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& key : keys_of(thread)) {
    pairs.emplace_back(key, std::string(size, static_cast<char>('a' + round)));
  }
  return pairs;
}

TEST(LargeScatterTest, NeverDeadlocks) {
  constexpr long long usual = sanitized ? 4 : 8;
  const auto megabytes = static_cast<std::size_t>(from_environment("REDISCLUSTER_SCATTER_MEGABYTES", usual));
  const std::size_t size = (megabytes << 20) / keys_a_call;
  const rediscluster::testing::LocalCluster servers(
      rediscluster::testing::LocalClusterOptions{.masters = 8, .slaves = 0});
  StrictRedisCluster r(servers.config(), {.socket_timeout = 120s});
  for (std::size_t t = 0; t < threads; ++t) ASSERT_TRUE(r.mset(pairs_of(t, 0, size)));

  Watchdog watchdog(180s);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> running;
  const auto begin = Clock::now();
  for (std::size_t t = 0; t < threads; ++t) {
    // One writes the keys that another reads at the same time.
    running.emplace_back([&, t, post = &watchdog.new_post()] {
      for (int round = 1; round <= 3; ++round) {
        const auto pairs = pairs_of(t, round, size);
        post->begin(Clock::now());
        r.mset(pairs);
        post->end();
      }
    });
    running.emplace_back([&, t, post = &watchdog.new_post()] {
      const std::vector<std::string> keys = keys_of(t);
      for (int round = 0; round < 3; ++round) {
        post->begin(Clock::now());
        const auto values = r.mget(keys);
        post->end();
        for (const auto& value : values) {
          if (!value || *value != std::string(size, (*value)[0])) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  EXPECT_EQ(wrong, 0);
  const std::chrono::duration<double> took = Clock::now() - begin;
  std::cout << threads * 6 << " calls of " << megabytes << " MB in " << took.count() << " s\n";
  for (std::size_t t = 0; t < threads; ++t) EXPECT_EQ(r.get(keys_of(t)[0]), std::string(size, 'd'));
}

}  // namespace
}  // namespace rediscluster::tests
