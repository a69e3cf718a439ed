// LCS, PFCOUNT, PFMERGE and BITOP over several nodes, beside one server that has all the keys.
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/cluster_support.h"
#include "server/one_server.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SeveralStringsTest : public BesideOneServer {};

// Many collisions, all types.
const Words keys{"a", "b", "c", "d", "e", "f", "g", "h", "i\0\r\n"s, "", "\xff\xfe", "list", "set"};

std::string bytes(Chance& chance, std::size_t size, unsigned letters) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i)
    text += static_cast<char>(letters == 256 ? chance.below(256) : 'a' + chance.below(letters));
  return text;
}

Words creation(Chance& chance) {
  const std::string& key = chance.of(keys);
  switch (chance.below(12)) {
    case 0:
      return {"RPUSH", "list", "x"};
    case 1:
      return {"SADD", "set", "x"};
    case 2:
      return {"DEL", key};
    case 3:
      return {"PEXPIREAT", key, "99999999999999"};
    case 4:
      return {"SET", key, std::to_string(chance.below(100000))};
    case 5:
      return {"SET", key, bytes(chance, chance.below(30), 256)};
    case 6:
      return {"SETRANGE", key, std::to_string(chance.below(3000)), bytes(chance, 1, 256)};
    case 7:
    case 8:
      return {"SET", key, bytes(chance, chance.below(60), 3)};
    default: {
      Words words{"PFADD", key};
      const std::size_t count = chance.one_in(4) ? chance.below(3000) : chance.below(40);
      for (std::size_t i = 0; i < count; ++i) words.push_back(std::to_string(chance.below(10000)));
      return words;
    }
  }
}

Words command(Chance& chance) {
  Words words;
  std::size_t count = chance.below(5) + 1;
  switch (chance.below(4)) {
    case 0:
      words = {chance.one_in(9) ? "lcs" : "LCS", chance.of(keys), chance.of(keys)};
      for (std::size_t n = chance.below(4); n != 0; --n) {
        static const Words options{"LEN", "IDX", "idx", "WITHMATCHLEN", "MINMATCHLEN"};
        words.push_back(chance.of(options));
        if (words.back() == "MINMATCHLEN" && !chance.one_in(9)) {
          words.push_back(chance.of({"0", "1", "2", "3", "4", "-1", "03", "x", "9223372036854775807"}));
        }
      }
      if (chance.one_in(20)) words.push_back("FOO");
      return words;
    case 1:
      words = {chance.one_in(9) ? "pfcount" : "PFCOUNT"};
      break;
    case 2:
      words = {chance.one_in(9) ? "pfmerge" : "PFMERGE", chance.of(keys)};
      --count;
      break;
    default:
      words = {chance.one_in(9) ? "bitop" : "BITOP", chance.of({"AND", "or", "XOR", "NOT", "NOT", "NAND"}),
               chance.of(keys)};
      if (words[1] == "NOT" && !chance.one_in(9)) count = 1;
  }
  for (; count != 0; --count) words.push_back(chance.of(keys));
  return words;
}

TEST_F(SeveralStringsTest, RandomCommandsAnswerAsOneServerDoes) {
  Chance chance;
  for (int i = 0; i < (sanitized ? 1000 : 8000); ++i) {
    ASSERT_NO_FATAL_FAILURE(expect_same(chance.one_in(2) ? creation(chance) : command(chance)));
    if (i % 200 == 199) ASSERT_NO_FATAL_FAILURE(expect_same_data());
    if (i % 1000 == 999) {
      for (const std::string& key : keys) ASSERT_NO_FATAL_FAILURE(expect_same({"DEL", key}));
    }
  }
}

TEST_F(SeveralStringsTest, CountsOfAllSizes) {
  // Sparse, dense, and both; small, large and very large counts.
  for (int i = 0; i < 12; ++i) {
    for (int key = 0; key < 3; ++key) {
      Words words{"PFADD", key_on(key + 1, 3)};
      for (int element = 0; element < (1 << i) * 10; ++element) {
        words.push_back(std::to_string(i) + ":" + std::to_string(element * (key + 1)));
      }
      expect_same(words);
    }
    expect_same({"PFCOUNT", key_on(1, 3), key_on(2, 3), key_on(3, 3)});
    expect_same({"PFCOUNT", key_on(3, 3), key_on(2, 3), "none"});
    ASSERT_NO_FATAL_FAILURE();
  }
}

