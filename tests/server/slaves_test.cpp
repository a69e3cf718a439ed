// Which slaves are read from, and that a shared connection keeps its promises when callers differ.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;

class SlavesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = new rediscluster::testing::LocalCluster(rediscluster::testing::LocalClusterOptions{.masters = 1});
  }
  static void TearDownTestSuite() { delete cluster_; }

  void SetUp() override {
    PlainClient(config().nodes.at("node_1")).run({"SET", "key", "old"});
    cluster_->wait_for_replication();
    reset_stats(config());
  }

  static const ClusterConfig& config() { return cluster_->config(); }

  static rediscluster::testing::LocalCluster* cluster_;
};
rediscluster::testing::LocalCluster* SlavesTest::cluster_ = nullptr;

TEST_F(SlavesTest, WhatChangesNoDataLeavesReadsWithTheSlaves) {
  StrictRedisCluster r(config());
  r.ping();
  r.info();
  r.time();
  r.echo("hello");
  r.touch("key");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(r.get("key"), "old");
  EXPECT_EQ(calls_of(config(), "node_2", "get"), 10);
  EXPECT_EQ(calls_of(config(), "node_1", "get"), 0);
}

TEST_F(SlavesTest, ScriptsCountAsWrites) {
  StrictRedisCluster r(config());
  r.execute_command("EVAL", "redis.call('SET', KEYS[1], 'new') return 1", 1, "key");
  EXPECT_EQ(r.get("key"), "new");
  EXPECT_EQ(calls_of(config(), "node_1", "get"), 1);
}

TEST_F(SlavesTest, ASlaveThatLosesItsMasterIsReadNoLongerThanASecond) {
  StrictRedisCluster r(config());
  ASSERT_EQ(r.get("key"), "old");
  PlainClient slave(config().nodes.at("node_2"));
  slave.run({"REPLICAOF", "127.0.0.1", "1"});
  PlainClient(config().nodes.at("node_1")).run({"SET", "key", "new"});
  const auto lost = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return r.get("key") == "new"; }));
  EXPECT_LT(std::chrono::steady_clock::now() - lost, 2s);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(r.get("key"), "new");

  // And it is read again once it is back in step.
  slave.run({"REPLICAOF", "127.0.0.1", std::to_string(config().nodes.at("node_1").port)});
  cluster_->wait_for_replication();
  reset_stats(config());
  EXPECT_TRUE(eventually([&] { return r.get("key") == "new" && calls_of(config(), "node_2", "get") > 0; }, 15s));
}

TEST_F(SlavesTest, ABlockedCallerKeepsNobodyWaiting) {
  StrictRedisCluster r(config());
  std::thread blocked([&] { EXPECT_EQ(r.execute_command("BLPOP", "queue", 20)[1].view().text(), "element"); });
  EXPECT_TRUE(eventually([&] {
    return ask(config(), "node_1", {"INFO", "clients"}).find("blocked_clients:1") != std::string::npos;
  }));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(r.set("key", i));
  r.rpush("queue", "element");
  blocked.join();
}

TEST_F(SlavesTest, ManyThreadsNeedFewConnections) {
  StrictRedisCluster r(config(), {.client_name = "shared"});
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = "key:" + std::to_string(t);
      for (int i = 0; i < 100; ++i) {
        r.set(key, i);
        if (r.get(key) != std::to_string(i)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  const std::string clients = ask(config(), "node_1", {"CLIENT", "LIST"});
  int ours = 0;
  for (std::size_t at = clients.find("name=shared"); at != std::string::npos; at = clients.find("name=shared", at + 1))
    ++ours;
  EXPECT_GE(ours, 1);
  EXPECT_LE(ours, 2);
}

// Requests and replies larger than all buffers between client and server, by several callers of one connection at once.
TEST_F(SlavesTest, HugeAndSmallCallsShareAConnection) {
  StrictRedisCluster r(config(), {.socket_timeout = 60s, .mastersonly = true});
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const std::string key = "huge:" + std::to_string(t);
      const std::string value(t % 2 == 0 ? 4 << 20 : 10, static_cast<char>('a' + t));
      for (int i = 0; i < (t % 2 == 0 ? 5 : 500); ++i) {
        r.set(key, value);
        if (r.get(key) != value) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  r.flushall();
}

TEST_F(SlavesTest, ManyThreadsScatterOverSharedConnections) {
  const rediscluster::testing::LocalCluster servers(
      rediscluster::testing::LocalClusterOptions{.masters = 4, .slaves = 0});
  StrictRedisCluster r(servers.config());
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) keys.push_back("key:" + std::to_string(i));
  for (const std::string& key : keys) r.set(key, key);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        if (t % 4 == 0) {
          r.set(keys[static_cast<std::size_t>(i)], keys[static_cast<std::size_t>(i)]);
          continue;
        }
        const auto values = r.mget(keys);
        for (std::size_t k = 0; k < keys.size(); ++k) wrong += values[k] == keys[k] ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace rediscluster::tests
