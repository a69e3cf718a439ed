// Hours of work in little: at full rate, from several threads, memory does not grow and descriptors do not either.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <optional>
#include <random>
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

// Least squares: bytes a second.
double slope_of(const std::vector<Sample>& samples) {
  double time = 0;
  double memory = 0;
  for (const Sample& sample : samples) {
    time += sample.seconds;
    memory += sample.resident;
  }
  const auto count = static_cast<double>(samples.size());
  double above = 0;
  double below = 0;
  for (const Sample& sample : samples) {
    const double distance = sample.seconds - time / count;
    above += distance * (sample.resident - memory / count);
    below += distance * distance;
  }
  return below > 0 ? above / below : 0;
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
  const auto begin = Clock::now();
  while (Clock::now() - begin < length) {
    std::this_thread::sleep_for(length / 200);
    samples.push_back({std::chrono::duration<double>(Clock::now() - begin).count(),
                       static_cast<double>(resident_bytes()), static_cast<double>(allocated_bytes()), open_fds()});
  }
  stop = true;
  for (std::thread& thread : running) thread.join();

  // The first half is for buffers to reach their size.
  const std::vector<Sample> second(samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2), samples.end());
  const double seconds = second.back().seconds - second.front().seconds;
  [[maybe_unused]] const double growth = slope_of(second) * seconds;
  constexpr double megabyte = 1 << 20;
  std::cout << calls << " calls; slope of the second half " << slope_of(second) / 1024 << " KB/s\n";
  for (std::size_t i = 0; i < 5; ++i) {
    const Sample& sample = samples[i * (samples.size() - 1) / 4];
    std::cout << "after " << sample.seconds << " s: " << sample.resident / megabyte << " MB resident, "
              << sample.allocated / megabyte << " MB allocated, " << sample.descriptors << " descriptors\n";
  }
  EXPECT_EQ(failures, 0);
  if (!sanitized) {
    // Large values come and go at any moment: that is not growth.
    EXPECT_LE(growth, 8 * megabyte);
    EXPECT_LE(second.back().allocated - second.front().allocated, 4 * megabyte);
  }
  for (const Sample& sample : second) EXPECT_LE(sample.descriptors, second.front().descriptors);
}

}  // namespace
}  // namespace rediscluster::tests
