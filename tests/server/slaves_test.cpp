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

#include "client/requests.h"
#include "server/cluster_support.h"
#include "support/processes.h"
#include "topology/topology.h"

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

// ---- Policy and health, with two slaves: node_2 and node_3

class TwoSlavesTest : public ::testing::Test {
 protected:
  TwoSlavesTest() : cluster_(rediscluster::testing::LocalClusterOptions{.masters = 1, .slaves = 2}) {
    PlainClient(config().nodes.at("node_1")).run({"SET", "key", "value"});
    cluster_.wait_for_replication();
    reset_stats(config());
  }
  const ClusterConfig& config() const { return cluster_.config(); }
  int gets(const char* server) const { return calls_of(config(), server, "get"); }

  rediscluster::testing::LocalCluster cluster_;
};

TEST_F(TwoSlavesTest, RoundRobinTakesTurns) {
  StrictRedisCluster r(config());
  for (int i = 0; i < 20; ++i) ASSERT_EQ(r.get("key"), "value");
  EXPECT_EQ(gets("node_1"), 0);
  EXPECT_EQ(gets("node_2"), 10);
  EXPECT_EQ(gets("node_3"), 10);
}

TEST_F(TwoSlavesTest, RandomTakesAny) {
  StrictRedisCluster r(config(), {.slaves = SlavePolicy::random});
  std::string order;
  int before = 0;
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(r.get("key"), "value");
    const int now = gets("node_2");
    order += now > before ? '2' : '3';
    before = now;
  }
  EXPECT_EQ(gets("node_1"), 0);
  EXPECT_GT(gets("node_2"), 50);
  EXPECT_GT(gets("node_3"), 50);
  EXPECT_NE(order.find("22"), std::string::npos) << "not in turns";
  EXPECT_NE(order.find("33"), std::string::npos);
}

TEST_F(TwoSlavesTest, MastersonlyIsForTheMaster) {
  StrictRedisCluster r(config(), {.mastersonly = true, .slaves = SlavePolicy::random});
  for (int i = 0; i < 20; ++i) ASSERT_EQ(r.get("key"), "value");
  EXPECT_EQ(gets("node_1"), 20);
}

TEST_F(TwoSlavesTest, AHungSlaveIsProbedAndNobodyWaits) {
  StrictRedisCluster r(config(), {.socket_timeout = 600ms, .socket_connect_timeout = 100ms});
  for (int i = 0; i < 4; ++i) ASSERT_EQ(r.get("key"), "value");
  cluster_.stop("node_2");
  std::vector<std::string> timeouts;
  // Long enough for several probes, none of which is answered.
  for (const auto end = std::chrono::steady_clock::now() + 4500ms; std::chrono::steady_clock::now() < end;) {
    try {
      ASSERT_EQ(r.get("key"), "value");
    } catch (const TimeoutError& error) {
      timeouts.emplace_back(error.what());
    }
  }
  EXPECT_THAT(timeouts, ::testing::ElementsAre(::testing::HasSubstr("node_2"))) << "the call that found out";
  cluster_.resume("node_2");
  const int before = gets("node_2");
  EXPECT_TRUE(eventually([&] { return r.get("key") == "value" && gets("node_2") > before + 1; }))
      << "it is used again by itself";
}

TEST_F(TwoSlavesTest, AKilledSlaveComesBackByItself) {
  StrictRedisCluster r(config());
  for (int i = 0; i < 4; ++i) ASSERT_EQ(r.get("key"), "value");
  cluster_.kill("node_2");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(r.get("key"), "value") << "unnoticed";
  cluster_.restart("node_2");
  EXPECT_TRUE(eventually([&] { return r.get("key") == "value" && gets("node_2") > 0; }));
}

