// The form of a configuration: every mistake is a DataError that names the entry and says why.
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/config.h>
#include <rediscluster/errors.h>
#include <rediscluster/strict_redis.h>
#include <rediscluster/strict_redis_cluster.h>

#include "topology/config_check.h"

namespace rediscluster::topology {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Two masters, each with a slave.
ClusterConfig good() {
  return {.nodes = {{"node_1", {.port = 1001}},
                    {"node_2", {.port = 1002}},
                    {"node_3", {.port = 1003}},
                    {"node_4", {.port = 1004}}},
          .master_of = {{"node_1", "node_3"}, {"node_2", "node_4"}}};
}

// The message about `good()` with a change; empty when nothing is wrong with it.
std::string mistake(const std::function<void(ClusterConfig&)>& change) {
  ClusterConfig cluster = good();
  change(cluster);
  try {
    check_form(cluster);
    return {};
  } catch (const DataError& error) {
    return error.what();
  }
}

TEST(ConfigTest, AcceptsWhatIsRight) {
  EXPECT_EQ(mistake([](ClusterConfig&) {}), "");
  EXPECT_EQ(mistake([](ClusterConfig& c) { c.master_of = {}; }), "") << "then all four are masters";
  EXPECT_EQ(mistake([](ClusterConfig& c) {
              c.master_of["node_1"] = {"node_3", "node_4"}, c.master_of["node_2"] = {};
            }),
            "");
  EXPECT_EQ(mistake([](ClusterConfig& c) { c.master_of["node_1"] = "node_1"; }), "") << "a node mapped to itself";
  EXPECT_EQ(mistake([](ClusterConfig& c) { c.default_node = "node_2"; }), "");
  EXPECT_EQ(mistake([](ClusterConfig& c) { c.nodes["node_1"].port = 65535; }), "");
  EXPECT_EQ(mistake([](ClusterConfig& c) { c.nodes["node_1"] = {.host = "", .port = 0, .unix_socket_path = "/s"}; }),
            "");
}

TEST(ConfigTest, NoNodes) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c = {}; }), HasSubstr("nodes is empty"));
}

TEST(ConfigTest, NodesEmptyButMastersNamed) {
  EXPECT_NE(mistake([](ClusterConfig& c) { c.nodes = {}; }), "");
}

TEST(ConfigTest, MasterWithAnotherName) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.nodes["main"] = {}, c.master_of["main"] = {}; }),
              AllOf(HasSubstr("master_of"), HasSubstr("node_3"), HasSubstr("\"main\"")));
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.master_of = {}, c.nodes["main"] = {}; }),
              AllOf(HasSubstr("nodes"), HasSubstr("\"main\"")));
}

TEST(ConfigTest, GapInTheNumbersOfMasters) {
  const std::string message = mistake([](ClusterConfig& c) { c.master_of = {{"node_1", {}}, {"node_4", {}}}; });
  EXPECT_THAT(message,
              AllOf(HasSubstr("node_1 to node_2"), HasSubstr("\"node_2\" is missing"), HasSubstr("\"node_4\"")));
}

TEST(ConfigTest, NumbersAreWrittenPlainly) {
  for (const char* const odd : {"node_0", "node_01", "Node_1", "node_-1", "node_1 ", "node_"}) {
    EXPECT_THAT(mistake([&](ClusterConfig& c) {
                  c.nodes = {{odd, {}}}, c.master_of = {};
                }),
                HasSubstr("\"" + std::string(odd) + "\""));
  }
}

TEST(ConfigTest, UnknownMaster) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.nodes.erase("node_2"); }),
              AllOf(HasSubstr("master_of"), HasSubstr("\"node_2\""), HasSubstr("not in nodes")));
}

TEST(ConfigTest, UnknownSlave) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.master_of["node_1"] = "node_9"; }),
              AllOf(HasSubstr("master_of[\"node_1\"]"), HasSubstr("\"node_9\""), HasSubstr("not in nodes")));
  EXPECT_NE(mistake([](ClusterConfig& c) { c.master_of["node_1"] = ""; }), "");
}

TEST(ConfigTest, SlaveOfTwoMasters) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.master_of["node_1"] = "node_4"; }),
              AllOf(HasSubstr("\"node_4\""), HasSubstr("both \"node_1\" and \"node_2\"")));
}

