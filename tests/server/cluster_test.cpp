// StrictRedisCluster: construction, roles, and where commands go.
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/fake_server.h"
#include "support/open_fds.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LocalCluster;

// Two masters, node_1 with slaves node_3 and node_4, node_2 with node_5 and node_6. No test here changes a role.
class ClusterTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new LocalCluster({.masters = 2, .slaves = 2}); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override {
    StrictRedisCluster(config()).flushall();
    cluster_->wait_for_replication();
    reset_stats(config());
  }

  static const ClusterConfig& config() { return cluster_->config(); }
  static int calls(const std::string& server, const std::string& command) {
    return calls_of(config(), server, command);
  }

  static LocalCluster* cluster_;
};
LocalCluster* ClusterTest::cluster_ = nullptr;

TEST_F(ClusterTest, WritesGoToMastersAndReadsToSlavesInTurns) {
  StrictRedisCluster(config()).set(key_on(1), "v");
  cluster_->wait_for_replication();
  reset_stats(config());
  StrictRedisCluster r(config());
  for (int i = 0; i < 40; ++i) ASSERT_EQ(r.get(key_on(1)), "v");
  EXPECT_EQ(calls("node_1", "get"), 0);
  EXPECT_EQ(calls("node_2", "get"), 0);
  EXPECT_EQ(calls("node_3", "get"), 20);
  EXPECT_EQ(calls("node_4", "get"), 20);
  EXPECT_TRUE(r.set(key_on(1), "w"));
  EXPECT_TRUE(r.set(key_on(2), "w"));
  EXPECT_EQ(calls("node_1", "set"), 1);
  EXPECT_EQ(calls("node_2", "set"), 1);
}

TEST_F(ClusterTest, WhatWasJustWrittenIsReadBackAndThenFromSlavesAgain) {
  StrictRedisCluster r(config());
  for (int i = 0; i < 200; ++i) {
    r.set(key_on(1), i);
    ASSERT_EQ(r.get(key_on(1)), std::to_string(i));
  }
  EXPECT_GT(calls("node_1", "get"), 0);
  r.get(key_on(2));
  EXPECT_EQ(calls("node_2", "get"), 0) << "nothing was written there";
  EXPECT_TRUE(eventually([&] {
    const int before = calls("node_1", "get");
    return r.get(key_on(1)) == "199" && calls("node_1", "get") == before;
  })) << "slaves serve again";
}

TEST_F(ClusterTest, MastersOnlySendsReadsToMasters) {
  StrictRedisCluster r(config(), {.mastersonly = true});
  for (int i = 0; i < 5; ++i) r.get(key_on(1));
  EXPECT_EQ(calls("node_1", "get"), 5);
  StrictRedisCluster other(config());
  for (int i = 0; i < 5; ++i) other.with({.mastersonly = true}).get(key_on(2));
  EXPECT_EQ(calls("node_2", "get"), 5);
  other.get(key_on(2));
  EXPECT_EQ(calls("node_2", "get"), 5) << "with() changes only what it gives";
}

TEST_F(ClusterTest, DiscoversSlavesWhenNoneAreNamed) {
  ClusterConfig masters;
  masters.nodes = {{"node_1", config().nodes.at("node_1")}, {"node_2", config().nodes.at("node_2")}};
  StrictRedisCluster r(masters);
  EXPECT_EQ(r.masters(), 2U);
  for (int i = 0; i < 40; ++i) r.get(key_on(1));
  EXPECT_EQ(calls("node_1", "get"), 0);
  EXPECT_EQ(calls("node_3", "get") + calls("node_4", "get"), 40);
  EXPECT_EQ(r.node("node_1_slave").info("replication").at("role"), "slave");
  EXPECT_EQ(r.node("node_2_slave_2").info("replication").at("role"), "slave");
  EXPECT_TRUE(StrictRedisCluster(masters, {.require_all = true}).ping());
}

TEST_F(ClusterTest, OfWhatAMasterCallsItsSlavesOnlySlavesAreUsed) {
  // The master's slaves are another master, and a port where nobody listens.
  const int other = config().nodes.at("node_2").port;
  const auto slave_at = [](int port) {
    return "*3\r\n$9\r\n127.0.0.1\r\n$" + std::to_string(std::to_string(port).size()) + "\r\n" + std::to_string(port) +
           "\r\n$1\r\n0\r\n";
  };
  FakeServer master([&, role = "*3\r\n$6\r\nmaster\r\n:0\r\n*2\r\n" + slave_at(other) +
                               slave_at(closed_port())](const Received& command) {
    if (command[0] == "ROLE") return reply(role);
    return is_handshake(command) ? default_reply() : reply("$4\r\nmine\r\n");
  });
  StrictRedisCluster r({.nodes = {{"node_1", {.port = master.port()}}}});
  EXPECT_EQ(r.get("k"), "mine");
  EXPECT_EQ(r.execute_command<std::string>("SET", "k", "v"), "mine") << "the other master does not count";
  EXPECT_EQ(calls("node_2", "get"), 0);
}

