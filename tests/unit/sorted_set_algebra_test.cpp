// Sorted sets on several nodes that a fake plays: what they are asked, and what comes of changes in between.
#include "merge/sorted_set_algebra.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>

#include "merge/arguments.h"
#include "merge/range_store.h"
#include "merge/scores.h"
#include "reply_text.h"

namespace rediscluster::merge {
namespace {

using namespace std::string_literals;
using ::testing::AnyOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using tests::tape_of;
using tests::to_text;
using Words = std::vector<std::string>;
using Members = std::map<std::string, std::string>;  // with scores as text; none in plain sets

struct Key {
  bool is_plain = false;
  Members members;
};

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}
std::string array(const Words& elements) {
  std::string resp = "*" + std::to_string(elements.size()) + "\r\n";
  for (const std::string& element : elements) resp += element;
  return resp;
}

// Records each command as "node: words", the first few of them.
class FakeNodes final : public PartRunner {
 public:
  Key& key(Place node, const std::string& name) { return keys_[node][name]; }
  bool has(Place node, const std::string& name) { return keys_[node].contains(name); }
  const Words& log() const { return log_; }
  std::size_t steps() const { return steps_; }
  std::size_t steps_on_masters() const { return steps_on_masters_; }
  std::vector<std::vector<Words>>& transactions() { return transactions_; }
  /** Called before each step with its number, from 1 on. */
  void before_step(std::function<void(std::size_t)> call) { before_step_ = std::move(call); }
  /** An answer other than the fake's own, when it is not empty. */
  void answer_with(std::function<std::string(const Words&)> answer) { answer_ = std::move(answer); }

  std::vector<Tape> run(std::span<const Part> parts) override {
    ++steps_;
    if (before_step_) before_step_(steps_);
    std::vector<Tape> tapes;
    for (const Part& part : parts) tapes.push_back(tape_of(execute(part.place, part.command)));
    return tapes;
  }
  std::vector<Tape> run_on_masters(std::span<const Part> parts) override {
    ++steps_on_masters_;
    return run(parts);
  }
  Tape run_transaction(Place node, std::span<const Command> commands) override {
    auto& steps = transactions_.emplace_back();
    std::string resp = "*" + std::to_string(commands.size()) + "\r\n";
    for (const Command& command : commands) {
      Words& words = steps.emplace_back();
      for (std::size_t i = 0; i < command.size(); ++i) words.emplace_back(command[i]);
      resp += execute(node, command);
    }
    return tape_of(resp);
  }
  std::vector<std::unique_ptr<Session>> open_sessions(std::span<const Place>) override {
    throw DataError("not played");
  }
  Place node_of(std::string_view) const override { return 0; }
  std::string_view name_of(Place place) const override { return place == 0 ? "node_1" : "node_2"; }
  std::size_t nodes() const override { return 2; }

