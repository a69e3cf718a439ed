#include "routing/key_positions.h"

#include <fstream>
#include <limits>
#include <random>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace rediscluster::routing {

// For GoogleTest's messages.
void PrintTo(const KeyPosition& position, std::ostream* out) {
  *out << position.argument << (position.write ? 'w' : 'r');
}

namespace {

using Words = std::vector<std::string>;
using Positions = std::vector<KeyPosition>;

const CommandRow& row_of(std::string_view name, std::string_view subcommand = "") {
  const CommandRow* row = find_command(name, subcommand);
  if (row == nullptr) throw std::runtime_error("no row for " + std::string(name));
  return *row;
}

Positions positions_of(const CommandRow& row, const Words& words) {
  const std::vector<std::string_view> argv(words.begin(), words.end());
  return key_positions(row, argv);
}

Words words_of(const std::string& text) {
  std::istringstream in(text);
  Words words;
  for (std::string word; in >> word;) words.push_back(word == "\"\"" ? std::string() : word);
  return words;
}

// "SORT key STORE d" -> "1r 3w"
std::string keys_of(const std::string& text) {
  const Words words = words_of(text);
  std::string keys;
  for (const auto& [argument, write] : positions_of(row_of(words[0], words.size() > 1 ? words[1] : ""), words)) {
    keys += (keys.empty() ? "" : " ") + std::to_string(argument) + (write ? "w" : "r");
  }
  return keys;
}

struct Example {
  std::string command, text, keys;
};

std::vector<Example> read_examples() {
  std::ifstream in(TEST_DATA_DIR "/command_examples.tsv");
  std::vector<Example> examples;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("#") || line.starts_with("command\t")) continue;
    const auto first = line.find('\t');
    const auto second = line.find('\t', first + 1);
    examples.push_back({line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1)});
  }
  return examples;
}

TEST(KeyPositions, OfEveryCommandThatHasKeys) {
  const auto examples = read_examples();
  std::set<std::string> commands;
  for (const auto& example : examples) {
    std::string keys = example.keys;
    for (char& c : keys) c = c == 'c' ? 'r' : c;  // a channel is not written
    EXPECT_EQ(keys_of(example.text), keys) << example.text;
    EXPECT_TRUE(commands.insert(example.command).second) << example.command;
  }
  for (const auto& row : command_table()) {
    EXPECT_EQ(commands.contains(std::string(row.name)), !row.keys.empty()) << row.name;
  }
}

