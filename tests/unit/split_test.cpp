// Taking commands apart by the nodes of their keys.
#include "merge/split.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/errors.h>

#include "reply_text.h"
#include "routing/router.h"

namespace rediscluster::merge {
namespace {

using routing::Access;
using routing::CommandRow;
using tests::tape_of;
using tests::to_text;

// "place: word word", to compare parts at a glance.
std::vector<std::string> described(const Plan& plan) {
  std::vector<std::string> parts;
  for (const Part& part : plan.parts) {
    std::string& text = parts.emplace_back(std::to_string(part.place) + ":");
    for (std::size_t i = 0; i < part.command.size(); ++i) text += " " + std::string(part.command[i]);
  }
  return parts;
}

const CommandRow& row(std::string_view name) {
  return *routing::find_command(name, {});
}

Plan split(const Command& command, const std::vector<std::uint32_t>& nodes) {
  return split_by_keys(command, row(command.name()), nodes);
}

Command command_of(std::string_view name, const std::vector<std::string>& keys) {
  Command command(name);
  for (const std::string& key : keys) command.key(key);
  return command;
}

// What the plan makes of these replies, one a part.
std::string merged(const Plan& plan, const std::vector<std::string>& resp) {
  std::vector<Tape> tapes;
  for (const std::string& reply : resp) tapes.push_back(tape_of(reply));
  std::vector<PartReply> replies;
  for (const Tape& tape : tapes) replies.push_back({"node", TapeView(tape, 0)});
  return to_text(plan.merge(replies));
}

TEST(SplitTest, EachNodeGetsItsKeysInTheirOrder) {
  const Plan plan = split(command_of("DEL", {"a", "b", "c", "d", "e"}), {2, 0, 2, 1, 0});
  EXPECT_EQ(described(plan), (std::vector<std::string>{"2: DEL a c", "0: DEL b e", "1: DEL d"}));
  for (const Part& part : plan.parts) EXPECT_EQ(part.access, Access::write);
  EXPECT_EQ(merged(plan, {":2\r\n", ":1\r\n", ":0\r\n"}), ":3");
}

TEST(SplitTest, ReadsStayReads) {
  for (const Part& part : split(command_of("MGET", {"a", "b"}), {0, 1}).parts) EXPECT_EQ(part.access, Access::read);
  for (const Part& part : split(command_of("EXISTS", {"a", "b"}), {0, 1}).parts) EXPECT_EQ(part.access, Access::read);
  for (const Part& part : split(command_of("TOUCH", {"a", "b"}), {0, 1}).parts) EXPECT_EQ(part.access, Access::other);
}

TEST(SplitTest, ValuesFollowTheirKeys) {
  Command command("MSET");
  command.key("a").arg("1").key("b").arg("2").key("c").arg(std::string("\0\r\n", 3)).key("a").arg("4");
  const Plan plan = split(command, {1, 0, 0, 1});
  EXPECT_EQ(described(plan),
            (std::vector<std::string>{"1: MSET a 1 a 4", "0: MSET b 2 c " + std::string("\0\r\n", 3)}));
  EXPECT_EQ(merged(plan, {"+OK\r\n", "+OK\r\n"}), "+OK");
}

TEST(SplitTest, RepliesComeBackInTheOrderOfTheKeys) {
  const Plan plan = split(command_of("MGET", {"a", "b", "a", "c", "b"}), {1, 0, 1, 1, 0});
  EXPECT_EQ(described(plan), (std::vector<std::string>{"1: MGET a a c", "0: MGET b b"}));
  EXPECT_EQ(merged(plan, {"*3\r\n$2\r\na1\r\n$2\r\na2\r\n$-1\r\n", "*2\r\n$2\r\nb1\r\n$2\r\nb2\r\n"}),
            "*[$a1,$b1,$a2,nil,$b2]");
}

TEST(SplitTest, AnErrorOfAnyPartIsTheErrorOfTheWhole) {
  const Plan plan = split(command_of("MGET", {"a", "b"}), {0, 1});
  EXPECT_THROW(merged(plan, {"*1\r\n$-1\r\n", "-ERR no\r\n"}), ResponseError);
  EXPECT_THROW(merged(plan, {"-ERR no\r\n", "*1\r\n$-1\r\n"}), ResponseError);
}

TEST(SplitTest, AReplyTooShortIsInvalid) {
  const Plan plan = split(command_of("MGET", {"a", "b", "c"}), {0, 1, 1});
  EXPECT_THROW(merged(plan, {"*1\r\n$-1\r\n", "*1\r\n$-1\r\n"}), InvalidResponse);
  EXPECT_THROW(merged(plan, {"*0\r\n", "*2\r\n$-1\r\n$-1\r\n"}), InvalidResponse);
  EXPECT_THROW(merged(plan, {":1\r\n", "*2\r\n$-1\r\n$-1\r\n"}), InvalidResponse);
  EXPECT_THROW(merged(plan, {"*-1\r\n", "*2\r\n$-1\r\n$-1\r\n"}), InvalidResponse);
}

TEST(SplitTest, AReplyTooLongIsInvalid) {
  const Plan plan = split(command_of("MGET", {"a", "b"}), {0, 1});
  EXPECT_THROW(merged(plan, {"*2\r\n$-1\r\n$-1\r\n", "*1\r\n$-1\r\n"}), InvalidResponse);
}

TEST(SplitTest, TagsAreKept) {
  Command command("DEL");
  command.key(Key("tag", "a")).key("b").key(Key("tag", "c"));
  const Plan plan = split(command, {0, 1, 0});
  ASSERT_EQ(plan.parts[0].command.keys().size(), 2U);
  for (const Command::KeyMark& mark : plan.parts[0].command.keys()) {
    EXPECT_TRUE(mark.tagged);
    EXPECT_EQ(mark.tag_hash, crc32("tag"));
  }
  EXPECT_EQ(described(plan)[0], "0: DEL a c");
}

TEST(SplitTest, LowerCaseNamesAreSplitAsWell) {
  Command command = Command::of_user();
  command.arg("mset").arg("a").arg("1").arg("b").arg("2");
  routing::mark_keys(command, row("MSET"));
  EXPECT_EQ(described(split_by_keys(command, row("MSET"), std::vector<std::uint32_t>{0, 1})),
            (std::vector<std::string>{"0: mset a 1", "1: mset b 2"}));
}

TEST(SplitTest, AHundredThousandKeys) {
  std::vector<std::string> keys;
  std::vector<std::uint32_t> nodes;
  for (int i = 0; i < 100000; ++i) {
    keys.push_back("key:" + std::to_string(i));
    nodes.push_back(static_cast<std::uint32_t>(i % 5));
  }
  const Plan plan = split(command_of("MGET", keys), nodes);
  ASSERT_EQ(plan.parts.size(), 5U);
  for (const Part& part : plan.parts) EXPECT_EQ(part.command.size(), 20001U);
  EXPECT_EQ(plan.parts[3].command[1], "key:3");
  EXPECT_EQ(plan.parts[3].command[20000], "key:99998");
}

}  // namespace
}  // namespace rediscluster::merge
