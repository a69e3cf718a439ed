// LMPOP and ZMPOP over keys on several nodes.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/cluster_support.h"
#include "server/one_server.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;

class FirstNonemptyTest : public BesideOneServer {
 protected:
  // Keys of three nodes.
  const std::string a = key_on(1, 3);
  const std::string b = key_on(2, 3);
  const std::string c = key_on(3, 3);
  const std::string a2 = key_on(1, 3, 1);

  static int calls(const std::string& command) {
    int sum = 0;
    for (const char* const node : {"node_1", "node_2", "node_3"}) sum += calls_of(servers_->config(), node, command);
    return sum;
  }
};

TEST_F(FirstNonemptyTest, ArgumentOrderDecides) {
  for (const std::string& key : {c, b}) expect_same({"RPUSH", key, "1", "2", "3", "x\0\r\n"s});
  EXPECT_EQ(answer_of_both({"LMPOP", "3", a, b, c, "LEFT"}), "[string:" + b + ",[string:1,],]");
  expect_same({"LMPOP", "3", c, b, a, "RIGHT", "COUNT", "2"});
  expect_same({"LMPOP", "4", a, c, b, c, "left", "count", "9"});
  expect_same({"lmpop", "3", c, a, b, "RIGHT", "COUNT", "9"});
  EXPECT_EQ(answer_of_both({"LMPOP", "3", c, a, b, "RIGHT"}), "nil");
  for (const std::string& key : {c, b}) expect_same({"ZADD", key, "1", "m", "2.5", "n", "-inf", "x\0\r\n"s});
  EXPECT_EQ(answer_of_both({"ZMPOP", "3", a, b, c, "MAX"}), "[string:" + b + ",[[string:n,string:2.5,],],]");
  expect_same({"ZMPOP", "3", c, b, a, "MIN", "COUNT", "2"});
  expect_same({"ZMPOP", "4", a, c, b, c, "min", "count", "9"});
  expect_same({"zmpop", "3", c, a, b, "MAX", "COUNT", "9"});
  EXPECT_EQ(answer_of_both({"ZMPOP", "3", c, a, b, "MAX"}), "nil");
  expect_same({"DBSIZE"});
}

TEST_F(FirstNonemptyTest, AWrongTypeCountsUpToTheFirstThatIsNotEmpty) {
  for (const Words& words : std::vector<Words>{{"LMPOP", "LEFT", "RPUSH"}, {"ZMPOP", "MIN", "ZADD"}}) {
    expect_same({"FLUSHALL"});
    expect_same({"SET", a, "x"});
    expect_same({words[0], "2", a, b, words[1]});
    expect_same({words[0], "2", b, a, words[1]});
    expect_same({words[0], "4", b, c, a2, a, words[1]});
    expect_same({words[2], b, "1", "2"});
    expect_same({words[0], "3", c, a, b, words[1]});
    EXPECT_THAT(answer_of_both({words[0], "3", c, b, a, words[1]}), ::testing::HasSubstr(b));
    expect_same({words[0], "3", c, b, a, words[1]});
    expect_same({"DBSIZE"});
  }
}

TEST_F(FirstNonemptyTest, WhatIsNoRightCommandIsTheServersError) {
  expect_same({"RPUSH", b, "1"});
  expect_same({"ZADD", c, "1", "m"});
  for (const std::string& name : {"LMPOP"s, "ZMPOP"s}) {
    for (const Words& rest : std::vector<Words>{{},
                                                {"2"},
                                                {"2", a},
                                                {"2", a, b},
                                                {"2", a, b, "UP"},
                                                {"2", a, b, "LEFT", "COUNT"},
                                                {"2", a, b, "LEFT", "COUNT", "0"},
                                                {"2", a, b, "LEFT", "COUNT", "-1"},
                                                {"2", a, b, "LEFT", "COUNT", "x"},
                                                {"2", a, b, "LEFT", "COUNT", "1", "COUNT", "1"},
                                                {"2", a, b, "MIN", "COUNT", "0"},
                                                {"2", a, b, "MIN", "COUNT", "1", "x"},
                                                {"3", a, b, "LEFT"},
                                                {"1", a, b, "LEFT"},
                                                {"0", a, b, "LEFT"},
                                                {"-1", a, b, "LEFT"},
                                                {"02", a, b, "LEFT"},
                                                {"02", a, b, "MIN"},
                                                {"+2", a, b, "MIN"},
                                                {"2.0", a, b, "MIN"},
                                                {"x", a, b, "LEFT"}}) {
      Words words{name};
      words.insert(words.end(), rest.begin(), rest.end());
      expect_same(words);
    }
  }
  expect_same({"LRANGE", b, "0", "-1"});
  expect_same({"ZCARD", c});
}