// However a good example is cut or spoiled, no position lies outside, and positions ascend.
TEST(KeyPositions, NeverOutOfRange) {
  std::mt19937 random(20240229);
  const Words spoilers = {"",
                          "-1",
                          "0",
                          "1",
                          "9223372036854775807",
                          "9223372036854775808",
                          "2x",
                          " 2",
                          "STREAMS",
                          "KEYS",
                          "STORE",
                          "*",
                          "-9223372036854775808",
                          "AUTH2",
                          "3"};
  const auto check = [](const CommandRow& row, const Words& words) {
    std::size_t next = 1;
    for (const auto& position : positions_of(row, words)) {
      ASSERT_LT(position.argument, words.size()) << row.name;
      ASSERT_GE(position.argument, next) << row.name;
      next = position.argument + 1;
    }
  };
  for (const auto& example : read_examples()) {
    const Words words = words_of(example.text);
    const CommandRow& row = row_of(words[0], words[1]);
    for (std::size_t size = 0; size <= words.size(); ++size) {
      check(row, Words(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    for (int i = 0; i < 300; ++i) {
      Words spoiled = words;
      for (auto changes = random() % 4; changes > 0; --changes) {
        spoiled[1 + random() % (spoiled.size() - 1)] = spoilers[random() % spoilers.size()];
      }
      spoiled.resize(random() % (spoiled.size() + 3));
      check(row, spoiled);
    }
  }
}

TEST(KeyPositions, CountedKeys) {
  EXPECT_EQ(keys_of("EVAL s 0 a b"), "");
  EXPECT_EQ(keys_of("EVAL s 2 a b"), "3w 4w");
  EXPECT_EQ(keys_of("EVAL s 3 a b"), "");
  EXPECT_EQ(keys_of("EVAL s -1 a b"), "");
  EXPECT_EQ(keys_of("EVAL s 1.0 a b"), "");
  EXPECT_EQ(keys_of("EVAL s x a b"), "");
  EXPECT_EQ(keys_of("EVAL s \"\" a b"), "");
  EXPECT_EQ(keys_of("EVAL s 9223372036854775807 a b"), "");
  EXPECT_EQ(keys_of("EVAL s 99999999999999999999999 a b"), "");
  EXPECT_EQ(keys_of("EVAL s 18446744073709551617 a b"), "");
  EXPECT_EQ(keys_of("EVAL s"), "");
  EXPECT_EQ(keys_of("ZUNIONSTORE d 2 a b WEIGHTS 1 2"), "1w 3r 4r");
  EXPECT_EQ(keys_of("ZUNIONSTORE d 3 a b"), "");  // the server refuses it before it looks at the destination
  EXPECT_EQ(keys_of("ZUNION 1 a b"), "2r");
}

TEST(KeyPositions, Ranges) {
  EXPECT_EQ(keys_of("PFMERGE d"), "1w");
  EXPECT_EQ(keys_of("RENAME a"), "1w");
  EXPECT_EQ(keys_of("BLPOP a"), "");
  EXPECT_EQ(keys_of("BLPOP a 1"), "1w");
  EXPECT_EQ(keys_of("LCS a"), "");
  EXPECT_EQ(keys_of("SUNSUBSCRIBE"), "");
  EXPECT_EQ(keys_of("MSET a 1 b 2"), "1w 3w");
  EXPECT_EQ(keys_of("MSET a 1 b"), "");
  EXPECT_EQ(keys_of("MSET a"), "");
  EXPECT_EQ(keys_of("GET"), "");
  EXPECT_EQ(positions_of(row_of("GET"), {}), Positions{});
}

TEST(KeyPositions, Sort) {
  EXPECT_EQ(keys_of("SORT k"), "1r");
  EXPECT_EQ(keys_of("SORT k STORE STORE"), "1r 3w");
  EXPECT_EQ(keys_of("sort k by store get store store d"), "1r 7w");
  EXPECT_EQ(keys_of("SORT k STORE a STORE b"), "1r 5w");  // the server stores to b
  EXPECT_EQ(keys_of("SORT k LIMIT store 1 DESC"), "1r");
  EXPECT_EQ(keys_of("SORT k STORE"), "1r");
  EXPECT_EQ(keys_of("SORT store"), "1r");
  EXPECT_EQ(keys_of("SORT"), "");
  const auto unnamed = [](const std::string& text) {
    const Words words = words_of(text);
    const std::vector<std::string_view> argv(words.begin(), words.end());
    return reads_unnamed_keys(row_of(words[0]), argv);
  };
  EXPECT_FALSE(unnamed("SORT k"));
  EXPECT_FALSE(unnamed("SORT k BY nosort GET #"));
  EXPECT_TRUE(unnamed("SORT k BY w_* GET #"));
  EXPECT_TRUE(unnamed("SORT_RO k get # get o_*->f"));
  EXPECT_TRUE(unnamed("SORT k GET o_* GET #"));
  EXPECT_FALSE(unnamed("SORT k STORE a*"));
  EXPECT_FALSE(unnamed("GET a*"));
}

TEST(KeyPositions, Georadius) {
  EXPECT_EQ(keys_of("GEORADIUS k 1 2 3 m"), "1r");
  EXPECT_EQ(keys_of("GEORADIUS k 1 2 3 m STORE"), "1r");
  EXPECT_EQ(keys_of("GEORADIUS k 1 2 3 m STOREDIST a STORE b"), "1r 9w");  // the server stores to b
  EXPECT_EQ(keys_of("GEORADIUS k 1 2 3 m store storedist"), "1r 7w");
  EXPECT_EQ(keys_of("GEORADIUSBYMEMBER k STORE 2 m STORE d"), "1r 6w");
  EXPECT_EQ(keys_of("GEORADIUSBYMEMBER k STORE d m"), "1r");
}

TEST(KeyPositions, Streams) {
  EXPECT_EQ(keys_of("XREAD STREAMS a 0"), "2r");
  EXPECT_EQ(keys_of("XREAD streams STREAMS b 0 0"), "2r 3r");
  EXPECT_EQ(keys_of("XREAD BLOCK 0 COUNT 1 STREAMS a b 0 0"), "6r 7r");
  EXPECT_EQ(keys_of("XREAD STREAMS a"), "");
  EXPECT_EQ(keys_of("XREAD COUNT 1 STREAMS"), "");
  EXPECT_EQ(keys_of("XREADGROUP GROUP STREAMS STREAMS STREAMS a >"), "5r");
  EXPECT_EQ(keys_of("XREADGROUP COUNT 5 GROUP g STREAMS NOACK STREAMS a b > >"), "8r 9r");
}

TEST(KeyPositions, Migrate) {
  EXPECT_EQ(keys_of("MIGRATE h 1 k 0 5"), "3w");
  EXPECT_EQ(keys_of("MIGRATE h 1 \"\" 0 5 REPLACE AUTH keys KEYS a b"), "10w 11w");
  EXPECT_EQ(keys_of("MIGRATE h 1 \"\" 0 5 AUTH2 keys keys KEYS a"), "10w");
  EXPECT_EQ(keys_of("MIGRATE h 1 k 0 5 KEYS a b"), "3w");  // a syntax error of the server's
  EXPECT_EQ(keys_of("MIGRATE h 1 \"\" 0 5 KEYS"), "");
  EXPECT_EQ(keys_of("MIGRATE h 1 \"\" 0 5 AUTH"), "3w");
}

TEST(KeyPositions, OthersThatOnlyCodeKnows) {
  EXPECT_EQ(keys_of("DEBUG OBJECT k"), "2r");
  EXPECT_EQ(keys_of("debug digest-value a b"), "2r 3r");
  EXPECT_EQ(keys_of("DEBUG SLEEP 0"), "");
  EXPECT_EQ(keys_of("PUBLISH channel message"), "1r");
}

// What a server may say of a command that is not in the table.
TEST(KeyPositions, GenericKeywordSpecs) {
  const auto find = [](KeySpec spec, const std::string& text) {
    const KeySpec specs[] = {spec};
    CommandRow row{.name = "MODULE.COMMAND", .keys = specs};
    std::string keys;
    for (const auto& position : positions_of(row, words_of(text))) keys += std::to_string(position.argument) + " ";
    return keys;
  };
  using Begin = KeySpec::Begin;
  using Find = KeySpec::Find;
  const KeySpec forwards{.begin = Begin::keyword, .begin_index = 2, .keyword = "KEY", .find = Find::range, .step = 1};
  EXPECT_EQ(find(forwards, "M KEY a key b"), "4 ");
  EXPECT_EQ(find(forwards, "M a b KEY"), "");
  EXPECT_EQ(find(forwards, "M"), "");
  const KeySpec backwards{
      .begin = Begin::keyword, .begin_index = -2, .keyword = "KEYS", .find = Find::range, .last = -1, .step = 1};
  EXPECT_EQ(find(backwards, "M KEYS a KEYS b c"), "4 5 ");
  EXPECT_EQ(find(backwards, "M KEYS"), "");
  EXPECT_EQ(find(backwards, "KEYS a"), "");
  KeySpec extreme{
      .begin = Begin::index, .begin_index = std::numeric_limits<int>::max(), .find = Find::range, .step = 0};
  EXPECT_EQ(find(extreme, "M a b"), "");
  extreme.begin_index = std::numeric_limits<int>::min();
  EXPECT_EQ(find(extreme, "M a b"), "");
  extreme.begin_index = 1;
  extreme.last = std::numeric_limits<int>::min();
  EXPECT_EQ(find(extreme, "M a b"), "");
  extreme.last = -1;
  extreme.limit = std::numeric_limits<int>::min();
  EXPECT_EQ(find(extreme, "M a b"), "1 2 ");
  EXPECT_EQ(
      find({.begin = Begin::index, .begin_index = 1, .find = Find::keynum, .last = -5, .step = 1, .first = 1}, "M 1 a"),
      "");
  EXPECT_EQ(find({.begin = Begin::unknown, .find = Find::unknown}, "M a b"), "");
}

// Specs of one command that find keys in another order than they stand in.
TEST(KeyPositions, AscendWhateverTheOrderOfTheSpecs) {
  const KeySpec specs[] = {
      {.begin = KeySpec::Begin::index, .begin_index = 2, .find = KeySpec::Find::range, .step = 1, .write = true},
      {.begin = KeySpec::Begin::index, .begin_index = 1, .find = KeySpec::Find::range, .step = 1}};
  const CommandRow row{.name = "MODULE.COMMAND", .keys = specs};
  EXPECT_EQ(positions_of(row, {"M", "a", "b"}), (Positions{{1, false}, {2, true}}));
}

TEST(KeyPositions, AreAppended) {
  Positions positions = {{7, true}};
  const std::vector<std::string_view> argv = {"GET", "a"};
  find_key_positions(row_of("GET"), argv, positions);
  EXPECT_EQ(positions, (Positions{{7, true}, {1, false}}));
  const std::vector<std::string_view> bad = {"MSET", "a"};
  find_key_positions(row_of("MSET"), bad, positions);
  EXPECT_EQ(positions.size(), 2U);
}

}  // namespace
}  // namespace rediscluster::routing
