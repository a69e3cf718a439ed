// Replacing the configuration of a client that is in use.
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::LocalClusterOptions;

int connections_received(const ClusterConfig& cluster, const std::string& server) {
  const std::string stats = ask(cluster, server, {"INFO", "stats"});
  const std::string field = "total_connections_received:";
  return std::stoi(stats.substr(stats.find(field) + field.size()));
}

TEST(ReloadTest, CallsGoByTheNewConfigurationAndSoDoCopies) {
  const LocalCluster one(LocalClusterOptions{.masters = 2, .slaves = 0});
  const LocalCluster other(LocalClusterOptions{.masters = 3, .slaves = 0});
  const StrictRedisCluster r(one.config());
  const StrictRedisCluster copy = r.with({.timeout = 10s});
  r.set("key", "of one");
  r.reload(other.config());
  EXPECT_EQ(copy.masters(), 3U);
  EXPECT_EQ(copy.get("key"), std::nullopt);
  copy.set("key", "of the other");
  EXPECT_EQ(r.get("key"), "of the other");
  EXPECT_EQ(r.dbsize(), 1);
  EXPECT_EQ(r.getnodefor("key").port, other.config().nodes.at(r.getnodefor("key").name).port);
  EXPECT_EQ(r.topology().reloads, 1U);
  r.reload(one.config());
  EXPECT_EQ(copy.get("key"), "of one");
  EXPECT_EQ(r.topology().reloads, 2U);
}

TEST(ReloadTest, AWrongConfigurationChangesNothing) {
  const LocalCluster servers(LocalClusterOptions{.masters = 2});
  const StrictRedisCluster r(servers.config());
  r.set("key", "value");
  ClusterConfig wrong = servers.config();
  wrong.nodes.at("node_1").port = 0;
  EXPECT_THROW(r.reload(wrong), DataError);
  wrong = servers.config();
  wrong.master_of = {{"node_1", "node_4"}, {"node_2", "node_3"}};  // slaves of the other
  EXPECT_THROW(r.reload(wrong), DataError);
  EXPECT_EQ(r.topology().reloads, 0U);
  EXPECT_EQ(r.get("key"), "value");
}

TEST(ReloadTest, ConnectionsToTheSameServersAreKept) {
  const LocalCluster servers(LocalClusterOptions{.masters = 2});
  const StrictRedisCluster r(servers.config());
  ClusterConfig without_a_slave = servers.config();
  without_a_slave.nodes.erase("node_3");
  without_a_slave.master_of.at("node_1") = {};
  for (int i = 0; i < 20; ++i) r.get("key:" + std::to_string(i));
  std::vector<int> before;
  for (const auto* name : {"node_1", "node_2", "node_4"}) {
    before.push_back(connections_received(servers.config(), name));
  }
  for (int i = 0; i < 20; ++i) {
    r.reload(i % 2 == 0 ? without_a_slave : servers.config());
    r.set("key", i);
    ASSERT_EQ(r.get("key"), std::to_string(i));
  }
  std::size_t i = 0;
  for (const auto* name : {"node_1", "node_2", "node_4"}) {
    // Each of our questions is a connection too.
    EXPECT_EQ(connections_received(servers.config(), name), before[i++] + 1) << name;
  }
}

TEST(ReloadTest, ConnectionsToServersThatAreNoLongerThereAreClosed) {
  const LocalCluster one(LocalClusterOptions{.masters = 1, .slaves = 0});
  const LocalCluster other(LocalClusterOptions{.masters = 1, .slaves = 0});
  const StrictRedisCluster r(one.config(), {.client_name = "reloaded"});
  r.set("key", "value");
  ASSERT_NE(ask(one.config(), "node_1", {"CLIENT", "LIST"}).find("name=reloaded"), std::string::npos);
  r.reload(other.config());
  EXPECT_TRUE(eventually([&] {
    return ask(one.config(), "node_1", {"CLIENT", "LIST"}).find("name=reloaded") == std::string::npos;
  }));
}

TEST(ReloadTest, ABlockedCallFinishesUnderTheOldConfiguration) {
  const LocalCluster one(LocalClusterOptions{.masters = 1, .slaves = 0});
  const LocalCluster other(LocalClusterOptions{.masters = 1, .slaves = 0});
  const StrictRedisCluster r(one.config());
  std::thread blocked([&] { EXPECT_EQ(r.execute_command("BLPOP", "queue", 20)[1].view().text(), "element"); });
  EXPECT_TRUE(eventually([&] {
    return ask(one.config(), "node_1", {"INFO", "clients"}).find("blocked_clients:1") != std::string::npos;
  }));
  r.reload(other.config());
  EXPECT_EQ(r.llen("queue"), 0);
  ask(one.config(), "node_1", {"RPUSH", "queue", "element"});
  blocked.join();
}

TEST(ReloadTest, HandlesOfServersStayWithTheirServer) {
  const LocalCluster one(LocalClusterOptions{.masters = 1, .slaves = 0});
  const LocalCluster other(LocalClusterOptions{.masters = 1, .slaves = 0});
  const StrictRedisCluster r(one.config());
  const StrictRedis server = r.node("node_1");
  r.reload(other.config());
  server.set("key", "old server");
  EXPECT_EQ(ask(one.config(), "node_1", {"GET", "key"}), "old server");
  EXPECT_EQ(r.node("node_1").get("key"), std::nullopt);
}

