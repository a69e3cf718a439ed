// XREAD and XREADGROUP of streams on several nodes.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/cluster_support.h"
#include "server/one_server.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class ReadStreamsTest : public BesideOneServer {
 protected:
  // Keys of three nodes.
  const std::string a = key_on(1, 3);
  const std::string b = key_on(2, 3);
  const std::string c = key_on(3, 3);
  const std::string a2 = key_on(1, 3, 1);
  const std::string none = key_on(2, 3, 1);

  void SetUp() override {
    BesideOneServer::SetUp();
    for (const std::string& key : {a, b, c, a2}) {
      for (const char* const id : {"1-1", "2-0", "5-7"}) expect_same({"XADD", key, id, "f", "v\0\r\n"s + key});
    }
  }
  void create_groups() {
    for (const std::string& key : {a, b, c, a2}) expect_same({"XGROUP", "CREATE", key, "g", "0"});
  }
  static Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // What is pending, to whom, how often delivered, and what else is known of groups.
  void expect_same_groups() {
    for (const std::string& key : {a, b, c, a2}) {
      expect_same({"XPENDING", key, "g"});
      expect_same({"XINFO", "GROUPS", key});
    }
  }
};

TEST_F(ReadStreamsTest, StreamsAreInTheOrderOfTheArguments) {
  expect_same({"XREAD", "STREAMS", a, b, c, "0", "0", "0"});
  expect_same({"XREAD", "STREAMS", c, a2, b, a, "0", "2-0", "5-7", "1"});
  expect_same({"xread", "count", "1", "streams", c, a, none, b, "0", "1-1", "0", "0"});
  expect_same({"XREAD", "COUNT", "0", "STREAMS", c, a, "0", "0"});
  expect_same({"XREAD", "COUNT", "-4", "STREAMS", c, a, "0", "0"});
  expect_same({"XREAD", "STREAMS", a, b, c, "$", "0-1", "$"});
  EXPECT_EQ(answer_of_both({"XREAD", "STREAMS", a, b, c, "$", "$", "$"}), "nil");
  EXPECT_EQ(answer_of_both({"XREAD", "STREAMS", a, b, none, "6", "5-7", "0"}), "nil");
}

TEST_F(ReadStreamsTest, AStreamThatIsAskedForTwice) {
  expect_same({"XREAD", "STREAMS", a, b, a, "5-7", "0", "0"});
  expect_same({"XREAD", "STREAMS", a, b, a, "0", "0", "5-7"});
  expect_same({"XREAD", "STREAMS", a, b, a, a, "1-1", "0", "$", "2"});
  create_groups();
  for (int i = 0; i < 3; ++i) {
    expect_same({"XREADGROUP", "GROUP", "g", "me", "COUNT", "2", "STREAMS", a, b, a, a, a, ">", ">", "0", ">", ">"});
  }
  expect_same({"XADD", a, "9", "f", "v"});
  expect_same({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, a, a, ">", ">", ">", "5-7"});
  expect_same_groups();
}

TEST_F(ReadStreamsTest, OneOfSeveralErrorsIsTheOneOfOneServer) {
  create_groups();
  expect_same({"SET", none, "x"});
  const std::string missing = key_on(3, 3, 1);
  const std::string without_group = key_on(1, 3, 2);
  expect_same({"XADD", without_group, "1-1", "f", "v"});
  const Words keys{a, b, c, none, missing, without_group};
  const Words ids{"0", ">", "$", "x", "1-", "-1", "-", "+", "", "99999999999999999999", "01-02", " 5", "1-1-1", "+5"};
  for (const Words& begin : std::vector<Words>{{"XREAD", "STREAMS"},
                                               {"XREAD", "COUNT", "x", "STREAMS"},
                                               {"XREADGROUP", "GROUP", "g", "me", "STREAMS"},
                                               {"XREADGROUP", "NOACK", "GROUP", "g", "me", "COUNT", "x", "STREAMS"}}) {
    for (const std::string& first : keys) {
      for (const std::string& second : keys) {
        for (const std::string& id : ids) {
          expect_same(with(begin, {first, second, b, id, "0", "0"}));
          expect_same(with(begin, {b, first, second, "0", "0", id}));
          expect_same(with(begin, {first, second, b, "abc", id, ">"}));
        }
      }
    }
  }
  expect_same_groups();
}