TEST_F(ClusterTest, ASlaveOfAnotherNodesMasterIsRefused) {
  ClusterConfig swapped = config();
  swapped.master_of = {{"node_1", {"node_3", "node_5"}}, {"node_2", {"node_4", "node_6"}}};
  const std::string message = error_of<DataError>([&] { StrictRedisCluster r(swapped); });
  EXPECT_THAT(message, AllOf(HasSubstr("node_5"), HasSubstr("node_1"), HasSubstr("is a slave of")));
  EXPECT_THAT(message, HasSubstr(std::to_string(config().nodes.at("node_2").port)));
}

TEST_F(ClusterTest, AMasterThatIsASlaveElsewhereIsRefused) {
  ClusterConfig cluster{.nodes = {{"node_1", config().nodes.at("node_3")}}};
  EXPECT_THAT(error_of<DataError>([&] { StrictRedisCluster r(cluster); }), HasSubstr("is a slave of"));
}

TEST_F(ClusterTest, ASlaveThatIsAMasterLeavesNoneToWriteTo) {
  ClusterConfig cluster{.nodes = {{"node_1", config().nodes.at("node_1")}, {"node_9", config().nodes.at("node_2")}},
                        .master_of = {{"node_1", "node_9"}}};
  StrictRedisCluster r(cluster);
  EXPECT_THAT(error_of<ConnectionError>([&] { r.set("k", "v"); }),
              AllOf(HasSubstr("node_1 ("), HasSubstr("node_9 ("), HasSubstr("claim")));
}

TEST_F(ClusterTest, TheDefaultNodeAnswersWhatHasNoKey) {
  ClusterConfig cluster = config();
  StrictRedisCluster(cluster).echo("x");
  EXPECT_EQ(calls("node_1", "echo"), 1);
  cluster.default_node = "node_2";
  StrictRedisCluster(cluster).echo("x");
  EXPECT_EQ(calls("node_2", "echo"), 1);
}

TEST_F(ClusterTest, GetnodeforNamesTheConfiguredMaster) {
  StrictRedisCluster r(config());
  EXPECT_EQ(r.getnodefor("foo").name, "node_2");
  EXPECT_EQ(r.getnodefor("bar").name, "node_1");
  EXPECT_EQ(r.getnodefor("foobar").name, "node_2");
  EXPECT_EQ(r.getnodefor("foo"), (NodeRef{"node_2", "127.0.0.1", config().nodes.at("node_2").port}));
  EXPECT_EQ(r.getnodefor(Key("bar", "foo")).name, "node_1");
}

TEST_F(ClusterTest, NodesAreReachedByName) {
  StrictRedisCluster r(config());
  r.set("foo", "bar");
  EXPECT_EQ(r.node("node_2").get("foo"), "bar");
  EXPECT_EQ(r.node("node_1").get("foo"), std::nullopt);
  EXPECT_EQ(r.node("node_2").info("server").integer("tcp_port"), config().nodes.at("node_2").port);
  EXPECT_THAT(error_of<DataError>([&] { r.node("node_7"); }), HasSubstr("node_7"));
  EXPECT_THAT(error_of<ReadOnlyError>([&] { r.node("node_3").set("bar", "x"); }), HasSubstr("READONLY"));
  StrictRedis node = r.node("node_2");
  { StrictRedisCluster gone = std::move(r); }
  EXPECT_EQ(node.get("foo"), "bar") << "a node outlives its cluster";
}

TEST_F(ClusterTest, ReadsAfterAWriteToAServerByNameGoToTheMasterToo) {
  StrictRedisCluster r(config());
  for (int i = 0; i < 50; ++i) {
    r.node("node_1").set(key_on(1), i);
    ASSERT_EQ(r.get(key_on(1)), std::to_string(i));
  }
  EXPECT_EQ(calls("node_1", "get"), 50);
}

TEST_F(ClusterTest, KeyTags) {
  ClusterConfig cluster = config();
  const std::string name = "user{" + key_on(1) + "}";
  const std::string on_other = key_on(2);
  for (const KeyTags tags : {KeyTags::none, KeyTags::standard, KeyTags::legacy}) {
    cluster.key_tags = tags;
    StrictRedisCluster r(cluster);
    r.flushall();
    r.set(name, "v");
    EXPECT_EQ(r.get(name), "v");
    EXPECT_EQ(r.mget(name, on_other, name), (std::vector<std::optional<std::string>>{"v", std::nullopt, "v"}));
    const std::string stored = tags == KeyTags::legacy ? "user" : name;
    const std::string node = tags == KeyTags::none ? r.getnodefor(name).name : "node_1";
    EXPECT_EQ(r.getnodefor(name).name, node);
    EXPECT_EQ(ask(config(), node, {"KEYS", "*"}), stored);
    EXPECT_EQ(r.keys(), std::vector<std::string>{stored});
    EXPECT_EQ(r.del(name, on_other), 1);
    r.set(Key(key_on(2), "odd{name}"), "tagged");
    EXPECT_EQ(ask(config(), "node_2", {"GET", "odd{name}"}), "tagged") << "a Key's name is stored whole";
  }
}

