// ZUNION, ZINTER, ZDIFF, ZINTERCARD, SINTERCARD and their stores answer over nodes as one server with all the keys
// does.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/same_as_one_server.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const Words readers{"ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD", "SINTERCARD"};
const Words stores{"ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"};

class SortedSetAlgebraTest : public SameAsOneServerTest {
 protected:
  // All reads and stores over these keys, with these options.
  void expect_same_algebra(const Words& keys, const Words& options = {}) {
    const Words tail = Words{std::to_string(keys.size())} + keys + options;
    for (const std::string& reader : readers) {
      expect_same(Words{reader} + tail);
      expect_same(Words{reader} + tail + Words{"WITHSCORES"});
    }
    for (const std::string& store : stores) {
      expect_same(Words{store, "dest"} + tail);
      expect_same_data({"dest"});
    }
  }

  // A large sorted set, or a plain one, of the members from..to.
  void add_members(const std::string& key, int from, int to, bool plain = false) {
    for (int begin = from; begin < to; begin += 1000) {
      Words words{plain ? "SADD" : "ZADD", key};
      for (int i = begin; i < std::min(to, begin + 1000); ++i) {
        if (!plain) words.push_back(std::to_string(i % 17) + ".1");
        words.push_back("member:" + std::to_string(i));
      }
      run(words);
    }
  }

  Random random_;
};

TEST_F(SortedSetAlgebraTest, WrongTypesAreErrorsInEveryPosition) {
  run({"ZADD", "z1", "1", "a", "2", "b"});
  run({"SADD", "s1", "a", "c"});
  run({"SADD", "s2", "a", "c"});
  run({"SET", "string", "x"});
  run({"LPUSH", "list", "x"});
  for (const Words& keys : std::vector<Words>{{"string", "z1", "s1"},
                                              {"z1", "list", "s1"},
                                              {"s1", "s2", "string"},
                                              {"s1", "none", "z1", "string"},
                                              {"none", "string"},
                                              {"string", "none"},
                                              {"list", "string"},
                                              {"s1", "z1", "none", "s2"},
                                              {"s1", "s2", "none"}}) {
    expect_same_algebra(keys);
    expect_same_algebra(keys, {"nonsense"});  // of two errors the same one is told
    for (const std::string& command : {"SINTER"s, "SUNION"s, "SDIFF"s}) {
      const std::string outcome = outcome_of(plain_, Words{command} + keys);
      if (outcome[0] == '-') expect_same(Words{command} + keys);
      expect_same(Words{command + "STORE", "dest"} + keys);
      expect_same_data({"dest"});
    }
  }
}

TEST_F(SortedSetAlgebraTest, WrongArgumentsAreTheServersErrors) {
  run({"ZADD", "z1", "1", "a", "2", "b"});
  run({"ZADD", "z2", "1", "a", "3", "b"});
  run({"SADD", "s1", "a", "b"});
  run({"SET", "string", "x"});
  for (const Words& options : std::vector<Words>{{"WEIGHTS"},
                                                 {"WEIGHTS", "1"},
                                                 {"WEIGHTS", "1", "2"},
                                                 {"WEIGHTS", "1", "2", "3"},
                                                 {"WEIGHTS", "1", "2", "3", "4"},
                                                 {"WEIGHTS", "1", "x", "3"},
                                                 {"WEIGHTS", "1", "nan", "3"},
                                                 {"WEIGHTS", "1", "", "3"},
                                                 {"WEIGHTS", "1", " 1", "3"},
                                                 {"WEIGHTS", "1", "1 ", "3"},
                                                 {"WEIGHTS", "1", "1\0"s, "3"},
                                                 {"WEIGHTS", "+1", "0x1p3", "+inf"},
                                                 {"WEIGHTS", "1e400", "1", "1"},
                                                 {"WEIGHTS", "1e-400", "1", "1"},
                                                 {"WEIGHTS", "1e-320", "1", "1"},
                                                 {"WEIGHTS", "infinity", "-Inf", "1,5"},
                                                 {"WEIGHTS", "1", "2", "3", "weights", "3", "2", "1"},
                                                 {"AGGREGATE"},
                                                 {"AGGREGATE", "AVG"},
                                                 {"AGGREGATE", "min", "aggregate", "SUM"},
                                                 {"WITHSCORES", "WITHSCORES"},
                                                 {"WITHSCORES", "WEIGHTS", "1", "1", "1"},
                                                 {"LIMIT"},
                                                 {"LIMIT", "0"},
                                                 {"LIMIT", "1"},
                                                 {"limit", "1", "LIMIT", "2"},
                                                 {"LIMIT", "-1"},
                                                 {"LIMIT", "01"},
                                                 {"LIMIT", "x"},
                                                 {"LIMIT", "99999999999999999999"},
                                                 {"LIMIT", "1", "x"}}) {
    expect_same_algebra({"z1", "z2", "s1"}, options);
    expect_same_algebra({"s1", "z2", "z1"}, options);
    expect_same_algebra({"z1", "string", "s1"}, options);
  }
  for (const std::string count : {"02", "+2", "-1", "0", "3", "4", "x", "", "2.0", "99999999999999999999"}) {
    for (const std::string& reader : readers) expect_same({reader, count, "z1", "z2"});
    for (const std::string& store : stores) expect_same({store, "dest", count, "z1", "z2"});
  }
  for (const std::string& command : readers + stores) {
    expect_same({command});
    expect_same({command, "1"});
    expect_same({command, "1", "z1"});
    expect_same({command, "z1", "1"});
    expect_same({command, "z1", "2", "z1"});
  }
}

