// Commands with keys on several nodes answer as one server with all the keys does.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using testing::LocalCluster;
using ::testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

std::string text_of(const Reply& reply) {
  switch (reply.type()) {
    case Reply::Type::nil:
      return "nil";
    case Reply::Type::integer:
      return std::to_string(reply.integer());
    case Reply::Type::array: {
      std::string text = "[";
      for (const Reply& element : reply) text += text_of(element) + ",";
      return text + "]";
    }
    default:
      return std::string(name_of(reply.type())) + ":" + std::string(reply.string());
  }
}

// A reply, or the first word of the error; sets are sorted.
template <class Client>
std::string outcome(Client& client, const Words& words) {
  try {
    const Reply reply = client.execute_command(words);
    if (words[0] != "SINTER" && words[0] != "SUNION" && words[0] != "SDIFF" && words[0] != "KEYS")
      return text_of(reply);
    Words members;
    for (const Reply& member : reply) members.emplace_back(member.string());
    std::ranges::sort(members);
    std::string text;
    for (const std::string& member : members) text += member + ",";
    return text;
  } catch (const ResponseError& error) {
    return std::string(error.prefix());
  }
}

// Servers 1 to 5 are the nodes, the sixth is the plain server to compare with.
class MultiKeyTest : public ::testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() { servers_ = new LocalCluster({.masters = 6, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete servers_;
    servers_ = nullptr;
  }
  void SetUp() override {
    r_.flushall();
    plain_.flushall();
  }

  static ClusterConfig cluster_of(int masters) {
    ClusterConfig cluster;
    for (int i = 1; i <= masters; ++i) {
      const std::string name = "node_" + std::to_string(i);
      cluster.nodes[name] = servers_->config().nodes.at(name);
    }
    return cluster;
  }

  void expect_same(const Words& words) {
    std::string line;
    for (const std::string& word : words) line += word + " ";
    ASSERT_EQ(outcome(r_, words), outcome(plain_, words)) << line;
  }
  // Type, content and whether it expires, of each key.
  void expect_same_data(const Words& keys) {
    for (const std::string& key : keys) {
      expect_same({"TYPE", key});
      expect_same({"PEXPIRETIME", key});
      if (outcome(plain_, {"TYPE", key}) == "status:set") expect_same({"SINTER", key});
      if (outcome(plain_, {"TYPE", key}) == "status:string") expect_same({"GET", key});
    }
    expect_same({"DBSIZE"});
    expect_same({"KEYS", "*"});
  }

  static LocalCluster* servers_;
  StrictRedisCluster r_{cluster_of(GetParam())};
  StrictRedis plain_{servers_->config().nodes.at("node_6")};
};
LocalCluster* MultiKeyTest::servers_ = nullptr;

INSTANTIATE_TEST_SUITE_P(Nodes, MultiKeyTest, ::testing::Values(1, 2, 3, 5));

TEST_P(MultiKeyTest, RandomCommandsAnswerAsOneServerDoes) {
  const char* const given = std::getenv("REDISCLUSTER_TEST_SEED");
  const unsigned seed = given ? static_cast<unsigned>(std::atol(given)) : std::random_device()();
  std::cout << "REDISCLUSTER_TEST_SEED=" << seed << std::endl;
  std::mt19937 random(seed);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const Words keys{"a", "b", "c", "d", "e", "f", "g", "h", "i\0\r\n"s, "", "\xff\xfe"};
  const Words members{"1", "2", "3", "4", "5", "x\0y"s, "\r\n", ""};
  const auto key = [&] { return keys[below(keys.size())]; };
  const Words readers{"MGET",   "DEL",   "UNLINK",      "EXISTS",      "TOUCH",     "SINTER",
                      "SUNION", "SDIFF", "SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"};
  for (int i = 0; i < 1500; ++i) {
    Words words;
    switch (below(8)) {
      case 0:
        words = {"SET", key(), members[below(members.size())]};
        break;
      case 1:
      case 2:
      case 3: {
        words = {"SADD", key()};
        for (std::size_t n = below(5) + 1; n != 0; --n) words.push_back(members[below(members.size())]);
        break;
      }
      case 4:
        words = {"MSET"};
        for (std::size_t n = below(4) + 1; n != 0; --n)
          words.insert(words.end(), {key(), members[below(members.size())]});
        break;
      case 5:
        words = {"PEXPIREAT", key(), "99999999999999"};
        break;
      default:
        words = {readers[below(readers.size())]};
        if (below(20) == 0) std::ranges::transform(words[0], words[0].begin(), [](char c) { return std::tolower(c); });
        for (std::size_t n = below(5) + 1; n != 0; --n) words.push_back(key());
        if (words[0].find("STORE") != std::string::npos) words.push_back(key());
        if (std::islower(words[0][0]) && words[0][0] == 's') continue;  // sets are sorted by their name in capitals
    }
    expect_same(words);
    if (::testing::Test::HasFatalFailure()) return;
    if (i % 100 == 99) expect_same_data(keys);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST_P(MultiKeyTest, DuplicatesAnswerAsOneServerDoes) {
  for (const Words& words : std::vector<Words>{{"MSET", "a", "1", "b", "2", "a", "3"},
                                               {"MGET", "a", "b", "a", "none", "b"},
                                               {"EXISTS", "a", "a", "b", "none"},
                                               {"TOUCH", "a", "a", "b"},
                                               {"DEL", "a", "a", "b"},
                                               {"UNLINK", "a", "b"},
                                               {"SADD", "s", "1", "2"},
                                               {"SDIFF", "s", "s"},
                                               {"SINTER", "s", "s"},
                                               {"SUNION", "s", "s", "t"}}) {
    expect_same(words);
  }
}

TEST_P(MultiKeyTest, AWrongTypeIsAnErrorInEveryPosition) {
  expect_same({"SET", "string", "x"});
  expect_same({"SADD", "s1", "1"});
  expect_same({"SADD", "s2", "2"});
  for (const char* const command : {"SINTER", "SUNION", "SDIFF"}) {
    for (const Words& keys : std::vector<Words>{{"string", "s1", "s2"},
                                                {"s1", "string", "s2"},
                                                {"s1", "s2", "string"},
                                                {"none", "string"},
                                                {"string", "none"},
                                                {"none", "s1", "string"}}) {
      Words words{command};
      words.insert(words.end(), keys.begin(), keys.end());
      expect_same(words);
      words = {command + "STORE"s, "s2"};
      words.insert(words.end(), keys.begin(), keys.end());
      expect_same(words);
      expect_same_data({"s1", "s2", "string"});
    }
  }
  expect_same({"MGET", "s1", "string", "none"});
}

TEST_P(MultiKeyTest, WrongNumbersOfArgumentsAreTheServersErrors) {
  for (const Words& words : std::vector<Words>{{"MGET"},
                                               {"MSET"},
                                               {"MSET", "a"},
                                               {"MSET", "a", "1", "b"},
                                               {"DEL"},
                                               {"SINTER"},
                                               {"SINTERSTORE"},
                                               {"SINTERSTORE", "d"},
                                               {"SDIFF"},
                                               {"DBSIZE", "x"},
                                               {"KEYS"}}) {
    expect_same(words);
  }
  EXPECT_THAT(error_of<ResponseError>([&] { r_.mget(Keys{}); }), HasSubstr("wrong number of arguments"));
}

TEST_P(MultiKeyTest, DestinationsOfAnyTypeAreReplacedAndLoseTheirTime) {
  for (const char* const command : {"SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"}) {
    for (const Words& destination : std::vector<Words>{{"SET", "d", "x"},
                                                       {"RPUSH", "d", "x"},
                                                       {"SADD", "d", "x"},
                                                       {"HSET", "d", "f", "v"},
                                                       {"ZADD", "d", "1", "x"},
                                                       {"XADD", "d", "1-1", "f", "v"}}) {
      expect_same({"FLUSHALL"});
      expect_same({"SADD", "s1", "1", "2", "3"});
      expect_same({"SADD", "s2", "2", "3", "x\0\r\n"s});
      expect_same(destination);
      expect_same({"PEXPIREAT", "d", "99999999999999"});
      expect_same({command, "d", "s1", "s2"});
      expect_same_data({"d", "s1", "s2"});
      expect_same({command, "d", "none", "nor this"});
      expect_same_data({"d"});
    }
  }
}

TEST_P(MultiKeyTest, DestinationAmongTheSources) {
  for (const char* const command : {"SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"}) {
    for (const Words& keys :
         std::vector<Words>{{"a", "a", "b"}, {"a", "b", "a"}, {"c", "a", "b"}, {"b", "b", "b", "a", "c"}}) {
      expect_same({"FLUSHALL"});
      expect_same({"SADD", "a", "1", "2", "3"});
      expect_same({"SADD", "b", "2", "4"});
      expect_same({"SADD", "c", "2", "3", "5"});
      Words words{command};
      words.insert(words.end(), keys.begin(), keys.end());
      expect_same(words);
      expect_same_data({"a", "b", "c"});
    }
  }
}

TEST_P(MultiKeyTest, TypedMethodsOverNodes) {
  std::vector<std::pair<std::string, std::string>> pairs;
  Words keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back("k" + std::to_string(i));
    pairs.emplace_back(keys.back(), std::to_string(i));
  }
  EXPECT_TRUE(r_.mset(pairs));
  EXPECT_EQ(r_.dbsize(), 100);
  const auto values = r_.mget(keys);
  ASSERT_EQ(values.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(r_.exists(keys), 100);
  EXPECT_EQ(r_.touch(keys), 100);
  EXPECT_EQ(r_.keys("k9*").size(), 11U);
  const auto random = r_.randomkey();
  ASSERT_TRUE(random);
  EXPECT_EQ(r_.exists(*random), 1);
  EXPECT_EQ(r_.del("k0", "k1", "k0", "none"), 2);
  EXPECT_EQ(r_.unlink(keys), 98);
  EXPECT_EQ(r_.randomkey(), std::nullopt);
  EXPECT_TRUE(r_.keys().empty());
  r_.sadd("s1", "a", "b", "c");
  r_.sadd("s2", "b", "c");
  r_.sadd("s3", "c");
  EXPECT_THAT(r_.sdiff("s1", "s2", "s3"), UnorderedElementsAre("a"));
  EXPECT_THAT(r_.sinter({"s1", "s2"}), UnorderedElementsAre("b", "c"));
  EXPECT_THAT(r_.sunion("s3", "s2"), UnorderedElementsAre("b", "c"));
  EXPECT_EQ(r_.sunionstore("d", "s1", "s2"), 3);
  EXPECT_EQ(r_.sdiffstore("d", {"s1", "s2"}), 1);
  EXPECT_EQ(r_.sinterstore("d", "s1", "none"), 0);
  EXPECT_EQ(r_.exists("d"), 0);
}

TEST_P(MultiKeyTest, RandomKeysComeFromAllNodes) {
  for (int i = 0; i < 10 * GetParam(); ++i) r_.set("k" + std::to_string(i), i);
  std::set<std::string> nodes;
  for (int i = 0; i < 1000 && nodes.size() < static_cast<std::size_t>(GetParam()); ++i) {
    nodes.insert(r_.getnodefor(*r_.randomkey()).name);
  }
  EXPECT_EQ(nodes.size(), static_cast<std::size_t>(GetParam()));
}

TEST_P(MultiKeyTest, ResultsTooLargeForOneCommandAreStoredWhole) {
  constexpr int count = 100000;
  Words first;
  for (int i = 0; i < count; ++i) first.push_back("member\0"s + std::to_string(i));
  r_.sadd("s1", first);
  r_.sadd("s2", "another", first[0]);
  r_.set("d", "old", {.ex = 1000});
  EXPECT_EQ(r_.sunionstore("d", "s1", "s2", "none"), count + 1);
  EXPECT_EQ(r_.scard("d"), count + 1);
  EXPECT_EQ(r_.ttl("d"), -1);
  EXPECT_EQ(r_.sdiffstore("d", "d", "s2", "none"), count - 1);
  EXPECT_EQ(r_.scard("d"), count - 1);
  EXPECT_EQ(r_.sinterstore("s2", "s2", "s1", "d"), 0);
  EXPECT_THAT(r_.keys(), UnorderedElementsAre("d", "s1")) << "no temporary key is left";
  EXPECT_EQ(r_.smembers("d").size(), static_cast<std::size_t>(count - 1));
}

}  // namespace
}  // namespace rediscluster::tests