 private:
  std::string execute(Place node, const Command& command) {
    Words words;
    for (std::size_t i = 0; i < command.size(); ++i) words.emplace_back(command[i]);
    std::string line = std::to_string(node) + ":";
    for (std::size_t i = 0; i < std::min<std::size_t>(words.size(), 5); ++i) line += " " + words[i];
    log_.push_back(line);
    if (answer_) {
      if (std::string answer = answer_(words); !answer.empty()) return answer;
    }
    const std::string& name = words[0];
    if (name == "DEL") return ":" + std::to_string(keys_[node].erase(words[1])) + "\r\n";
    if (name == "PEXPIRE" || name == "PERSIST") return has(node, words[1]) ? ":1\r\n" : ":0\r\n";
    if (name == "RENAME") {
      keys_[node][words[2]] = std::move(keys_[node][words[1]]);
      keys_[node].erase(words[1]);
      return "+OK\r\n";
    }
    if (name == "ZADD") {
      for (std::size_t i = 2; i < words.size(); i += 2) keys_[node][words[1]].members[words[i + 1]] = words[i];
      return ":1\r\n";
    }
    const std::size_t key_at = name == "ZINTER" || name == "ZDIFF" || name == "ZUNION" ? 2 : 1;
    const Key none{name[0] == 'S', {}};
    const Key& key = has(node, words[key_at]) ? keys_[node][words[key_at]] : none;
    if (key_at == 1 && key.is_plain != (name[0] == 'S')) return "-WRONGTYPE wrong kind\r\n";
    if (name.ends_with("CARD")) return ":" + std::to_string(key.members.size()) + "\r\n";
    Words elements;
    if (name == "ZMSCORE" || name == "SMISMEMBER") {
      for (std::size_t i = 2; i < words.size(); ++i) {
        const auto found = key.members.find(words[i]);
        const bool is_there = found != key.members.end();
        if (name == "ZMSCORE") elements.push_back(is_there ? bulk(found->second) : "$-1\r\n");
        if (name == "SMISMEMBER") elements.push_back(is_there ? ":1\r\n" : ":0\r\n");
      }
      return array(elements);
    }
    for (const auto& [member, score] : key.members) {
      elements.push_back(bulk(member));
      if (words.back() == "WITHSCORES") elements.push_back(bulk(score));
    }
    return array(elements);
  }

  std::map<std::string, Key> keys_[2];
  Words log_;
  std::size_t steps_ = 0;
  std::size_t steps_on_masters_ = 0;
  std::vector<std::vector<Words>> transactions_;
  std::function<void(std::size_t)> before_step_;
  std::function<std::string(const Words&)> answer_;
};

// {name, key or other word ...}: the words at `keys` are keys.
Command command_of(const Words& words, const std::vector<std::size_t>& keys) {
  Command command(words[0]);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (std::ranges::find(keys, i) != keys.end()) {
      command.key(words[i]);
    } else {
      command.arg(words[i]);
    }
  }
  return command;
}

Members many(int from, int to, const std::string& score = "1") {
  Members members;
  for (int i = from; i < to; ++i) members["m" + std::to_string(i)] = score;
  return members;
}

const std::uint32_t on_both[] = {0, 1};

// "large" on the first node, "small" on the second, a few members in both.
std::unique_ptr<FakeNodes> large_and_small() {
  auto nodes = std::make_unique<FakeNodes>();
  nodes->key(0, "large").members = many(0, 30000, "0.5");
  nodes->key(1, "small").members = {{"m1", "1"}, {"m2", "2"}, {"none", "3"}};
  return nodes;
}

TEST(ParseTest, DoublesAsTheServerReadsThem) {
  EXPECT_EQ(parse_double("1.5"), 1.5);
  EXPECT_EQ(parse_double("+1e3"), 1000);
  EXPECT_EQ(parse_double("0x10"), 16);
  EXPECT_EQ(parse_double("-Infinity"), -INFINITY);
  EXPECT_TRUE(std::signbit(*parse_double("-0")));
  EXPECT_EQ(parse_double("1e-320"), 1e-320);
  for (const std::string& text : Words{"", " 1", "1 ", "nan", "1,5", "1e400", "-1e400", "1e-400", "x", "1\0"s}) {
    EXPECT_EQ(parse_double(text), std::nullopt) << text;
  }
}

TEST(ParseTest, IntegersAsTheServerReadsThem) {
  EXPECT_EQ(integer_argument("0"), 0);
  EXPECT_EQ(integer_argument("-12"), -12);
  EXPECT_EQ(integer_argument("9223372036854775807"), 9223372036854775807);
  for (const std::string_view text : {"", "01", "-0", "-01", "+1", " 1", "1 ", "1.0", "9223372036854775808", "-"}) {
    EXPECT_EQ(integer_argument(text), std::nullopt) << text;
  }
}