TEST_F(SeveralStringsTest, CountsNeverWrite) {
  r_.pfadd(key_on(1, 3), "a", "b");
  r_.pfadd(key_on(2, 3), "b", "c");
  r_.set(key_on(3, 3), "abc");
  for (int i = 1; i <= 3; ++i) ask(cluster(), node(i), {"CONFIG", "RESETSTAT"});
  EXPECT_EQ(r_.pfcount(key_on(1, 3), key_on(2, 3)), 3);
  EXPECT_EQ(r_.lcs_len(key_on(3, 3), key_on(2, 3)), 0);
  for (int i = 1; i <= 3; ++i) {
    EXPECT_THAT(ask(cluster(), node(i), {"INFO", "replication"}), HasSubstr("role:master"));
    for (const char* const write : {"set", "restore", "multi", "pfmerge", "unlink"}) {
      EXPECT_EQ(calls_of(cluster(), node(i), write), 0) << write;
    }
  }
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_F(SeveralStringsTest, WhatIsNoHyperLogLog) {
  const std::string header = "HYLL\1"s + std::string(11, '\0');
  const std::string dense = "HYLL\0"s + std::string(11, '\0');
  const Words values{"",
                     "HYLL",
                     "x",
                     "HYLX" + header.substr(4),
                     "HYLL\2"s + std::string(11, '\0'),
                     header,
                     header + "\x7f\xff",       // as many zeros as there are registers
                     header + "\x7f\xfe\x80"s,  // the last is one
                     header + "\x7f\xfe\x81"s,  // one too many
                     header + "\x7f\xff\x80"s,  // something behind the last
                     header + "\x7f\xff\x3f"s,
                     header + "\x7f\xfe",
                     header + "\x7f",
                     dense,
                     dense + std::string(12288, '\0'),
                     dense + std::string(12288, '\xff'),
                     dense + repeated("\x33\x3c\xc3", 4096),  // 51, the largest there can be, and 48 by turns
                     dense + std::string(12289, '\1'),
                     dense + std::string(12287, '\1')};
  const std::string other = key_on(1, 3), key = key_on(2, 3), list = key_on(3, 3);
  expect_same({"RPUSH", list, "x"});
  for (const std::string& value : values) {
    for (const Words& all :
         {Words{key, other}, Words{other, key}, Words{key, list}, Words{list, key}, Words{key, "none"}}) {
      expect_same({"DEL", "d", other});
      expect_same({"PFADD", other, "x", "y"});
      expect_same({"SET", key, value});
      expect_same({"PFCOUNT", all[0], all[1]});
      expect_same({"PFMERGE", "d", all[0], all[1]});
      expect_same({"PFMERGE", all[0], all[1]});
      expect_same_data();
    }
    ASSERT_FALSE(HasFatalFailure()) << ::testing::PrintToString(value.substr(0, 30));
  }
}

TEST_F(SeveralStringsTest, AMergeKeepsTheTimeOfTheDestination) {
  const std::string a = key_on(1, 3), b = key_on(2, 3), d = key_on(3, 3);
  expect_same({"PFADD", a, "1", "2"});
  expect_same({"PFADD", b, "2", "3"});
  expect_same({"PFADD", d, "9"});
  expect_same({"PEXPIREAT", d, "99999999999999"});
  expect_same({"PFMERGE", d, a, b, a, "none"});
  expect_same_data();
  expect_same({"BITOP", "OR", d, a, b});
  expect_same_data();
  expect_same({"BITOP", "AND", d, "none", "nor this", "key:5"});
  expect_same_data();
}

TEST_F(SeveralStringsTest, ErrorsLeaveNothingBehind) {
  const std::string a = key_on(1, 3), list = key_on(2, 3), d = key_on(3, 3);
  expect_same({"SET", a, "abc"});
  expect_same({"RPUSH", list, "x"});
  expect_same({"SET", d, "old"});
  for (const Words& words : std::vector<Words>{{"BITOP", "AND", d, a, list},
                                               {"BITOP", "AND", d, list, a},
                                               {"BITOP", "NOT", d, a, list},
                                               {"BITOP", "NAND", d, list, a},
                                               {"BITOP", "NOT", list, a},
                                               {"PFMERGE", d, a, list},
                                               {"PFMERGE", d, list, a},
                                               {"PFMERGE", d},
                                               {"LCS", a, list},
                                               {"LCS", list, a, "FOO"},
                                               {"LCS", a, d, "FOO"},
                                               {"LCS", a, d, "LEN", "IDX"},
                                               {"LCS", a, d, "LEN", "IDX", "FOO"},
                                               {"PFCOUNT", a, list},
                                               {"PFCOUNT", list, a}}) {
    expect_same(words);
    expect_same_data();
  }
}

// One more than fits into the server's table, and just as many as fit.
TEST_F(SeveralStringsTest, LcsHasTheServersLimit) {
  const std::string a = key_on(1, 3), b = key_on(2, 3);
  expect_same({"SET", a, std::string(8191, 'x')});
  expect_same({"SET", b, std::string(16384, 'y')});
  expect_same({"LCS", a, b, "LEN"});
  if (sanitized) return;
  expect_same({"SET", b, std::string(8000, 'y') + "x" + std::string(8382, 'y')});
  expect_same({"LCS", a, b, "LEN"});
  expect_same({"LCS", a, b, "IDX"});
}

TEST_F(SeveralStringsTest, TypedMethodsAndPipelines) {
  const std::string a = key_on(1, 3), b = key_on(2, 3), d = key_on(3, 3);
  r_.set(a, "ohmytext");
  r_.set(b, "mynewtext");
  EXPECT_EQ(r_.lcs(a, b), "mytext");
  EXPECT_EQ(r_.lcs_len(a, b), 6);
  const LcsMatches matches = r_.lcs_idx(a, b, {.minmatchlen = 3, .withmatchlen = true});
  ASSERT_EQ(matches.matches.size(), 1U);
  EXPECT_EQ(matches.len, 6);
  EXPECT_EQ(r_.bitop("XOR", d, a, b), 9);
  EXPECT_EQ(r_.bitop("XOR", d, d, b), 9);
  EXPECT_EQ(r_.get(d), "ohmytext\0"s);
  r_.del(a, b, d);
  r_.pfadd(a, "1", "2");
  r_.pfadd(b, "2", "3");
  EXPECT_TRUE(r_.pfmerge(d, a, b));
  EXPECT_EQ(r_.pfcount(d), 3);
  EXPECT_EQ(r_.pfcount(d, a, b), 3);
  auto pipeline = r_.pipeline();
  auto count = pipeline.pfcount(a, b);
  auto length = pipeline.lcs_len(d, "none");
  pipeline.execute();
  EXPECT_EQ(count.get(), 3);
  EXPECT_EQ(length.get(), 0);
}

// More than is put into one transaction.
TEST_F(SeveralStringsTest, ManyLargeStrings) {
  Words words{"BITOP", "XOR", "d"};
  for (int i = 0; i < 40; ++i) {
    words.push_back("key:" + std::to_string(i));
    expect_same({"SET", words.back(), std::string(i == 7 ? 20 << 20 : 1 << 20, static_cast<char>('A' + i))});
  }
  words.push_back("key:3");
  words.push_back("none");
  expect_same(words);
  words[1] = "AND";
  expect_same_data();
  expect_same(words);
  expect_same({"RPUSH", "list:1", "x"});
  expect_same({"RPUSH", "list:2", "x"});
  words.insert(words.end(), {"list:1", "list:2"});
  expect_same(words);
  expect_same_data();
}

long long available_megabytes() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  for (long long kilobytes = 0; file >> name; file.ignore(1000, '\n')) {
    if (file >> kilobytes && name == "MemAvailable:") return kilobytes / 1024;
  }
  return 0;
}

// Of its own suite, so that it can be filtered out: two values, copied.
class HugeStringsTest : public SeveralStringsTest {};

TEST_F(HugeStringsTest, StringsOf512Megabytes) {
  const std::size_t size = sanitized ? 32U << 20 : 512U << 20;
  if (available_megabytes() < static_cast<long long>(size >> 20) * 10) GTEST_SKIP() << "not enough memory";
  const std::string a = key_on(1, 3), b = key_on(2, 3), d = key_on(3, 3);
  const auto last = static_cast<long long>(size - 1);
  r_.setrange(a, last, "\x0f");
  r_.setrange(b, last - 1, "\x55\x3c");
  EXPECT_EQ(r_.bitop("OR", d, a, b), last + 1);
  EXPECT_EQ(r_.getrange(d, last - 2, last), "\0\x55\x3f"s);
  EXPECT_EQ(r_.bitcount(d), 4 + 6);
  EXPECT_EQ(r_.dbsize(), 3);
  EXPECT_EQ(r_.del(a, b, d), 3);
}

}  // namespace
}  // namespace rediscluster::tests
