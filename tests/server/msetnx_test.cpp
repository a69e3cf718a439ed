// MSETNX over nodes.
#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "server/move_fixture.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MsetnxTest : public InterposedMoveTest {
 protected:
  template <class F>
  static std::string failure_of(F&& f) {
    try {
      f();
    } catch (const ConnectionError& error) {
      return (error.maybe_executed() ? "maybe: " : "not: ") + std::string(error.what());
    } catch (const TimeoutError& error) {
      return (error.maybe_executed() ? "maybe: " : "not: ") + std::string(error.what());
    } catch (const std::exception& error) {
      return "error: " + std::string(error.what());
    }
    return "no error";
  }
  std::string values() const { return on(1, {"GET", a_}) + " " + on(2, {"GET", b_}) + " " + on(3, {"GET", c_}); }
};

TEST_F(MsetnxTest, AnswersAsOneServerDoes) {
  for (const Words& words : std::vector<Words>{{"MSETNX", a_, "1", b_, "2\0\r\n"s, c_, ""},
                                               {"MSETNX", a_, "1", b_, "2", c_, "3"},
                                               {"DEL", a_, c_},
                                               {"MSETNX", a_, "1", b_, "2", c_, "3"},
                                               {"DEL", b_},
                                               {"msetnx", a_, "1", c_, "3", a_, "4", c_, "5", a_, "6"},
                                               {"DEL", a_, b_, c_},
                                               {"RPUSH", c_, "1"},
                                               {"MSETNX", a_, "1", b_, "2", c_, "3"},
                                               {"MSETNX", a_, "1", b_},
                                               {"MSETNX", a_, "1", b_, "2", c_},
                                               {"MSETNX", a_},
                                               {"MSETNX"}}) {
    expect_same(words);
    for (const std::string& key : {a_, b_, c_}) expect_same_key(key);
    expect_no_other_keys();
  }
  r_.flushall();
  EXPECT_TRUE(r_.msetnx({{a_, "1"}, {b_, "2"}}));
  EXPECT_FALSE(r_.msetnx({{c_, "1"}, {b_, "2"}}));
  EXPECT_EQ(r_.get(c_), std::nullopt);
}

TEST_F(MsetnxTest, NobodySeesKeysThatAreNotToBeSet) {
  StrictRedisCluster r(interposed());
  on(3, {"SET", c_, "old"});
  const auto sent = std::make_shared<std::atomic<int>>(0);
  hook([sent](int, const Received& command) {
    *sent += command[0] == "MSETNX";
    return Passage::pass;
  });
  EXPECT_FALSE(r.msetnx({{a_, "1"}, {b_, "2"}, {c_, "3"}}));
  EXPECT_EQ(*sent, 0);
}

TEST_F(MsetnxTest, OfTwoCallersWithKeysInCommonOneSucceeds) {
  for (int round = 0; round < 100; ++round) {
    r_.flushall();
    std::atomic<int> set = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&, t] {
        const std::string value = std::to_string(t);
        std::vector<std::pair<std::string, std::string>> pairs{{a_, value}, {b_, value}, {c_, value}};
        std::rotate(pairs.begin(), pairs.begin() + t % 3, pairs.end());
        set += r_.msetnx(pairs);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(set, 1);
    const auto value = r_.get(a_);
    ASSERT_TRUE(value);
    EXPECT_EQ(values(), *value + " " + *value + " " + *value);
    if (HasFailure()) return;
  }
}

TEST_F(MsetnxTest, WhatWasSetIsTakenBackUnlessOthersHaveChangedIt) {
  StrictRedisCluster r(interposed());
  before("MSETNX", 3, [&] {
    EXPECT_EQ(values(), "1 2 nil");
    on(3, {"SET", c_, "other"});
  });
  EXPECT_FALSE(r.msetnx({{c_, "3"}, {b_, "2"}, {a_, "1"}}));
  EXPECT_EQ(values(), "nil nil other");
  on(3, {"DEL", c_});
  before("MSETNX", 3, [&] {
    on(2, {"SET", b_, "mine"});
    on(3, {"SET", c_, "other"});
  });
  EXPECT_FALSE(r.msetnx({{a_, "1"}, {b_, "2"}, {c_, "3"}}));
  EXPECT_EQ(values(), "nil mine other");
  // In the moment of taking back.
  on(2, {"DEL", b_});
  hook([this, done = std::make_shared<std::atomic<bool>>(false)](int node, const Received& command) {
    if (node == 3 && command[0] == "MSETNX") on(3, {"SET", c_, "other"});
    if (node == 2 && command[0] == "MULTI" && !done->exchange(true)) on(2, {"SET", b_, "mine"});
    return Passage::pass;
  });
  on(3, {"DEL", c_});
  EXPECT_FALSE(r.msetnx({{a_, "1"}, {b_, "2"}, {c_, "3"}}));
  EXPECT_EQ(values(), "nil mine other");
  EXPECT_EQ(r_.dbsize(), 2);
}

TEST_F(MsetnxTest, ARefusalTakesBackWhatWasSet) {
  for (int i = 1; i <= masters; ++i) on(i, {"ACL", "SETUSER", "no-msetnx", "on", ">pw", "~*", "&*", "+@all"});
  on(3, {"ACL", "SETUSER", "no-msetnx", "-msetnx"});
  StrictRedisCluster r(cluster(), {.username = "no-msetnx", .password = "pw"});
  EXPECT_THAT(error_of<NoPermissionError>([&] { r.msetnx({{a_, "1"}, {c_, "3"}}); }), HasSubstr("MSETNX"));
  EXPECT_EQ(r_.dbsize(), 0);
}

// What the error says is so.
TEST_F(MsetnxTest, WhereverItBreaksTheErrorSaysWhatIsSet) {
  for (const Fault fault : {Fault::killed_before, Fault::killed_after, Fault::cut_before, Fault::cut_after}) {
    int failures = 0;
    for (int number = 1;; ++number) {
      SCOPED_TRACE(std::to_string(number) + " " + std::to_string(static_cast<int>(fault)));
      r_.flushall();
      StrictRedisCluster r(interposed(), {.read_your_writes = ReadYourWrites::off, .retries = 0});
      const auto count = fail_at(number, fault);
      bool set = false;
      const std::string failure = failure_of([&] { set = r.msetnx({{a_, "secret"}, {b_, "2"}, {c_, "3"}}); });
      hook({});
      const std::string now = values();
      if (failure == "no error") {
        EXPECT_TRUE(set);
        EXPECT_EQ(now, "secret 2 3");
      } else {
        ++failures;
        if (failure.starts_with("not: ")) EXPECT_EQ(now, "nil nil nil") << failure;
        if (now != "nil nil nil") EXPECT_THAT(failure, AllOf(HasSubstr("maybe: "), HasSubstr("set")));
        EXPECT_THAT(failure, Not(HasSubstr("secret")));
      }
      if (HasFailure()) return;
      if (*count < number) break;
    }
    EXPECT_GE(failures, 3);
  }
}

}  // namespace
}  // namespace rediscluster::tests