TEST(SortedSetAlgebraTest, SmallInputsAreReadAtOnceAndAsBothKinds) {
  FakeNodes nodes;
  nodes.key(0, "a").members = {{"x", "0.10000000000000001"}, {"y", "inf"}};
  nodes.key(1, "b") = {.is_plain = true, .members = {{"x", ""}, {"y", ""}, {"z", ""}}};
  const Command command = command_of({"ZUNION", "2", "a", "b", "WITHSCORES"}, {2, 3});
  const Plan plan = plan_sorted_set_algebra(command, on_both);
  const std::vector<Tape> tapes = nodes.run(plan.parts);
  std::vector<PartReply> replies;
  for (const Tape& tape : tapes) replies.push_back({"node", TapeView(tape, 0)});
  EXPECT_EQ(to_text(plan.merge(replies)), "*[$z,$1,$x,$1.1000000000000001,$y,$inf]");
  EXPECT_THAT(nodes.log(), ElementsAre("0: ZRANGE a 0 -1 WITHSCORES", "0: SMEMBERS a", "1: ZRANGE b 0 -1 WITHSCORES",
                                       "1: SMEMBERS b"));
}

TEST(SortedSetAlgebraTest, AKeyThatBecomesAPlainSetBetweenTheTwoQuestionsIsOne) {
  FakeNodes nodes;
  nodes.key(0, "a").members = {{"x", "5"}};
  nodes.answer_with([](const Words& words) {
    if (words[0] == "ZRANGE" && words[1] == "b") return "*0\r\n"s;
    return words[0] == "SMEMBERS" && words[1] == "b" ? "*1\r\n" + bulk("y") : ""s;
  });
  const Command command = command_of({"ZUNIONSTORE", "dest", "2", "a", "b"}, {1, 3, 4});
  const std::uint32_t where[] = {0, 0, 1};
  EXPECT_EQ(to_text(store_sorted_set_algebra(command, where, nodes)), ":2");
  EXPECT_EQ(nodes.key(0, "dest").members, (Members{{"x", "5"}, {"y", "1"}}));
  EXPECT_EQ(nodes.steps_on_masters(), nodes.steps());
}

TEST(SortedSetAlgebraTest, AnErrorOtherThanTheWrongTypeIsTold) {
  for (const std::string broken : {"ZRANGE", "SMEMBERS"}) {
    FakeNodes nodes;
    nodes.key(0, "a") = {.is_plain = broken == "SMEMBERS", .members = {{"x", "1"}}};
    nodes.answer_with([&](const Words& words) { return words[0] == broken ? "-NOPERM not you\r\n" : ""; });
    const Command command = command_of({"ZUNIONSTORE", "b", "2", "a", "c"}, {1, 3, 4});
    const std::uint32_t where[] = {1, 0, 1};
    EXPECT_THROW(store_sorted_set_algebra(command, where, nodes), NoPermissionError);
    EXPECT_THAT(nodes.transactions(), IsEmpty());
  }
}

TEST(SortedSetAlgebraTest, OfALargeInputOnlyCandidatesAreLookedUp) {
  auto nodes = large_and_small();
  const Command command = command_of({"ZINTER", "2", "large", "small", "WITHSCORES"}, {2, 3});
  EXPECT_EQ(to_text(run_sorted_set_algebra(command, on_both, *nodes)), "*[$m1,$1.5,$m2,$2.5]");
  EXPECT_THAT(nodes->log(),
              ElementsAre("0: ZCARD large", "0: SCARD large", "1: ZCARD small", "1: SCARD small",
                          "1: ZRANGE small 0 -1", "1: ZMSCORE small m1 m2 none", "0: ZMSCORE large m1 m2 none"));
  EXPECT_EQ(nodes->steps_on_masters(), 0U);
}

