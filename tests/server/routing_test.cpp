// What a cluster does with commands that concern all nodes, that cannot be split, that are refused, or that nobody
// knows; and what a store leaves behind when its process dies.
#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
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
using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LocalCluster;
using Words = std::vector<std::string>;

class RoutingTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new LocalCluster({.masters = 2, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override { r_.flushall(); }

  static const ClusterConfig& config() { return cluster_->config(); }

  static LocalCluster* cluster_;
  StrictRedisCluster r_{config()};
  const std::string a_ = key_on(1);  // two keys on node_1, one on node_2
  const std::string b_ = key_on(1, 2, 1);
  const std::string other_ = key_on(2);
};
LocalCluster* RoutingTest::cluster_ = nullptr;

TEST_F(RoutingTest, CommandsOfTheWholeCluster) {
  r_.mset({{a_, 1}, {b_, 2}, {other_, 3}});
  EXPECT_EQ(r_.dbsize(), 3);
  EXPECT_TRUE(r_.ping());
  const auto info = r_.info("server");
  ASSERT_EQ(info.size(), 2U);
  for (const auto& [name, of_node] : info) EXPECT_EQ(of_node.integer("tcp_port"), config().nodes.at(name).port);
  EXPECT_EQ(r_.echo("x\0y"s), "x\0y"s);
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(r_.time() - now), 60s);
  EXPECT_TRUE(r_.flushdb({.asynchronous = true}));
  EXPECT_EQ(r_.dbsize(), 0);
  StrictRedisCluster in_3(config(), {.db = 3});
  in_3.set(a_, 1);
  r_.flushdb();
  EXPECT_EQ(in_3.dbsize(), 1);
  r_.flushall();
  EXPECT_EQ(in_3.dbsize(), 0);
}

TEST_F(RoutingTest, ACommandOfTheWholeClusterNeedsAllOfIt) {
  StrictRedisCluster r(config());
  LocalCluster down({.masters = 2, .slaves = 0});
  StrictRedisCluster half(down.config());
  down.kill("node_2");
  EXPECT_THAT(error_of<ConnectionError>([&] { half.dbsize(); }), HasSubstr("node_2 (127.0.0.1:"));
  EXPECT_THAT(error_of<ConnectionError>([&] { half.keys(); }), HasSubstr("node_2"));
  EXPECT_THAT(error_of<ConnectionError>([&] { half.mget(a_, other_); }), HasSubstr("node_2"));
  try {
    half.mset({{a_, 1}, {other_, 1}});
    FAIL();
  } catch (const ConnectionError& error) {
    EXPECT_TRUE(error.maybe_executed()) << "node_1 has run its part";
  }
  EXPECT_EQ(half.get(a_), "1");
}

TEST_F(RoutingTest, FormsOfExecuteCommand) {
  EXPECT_TRUE(r_.execute_command<bool>("SET", a_, "v"));
  EXPECT_EQ(r_.execute_command<std::string>("get", Key(a_)), "v");
  EXPECT_EQ(r_.execute_command<std::string>({"GET", a_}), "v");
  EXPECT_EQ(r_.execute_command<std::string>(Words{"GET", a_}), "v");
  const std::string_view views[] = {"GET", a_};
  EXPECT_EQ(r_.execute_command<std::string>(std::span<const std::string_view>(views)), "v");
  EXPECT_TRUE(r_.execute_command<bool>("SET", Key(a_, "tagged"), 1.5));
  EXPECT_EQ(ask(config(), "node_1", {"GET", "tagged"}), "1.5");
  EXPECT_TRUE((r_.node("node_1")
                   .execute_command<std::map<std::string, std::string>>("CONFIG GET", "maxmemory")
                   .contains("maxmemory")));
  EXPECT_EQ(r_.execute_command<std::optional<std::string>>(" object  encoding ", a_), "embstr");
}

TEST_F(RoutingTest, WhatCannotBeSplitNamesCommandAndNodes) {
  r_.mset({{a_, 1}, {b_, 2}, {other_, 3}});
  for (const Words& words : std::vector<Words>{{"EVAL", "return 1", "2", a_, other_},
                                               {"EVALSHA_RO", "0", "2", a_, other_},
                                               {"FCALL", "f", "2", a_, other_},
                                               {"BLPOP", a_, other_, "1"},
                                               {"blmove", a_, other_, "LEFT", "LEFT", "1"}}) {
    std::string name = words[0];
    for (char& c : name) c = static_cast<char>(std::toupper(c));
    EXPECT_THAT(error_of<DataError>([&] { r_.execute_command(words); }),
                AllOf(HasSubstr(name), HasSubstr("node_1, node_2")));
  }
  EXPECT_EQ(r_.execute_command("EVAL", "return KEYS[2]", 2, a_, b_).type(), Reply::Type::string);
}