TEST_F(SortedSetAlgebraTest, TypedMethodsWithAWrongNumberOfKeys) {
  run({"SADD", "s1", "a"});
  run({"SADD", "s2", "a"});
  for (const long long count : {-1, 0, 1}) {
    EXPECT_THROW(r_.sintercard(count, {"s1", "s2"}), ResponseError) << count;
    EXPECT_THROW(r_.zintercard(count, {"s1", "s2"}), ResponseError) << count;
  }
  EXPECT_THROW(r_.sintercard(3, {"s1", "s2"}), DataError);  // LIMIT would be a key
  EXPECT_THROW(r_.zintercard(5, {"s1", "s2"}), ResponseError);
}

TEST_F(SortedSetAlgebraTest, ScoresAreAddedInTheServersOrder) {
  // 0.1 + 0.2 + 0.3 is not 0.3 + 0.2 + 0.1, and infinities cancel when they meet.
  run({"ZADD", "a", "0.1", "m", "1", "x1", "1", "x2"});
  run({"ZADD", "b", "0.2", "m", "1", "x1"});
  run({"ZADD", "c", "0.3", "m"});
  run({"ZADD", "i", "inf", "m", "1", "y"});
  run({"ZADD", "j", "-inf", "m"});
  run({"SADD", "s", "m", "x1", "x2", "x3"});
  for (const Words& keys : std::vector<Words>{{"a", "b", "c"},
                                              {"c", "b", "a"},
                                              {"b", "c", "a"},
                                              {"a", "i", "j"},
                                              {"i", "j", "a", "s"},
                                              {"j", "i", "c", "i"},
                                              {"a", "a", "b", "b"},
                                              {"s", "a", "none"},
                                              {"s", "a", "i"}}) {
    const std::size_t count = keys.size();
    for (const Words& options : std::vector<Words>{{},
                                                   {"AGGREGATE", "MIN"},
                                                   {"AGGREGATE", "MAX"},
                                                   Words{"WEIGHTS"} + Words(count, "0"),
                                                   Words{"WEIGHTS"} + Words(count, "-0.1"),
                                                   Words{"WEIGHTS", "inf"} + Words(count - 1, "0"),
                                                   Words{"WEIGHTS", "-inf"} + Words(count - 1, "0.7"),
                                                   Words{"WEIGHTS", "0"} + Words(count - 1, "-inf")}) {
      expect_same_algebra(keys, options);
    }
  }
}

TEST_F(SortedSetAlgebraTest, TheDestinationMayBeASourceAndOfAnyType) {
  for (const std::string& store : stores) {
    for (const std::string dest : {"a", "b", "c", "d", "e"}) {
      run({"FLUSHALL"});
      run({"ZADD", "a", "1", "x", "2", "y"});
      run({"ZADD", "b", "5", "x", "6", "z"});
      run({"SADD", "c", "x", "y", "w"});
      run({"SET", "d", "x", "PXAT", "99999999999999"});
      run({"LPUSH", "e", "x"});
      run({"PEXPIREAT", "a", "99999999999999"});
      expect_same({store, dest, "3", "a", "b", "c"});
      expect_same_data({"a", "b", "c", "d", "e"});
      expect_same({store, dest, "2", "none", "nor this"});
      expect_same_data({"a", "b", "c", "d", "e"});
    }
  }
}