TEST(SortedSetAlgebraTest, InfinityTimesZeroIsZeroInTheSmallestInput) {
  auto nodes = large_and_small();
  nodes->key(1, "small").members["m1"] = "inf";
  const Command command = command_of({"ZINTER", "2", "large", "small", "WEIGHTS", "1", "0", "WITHSCORES"}, {2, 3});
  EXPECT_EQ(to_text(run_sorted_set_algebra(command, on_both, *nodes)), "*[$m1,$0.5,$m2,$0.5]");
}

TEST(SortedSetAlgebraTest, ADifferenceAsksTheOthersForWhatIsInTheFirst) {
  auto nodes = large_and_small();
  const Command command = command_of({"ZDIFF", "2", "small", "large"}, {2, 3});
  const std::uint32_t where[] = {1, 0};
  EXPECT_EQ(to_text(run_sorted_set_algebra(command, where, *nodes)), "*[$none]");
  EXPECT_THAT(nodes->log(), Each(::testing::Not(HasSubstr("ZRANGE large"))));
}

TEST(SortedSetAlgebraTest, AKeyThatChangesItsTypeMeanwhileIsReadAsItIsThen) {
  for (const std::size_t when : {2U, 3U}) {
    auto nodes = large_and_small();
    nodes->before_step([&](std::size_t step) {
      if (step == when) nodes->key(1, "small") = {.is_plain = true, .members = {{"m7", ""}}};
    });
    const Command command = command_of({"ZINTER", "2", "large", "small", "WITHSCORES"}, {2, 3});
    EXPECT_EQ(to_text(run_sorted_set_algebra(command, on_both, *nodes)), "*[$m7,$1.5]") << when;
  }
}

// "a" and "b" on the first node, which has 10 members in both; "c" on the second; all about equally large.
std::unique_ptr<FakeNodes> three_of_one_size(const std::string& asked_for_both, int left) {
  auto nodes = std::make_unique<FakeNodes>();
  nodes->key(0, "a").members = many(0, 3000, "1");
  nodes->key(0, "b").members = many(0, 3000, "10");
  nodes->key(1, "c").members = many(5, 4000, "100");
  nodes->answer_with([=](const Words& words) {
    if (words[0] == "ZINTERCARD") return ":" + std::to_string(std::min(left, std::stoi(words.back()))) + "\r\n";
    if (words[0] != asked_for_both) return ""s;
    Words members;
    for (int i = 0; i < left; ++i) members.push_back(bulk("m" + std::to_string(i)));
    return array(members);
  });
  return nodes;
}

const std::uint32_t on_first_first_second[] = {0, 0, 1};

TEST(SortedSetAlgebraTest, InputsOfOneSizeAreNarrowedByThoseThatAreOnTheSameNode) {
  auto nodes = three_of_one_size("ZINTER", 8);
  const Command command = command_of({"ZINTER", "3", "a", "b", "c", "WITHSCORES"}, {2, 3, 4});
  EXPECT_EQ(to_text(run_sorted_set_algebra(command, on_first_first_second, *nodes)), "*[$m5,$111,$m6,$111,$m7,$111]");
  EXPECT_THAT(nodes->log(), Each(::testing::Not(AnyOf(HasSubstr("ZRANGE"), HasSubstr("SMEMBERS")))));
}

TEST(SortedSetAlgebraTest, InputsThatHaveNearlyTheSameAreReadAfterAll) {
  auto nodes = three_of_one_size("ZINTER", 2900);
  const Command command = command_of({"ZINTER", "3", "a", "b", "c"}, {2, 3, 4});
  const Tape result = run_sorted_set_algebra(command, on_first_first_second, *nodes);
  EXPECT_EQ(TapeView(result, 0).elements(), 2995U);
  EXPECT_THAT(nodes->log(), Each(::testing::Not(AnyOf(HasSubstr("ZMSCORE"), HasSubstr("ZINTER ")))));
  EXPECT_THAT(nodes->log(), ::testing::Contains("0: ZINTERCARD 2 a b LIMIT"));
}