TEST_F(TwoSlavesTest, WithAllSlavesDownTheMasterServes) {
  StrictRedisCluster r(config());
  ASSERT_EQ(r.get("key"), "value");
  cluster_.kill("node_2");
  cluster_.kill("node_3");
  reset_stats({.nodes = {{"node_1", config().nodes.at("node_1")}}});
  for (int i = 0; i < 20; ++i) ASSERT_EQ(r.get("key"), "value");
  EXPECT_EQ(gets("node_1"), 20);
}

TEST_F(TwoSlavesTest, ASlaveThatIsBackButOutOfStepIsNotUsedWhileTheMasterIsThere) {
  StrictRedisCluster r(config());
  ASSERT_EQ(r.get("key"), "value");
  ask(config(), "node_2", {"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_TRUE(eventually([&] {
    const int before = gets("node_2");
    for (int i = 0; i < 20; ++i) EXPECT_EQ(r.get("key"), "value");
    return gets("node_2") == before;
  }));
  const int before = gets("node_2");
  // Long enough for probes, which are answered, but not as they should be.
  for (const auto end = std::chrono::steady_clock::now() + 2500ms; std::chrono::steady_clock::now() < end;) {
    ASSERT_EQ(r.get("key"), "value");
  }
  EXPECT_EQ(gets("node_2"), before);
  EXPECT_EQ(gets("node_1"), 0) << "there is another slave";
  cluster_.kill("node_3");
  cluster_.kill("node_1");
  EXPECT_EQ(r.get("key"), "value") << "without a master it is good enough";
}

TEST_F(TwoSlavesTest, WithoutAMasterSlavesServeWithoutReconnecting) {
  StrictRedisCluster r(config());
  cluster_.kill("node_1");
  EXPECT_TRUE(eventually([&] { return ask(config(), "node_2", {"ROLE"}).find("connected") == std::string::npos; }));
  EXPECT_TRUE(eventually([&] { return ask(config(), "node_3", {"ROLE"}).find("connected") == std::string::npos; }));
  const auto connections = [&] {
    const std::string stats = ask(config(), "node_2", {"INFO", "stats"});
    return std::stoi(stats.substr(stats.find("total_connections_received:") + 27));
  };
  for (int i = 0; i < 20; ++i) ASSERT_EQ(r.get("key"), "value");
  const int before = connections();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(r.get("key"), "value");
  EXPECT_LE(connections() - before, 5);
}

// ---- What a server looks like from here

TEST_F(TwoSlavesTest, ServersTellTheirState) {
  topology::Topology topology(config(), {});
  topology::Server& master = *topology.find("node_1");
  topology::Server& slave = *topology.find("node_2");
  EXPECT_EQ(master.role(), transport::Role::Kind::master);
  EXPECT_EQ(slave.role(), transport::Role::Kind::slave);
  EXPECT_FALSE(slave.avoided());
  EXPECT_EQ(slave.in_flight(), 0U);
  EXPECT_EQ(slave.connections(), 1U);
  EXPECT_EQ(slave.reconnects(), 0U);

  const auto read = [&] {
    client::Request request(slave, routing::Access::read, "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n", 1);
    const auto now = transport::Clock::now();
    client::run_requests({&request, 1}, {now, transport::Deadline::after(5s, now), false});
    return !request.failure();
  };
  for (int i = 0; i < 63; ++i) ASSERT_TRUE(read());
  EXPECT_EQ(slave.latency().count(), 0);
  ASSERT_TRUE(read());
  EXPECT_GT(slave.latency().count(), 0);
  EXPECT_LT(slave.latency(), 1s);
  EXPECT_EQ(master.latency().count(), 0);

  cluster_.restart("node_2");
  ASSERT_TRUE(read());
  EXPECT_EQ(slave.reconnects(), 1U);
  EXPECT_EQ(slave.connections(), 1U);
  cluster_.kill("node_2");
  EXPECT_FALSE(read());
  EXPECT_TRUE(slave.avoided());
  EXPECT_EQ(slave.connections(), 0U);
}

}  // namespace
}  // namespace rediscluster::tests
