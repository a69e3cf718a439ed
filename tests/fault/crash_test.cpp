// Commands that change several nodes, each broken off at every one of its steps. Whatever has happened, a value that is
// moved is somewhere, a destination holds what it held before or what it is to hold, and what the library has made for
// itself will expire.
#include "fault/crash.h"

#include <cctype>
#include <memory>
#include <ostream>
#include <string>
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

std::vector<Operation> operations() {
  const std::vector<Words> sets{{"SADD", a, "1", "2", "3"}, {"SADD", b, "3", "4"}, {"RPUSH", c, "old"}};
  return {
      {"SUNIONSTORE", sets, {"SUNIONSTORE", c, a, b}, {a, b, c}},
      {"SINTERSTORE", sets, {"SINTERSTORE", c, a, b}, {a, b, c}},
      {"SDIFFSTORE_into_a_source", sets, {"SDIFFSTORE", a, a, b}, {a, b, c}},
      {"SDIFFSTORE_of_nothing", sets, {"SDIFFSTORE", c, a, b, a}, {a, b, c}},
      {"SUNIONSTORE_of_many",
       {many({"SADD", a}, 10000), {"SADD", b, "x"}, {"SET", c, "old", "PXAT", "99999999999999"}},
       {"SUNIONSTORE", c, a, b},
       {a, b, c}},
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
          EXPECT_NE(fault, Fault::cut);
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

TEST_P(CrashTest, AConnectionBreaks) {
  play(Fault::loss);
}

TEST_P(CrashTest, TheNetworkIsCut) {
  play(Fault::cut);
}

INSTANTIATE_TEST_SUITE_P(Commands, CrashTest, ::testing::ValuesIn(operations()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace rediscluster::tests
