// Servers are stopped, killed and restarted at random while many threads work. Whatever happens: what was acknowledged
// is there, nothing is applied twice, and no call outlives its deadline. Seeded; the seed is printed. How long it runs:
// environment variable REDISCLUSTER_FAULT_SECONDS.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/partitioner.h>
#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "support/open_fds.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto timeout = 300ms;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr auto grace = 1000ms;  // everything is slower
#else
constexpr auto grace = 300ms;  // for a machine that is busy with all these threads
#endif

std::chrono::seconds duration() {
  const char* const seconds = std::getenv("REDISCLUSTER_FAULT_SECONDS");
  return std::chrono::seconds(seconds != nullptr ? std::atoi(seconds) : 4);
}

// A name on node_1 that is no key of the others' work.
std::string counter() {
  const Partitioner partitioner(3);
  for (int i = 0;; ++i) {
    std::string name = "counter:" + std::to_string(i);
    if (partitioner.node_of(name) == 0) return name;
  }
}

// Works on node_1, which is only ever stopped and so never loses data, and on all nodes at once.
class Workload {
 public:
  explicit Workload(const ClusterConfig& config)
      : r_(config, {.socket_timeout = timeout, .socket_connect_timeout = 200ms}) {}

  void run(unsigned seed) {
    std::mt19937 random(seed);
    const std::string counter_name = counter();
    for (int i = 0; !stop; ++i) {
      const auto begin = Clock::now();
      const std::string key = "key:" + std::to_string(random() % 1000);
      try {
        switch (random() % 6) {
          case 0:
            count([&] { r_.incr(counter_name); });
            break;
          case 1:
            check_value(key, r_.get(key));
            break;
          case 2:
            check_values(random);
            break;
          case 3:
            r_.set(key, key);
            break;
          case 4:
            r_.set("large:" + key, std::string(200000, 'x'));
            break;
          default:
            check_pipeline(random);
            break;
        }
      } catch (const ConnectionError&) {
      } catch (const TimeoutError&) {
      }
      if (Clock::now() - begin > timeout + grace) ++late;
    }
  }

  std::atomic<bool> stop = false;
  std::atomic<long long> acknowledged = 0;
  std::atomic<long long> maybe = 0;
  std::atomic<int> wrong = 0;
  std::atomic<int> late = 0;

 private:
  template <class F>
  void count(F increment) {
    try {
      increment();
      ++acknowledged;
    } catch (const ConnectionError& error) {
      if (error.maybe_executed()) ++maybe;
      throw;
    } catch (const TimeoutError& error) {
      if (error.maybe_executed()) ++maybe;
      throw;
    }
  }
  // Every key holds its own name, or nothing after its server has lost its data.
  void check_value(const std::string& key, const std::optional<std::string>& value) {
    if (value && *value != key) ++wrong;
  }
  std::vector<std::string> some_keys(std::mt19937& random) {
    std::vector<std::string> keys;
    for (int i = 0; i < 20; ++i) keys.push_back("key:" + std::to_string(random() % 1000));
    return keys;
  }
  void check_values(std::mt19937& random) {
    const auto keys = some_keys(random);
    const auto values = r_.mget(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) check_value(keys[i], values.at(i));
  }
  void check_pipeline(std::mt19937& random) {
    const auto keys = some_keys(random);
    Pipeline pipeline = r_.pipeline();
    std::vector<Queued<std::optional<std::string>>> values;
    for (const std::string& key : keys) values.push_back(pipeline.get(key));
    pipeline.execute();
    for (std::size_t i = 0; i < keys.size(); ++i) check_value(keys[i], values[i].get());
  }

  StrictRedisCluster r_;
};

TEST(FaultsUnderLoadTest, WhatWasAcknowledgedIsThereAndNothingTwice) {
  const unsigned seed = std::random_device()();
  std::cout << "seed " << seed << '\n';
  std::mt19937 random(seed);
  rediscluster::testing::LocalCluster servers(rediscluster::testing::LocalClusterOptions{.masters = 3, .slaves = 1});
  const std::size_t descriptors = open_fds();
  {
    Workload workload(servers.config());
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 16; ++t) threads.emplace_back([&workload, seed, t] { workload.run(seed + t); });
    const auto end = Clock::now() + duration();
    while (Clock::now() < end) {
      const std::string stopped = random() % 2 == 0 ? "node_1" : "node_4";  // a master, or its slave
      servers.stop(stopped);
      servers.restart(random() % 2 == 0 ? "node_2" : "node_6");  // another master, another slave: both empty
      if (random() % 2 == 0) servers.restart("node_3", {.keep_data = true});
      servers.resume(stopped);
    }
    workload.stop = true;
    for (std::thread& thread : threads) thread.join();

    EXPECT_EQ(workload.wrong, 0);
    EXPECT_EQ(workload.late, 0);
    EXPECT_GT(workload.acknowledged, 0);
    // What was sent before its caller gave up may still be under way.
    StrictRedis master(servers.config().nodes.at("node_1"));
    const long long counted = std::stoll(master.get(counter()).value_or("0"));
    EXPECT_GE(counted, workload.acknowledged);
    EXPECT_LE(counted, workload.acknowledged + workload.maybe);
  }
  EXPECT_TRUE(eventually([&] { return open_fds() <= descriptors; })) << open_fds() << " > " << descriptors;
}

}  // namespace
}  // namespace rediscluster::tests