TEST_F(RoutingTest, SortThatNeedsNoOtherNodeIsSentAsItIs) {
  r_.rpush(a_, 2, 1);
  EXPECT_EQ(r_.execute_command<Words>("SORT", a_), (Words{"1", "2"}));
  EXPECT_EQ(r_.execute_command<Words>("SORT", a_, "BY", "nosort", "GET", "#"), (Words{"2", "1"}));
}

TEST_F(RoutingTest, CommandsThatChangeAConnectionAreRefused) {
  const std::vector<std::pair<Words, std::string>> refused{{{"MULTI"}, "pipeline"},
                                                           {{"exec"}, "pipeline"},
                                                           {{"WATCH", a_}, "pipeline"},
                                                           {{"SUBSCRIBE", "c"}, "pubsub()"},
                                                           {{"PSUBSCRIBE", "c"}, "pubsub()"},
                                                           {{"SELECT", "1"}, "Options::db"},
                                                           {{"AUTH", "secret"}, "Options::password"},
                                                           {{"HELLO", "3"}, "Options"},
                                                           {{"MONITOR"}, "monitor()"},
                                                           {{"QUIT"}, ""},
                                                           {{"RESET"}, ""},
                                                           {{"SYNC"}, ""},
                                                           {{"CLIENT", "REPLY", "OFF"}, ""},
                                                           {{"CLIENT REPLY", "OFF"}, ""},
                                                           {{"client setname", "x"}, "Options::client_name"},
                                                           {{"CLIENT", "TRACKING", "ON"}, ""}};
  StrictRedis node = r_.node("node_1");
  for (const auto& [words, hint] : refused) {
    const std::string message = error_of<DataError>([&, &words = words] { r_.execute_command(words); });
    EXPECT_THAT(message,
                AllOf(HasSubstr(hint), ::testing::Not(HasSubstr("secret")), ::testing::Not(HasSubstr("error"))))
        << words[0];
    EXPECT_EQ(error_of<DataError>([&, &words = words] { node.execute_command(words); }), message);
  }
  EXPECT_TRUE(r_.set(a_, "still usable"));
}

TEST_F(RoutingTest, UnknownCommandsAreTheServersErrors) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(error_of<ResponseError>([&] { r_.execute_command("NO.SUCH", a_, 1); }),
                HasSubstr("unknown command 'NO.SUCH'"));
    EXPECT_THAT(error_of<ResponseError>([&] { r_.execute_command("CONFIG NOSUCH"); }), HasSubstr("unknown subcommand"));
    EXPECT_TRUE(r_.set(a_, i));
  }
  EXPECT_THAT(error_of<ResponseError>([&] { r_.node("node_2").execute_command("NO.SUCH"); }),
              HasSubstr("unknown command"));
  EXPECT_THROW(r_.execute_command(""), DataError);
  EXPECT_THROW(r_.execute_command(Words{}), DataError);
  EXPECT_THROW(r_.execute_command(Words{""}), DataError);
}

TEST_F(RoutingTest, CommandsForOneCertainServerAskForItsName) {
  EXPECT_THAT(error_of<DataError>([&] { r_.execute_command("WAIT", 0, 1); }), HasSubstr("WAIT"));
  EXPECT_THAT(error_of<DataError>([&] { r_.execute_command("SHUTDOWN"); }), HasSubstr("node(name)"));
  EXPECT_EQ(r_.node("node_1").execute_command("WAIT", 0, 1).type(), Reply::Type::integer);
}

// In a child process, since it is to be killed: stores large results for ever.
[[noreturn]] void store_for_ever(const ClusterConfig& cluster, const std::string& dest, const Words& sources) {
  StrictRedisCluster r(cluster);
  while (true) r.sunionstore(dest, sources);
}

TEST_F(RoutingTest, AProcessThatDiesInTheMiddleOfALargeStoreLeavesOnlyKeysThatExpire) {
  Words members;
  for (int i = 0; i < 100000; ++i) members.push_back("member:" + std::to_string(i));
  r_.sadd(a_, members);
  r_.sadd(other_, "x");
  r_.set(b_, "old");
  const std::vector<std::string> before = r_.keys();
  const auto left_over = [&] {
    Words keys = r_.keys();
    std::erase_if(keys, [&](const std::string& key) { return std::ranges::find(before, key) != before.end(); });
    return keys;
  };
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      store_for_ever(config(), b_, {a_, other_});
    } catch (...) {
    }
    ::_exit(1);
  }
  ASSERT_GT(child, 0);
  EXPECT_TRUE(eventually([&] { return !left_over().empty(); })) << "it is seen at work";
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  for (const std::string& key : left_over()) {
    const long long ttl = r_.node("node_1").pttl(key);
    EXPECT_GT(ttl, 0) << key;
    EXPECT_LE(ttl, 60000) << key;
  }
}

}  // namespace
}  // namespace rediscluster::tests
