// SINTER, SUNION, SDIFF and their stores over nodes that a fake plays.
#include "merge/set_algebra.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>

#include "merge/replace_key.h"
#include "reply_text.h"

namespace rediscluster::merge {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::tape_of;
using tests::to_text;
using Words = std::vector<std::string>;

Words words_of(const Command& command) {
  Words words;
  for (std::size_t i = 0; i < command.size(); ++i) words.emplace_back(command[i]);
  return words;
}

std::string bulk_array(const std::set<std::string>& members) {
  std::string resp = "*" + std::to_string(members.size()) + "\r\n";
  for (const std::string& member : members) resp += "$" + std::to_string(member.size()) + "\r\n" + member + "\r\n";
  return resp;
}

// Nodes that hold sets and know the few commands that are used; each command is recorded as "node: words".
class FakeNodes final : public PartRunner {
 public:
  explicit FakeNodes(std::size_t count) : sets_(count) {}

  std::set<std::string>& set(Place node, const std::string& key) { return sets_[node][key]; }
  bool has(Place node, const std::string& key) const { return sets_[node].contains(key); }
  const std::vector<std::string>& log() const { return log_; }
  std::vector<std::vector<Words>>& transactions() { return transactions_; }
  void answer_with(std::function<std::string(Place, const Words&)> answer) { answer_ = std::move(answer); }

  std::vector<Tape> run(std::span<const Part> parts) override {
    std::vector<Tape> tapes;
    for (const Part& part : parts) tapes.push_back(tape_of(execute(part.place, words_of(part.command))));
    return tapes;
  }
  std::vector<Tape> run_on_masters(std::span<const Part> parts) override {
    asked_masters_ = true;
    return run(parts);
  }
  bool asked_masters() const { return asked_masters_; }
  Tape run_transaction(Place node, std::span<const Command> commands) override {
    auto& steps = transactions_.emplace_back();
    std::string resp = "*" + std::to_string(commands.size()) + "\r\n";
    for (const Command& command : commands) {
      steps.push_back(words_of(command));
      resp += execute(node, steps.back());
    }
    Tape results = tape_of(resp);
    for (std::size_t i = 0, reply = 1; i < commands.size(); ++i, reply = results.next(reply)) {
      const PartReply result{name_of(node), TapeView(results, reply)};
      throw_if_failed({&result, 1}, commands[i].name());
    }
    return results;
  }
  std::vector<std::unique_ptr<Session>> open_sessions(std::span<const Place>) override {
    throw DataError("not played");
  }
  Place node_of(std::string_view) const override { return 0; }
  std::string_view name_of(Place place) const override { return place == 0 ? "node_1" : "node_2"; }
  std::size_t nodes() const override { return sets_.size(); }

 private:
  std::string execute(Place node, const Words& words) {
    if (words.size() < 10) {
      std::string line = std::to_string(node) + ":";
      for (const std::string& word : words) line += " " + word;
      log_.push_back(line);
    }
    if (answer_) {
      if (std::string answer = answer_(node, words); !answer.empty()) return answer;
    }
    auto& sets = sets_[node];
    if (words[0] == "DEL") return ":" + std::to_string(sets.erase(words[1])) + "\r\n";
    if (words[0] == "SADD") {
      sets[words[1]].insert(words.begin() + 2, words.end());
      return ":1\r\n";
    }
    if (words[0] == "PEXPIRE" || words[0] == "PERSIST") return sets.contains(words[1]) ? ":1\r\n" : ":0\r\n";
    if (words[0] == "RENAME") {
      if (!sets.contains(words[1])) return "-ERR no such key\r\n";
      sets[words[2]] = sets[words[1]];
      sets.erase(words[1]);
      return "+OK\r\n";
    }
    return bulk_array(combine(sets, words));
  }

  static std::set<std::string> combine(std::map<std::string, std::set<std::string>>& sets, const Words& words) {
    const auto at = [&](std::size_t i) { return sets.contains(words[i]) ? sets[words[i]] : std::set<std::string>(); };
    std::set<std::string> result = at(1);
    for (std::size_t i = 2; i < words.size(); ++i) {
      const std::set<std::string> other = at(i);
      if (words[0] == "SUNION") result.insert(other.begin(), other.end());
      if (words[0] == "SINTER") std::erase_if(result, [&](const auto& member) { return !other.contains(member); });
      if (words[0] == "SDIFF") std::erase_if(result, [&](const auto& member) { return other.contains(member); });
    }
    return result;
  }