TEST_F(FirstNonemptyTest, NeighboursOfOneNodeAreAskedAtOnceAndTheOthersTogether) {
  r_.rpush(c, {"1", "2"});
  reset_stats(servers_->config());
  EXPECT_NE(r_.lmpop(4, {a, a2, c, b}, "LEFT"), std::nullopt);
  EXPECT_EQ(calls("lmpop"), 2) << "one for both of the first node, and one that succeeds";
  EXPECT_EQ(calls("exists"), 2) << "of the others";
  r_.lpop(c);
  reset_stats(servers_->config());
  EXPECT_EQ(r_.lmpop(5, {a, b, c, a2, b}, "LEFT"), std::nullopt);
  EXPECT_EQ(calls("lmpop"), 1);
  EXPECT_EQ(calls("exists"), 4);
}

TEST_F(FirstNonemptyTest, TypedMethods) {
  r_.rpush(b, {"1", "2", "3"});
  r_.zadd(c, {{"m", 1}, {"n", 2.5}});
  const auto popped = r_.lmpop(3, {a, b, a2}, "RIGHT", 2);
  EXPECT_EQ(popped, std::pair(b, std::vector<std::string>{"3", "2"}));
  const auto scored = r_.zmpop(2, {a, c}, {.max = true});
  ASSERT_TRUE(scored);
  EXPECT_EQ(scored->first, c);
  EXPECT_EQ(r_.zcard(c), 1);
  EXPECT_EQ(r_.zmpop(2, {a, a2}, {.min = true}), std::nullopt);
  // The tag is what picks the node; the name is what the reply has.
  r_.rpush(Key{"tag", "list"}, {"x"});
  EXPECT_EQ(r_.lmpop(3, {Key(a), Key(c + " none"), Key{"tag", "list"}}, "LEFT"),
            std::pair("list"s, std::vector<std::string>{"x"}));
}

TEST_F(FirstNonemptyTest, RandomCommandsAnswerAsOneServerDoes) {
  Chance random;
  const auto below = [&](std::size_t n) { return random.below(n); };
  const Words keys{a, b, c, a2, "e", "f", ""};
  for (int i = 0; i < 4000 && !HasFailure(); ++i) {
    const std::string key = keys[below(keys.size())];
    switch (below(8)) {
      case 0:
        expect_same({"SET", key, "x"});
        break;
      case 1:
        expect_same({"DEL", key});
        break;
      case 2:
      case 3:
        expect_same({"RPUSH", key, std::to_string(i), "x", "y"});
        break;
      case 4:
        expect_same({"ZADD", key, std::to_string(i % 5), "m" + std::to_string(i % 7), "1", "n"});
        break;
      default: {
        const bool list = below(2) == 0;
        const std::size_t count = below(5) + 1;
        Words words{list ? "LMPOP" : "ZMPOP", std::to_string(count)};
        for (std::size_t n = 0; n < count; ++n) words.push_back(keys[below(keys.size())]);
        words.push_back(list ? (below(2) == 0 ? "LEFT" : "RIGHT") : (below(2) == 0 ? "MIN" : "MAX"));
        if (below(2) == 0) words.insert(words.end(), {"COUNT", std::to_string(below(4))});
        expect_same(words);
      }
    }
    if (i % 100 == 0) expect_same({"DBSIZE"});
  }
}

}  // namespace
}  // namespace rediscluster::tests
