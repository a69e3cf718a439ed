// Hours of work in little: at full rate, from several threads, memory does not grow and descriptors do not either.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "fault/watch.h"
#include "support/open_fds.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;

// The same keys all the time: servers do not grow.
void work(StrictRedisCluster& r, std::mt19937& random) {
  const std::string key = "key:" + std::to_string(random() % 1000);
  switch (random() % 10) {
    case 0: {
      const std::string large = "large:" + std::to_string(random() % 10);
      r.set(large, std::string(random() % 300000, 'x'));
      r.get(large);
      return;
    }
    case 1: {
      std::vector<std::string> keys;
      for (int i = 0; i < 50; ++i) keys.push_back("key:" + std::to_string(random() % 1000));
      r.mget(keys);
      return;
    }
    case 2: {
      Pipeline pipeline = r.pipeline();
      std::vector<Queued<std::optional<std::string>>> values;
      for (int i = 0; i < 50; ++i) values.push_back(pipeline.get("key:" + std::to_string(random() % 1000)));
      pipeline.incr("counter");
      pipeline.execute();
      return;
    }
    case 3:
      try {
        r.execute_command("LPUSH", key, "x");  // an error, for it holds a text
      } catch (const ResponseError&) {
      }
      return;
    case 4: {
      try {
        r.with({.timeout = 1ms}).get(key);
      } catch (const TimeoutError&) {
      }
      return;
    }
    case 5:
      r.sinterstore("stored", {"set:" + std::to_string(random() % 10), "set:" + std::to_string(random() % 10)});
      return;
    case 6:
      r.set(key, key);
      return;
    default:
      r.get(key);
  }
}

struct Sample {
  double seconds;
  double resident;  // bytes
  double allocated;
  std::size_t descriptors;
};

double least(std::span<const Sample> samples, double Sample::*figure) {
  double least = samples.front().*figure;
  for (const Sample& sample : samples) least = std::min(least, sample.*figure);
  return least;
}

TEST(SoakTest, NothingGrows) {
  constexpr unsigned threads = 8;
  const auto length = std::chrono::seconds(from_environment("REDISCLUSTER_SOAK_SECONDS", 3));
  const rediscluster::testing::LocalCluster servers(
      rediscluster::testing::LocalClusterOptions{.masters = 2, .slaves = 1});
  StrictRedisCluster r(servers.config(), {.socket_timeout = 20s});
  for (int i = 0; i < 1000; ++i) r.set("key:" + std::to_string(i), i);
  for (int i = 0; i < 10; ++i) {
    for (int k = 0; k < 100; ++k) r.sadd("set:" + std::to_string(i), i * k);
  }
  const std::size_t descriptors = open_fds();
  std::atomic<bool> stop = false;
  std::atomic<long long> calls = 0;
  std::atomic<int> failures = 0;
  std::vector<std::thread> running;
  for (unsigned t = 0; t < threads; ++t) {
    running.emplace_back([&, random = std::mt19937(fault_seed() + t)]() mutable {
      for (; !stop; ++calls) {
        try {
          work(r, random);
        } catch (const std::exception& error) {
          if (failures++ == 0) ADD_FAILURE() << error.what();
        }
      }
    });
  }
  std::vector<Sample> samples;
  // A second link to each of the four servers, one that is about to replace another, and what each thread polls with.
  const std::size_t most_descriptors = descriptors + 4 * 2 + threads;
  const auto begin = Clock::now();
  while (Clock::now() - begin < length) {
    std::this_thread::sleep_for(length / 200);
    samples.push_back({std::chrono::duration<double>(Clock::now() - begin).count(),
                       static_cast<double>(resident_bytes()), static_cast<double>(allocated_bytes()), open_fds()});
  }
  stop = true;
  for (std::thread& thread : running) thread.join();

  // The first half is for buffers to reach their size. Large values come and go at any moment, and are not what grows:
  // that is the least that is in use, in one quarter and in the next.
  const std::size_t quarter = samples.size() / 4;
  const std::span<const Sample> third(samples.data() + 2 * quarter, quarter);
  const std::span<const Sample> last(samples.data() + 3 * quarter, quarter);
  constexpr double megabyte = 1 << 20;
  std::cout << calls << " calls\n";
  for (std::size_t i = 0; i < 5; ++i) {
    const Sample& sample = samples[i * (samples.size() - 1) / 4];
    std::cout << "after " << sample.seconds << " s: " << sample.resident / megabyte << " MB resident, "
              << sample.allocated / megabyte << " MB allocated, " << sample.descriptors << " descriptors\n";
  }
  EXPECT_EQ(failures, 0);
  if (!sanitized) {
    EXPECT_LE(least(last, &Sample::resident) - least(third, &Sample::resident), 8 * megabyte);
    EXPECT_LE(least(last, &Sample::allocated) - least(third, &Sample::allocated), 4 * megabyte);
  }
  for (const Sample& sample : samples) EXPECT_LE(sample.descriptors, most_descriptors);
}

}  // namespace
}  // namespace rediscluster::tests