// Two configurations of the same servers, of which only one is right at a time: each port changes its node. Every call
// is made while they are swapped again and again, and none may fail.
TEST(ReloadTest, NoCallFailsWhileConfigurationsAreSwapped) {
  LocalCluster servers(LocalClusterOptions{.masters = 4, .slaves = 1});
  ClusterConfig without_slaves = servers.config();
  without_slaves.nodes.clear();
  without_slaves.master_of.clear();
  for (const auto& [name, slaves] : servers.config().master_of) {
    without_slaves.nodes.insert(*servers.config().nodes.find(name));
    without_slaves.master_of[name] = {};
  }
  const StrictRedisCluster r(servers.config());
  std::atomic<bool> stop = false;
  std::atomic<long long> calls = 0;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const std::string mine = "thread:" + std::to_string(t) + ":";
      for (int i = 0; !stop; ++i) {
        try {
          r.set(mine + std::to_string(i % 10), i);
          if (r.get(mine + std::to_string(i % 10)) != std::to_string(i)) ++failed;
          r.mget({mine + "0", mine + "1", mine + "2"});
          auto pipeline = r.pipeline();
          pipeline.incr(mine + "counter");
          pipeline.get(mine + "counter");
          pipeline.execute();
          ++calls;
        } catch (const RedisError& error) {
          ++failed;
          ADD_FAILURE() << error.what();
        }
      }
    });
  }
  for (int i = 0; i < 50; ++i) r.reload(i % 2 == 0 ? without_slaves : servers.config());
  EXPECT_TRUE(eventually([&] { return calls > 100; }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
}

// A fleet is moved: its servers die right after the reload, while calls to them may just have begun.
TEST(ReloadTest, ReadsOfServersThatGoAwayAreRunAgainElsewhere) {
  const LocalCluster next(LocalClusterOptions{.masters = 1, .slaves = 0});
  ask(next.config(), "node_1", {"SET", "key", "value"});
  for (int round = 0; round < 3; ++round) {
    LocalCluster previous(LocalClusterOptions{.masters = 1, .slaves = 0});
    ask(previous.config(), "node_1", {"SET", "key", "value"});
    const StrictRedisCluster r(previous.config());
    std::atomic<bool> stop = false;
    std::atomic<int> calls = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        while (!stop) {
          EXPECT_EQ(r.get("key"), "value");
          ++calls;
        }
      });
    }
    EXPECT_TRUE(eventually([&] { return calls > 100; }));
    r.reload(next.config());
    previous.kill("node_1");
    const int then = calls;
    EXPECT_TRUE(eventually([&] { return calls > then + 100; }));
    stop = true;
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(ReloadTest, APipelineGoesByTheConfigurationOfItsExecution) {
  const LocalCluster one(LocalClusterOptions{.masters = 2, .slaves = 0});
  LocalCluster other(LocalClusterOptions{.masters = 3, .slaves = 0});
  const StrictRedisCluster r(other.config());
  auto pipeline = r.pipeline();
  for (int i = 0; i < 20; ++i) pipeline.set("key:" + std::to_string(i), i);
  pipeline.set(Key{"tag", "tagged"}, "t");
  auto values = pipeline.mget({"key:1", "key:2", Key{"tag", "tagged"}});
  pipeline.execute_command("SET", "raw", "r");
  r.reload(one.config());
  for (const auto* name : {"node_1", "node_2", "node_3"}) other.kill(name);
  pipeline.execute();
  EXPECT_EQ(values.get()[2], "t");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(r.get("key:" + std::to_string(i)), std::to_string(i));
  EXPECT_EQ(r.get(Key{"tag", "tagged"}), "t");
  EXPECT_EQ(r.get("raw"), "r");
}

TEST(TopologyTest, TellsNodesRolesAndHealth) {
  LocalCluster servers(LocalClusterOptions{.masters = 2});
  const StrictRedisCluster r(servers.config(), {.socket_timeout = 1s});
  r.set(key_on(1), "value");
  const Topology topology = r.topology();
  EXPECT_EQ(topology.default_node, "node_1");
  EXPECT_EQ(topology.reloads, 0U);
  ASSERT_EQ(topology.nodes.size(), 2U);
  EXPECT_EQ(topology.nodes[1].name, "node_2");
  EXPECT_EQ(topology.nodes[1].master, "node_2");
  ASSERT_EQ(topology.nodes[1].servers.size(), 2U);
  const ServerState& master = topology.nodes[1].servers[0];
  EXPECT_EQ(master.name, "node_2");
  EXPECT_EQ(master.port, servers.config().nodes.at("node_2").port);
  EXPECT_EQ(master.role, ServerRole::master);
  EXPECT_TRUE(master.healthy);
  EXPECT_EQ(master.connections, 1U);
  const ServerState& slave = topology.nodes[1].servers[1];
  EXPECT_EQ(slave.name, "node_4");
  EXPECT_EQ(slave.role, ServerRole::slave);

  servers.kill("node_4");
  EXPECT_TRUE(eventually([&] {
    r.get(key_on(2));
    return !r.topology().nodes[1].servers[1].healthy;
  }));
}

}  // namespace
}  // namespace rediscluster::tests