TEST(ConfigTest, SlaveNamedTwice) {
  EXPECT_THAT(mistake([](ClusterConfig& c) {
                c.master_of["node_1"] = {"node_3", "node_3"};
              }),
              AllOf(HasSubstr("master_of[\"node_1\"]"), HasSubstr("\"node_3\" twice")));
}

TEST(ConfigTest, MasterAsSlave) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.master_of["node_1"] = "node_2"; }),
              AllOf(HasSubstr("\"node_2\" is a master"), HasSubstr("slave of \"node_1\"")));
}

TEST(ConfigTest, BadPort) {
  for (const int port : {0, -1, 65536, 1 << 30, -2147483647}) {
    EXPECT_THAT(mistake([&](ClusterConfig& c) { c.nodes["node_3"].port = port; }),
                AllOf(HasSubstr("nodes[\"node_3\"]"), HasSubstr("port " + std::to_string(port))));
  }
}

TEST(ConfigTest, EmptyHost) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.nodes["node_2"].host = ""; }),
              AllOf(HasSubstr("nodes[\"node_2\"]"), HasSubstr("host is empty")));
}

TEST(ConfigTest, SocketPathTooLong) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.nodes["node_2"].unix_socket_path = "/" + std::string(200, 'x'); }),
              AllOf(HasSubstr("nodes[\"node_2\"]"), HasSubstr("unix_socket_path")));
}

TEST(ConfigTest, TwoMastersAtOneAddress) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.nodes["node_2"].port = 1001; }),
              AllOf(HasSubstr("\"node_1\""), HasSubstr("\"node_2\""), HasSubstr("same address")));
  EXPECT_THAT(mistake([](ClusterConfig& c) {
                c.nodes["node_1"].unix_socket_path = c.nodes["node_2"].unix_socket_path = "/tmp/socket";
              }),
              HasSubstr("same address"));
}

TEST(ConfigTest, DefaultNodeThatIsNoMaster) {
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.default_node = "node_9"; }),
              AllOf(HasSubstr("default_node"), HasSubstr("\"node_9\"")));
  EXPECT_THAT(mistake([](ClusterConfig& c) { c.default_node = "node_3"; }),
              AllOf(HasSubstr("default_node"), HasSubstr("\"node_3\" is not a master")));
}

TEST(ConfigTest, NoMessageHoldsAPassword) {
  const std::string message =
      mistake([](ClusterConfig& c) { c.nodes["node_2"] = {.host = "", .username = "somebody", .password = "secret"}; });
  EXPECT_THAT(message, HasSubstr("node_2"));
  EXPECT_THAT(message, ::testing::Not(HasSubstr("secret")));
}

TEST(ConfigTest, OptionsThatCannotBe) {
  const auto wrong = [](const Options& options) {
    try {
      check_options(options);
      return std::string();
    } catch (const DataError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(wrong({}), "");
  EXPECT_THAT(wrong({.db = -1}), HasSubstr("db is negative"));
  EXPECT_THAT(wrong({.socket_timeout = -1ms}), HasSubstr("socket_timeout is negative"));
  EXPECT_THAT(wrong({.socket_connect_timeout = -1ms}), HasSubstr("socket_connect_timeout is negative"));
}

TEST(ConfigTest, ConstructorsCheckTheFormFirst) {
  EXPECT_THROW(StrictRedisCluster({}), DataError);
  EXPECT_THROW(StrictRedisCluster({.nodes = {{"node_1", {.port = 0}}}}), DataError);
  EXPECT_THROW(StrictRedisCluster(good(), {.db = -1}), DataError);
  EXPECT_THROW(StrictRedis({.host = ""}), DataError);
  EXPECT_THROW(StrictRedis({.port = 70000}), DataError);
  EXPECT_THROW(StrictRedis({}, {.db = -1}), DataError);
}

TEST(ConfigTest, ACallsTimeoutIsNotNegative) {
  // Zero means for ever; what is left of some budget must not become that by going below zero.
  const StrictRedis r({.port = 1});
  EXPECT_THROW(r.with({.timeout = -1ms}), DataError);
  EXPECT_NO_THROW(r.with({.timeout = 0ms}));
}

}  // namespace
}  // namespace rediscluster::topology
