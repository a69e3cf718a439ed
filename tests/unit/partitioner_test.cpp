// The crc32-modulo rule, against vectors computed with zlib, and the rules for tags.
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/partitioner.h>

namespace rediscluster {
namespace {

static_assert(crc32("") == 0);
static_assert(crc32("123456789") == 0xcbf43926U);
static_assert(crc32("foo") == 0x8c736521U);
static_assert(Partitioner(2).node_of("foo") == 1);
static_assert(Partitioner(2).node_of("bar") == 0);
static_assert(Partitioner(2).node_of("foobar") == 1);
static_assert(Partitioner(2).node_of(Key{"bar", "foo"}) == 0);
static_assert(Partitioner(1).node_of("anything") == 0);
static_assert(Partitioner(3, KeyTags::standard).masters() == 3);
static_assert(parse_key_name("a{b}c", KeyTags::standard).hashed == "b");

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line + '\t');
  for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
  return cells;
}

std::string unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\\x") {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

/** Column `key`: text, or "unit x count". */
std::string key_of(const std::string& form, const std::string& text) {
  if (form == "lit") return unescape(text);
  const std::size_t times = text.rfind(" x ");
  const std::string unit = unescape(text.substr(0, times));
  std::string key;
  for (int i = std::stoi(text.substr(times + 3)); i > 0; --i) key += unit;
  return key;
}

TEST(Partitioner, AgreesWithZlib) {
  std::ifstream in(TEST_DATA_DIR "/crc32_nodes.tsv");
  std::string line;
  ASSERT_TRUE(std::getline(in, line));
  const std::vector<std::string> header = split(line);
  ASSERT_GT(header.size(), 7U);
  std::size_t rows = 0;
  for (; std::getline(in, line); ++rows) {
    const std::vector<std::string> cells = split(line);
    ASSERT_EQ(header.size(), cells.size()) << line;
    const std::string key = key_of(cells[2], cells[3]);
    SCOPED_TRACE("row " + cells[0]);
    EXPECT_EQ(cells[4], std::to_string(key.size()));
    EXPECT_EQ(cells[5], std::to_string(crc32(key)));
    EXPECT_EQ(std::stoul(cells[6], nullptr, 16), crc32(key));
    for (std::size_t column = 7; column < cells.size(); ++column) {
      const Partitioner partitioner(std::stoul(header[column].substr(1)));
      EXPECT_EQ(cells[column], "node_" + std::to_string(partitioner.node_of(key) + 1)) << header[column];
      EXPECT_EQ(partitioner.node_of(key), partitioner.node_of(Key(key, "name"))) << header[column];
      EXPECT_EQ(partitioner.node_of(key), partitioner.node_of_hash(crc32(key))) << header[column];
    }
  }
  EXPECT_EQ(300U, rows);
}

struct Case {
  std::string_view name, hashed, stored;
};

void expect_rule(KeyTags tags, const std::vector<Case>& cases) {
  for (const auto& [name, hashed, stored] : cases) {
    EXPECT_EQ(hashed, parse_key_name(name, tags).hashed) << name;
    EXPECT_EQ(stored, parse_key_name(name, tags).stored) << name;
    EXPECT_EQ(crc32(hashed) % 7, Partitioner(7, tags).node_of(name)) << name;
  }
}

TEST(KeyTags, NoneLeavesBracesAlone) {
  expect_rule(KeyTags::none, {{"", "", ""},
                              {"a", "a", "a"},
                              {"a{b}c", "a{b}c", "a{b}c"},
                              {"{}", "{}", "{}"},
                              {"n{a}{b}", "n{a}{b}", "n{a}{b}"}});
}

TEST(KeyTags, StandardHashesTheFirstBracesUnlessEmpty) {
  expect_rule(KeyTags::standard,
              {{"", "", ""},
               {"a", "a", "a"},
               {"a{", "a{", "a{"},
               {"a}", "a}", "a}"},
               {"}a{", "}a{", "}a{"},
               {"}{x}", "x", "}{x}"},
               {"{}", "{}", "{}"},
               {"{}{x}", "{}{x}", "{}{x}"},
               {"a{b}c", "b", "a{b}c"},
               {"{b}", "b", "{b}"},
               {"n{a}{b}", "a", "n{a}{b}"},
               {"n{{a}}", "{a", "n{{a}}"},
               {"n{a", "n{a", "n{a"},
               {"a{ }", " ", "a{ }"},
               {std::string_view("a{\0}b", 5), std::string_view("\0", 1), std::string_view("a{\0}b", 5)}});
}

TEST(KeyTags, LegacyCutsTheName) {
  expect_rule(KeyTags::legacy, {{"", "", ""},
                                {"a", "a", "a"},
                                {"a}", "a}", "a}"},
                                {"a{", "", "a"},
                                {"{}", "", ""},
                                {"{}{x}", "}{x", ""},
                                {"a{b}", "b", "a"},
                                {"a{b}c", "b}", "a"},
                                {"a{bc", "b", "a"},
                                {"n{a}{b}", "a}{b", "n"},
                                {"{b}", "b", ""}});
}

TEST(KeyTags, AGivenTagDecidesAloneAndIsHashedWhole) {
  for (const KeyTags tags : {KeyTags::none, KeyTags::standard, KeyTags::legacy}) {
    const Partitioner partitioner(1000, tags);
    EXPECT_EQ(crc32("a{b}c") % 1000, partitioner.node_of(Key{"a{b}c", "n{x}"}));
    EXPECT_EQ(crc32("") % 1000, partitioner.node_of(Key{"", "n{x}"}));
  }
}

}  // namespace
}  // namespace rediscluster