// Signs of zeros, too: a small sorted set knows no -0, a large one does.
TEST_F(SortedSetAlgebraTest, NegativeZerosAreStoredAsTheServerDoes) {
  for (const int members : {3, 8, 9, 30, 10000}) {
    run({"FLUSHALL"});
    for (const std::string key : {"a", "b"}) {
      Words words{"ZADD", key};
      for (int i = 0; i < members; ++i) {
        words.push_back(std::to_string(i % 3 - 1));
        words.push_back("m" + std::to_string(i));
      }
      run(words);
    }
    expect_same_algebra({"a", "b"}, {"WEIGHTS", "0", "0"});
    expect_same_algebra({"a", "b", "none"}, {"WEIGHTS", "0", "-0", "1", "AGGREGATE", "MAX"});
    expect_same_algebra({"b", "a"}, {"WEIGHTS", "-0", "0", "AGGREGATE", "MIN"});
  }
}

TEST_F(SortedSetAlgebraTest, LargeInputsAreNarrowedToTheSameResult) {
  add_members("large", 0, 12000);
  add_members("other", 9000, 25000);
  add_members("plain", 0, 12000, true);
  add_members("plain2", 11000, 27000, true);
  add_members("small", 11990, 12010);
  run({"SADD", "few", "member:0", "member:11500", "none of them"});
  run({"SET", "string", "x"});
  for (const Words& keys : std::vector<Words>{{"small", "large", "other"},
                                              {"large", "small", "plain"},
                                              {"large", "few", "plain"},
                                              {"plain", "plain2", "few"},
                                              {"few", "plain", "plain2", "large"},
                                              {"plain2", "plain", "other"},
                                              {"small", "large", "none"},
                                              {"small", "large", "string"},
                                              {"none", "large"},
                                              {"small", "small", "large", "large"},
                                              {"large", "other", "plain", "plain2"}}) {
    expect_same_algebra(keys);
    if (HasFatalFailure()) return;
  }
  for (const std::string limit : {"0", "1", "3", "999", "5000", "1000000"}) {
    expect_same({"SINTERCARD", "2", "plain", "plain2", "LIMIT", limit});
    expect_same({"ZINTERCARD", "3", "large", "plain", "other", "LIMIT", limit});
  }
  for (const Words& options : std::vector<Words>{{"WEIGHTS", "0.1", "0.7", "inf"},
                                                 {"WEIGHTS", "0.1", "0.7", "3", "AGGREGATE", "MIN"},
                                                 {"WEIGHTS", "-1", "0.7", "3", "AGGREGATE", "MAX"}}) {
    expect_same_algebra({"large", "small", "plain"}, options);
  }
}

TEST_F(SortedSetAlgebraTest, OfLargeInputsOnlyWhatIsInQuestionIsRead) {
  add_members("large", 0, 30000);
  add_members("other", 0, 30000);
  run({"ZADD", "small", "1", "member:7", "2", "none"});
  std::vector<StrictRedis> nodes;
  for (const std::string name : {"node_1", "node_2", "node_3"}) {
    nodes.push_back(r_.node(name));
    nodes.back().execute_command("CONFIG", "RESETSTAT");
  }
  ASSERT_EQ(r_.zinter({"large", "small", "other"}).size(), 1U);
  ASSERT_EQ(r_.zintercard(3, {"large", "small", "other"}), 1);
  ASSERT_EQ(r_.zdiff({"small", "large", "other"}).size(), 1U);
  long long sent = 0;
  for (const StrictRedis& node : nodes) {
    const std::string stats = node.execute_command<std::string>("INFO", "stats");
    sent += std::stoll(stats.substr(stats.find("total_net_output_bytes:") + 23));
  }
  EXPECT_LT(sent, 100000);
}

TEST_F(SortedSetAlgebraTest, InPipelines) {
  run({"ZADD", "z1", "1", "a", "2.5", "b"});
  run({"ZADD", "z2", "1", "b", "3", "c"});
  run({"SADD", "s1", "a", "b", "c"});
  run({"SADD", "s2", "a", "b", "d"});
  run({"SADD", "s3", "a", "b", "d"});
  run({"SET", "string", "x"});
  auto pipeline = r_.pipeline();
  auto sum = pipeline.zunion_withscores({"z1", "z2", "s1"});
  auto common = pipeline.zinter({"z1", "z2", "s1"});
  auto left = pipeline.zdiff({"z1", "z2", "s3"});
  auto counted = pipeline.sintercard(3, {"s1", "s2", "s3"}, 1);
  auto all = pipeline.zintercard(3, {"s1", "s2", "z1"});
  auto wrong = pipeline.zunion({"z1", "z2", "string"});
  auto nonsense = pipeline.execute_command("ZUNION", "3", "z1", "z2", "s1", "nonsense");
  pipeline.execute({.raise_on_error = false});
  EXPECT_THAT(sum.get(), ElementsAre(Pair("a", 2), Pair("c", 4), Pair("b", 4.5)));
  EXPECT_THAT(common.get(), ElementsAre("b"));
  EXPECT_TRUE(left.get().empty());
  EXPECT_EQ(counted.get(), 1);
  EXPECT_EQ(all.get(), 2);
  EXPECT_THROW(wrong.get(), ResponseError);
  EXPECT_THROW(nonsense.get(), ResponseError);
}