TEST_F(ReadStreamsTest, WhatIsNoRightCommandIsTheServersError) {
  create_groups();
  for (const Words& words :
       std::vector<Words>{{"XREAD"},
                          {"XREAD", "STREAMS"},
                          {"XREAD", "COUNT", "1", "STREAMS"},
                          {"XREAD", "STREAMS", a, b, c},
                          {"XREAD", "STREAMS", a, b, c, "0", "0"},
                          {"XREAD", "STREAMS", "STREAMS", a, b, "0", "0"},
                          {"XREAD", "FOO", "STREAMS", a, b, "0", "0"},
                          {"XREAD", "COUNT", "STREAMS", a, b, "0", "0"},
                          {"XREAD", "COUNT", "1x", "STREAMS", a, b, "0", "0"},
                          {"XREAD", "NOACK", "STREAMS", a, b, "0", "0"},
                          {"XREAD", "GROUP", "g", "me", "STREAMS", a, b, "0", "0"},
                          {"XREADGROUP", "STREAMS", a, b, ">", ">"},
                          {"XREADGROUP", "STREAMS", a, b, c, ">", ">", ">"},
                          {"XREADGROUP", "GROUP", "g", "STREAMS", a, b, ">", ">"},
                          {"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, c, ">", ">"},
                          {"XREADGROUP", "GROUP", "g", "me", "FOO", "STREAMS", a, b, ">", ">"},
                          {"XREADGROUP", "GROUP", "g", "me", "COUNT", "x", "STREAMS", a, b, ">", ">"},
                          {"XREADGROUP", "GROUP", "g", "me", "COUNT", "x", "STREAMS", a, none, ">", ">"}}) {
    expect_same(words);
  }
  expect_same_groups();
}

TEST_F(ReadStreamsTest, GroupsAreGivenWhatIsNew) {
  create_groups();
  expect_same({"XREADGROUP", "GROUP", "g", "me", "COUNT", "1", "STREAMS", c, a, b, ">", ">", ">"});
  expect_same({"XREADGROUP", "GROUP", "g", "other", "STREAMS", b, c, a, a2, ">", ">", ">", ">"});
  expect_same({"XREADGROUP", "GROUP", "g", "me", "STREAMS", b, c, a, a2, "0", "0", "0", "0"});
  expect_same({"XREADGROUP", "GROUP", "g", "me", "STREAMS", b, c, a, a2, "0", ">", "1-1", ">"});
  EXPECT_EQ(answer_of_both({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, c, ">", ">", ">"}), "nil");
  expect_same_groups();
  for (const std::string& key : {a, b, c}) expect_same({"XADD", key, "7", "f", "v"});
  expect_same({"XREADGROUP", "NOACK", "GROUP", "g", "me", "STREAMS", c, a, b, ">", ">", ">"});
  for (const std::string& key : {a, b, c}) expect_same({"XDEL", key, "1-1"});
  expect_same({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, "0", "0"});
  expect_same_groups();
}

TEST_F(ReadStreamsTest, TheLargestIdOfAllAsksForWhatIsNew) {
  create_groups();
  const std::string largest = "18446744073709551615-18446744073709551615";
  expect_same({"XREADGROUP", "GROUP", "g", "me", "COUNT", "1", "STREAMS", a, b, a2, largest, largest, ">"});
  expect_same({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, largest, "0"});
  EXPECT_THAT(answer_of_both({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, c, largest, largest}), Not(HasSubstr(a)));
  expect_same({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, c, "18446744073709551615", largest});
  expect_same({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, a, largest, "1", ">"});
  expect_same_groups();
}

TEST_F(ReadStreamsTest, AGroupThatIsMissingAnywhereLeavesAllUndelivered) {
  for (const std::string& key : {a, b}) expect_same({"XGROUP", "CREATE", key, "g", "0"});
  EXPECT_THAT(answer_of_both({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, c, ">", ">", ">"}),
              HasSubstr("NOGROUP"));
  EXPECT_THAT(answer_of_both({"XREADGROUP", "GROUP", "g", "me", "STREAMS", a, b, none, ">", ">", ">"}),
              HasSubstr("NOGROUP"));
  for (const std::string& key : {a, b}) expect_same({"XINFO", "GROUPS", key});
}

TEST_F(ReadStreamsTest, BlockingOnSeveralNodesIsRefused) {
  EXPECT_THAT(error_of<DataError>([&] { r_.execute_command("XREAD", "BLOCK", 1, "STREAMS", a, b, "$", "$"); }),
              HasSubstr("node_1, node_2"));
  EXPECT_THAT(error_of<DataError>(
                  [&] { r_.execute_command("XREADGROUP", "GROUP", "g", "c", "BLOCK", 1, "STREAMS", a, b, ">", ">"); }),
              HasSubstr("XREADGROUP"));
  // A group that is called so is none of it.
  for (const std::string& key : {a, b}) expect_same({"XGROUP", "CREATE", key, "BLOCK", "0"});
  expect_same({"XREADGROUP", "GROUP", "BLOCK", "BLOCK", "STREAMS", a, b, ">", ">"});
}

TEST_F(ReadStreamsTest, TypedMethodsAndPipelines) {
  const auto read = r_.xread({{c, 0}, {a, "2-0"}, {none, 0}}, {.count = 1});
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].name, c);
  EXPECT_EQ(read[1].name, a);
  EXPECT_EQ(r_.xread({{c, "$"}, {a, "$"}}).size(), 0U);
  create_groups();
  const auto given = r_.xreadgroup("g", "me", {{b, ">"}, {a, ">"}}, {.count = 2});
  ASSERT_EQ(given.size(), 2U);
  EXPECT_EQ(given[0].name, b);
  EXPECT_EQ(given[0].entries.size(), 2U);
  EXPECT_EQ(r_.xpending(a, "g").pending, 2);
  auto p = r_.pipeline();
  auto new_entry = p.xadd(a, {{"f", "new"}}, {.id = "8"});
  auto all = p.xread({{b, "2-0"}, {a, "5-7"}});
  auto wrong = p.xread({{b, "x"}, {a, "5-7"}});
  p.execute({.raise_on_error = false});
  ASSERT_EQ(all.get().size(), 2U);
  EXPECT_EQ(all.get()[1].entries.size(), 1U);
  EXPECT_THROW(wrong.get(), ResponseError);
  EXPECT_THROW(p.xreadgroup("g", "me", {{b, ">"}, {a, ">"}}), DataError);
}

