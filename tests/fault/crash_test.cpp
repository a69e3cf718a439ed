// Commands that change several nodes, each broken off at every one of its steps. Whatever has happened, a value that is
// moved is somewhere, a destination holds what it held before or what it is to hold, and what the library has made for
// itself will expire.
#include "fault/crash.h"

#include <cctype>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

// Keys of three nodes.
const std::string a = "key:1";  // node_1
const std::string b = "key:0";  // node_2
const std::string c = "key:2";  // node_3

struct Operation {
  std::string name;
  std::vector<Words> setup;
  Words command;
  Words keys;
  /** When it has lost its value, or a part of it, the destination has it. */
  std::string source = {};
  std::string destination = {};
};

void PrintTo(const Operation& operation, std::ostream* out) {
  *out << operation.name;
}

Words many(Words words, int count) {
  for (int i = 0; i < count; ++i) words.push_back("member:" + std::to_string(i));
  return words;
}

// What is moved: a key, or an element, out of a source.
Operation move(const std::string& name, const std::vector<Words>& setup, const Words& command) {
  return {name, setup, command, {a, c}, a, c};
}
// What is stored in c, out of a and b.
Operation store(const std::string& name, std::vector<Words> setup, const Words& command) {
  setup.push_back({"RPUSH", c, "old"});
  return {name, std::move(setup), command, {a, b, c}};
}

std::vector<Operation> operations() {
  const std::string soon = "99999999999999";
  const std::vector<Words> sets{{"SADD", a, "1", "2", "3"}, {"SADD", b, "3", "4"}};
  const std::vector<Words> large{many({"SADD", a}, 10000), {"SADD", b, "x"}};
  const std::vector<Words> sorted{{"ZADD", a, "1", "x", "2", "y"}, {"ZADD", b, "3", "y", "4", "z"}};
  const std::vector<Words> places{{"GEOADD", a, "13.36", "38.11", "Palermo", "15.08", "37.5", "Catania"}};
  const std::vector<Words> strings{{"SET", a, "abc"}, {"SET", b, "wxyz"}};
  const std::vector<Words> logs{{"PFADD", a, "1", "2"}, {"PFADD", b, "3"}, {"PFADD", c, "4"}};
  const std::vector<Words> lists{{"RPUSH", a, "1", "2", "3"}, {"RPUSH", c, "x"}};
  const std::vector<Words> members{{"SADD", a, "1", "2"}, {"SADD", c, "x"}};
  const std::vector<Words> key{{"HSET", a, "f", "v", "g", "w"}, {"PEXPIREAT", a, soon}, {"SET", c, "old"}};
  const std::vector<Words> lone{{"HSET", a, "f", "v", "g", "w"}};
  const std::vector<Words> stream{{"XADD", a, "1-1", "f", "v"},
                                  {"XADD", a, "2-1", "f", "v"},
                                  {"XGROUP", "CREATE", a, "g", "0"},
                                  {"XREADGROUP", "GROUP", "g", "me", "COUNT", "1", "STREAMS", a, ">"}};
  return {
      store("SUNIONSTORE", sets, {"SUNIONSTORE", c, a, b}),
      store("SINTERSTORE", sets, {"SINTERSTORE", c, a, b}),
      store("SDIFFSTORE_into_a_source", sets, {"SDIFFSTORE", a, a, b}),
      store("SDIFFSTORE_of_nothing", sets, {"SDIFFSTORE", c, a, b, a}),
      store("SUNIONSTORE_of_many", large, {"SUNIONSTORE", c, a, b}),
      store("ZUNIONSTORE", sorted, {"ZUNIONSTORE", c, "2", a, b}),
      store("ZINTERSTORE", sorted, {"ZINTERSTORE", c, "2", a, b}),
      store("ZDIFFSTORE_into_a_source", sorted, {"ZDIFFSTORE", a, "2", a, b}),
      store("ZUNIONSTORE_of_many", large, {"ZUNIONSTORE", c, "2", a, b, "AGGREGATE", "MAX"}),
      store("ZRANGESTORE", sorted, {"ZRANGESTORE", c, a, "0", "0"}),
      store("GEOSEARCHSTORE", places, {"GEOSEARCHSTORE", c, a, "FROMLONLAT", "15", "37", "BYRADIUS", "100", "km"}),
      store("GEORADIUS_STORE", places, {"GEORADIUS", a, "15", "37", "100", "km", "STORE", c}),
      store("BITOP", strings, {"BITOP", "XOR", c, a, b}),
      store("BITOP_of_much", {{"SETBIT", a, "16000000", "1"}, {"SET", b, "x"}}, {"BITOP", "OR", c, a, b}),
      {"PFMERGE", logs, {"PFMERGE", c, a, b}, {a, b, c}},
      store("SORT_STORE", sets, {"SORT", a, "DESC", "STORE", c}),
      store("SORT_BY_STORE", sets, {"SORT", a, "BY", "*", "GET", "#", "STORE", c}),
      move("RENAME", key, {"RENAME", a, c}),
      move("RENAME_of_a_stream", stream, {"RENAME", a, c}),
      move("RENAME_of_many", large, {"RENAME", a, c}),
      move("RENAMENX", lone, {"RENAMENX", a, c}),
      move("COPY", lone, {"COPY", a, c}),
      move("COPY_REPLACE", key, {"COPY", a, c, "REPLACE"}),
      move("RPOPLPUSH", lists, {"RPOPLPUSH", a, c}),
      move("RPOPLPUSH_of_the_last", {{"RPUSH", a, "1"}}, {"RPOPLPUSH", a, c}),
      move("LMOVE", lists, {"LMOVE", a, c, "LEFT", "RIGHT"}),
      move("SMOVE", members, {"SMOVE", a, c, "1"}),
      move("SMOVE_to_where_it_is", {{"SADD", a, "1", "x"}, {"SADD", c, "1"}}, {"SMOVE", a, c, "1"}),
      {"MSETNX", {}, {"MSETNX", a, "1", b, "2", c, "3"}, {a, b, c}},
  };
}