TEST_F(ClusterTest, Subscripts) {
  StrictRedisCluster r(config());
  r["foo"] = "bar";
  const std::string value = r["foo"];
  EXPECT_EQ(value, "bar");
  EXPECT_THROW(static_cast<void>(std::string(r["absent"])), KeyError);
}

TEST_F(ClusterTest, DatabaseAndClientName) {
  StrictRedisCluster r(config(), {.db = 3, .client_name = "my-client"});
  r.set("foo", "in 3");
  EXPECT_EQ(StrictRedisCluster(config()).get("foo"), std::nullopt);
  PlainClient plain(config().nodes.at("node_2"));
  EXPECT_EQ(plain.run({"SELECT", "3"}), "OK");
  EXPECT_EQ(plain.run({"GET", "foo"}), "in 3");
  EXPECT_THAT(plain.run({"CLIENT", "LIST"}), HasSubstr("name=my-client"));
  EXPECT_THAT(error_of<ResponseError>([&] { StrictRedisCluster bad(config(), {.db = 9999}); }),
              HasSubstr("DB index is out of range"));
}

TEST_F(ClusterTest, CopiesShareTheirConnections) {
  const std::size_t before = open_fds();
  {
    StrictRedisCluster r(config());
    r.ping();
    const std::size_t with_one = open_fds();
    std::vector<StrictRedisCluster> copies(100, r);
    for (StrictRedisCluster& copy : copies) EXPECT_TRUE(copy.ping());
    EXPECT_EQ(open_fds(), with_one);
    copies[0] = copies[1];
    EXPECT_TRUE(copies[0].ping());
  }
  EXPECT_EQ(open_fds(), before);
}

TEST_F(ClusterTest, SixteenThreadsShareOneObject) {
  const std::size_t before = open_fds();
  {
    StrictRedisCluster r(config());
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        const std::string mine = "thread:" + std::to_string(t);
        for (int i = 0; i < 100; ++i) {
          r.set(mine, i);
          wrong += r.get(mine) != std::to_string(i);
          r.mset({{mine + ":a", i}, {mine + ":b", i}, {mine + ":c", i}});
          for (const auto& value : r.mget(mine + ":a", mine + ":b", mine + ":c")) wrong += value != std::to_string(i);
          r.incr("all");
          Pipeline p = r.pipeline();
          p.incr("all"), p.get(mine);
          wrong += p.execute()[1].string() != std::to_string(i);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(r.get("all"), "3200");
  }
  EXPECT_EQ(open_fds(), before);
}

TEST(ClusterPasswordTest, CredentialsAreTheOptionsUnlessANodeHasItsOwn) {
  LocalCluster cluster({.masters = 2, .slaves = 1, .password = "secret"});
  ClusterConfig open = cluster.config();
  for (auto& [name, node] : open.nodes) node.username = node.password = "";
  EXPECT_TRUE(StrictRedisCluster(open, {.password = "secret"}).set("k", "v"));
  const std::string refused =
      error_of<AuthenticationError>([&] { StrictRedisCluster r(open, {.password = "wr0ng-one"}); });
  EXPECT_THAT(refused, AllOf(HasSubstr("WRONGPASS"), HasSubstr("node_"), ::testing::Not(HasSubstr("wr0ng-one"))));
  EXPECT_THAT(error_of<AuthenticationError>([&] { StrictRedisCluster r(open); }), HasSubstr("NOAUTH"));

  PlainClient(cluster.config().nodes.at("node_2")).run({"ACL", "SETUSER", "me", "on", ">mine", "~*", "+@all"});
  open.nodes["node_2"].username = "me";
  open.nodes["node_2"].password = "mine";
  StrictRedisCluster r(open, {.password = "secret"});
  EXPECT_TRUE(r.set(key_on(2), "v"));
  EXPECT_EQ(r.node("node_2").execute_command<std::string>("ACL WHOAMI"), "me");
  EXPECT_EQ(r.node("node_1").execute_command<std::string>("ACL WHOAMI"), "default");
}

TEST(ClusterSocketTest, UnixSockets) {
  LocalCluster cluster({.masters = 2, .slaves = 1, .unix_sockets = true});
  ASSERT_NE(cluster.config().nodes.at("node_1").unix_socket_path, "");
  StrictRedisCluster r(cluster.config(), {.require_all = true});
  EXPECT_TRUE(r.mset({{key_on(1), "a"}, {key_on(2), "b"}}));
  EXPECT_EQ(r.mget(key_on(1), key_on(2)), (std::vector<std::optional<std::string>>{"a", "b"}));
  cluster.kill("node_2");
  EXPECT_THAT(error_of<ConnectionError>([&] { r.set(key_on(2), "c"); }), HasSubstr("node_2 (/"));
}

}  // namespace
}  // namespace rediscluster::tests