TEST_F(SortedSetAlgebraTest, RandomCommandsAnswerAsOneServerDoes) {
  const Words keys{"a", "b", "c", "d", "e", "f", "g", "h", "i\0\r\n"s, ""};
  const Words members{"1", "2", "3", "4", "5", "x\0y"s, "\r\n", "", "\xff", "m1", "m2", "m10"};
  const Words scores{"0",    "-0",     "1",     "-1",     "0.1",    "0.2",  "0.3",  "inf", "-inf",
                     "1e17", "1e-320", "1e308", "-1e308", "3.3333", "1e21", "1e-5", "7"};
  const Words weights{"1", "0", "-1", "inf", "-inf", "0.1", "-0", "3", "1e300", "1e-300", "+inf", "0x10", "2.5"};
  const Words aggregates{"SUM", "MIN", "MAX", "sum", "Min"};
  const auto random_keys = [&] {
    Words some;
    for (std::size_t n = random_.below(5) + 1; n != 0; --n) some.push_back(random_.of(keys));
    return some;
  };
  for (int i = 0; i < rounds(4000); ++i) {
    const std::string key = random_.of(keys);
    switch (random_.below(20)) {
      case 0:
        run({"SET", key, "x"});
        break;
      case 1:
        run({"DEL", key});
        break;
      case 2:
      case 3:
        run({"DEL", key});
        for (std::size_t n = random_.below(12); n != 0; --n) run({"SADD", key, random_.of(members)});
        break;
      case 4:
      case 5:
      case 6:
        run({"DEL", key});
        for (std::size_t n = random_.below(14); n != 0; --n)
          run({"ZADD", key, random_.of(scores), random_.of(members)});
        break;
      default: {
        const bool is_store = random_.once_in(3);
        Words words{random_.of(is_store ? stores : readers)};
        if (is_store) words.push_back(key);
        const Words sources = random_keys();
        words = words + Words{std::to_string(sources.size() + (random_.once_in(60) ? random_.below(3) : 0))} + sources;
        const bool combines = words[0].find("UNION") != std::string::npos || words[0].starts_with("ZINTER");
        if (words[0].ends_with("CARD")) {
          if (random_.once_in(2)) words = words + Words{"LIMIT", std::to_string(random_.below(4))};
        } else if (combines || random_.once_in(30)) {
          if (random_.once_in(2)) {
            words.push_back("WEIGHTS");
            for (std::size_t n = sources.size(); n != 0; --n)
              words.push_back(random_.once_in(100) ? "x" : random_.of(weights));
          }
          if (random_.once_in(2)) words = words + Words{"AGGREGATE", random_.of(aggregates)};
        }
        if (!is_store && !words[0].ends_with("CARD") && !random_.once_in(4)) words.push_back("WITHSCORES");
        if (random_.once_in(40)) words.push_back("nonsense");
        expect_same(words);
        if (is_store) expect_same_data({key});
      }
    }
    if (HasFatalFailure()) return;
    if (i % 200 == 199) expect_same_data(keys);
  }
}

TEST_F(SortedSetAlgebraTest, AMillionMembersAreStoredWhole) {
  for (int begin = 0; begin < 1000000; begin += 10000) {
    Words words{"ZADD", begin % 20000 == 0 ? "z1" : "z2"};
    for (int i = begin; i < begin + 10000; ++i) {
      words.push_back(std::to_string(i));
      words.push_back("member:" + std::to_string(i));
    }
    r_.execute_command(words);
  }
  r_.set("d", "old", {.ex = 1000});
  const auto patient = r_.with({.timeout = 60s});  // of debug builds, too
  EXPECT_EQ(patient.zunionstore("d", {"z1", "z2", "none"}), 1000000);
  EXPECT_EQ(r_.zcard("d"), 1000000);
  EXPECT_EQ(r_.ttl("d"), -1);
  EXPECT_EQ(r_.zscore("d", "member:999999"), 999999);
  EXPECT_EQ(r_.zrank("d", "member:500000"), 500000);
  EXPECT_EQ(patient.zdiffstore("d", {"d", "z2", "none"}), 500000);
  EXPECT_EQ(r_.zcard("d"), 500000);
  EXPECT_EQ(r_.dbsize(), 3) << "no temporary key is left";
}

}  // namespace
}  // namespace rediscluster::tests