  std::vector<std::map<std::string, std::set<std::string>>> sets_;
  std::vector<std::string> log_;
  std::vector<std::vector<Words>> transactions_;
  std::function<std::string(Place, const Words&)> answer_;
  bool asked_masters_ = false;
};

Command command_of(std::string_view name, const std::vector<std::string>& keys) {
  Command command(name);
  for (const std::string& key : keys) command.key(key);
  return command;
}

// The members of the merged reply, in order, by commas.
std::string run_plan(FakeNodes& nodes, const Command& command, const std::vector<std::uint32_t>& node_of_key) {
  const Plan plan = plan_set_algebra(command, node_of_key);
  const std::vector<Tape> tapes = nodes.run(plan.parts);
  std::vector<PartReply> replies;
  for (std::size_t i = 0; i < tapes.size(); ++i) {
    replies.push_back({nodes.name_of(plan.parts[i].place), TapeView(tapes[i], 0)});
  }
  const Tape merged = plan.merge(replies);
  std::set<std::string> members;
  for (std::size_t i = 1; i < merged.size(); ++i) members.emplace(merged.text(i));
  EXPECT_EQ(members.size(), merged.elements(0)) << "no member twice";
  std::string text;
  for (const std::string& member : members) text += (text.empty() ? "" : ",") + member;
  return text;
}

FakeNodes two_nodes() {
  FakeNodes nodes(2);
  nodes.set(0, "a") = {"1", "2", "3", "4"};
  nodes.set(1, "b") = {"3", "4", "5"};
  nodes.set(0, "c") = {"4", "6"};
  nodes.set(1, "d") = {"1", "9"};
  return nodes;
}

TEST(SetAlgebraTest, EachNodeWorksOnItsOwnSetsFirst) {
  FakeNodes nodes = two_nodes();
  EXPECT_EQ(run_plan(nodes, command_of("SINTER", {"a", "b", "c"}), {0, 1, 0}), "4");
  EXPECT_EQ(run_plan(nodes, command_of("SUNION", {"a", "b", "c", "d"}), {0, 1, 0, 1}), "1,2,3,4,5,6,9");
  EXPECT_THAT(nodes.log(), ElementsAre("0: SINTER a c", "1: SINTER b", "0: SUNION a c", "1: SUNION b d"));
}

TEST(SetAlgebraTest, OfADifferenceTheOtherNodesUniteWhatIsSubtracted) {
  FakeNodes nodes = two_nodes();
  EXPECT_EQ(run_plan(nodes, command_of("SDIFF", {"a", "b", "c", "d"}), {0, 1, 0, 1}), "2");
  EXPECT_EQ(run_plan(nodes, command_of("SDIFF", {"b", "a", "c"}), {1, 0, 0}), "5");
  EXPECT_THAT(nodes.log(), ElementsAre("0: SDIFF a c", "1: SUNION b d", "1: SDIFF b", "0: SUNION a c"));
}

TEST(SetAlgebraTest, MissingSetsAreEmpty) {
  FakeNodes nodes = two_nodes();
  EXPECT_EQ(run_plan(nodes, command_of("SINTER", {"a", "none"}), {0, 1}), "");
  EXPECT_EQ(run_plan(nodes, command_of("SDIFF", {"none", "a"}), {1, 0}), "");
  EXPECT_EQ(run_plan(nodes, command_of("SDIFF", {"c", "none"}), {0, 1}), "4,6");
  EXPECT_EQ(run_plan(nodes, command_of("SUNION", {"none", "c"}), {1, 0}), "4,6");
}

TEST(SetAlgebraTest, NamesInAnyLetterCase) {
  FakeNodes nodes = two_nodes();
  EXPECT_EQ(run_plan(nodes, command_of("sInter", {"a", "b"}), {0, 1}), "3,4");
  EXPECT_EQ(run_plan(nodes, command_of("sunion", {"c", "d"}), {0, 1}), "1,4,6,9");
  EXPECT_EQ(run_plan(nodes, command_of("sdiff", {"c", "b"}), {0, 1}), "6");
}

TEST(SetAlgebraTest, AnErrorOfAnyNodeIsTheErrorOfTheWhole) {
  for (const Place broken : {Place{0}, Place{1}}) {
    FakeNodes nodes = two_nodes();
    nodes.answer_with([=](Place node, const Words&) { return node == broken ? "-WRONGTYPE no set\r\n" : ""; });
    EXPECT_THROW(run_plan(nodes, command_of("SINTER", {"none", "b"}), {0, 1}), ResponseError);
  }
}

TEST(SetAlgebraTest, WhatIsNoSetIsInvalid) {
  FakeNodes nodes = two_nodes();
  nodes.answer_with([](Place node, const Words&) { return node == 1 ? ":1\r\n" : ""; });
  EXPECT_THROW(run_plan(nodes, command_of("SUNION", {"a", "b"}), {0, 1}), InvalidResponse);
  nodes.answer_with([](Place node, const Words&) { return node == 1 ? "*1\r\n$-1\r\n" : ""; });
  EXPECT_THROW(run_plan(nodes, command_of("SINTER", {"a", "b"}), {0, 1}), InvalidResponse);
}

TEST(SetStoreTest, ASmallResultReplacesTheDestinationInOneTransaction) {
  FakeNodes nodes = two_nodes();
  const std::uint32_t where[] = {1, 0, 1};
  EXPECT_EQ(to_text(store_set_algebra(command_of("SINTERSTORE", {"dest", "a", "b"}), where, nodes)), ":2");
  EXPECT_EQ(nodes.set(1, "dest"), (std::set<std::string>{"3", "4"}));
  ASSERT_EQ(nodes.transactions().size(), 1U);
  EXPECT_EQ(nodes.transactions()[0][0], (Words{"DEL", "dest"}));
  EXPECT_EQ(nodes.transactions()[0][1][0], "SADD");
}

TEST(SetStoreTest, AnEmptyResultDeletesTheDestination) {
  FakeNodes nodes = two_nodes();
  nodes.set(1, "dest") = {"old"};
  const std::uint32_t where[] = {1, 0, 1};
  EXPECT_EQ(to_text(store_set_algebra(command_of("SINTERSTORE", {"dest", "a", "none"}), where, nodes)), ":0");
  EXPECT_FALSE(nodes.has(1, "dest"));
}

TEST(SetStoreTest, TheDestinationMayBeASource) {
  FakeNodes nodes = two_nodes();
  const std::uint32_t where[] = {0, 0, 1};
  EXPECT_EQ(to_text(store_set_algebra(command_of("SDIFFSTORE", {"a", "a", "b"}), where, nodes)), ":2");
  EXPECT_EQ(nodes.set(0, "a"), (std::set<std::string>{"1", "2"}));
}

TEST(SetStoreTest, AnErrorOfASourceLeavesTheDestinationAlone) {
  FakeNodes nodes = two_nodes();
  nodes.set(1, "dest") = {"old"};
  nodes.answer_with([](Place, const Words& words) { return words[0] == "SUNION" ? "-WRONGTYPE no set\r\n" : ""; });
  const std::uint32_t where[] = {1, 0, 1};
  EXPECT_THROW(store_set_algebra(command_of("SUNIONSTORE", {"dest", "a", "b"}), where, nodes), ResponseError);
  EXPECT_EQ(nodes.set(1, "dest"), (std::set<std::string>{"old"}));
  EXPECT_TRUE(nodes.transactions().empty());
}

// Enough values for several chunks.
std::vector<std::string> many_values() {
  std::vector<std::string> values;
  for (int i = 0; i < 10000; ++i) values.push_back("member:" + std::to_string(i));
  return values;
}

TEST(ReplaceKeyTest, ALargeValueIsBuiltUnderATemporaryKeyThatExpires) {
  FakeNodes nodes(1);
  const std::vector<std::string> values = many_values();
  const std::vector<std::string_view> views(values.begin(), values.end());
  nodes.set(0, "dest") = {"old"};
  replace_key(nodes, 0, "dest", "SADD", views);
  EXPECT_EQ(nodes.set(0, "dest"), std::set<std::string>(values.begin(), values.end()));
  ASSERT_GE(nodes.transactions().size(), 3U);
  const auto& transactions = nodes.transactions();
  const std::string temporary = transactions[0][0][1];
  EXPECT_NE(temporary, "dest");
  EXPECT_FALSE(nodes.has(0, temporary));
  for (std::size_t i = 0; i + 1 < transactions.size(); ++i) {
    const Words& last = transactions[i].back();
    EXPECT_TRUE(last[0] == "PEXPIRE" && last[1] == temporary) << "with each chunk, in its transaction";
  }
  EXPECT_EQ(transactions.back(), (std::vector<Words>{{"PERSIST", temporary}, {"RENAME", temporary, "dest"}}));
}

TEST(ReplaceKeyTest, ChunksAreBounded) {
  FakeNodes nodes(1);
  std::vector<std::string> values;
  for (int i = 0; i < 100; ++i) values.push_back(std::to_string(i) + std::string(50000, 'x'));
  replace_key(nodes, 0, "dest", "SADD", std::vector<std::string_view>(values.begin(), values.end()));
  for (const auto& steps : nodes.transactions()) {
    for (const Words& words : steps) {
      std::size_t size = 0;
      for (const std::string& word : words) size += word.size();
      EXPECT_LE(size, 512U * 1024);
    }
  }
  EXPECT_EQ(nodes.set(0, "dest").size(), 100U);
}

TEST(ReplaceKeyTest, OneHugeValueIsStillOneChunk) {
  FakeNodes nodes(1);
  const std::string huge(1 << 20, 'x');
  replace_key(nodes, 0, "dest", "SADD", std::vector<std::string_view>{huge});
  ASSERT_EQ(nodes.transactions().size(), 1U);
  EXPECT_EQ(nodes.set(0, "dest"), std::set<std::string>{huge});
}

TEST(ReplaceKeyTest, ATemporaryKeyThatExpiredMeanwhileIsAnErrorAndNotHalfAResult) {
  FakeNodes nodes(1);
  nodes.set(0, "dest") = {"old"};
  int chunks = 0;
  nodes.answer_with([&](Place node, const Words& words) {
    if (words[0] == "SADD" && ++chunks == 2) nodes.set(node, words[1]).clear();  // it has expired and is made anew
    if (words[0] == "PEXPIRE" && chunks == 1 && nodes.transactions().size() == 2) return ":0\r\n";
    return "";
  });
  const std::vector<std::string> values = many_values();
  EXPECT_THROW(replace_key(nodes, 0, "dest", "SADD", std::vector<std::string_view>(values.begin(), values.end())),
               RedisError);
  EXPECT_EQ(nodes.set(0, "dest"), std::set<std::string>{"old"});
}

}  // namespace
}  // namespace rediscluster::merge