TEST_F(ReadStreamsTest, RandomCommandsAnswerAsOneServerDoes) {
  Chance random;
  const auto below = [&](std::size_t n) { return random.below(n); };
  const Words keys{a, b, c, a2, "e", ""};
  const Words ids{"0", "0", "1-1", "$", ">", ">", ">", "5-7", "100", "x"};
  int next = 10;
  for (int i = 0; i < 4000 && !HasFailure(); ++i) {
    const std::string key = keys[below(keys.size())];
    switch (below(12)) {
      case 0:
        if (below(20) == 0) expect_same({"SET", key, "x"});
        break;
      case 1:
        if (below(10) == 0) expect_same({"DEL", key});
        break;
      case 2:
        expect_same({"XGROUP", "CREATE", key, "g", below(2) == 0 ? "0" : "$", "MKSTREAM"});
        break;
      case 3:
        expect_same({"XTRIM", key, "MAXLEN", "3"});
        break;
      case 4:
      case 5:
      case 6:
        expect_same({"XADD", key, std::to_string(next++), "f", std::to_string(i)});
        break;
      default: {
        Words words = below(3) == 0 ? Words{"XREAD"} : Words{"XREADGROUP", "GROUP", "g", below(2) == 0 ? "me" : "you"};
        if (below(2) == 0) words.insert(words.end(), {"COUNT", std::to_string(below(4))});
        if (words[0] != "XREAD" && below(4) == 0) words.push_back("NOACK");
        words.push_back("STREAMS");
        const std::size_t count = below(5) + 1;
        for (std::size_t n = 0; n < count; ++n) words.push_back(keys[below(keys.size())]);
        for (std::size_t n = 0; n < count; ++n) {
          std::string id = ids[below(ids.size())];
          if (words[0] == "XREAD" && id == ">" && below(10) != 0) id = "$";
          if (words[0] != "XREAD" && id == "$" && below(10) != 0) id = ">";
          words.push_back(id);
        }
        expect_same(words);
      }
    }
    if (i % 100 == 0) {
      for (const std::string& name : keys) expect_same({"XPENDING", name, "g"});
    }
  }
}

}  // namespace
}  // namespace rediscluster::tests