class CrashTest : public ::testing::TestWithParam<Operation> {
 protected:
  static void SetUpTestSuite() { ground_ = new CrashGround(); }
  static void TearDownTestSuite() {
    delete ground_;
    ground_ = nullptr;
  }
  void SetUp() override {
    ground_->prepare(operation_.setup);
    before_ = ground_->snapshot(operation_.keys);
    constexpr int never = 1 << 30;
    ASSERT_EQ(ground_->run(operation_.command, operation_.keys, Fault::death, never), Ending::unharmed);
    after_ = ground_->snapshot(operation_.keys);
    ASSERT_NE(before_, after_);
  }

  void expect_promise_kept() {
    const CrashGround::Snapshot now = ground_->snapshot(operation_.keys);
    for (const std::string& key : operation_.keys) {
      EXPECT_TRUE(now.at(key) == before_.at(key) || now.at(key) == after_.at(key))
          << key << " is neither as before nor as it is to be: " << now.at(key);
    }
    if (!operation_.source.empty()) {
      const bool is_gone = now.at(operation_.source) != before_.at(operation_.source);
      EXPECT_TRUE(!is_gone || now.at(operation_.destination) == after_.at(operation_.destination)) << "lost";
    }
    for (const auto& [name, left] : ground_->temporary_keys()) {
      EXPECT_GT(left, 0) << name;
      EXPECT_LE(left, 10 * 60 * 1000) << name;
    }
  }

  // With the fault at each step, until the command ends before it comes to it.
  void play(Fault fault) {
    constexpr int enough = 1000;
    for (int step = 1; step < enough && !HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      ground_->prepare(operation_.setup);
      const std::optional<Ending> ending = ground_->run(operation_.command, operation_.keys, fault, step);
      ASSERT_TRUE(ending);
      expect_promise_kept();
      switch (*ending) {
        case Ending::unharmed:
          EXPECT_EQ(ground_->snapshot(operation_.keys), after_);
          EXPECT_GT(step, 4) << "there was hardly a step";
          RecordProperty("steps", step - 1);
          return;
        case Ending::recovered:
          EXPECT_EQ(ground_->snapshot(operation_.keys), after_);
          // With the network cut only when nothing was left to do but to remove what expires by itself.
          EXPECT_FALSE(fault == Fault::cut && step <= 4);
          break;
        case Ending::not_executed:
          EXPECT_EQ(ground_->snapshot(operation_.keys), before_) << "the exception says that nothing was executed";
          break;
        case Ending::died:
        case Ending::maybe_executed:
          break;
      }
    }
  }

  static CrashGround* ground_;
  const Operation operation_ = GetParam();
  CrashGround::Snapshot before_;
  CrashGround::Snapshot after_;
};
CrashGround* CrashTest::ground_ = nullptr;

TEST_P(CrashTest, TheProcessDies) {
  play(Fault::death);
}

TEST_P(CrashTest, TheProcessDiesInTheMiddleOfWhatItSends) {
  play(Fault::torn);
}

TEST_P(CrashTest, AConnectionBreaks) {
  play(Fault::loss);
}

TEST_P(CrashTest, TheNetworkIsCut) {
  play(Fault::cut);
}

INSTANTIATE_TEST_SUITE_P(Commands, CrashTest, ::testing::ValuesIn(operations()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace rediscluster::tests
