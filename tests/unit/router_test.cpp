// From a command to the nodes of its keys.
#include "routing/router.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>

namespace rediscluster::routing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Command user_command(const std::vector<std::string>& words) {
  Command command = Command::of_user();
  for (const std::string& word : words) command.arg(word);
  return command;
}

std::vector<std::string> keys_of(const Command& command) {
  std::vector<std::string> keys;
  for (const auto& mark : command.keys()) {
    keys.push_back(std::string(command[mark.argument]) + (mark.tagged ? " tagged" : ""));
  }
  return keys;
}

std::vector<std::string> marked(const std::vector<std::string>& words) {
  Command command = user_command(words);
  mark_keys(command, *row_of(command));
  EXPECT_TRUE(command.keys_known());
  return keys_of(command);
}

TEST(RouterTest, FindsTheRowInAnyLetterCase) {
  EXPECT_EQ(row_of(Command("get"))->name, "GET");
  EXPECT_EQ(row_of(user_command({"Config", "gEt", "x"}))->name, "CONFIG GET");
  EXPECT_EQ(row_of(user_command({"NO.SUCH", "x"})), nullptr);
  EXPECT_EQ(row_of(user_command({"CONFIG", "NOSUCH"})), nullptr);
}

TEST(RouterTest, ACommandNeedsAName) {
  EXPECT_THROW(row_of(Command::of_user()), DataError);
  EXPECT_THROW(row_of(user_command({""})), DataError);
  EXPECT_THROW(row_of(user_command({"", "GET"})), DataError);
}

TEST(RouterTest, RefusedCommandsNameThemselvesAndWhatToUse) {
  for (const auto& [words, hint] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"MULTI"}, "pipeline"},
           {{"subscribe", "c"}, "pubsub()"},
           {{"SELECT", "1"}, "Options::db"},
           {{"AUTH", "secret"}, "Options::username"},
           {{"CLIENT", "SETNAME", "x"}, "Options::client_name"}}) {
    try {
      check_not_refused(*row_of(user_command(words)));
      FAIL() << words[0];
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), HasSubstr(hint));
      EXPECT_THAT(error.what(), HasSubstr(row_of(user_command(words))->name));
      EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("secret")));
    }
  }
  EXPECT_NO_THROW(check_not_refused(*row_of(Command("GET"))));
}

TEST(RouterTest, MarksTheKeysOfAUsersCommand) {
  using K = std::vector<std::string>;
  EXPECT_EQ(marked({"get", "a"}), K{"a"});
  EXPECT_EQ(marked({"MSET", "a", "1", "b", "2"}), (K{"a", "b"}));
  EXPECT_EQ(marked({"EVAL", "return 1", "2", "a", "b", "c"}), (K{"a", "b"}));
  EXPECT_EQ(marked({"EVAL", "return 1", "0", "a"}), K{});
  EXPECT_EQ(marked({"PING"}), K{});
  EXPECT_EQ(marked({"ZUNIONSTORE", "d", "2", "a", "b", "WEIGHTS", "1", "2"}), (K{"d", "a", "b"}));
  EXPECT_EQ(marked({"XREAD", "COUNT", "2", "STREAMS", "a", "b", "0", "0"}), (K{"a", "b"}));
  EXPECT_EQ(marked({"SORT", "a", "STORE", "d"}), (K{"a", "d"}));
  EXPECT_EQ(marked({"GET"}), K{}) << "too few words: the server says so";
  EXPECT_EQ(marked({"EVAL", "return 1", "99", "a"}), K{});
}

TEST(RouterTest, TagsOfAUserStay) {
  Command command = user_command({"MGET", "a"});
  command.arg(Key("tag", "b"));
  command.arg("c");
  mark_keys(command, *row_of(command));
  EXPECT_EQ(keys_of(command), (std::vector<std::string>{"a", "b tagged", "c"}));
  const Partitioner partitioner(5);
  EXPECT_EQ(nodes_of(command, partitioner)[1], partitioner.node_of("tag"));
  EXPECT_EQ(nodes_of(command, partitioner)[0], partitioner.node_of("a"));
}

TEST(RouterTest, TagsInNamesFollowTheClustersRule) {
  Command command("MGET");
  command.key("{x}1").key("{x}2");
  EXPECT_EQ(nodes_of(command, Partitioner(1000, KeyTags::standard))[0], Partitioner(1000).node_of("x"));
  EXPECT_EQ(nodes_of(command, Partitioner(1000, KeyTags::standard))[1], Partitioner(1000).node_of("x"));
  EXPECT_EQ(nodes_of(command, Partitioner(1000))[0], Partitioner(1000).node_of("{x}1"));
}

TEST(RouterTest, LegacyTagsAreCutOffAndBecomeMarks) {
  Command command("MSET");
  command.key("name{tag}").arg("{v}").key("plain").arg("2").key(Key("t", "n{x}")).arg("3");
  ASSERT_TRUE(has_legacy_tags(command));
  const Command cut = without_legacy_tags(command);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < cut.size(); ++i) words.emplace_back(cut[i]);
  EXPECT_EQ(words, (std::vector<std::string>{"MSET", "name", "{v}", "plain", "2", "n{x}", "3"}));
  EXPECT_EQ(keys_of(cut), (std::vector<std::string>{"name tagged", "plain", "n{x} tagged"}));
  EXPECT_TRUE(cut.keys_known());
  const Partitioner partitioner(1000, KeyTags::legacy);
  EXPECT_EQ(nodes_of(cut, partitioner)[0], partitioner.node_of_hash(crc32("tag")));
  EXPECT_EQ(nodes_of(cut, partitioner)[2], partitioner.node_of_hash(crc32("t")));
}

TEST(RouterTest, NoLegacyTagsWhereThereIsNoBrace) {
  Command command("MGET");
  command.key("a").key(Key("t", "b{c}"));
  EXPECT_FALSE(has_legacy_tags(command));
  Command value("SET");
  value.key("a").arg("{v}");
  EXPECT_FALSE(has_legacy_tags(value)) << "only keys count";
}

TEST(RouterTest, OnOneNode) {
  const auto one = [](std::vector<std::uint32_t> nodes) { return on_one_node(nodes); };
  EXPECT_TRUE(one({}));
  EXPECT_TRUE(one({3}));
  EXPECT_TRUE(one({3, 3, 3}));
  EXPECT_FALSE(one({3, 3, 1}));
}

TEST(RouterTest, RefusalNamesCommandAndNodesOnce) {
  const std::uint32_t nodes[] = {2, 0, 2};
  try {
    refuse_several_nodes(*find_command("RENAME", {}), nodes);
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("RENAME"), HasSubstr("node_1, node_3;")));
  }
}

}  // namespace
}  // namespace rediscluster::routing