TEST(SortedSetAlgebraTest, AServerThatCannotCountAnIntersectionIsReadFrom) {
  auto nodes = three_of_one_size("ZINTER", 8);
  nodes->answer_with(
      [](const Words& words) { return words[0] == "ZINTERCARD" ? "-ERR unknown command 'ZINTERCARD'\r\n"s : ""s; });
  const Command command = command_of({"ZINTER", "3", "a", "b", "c"}, {2, 3, 4});
  const Tape result = run_sorted_set_algebra(command, on_first_first_second, *nodes);
  EXPECT_EQ(TapeView(result, 0).elements(), 2995U);
}

TEST(SortedSetAlgebraTest, ADifferenceThatLeavesNothingOnItsOwnNodeAsksNoOther) {
  auto nodes = three_of_one_size("ZDIFF", 0);
  const Command command = command_of({"ZDIFF", "3", "a", "b", "c"}, {2, 3, 4});
  EXPECT_EQ(to_text(run_sorted_set_algebra(command, on_first_first_second, *nodes)), "*[]");
  EXPECT_EQ(nodes->log().back(), "0: ZDIFF 2 a b WITHSCORES");
}

TEST(SortedSetAlgebraTest, StoresReadFromMasters) {
  auto nodes = large_and_small();
  const Command command = command_of({"ZINTERSTORE", "dest", "2", "large", "small"}, {1, 3, 4});
  const std::uint32_t where[] = {1, 0, 1};
  EXPECT_EQ(to_text(store_sorted_set_algebra(command, where, *nodes)), ":2");
  EXPECT_EQ(nodes->key(1, "dest").members, (Members{{"m1", "1.5"}, {"m2", "2.5"}}));
  EXPECT_EQ(nodes->steps_on_masters(), nodes->steps());
  EXPECT_THAT(nodes->transactions(), SizeIs(1));
}

TEST(SortedSetAlgebraTest, SourcesOnOneNodeAreCombinedThere) {
  FakeNodes nodes;
  nodes.key(0, "a").members = {{"x", "2"}};
  const Command command =
      command_of({"zinterstore", "dest", "2", "a", "b", "weights", "+1", "0x2", "aggregate", "max"}, {1, 3, 4});
  const std::uint32_t where[] = {1, 0, 0};
  std::string sent;
  nodes.answer_with([&](const Words& words) {
    if (words[0] == "ZINTER") {
      for (const std::string& word : words) sent += word + " ";
    }
    return ""s;
  });
  EXPECT_EQ(to_text(store_sorted_set_algebra(command, where, nodes)), ":1");
  EXPECT_EQ(sent, "ZINTER 2 a b WEIGHTS 1 2 AGGREGATE MAX WITHSCORES ");
}

TEST(SortedSetAlgebraTest, CountingStopsAtTheLimit) {
  FakeNodes nodes;
  nodes.key(0, "a") = {.is_plain = true, .members = many(0, 20000)};
  nodes.key(1, "b") = {.is_plain = true, .members = many(0, 90000)};
  for (const auto& [limit, lookups] :
       std::vector<std::pair<std::string, std::size_t>>{{"5", 1}, {"5000", 2}, {"0", 5}}) {
    const std::size_t before = nodes.steps();
    const Command command = command_of({"SINTERCARD", "2", "a", "b", "LIMIT", limit}, {2, 3});
    EXPECT_EQ(to_text(run_sorted_set_algebra(command, on_both, nodes)), ":" + (limit == "0" ? "20000" : limit));
    EXPECT_EQ(nodes.steps() - before, 2 + lookups) << limit;
  }
}

TEST(SortedSetAlgebraTest, OfSeveralErrorsTheServersFirst) {
  FakeNodes nodes;
  nodes.key(1, "string") = {};
  nodes.answer_with([&](const Words& words) {
    return words.size() > 1 && words[1] == "string" ? "-WRONGTYPE wrong kind\r\n"s : ""s;
  });
  const auto error_of = [&](const Words& words) {
    try {
      run_sorted_set_algebra(command_of(words, {2, 3}), on_both, nodes);
    } catch (const ResponseError& error) {
      return std::string(error.text());
    }
    return "none"s;
  };
  EXPECT_THAT(error_of({"ZINTER", "2", "a", "string", "nonsense"}), StartsWith("WRONGTYPE"));
  EXPECT_THAT(error_of({"ZINTER", "2", "a", "b", "nonsense"}), "ERR syntax error");
  EXPECT_THAT(error_of({"SINTERCARD", "2", "a", "string", "nonsense"}), "ERR syntax error");
  EXPECT_THAT(error_of({"SINTERCARD", "2", "a", "string"}), StartsWith("WRONGTYPE"));
  EXPECT_THAT(error_of({"ZINTER", "02", "a", "string"}), StartsWith("ERR value is not an integer"));
}

TEST(ReplaceSortedSetTest, MembersAndScoresStayTogether) {
  FakeNodes nodes;
  std::vector<std::string> names;
  std::vector<Scored> members;
  for (int i = 0; i < 10001; ++i) names.push_back("m" + std::to_string(i));
  for (const std::string& name : names) members.push_back({name, static_cast<double>(members.size()) * 0.1});
  replace_sorted_set(nodes, 0, "dest", members);
  const Members& stored = nodes.key(0, "dest").members;
  ASSERT_EQ(stored.size(), members.size());
  for (const Scored& member : members) {
    ASSERT_EQ(parse_double(stored.at(std::string(member.member))), member.score);
  }
  EXPECT_GE(nodes.transactions().size(), 3U);
}

TEST(ReplaceSortedSetTest, NegativeZerosComeWhenAllMembersAreThere) {
  FakeNodes nodes;
  replace_sorted_set(nodes, 0, "dest", std::vector<Scored>{{"a", -0.0}, {"b", 0.0}, {"c", 1}});
  ASSERT_THAT(nodes.transactions(), SizeIs(1));
  EXPECT_EQ(nodes.transactions()[0][1], (Words{"ZADD", "dest", "1", "a", "0", "b", "1", "c", "-0", "a"}));
}

TEST(RangeStoreTest, WhatCanBeReadIsReadAndTheRestIsComputedUnderATemporaryKey) {
  FakeNodes nodes;
  nodes.key(1, "from").members = {{"a", "1"}, {"b", "2.5"}};
  const std::uint32_t where[] = {0, 1};
  EXPECT_EQ(to_text(store_range(command_of({"ZRANGESTORE", "to", "from", "0", "-1", "REV"}, {1, 2}), where, nodes)),
            ":2");
  EXPECT_EQ(nodes.key(0, "to").members, nodes.key(1, "from").members);
  EXPECT_EQ(nodes.steps_on_masters(), 1U);
  EXPECT_THAT(nodes.transactions(), SizeIs(1));
  std::string temporary;
  nodes.answer_with([&](const Words& words) {
    if (words[0] == "ZRANGESTORE") {
      temporary = words[1];
      nodes.key(1, temporary).members = {{"c", "3"}};
      return ":1\r\n";
    }
    return words[0] == "UNLINK" ? ":1\r\n" : "";
  });
  EXPECT_EQ(to_text(store_range(command_of({"ZRANGESTORE", "to", "from", "-", "+", "BYLEX"}, {1, 2}), where, nodes)),
            ":1");
  EXPECT_EQ(nodes.key(0, "to").members, (Members{{"c", "3"}}));
  ASSERT_THAT(nodes.transactions(), SizeIs(3));
  EXPECT_EQ(nodes.transactions()[1], (std::vector<Words>{{"ZRANGESTORE", temporary, "from", "-", "+", "BYLEX"},
                                                         {"ZRANGE", temporary, "0", "-1", "WITHSCORES"},
                                                         {"UNLINK", temporary}}));
}

}  // namespace
}  // namespace rediscluster::merge
