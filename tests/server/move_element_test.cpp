// RPOPLPUSH, LMOVE and SMOVE between nodes.
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/move_fixture.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

using MoveElementTest = MoveTest;

TEST_F(MoveElementTest, ListsAnswerAsOneServerDoes) {
  run({"RPUSH", a_, "1", "2\0"s, "", "2\0"s, "5"});
  for (const Words& words : std::vector<Words>{{"RPOPLPUSH", a_, b_},
                                               {"LMOVE", a_, b_, "LEFT", "LEFT"},
                                               {"LMOVE", a_, b_, "LEFT", "RIGHT"},
                                               {"lmove", a_, b_, "right", "Right"},
                                               {"LMOVE", a_, b_, "RIGHT", "LEFT"},
                                               {"RPOPLPUSH", a_, b_},
                                               {"LMOVE", a_, b_, "LEFT", "LEFT"},
                                               {"RPOPLPUSH", b_, b_},
                                               {"LMOVE", b_, c_, "LEFT", "LEFT"},
                                               {"LMOVE", b_, c_, "MIDDLE", "LEFT"},
                                               {"LMOVE", b_, c_, "LEFT", ""},
                                               {"LMOVE", b_, c_, "LEFT"},
                                               {"LMOVE", b_, c_, "LEFT", "LEFT", "LEFT"},
                                               {"RPOPLPUSH", b_, c_, a_},
                                               {"RPOPLPUSH", b_}}) {
    expect_same(words);
    for (const std::string& key : {a_, b_, c_}) expect_same_key(key);
    expect_no_other_keys();
  }
}

TEST_F(MoveElementTest, SetsAnswerAsOneServerDoes) {
  run({"SADD", a_, "1", "x\0"s, "", "7"});
  run({"SADD", b_, "7"});
  for (const Words& words : std::vector<Words>{{"SMOVE", a_, b_, "x\0"s},
                                               {"SMOVE", a_, b_, "none"},
                                               {"SMOVE", a_, b_, "7"},
                                               {"smove", a_, c_, ""},
                                               {"SMOVE", c_, a_, "none"},
                                               {"SMOVE", a_, c_, "1"},
                                               {"SMOVE", a_, c_, "1"},
                                               {"SMOVE", c_, c_, "1"},
                                               {"SMOVE", c_, a_},
                                               {"SMOVE", c_, a_, "1", "2"}}) {
    expect_same(words);
    for (const std::string& key : {a_, b_, c_}) expect_same_key(key);
    expect_no_other_keys();
  }
}

TEST_F(MoveElementTest, AWrongTypeIsFoundBeforeAnythingIsMoved) {
  for (const auto& [move, fill] : std::vector<std::pair<Words, std::string>>{
           {{"RPOPLPUSH"}, "RPUSH"}, {{"LMOVE"}, "RPUSH"}, {{"SMOVE"}, "SADD"}}) {
    // What source and destination are: none, one of the type wanted, another one.
    for (int source = 0; source < 3; ++source) {
      for (int destination = 0; destination < 3; ++destination) {
        SetUp();
        if (source == 1) run({fill, a_, "m", "n"});
        if (source == 2) run({"SET", a_, "x"});
        if (destination == 1) run({fill, b_, "k"});
        if (destination == 2) run({"HSET", b_, "f", "x"});
        for (const std::string member : {"m", "none"}) {
          Words words = move;
          words.insert(words.end(), {a_, b_});
          if (words[0] == "LMOVE") words.insert(words.end(), {"LEFT", "RIGHT"});
          if (words[0] == "SMOVE") words.push_back(member);
          SCOPED_TRACE(std::to_string(source) + std::to_string(destination) + member);
          expect_same(words);
          expect_same_key(a_);
          expect_same_key(b_);
          expect_no_other_keys();
        }
      }
    }
  }
}

TEST_F(MoveElementTest, TypedMethodsAndLargeElements) {
  const std::string large(3'000'000, 'x');
  r_.rpush(a_, "first", large);
  EXPECT_EQ(r_.rpoplpush(a_, b_), large);
  EXPECT_EQ(r_.lmove(a_, b_), "first");
  EXPECT_EQ(r_.lmove(a_, b_), std::nullopt);
  EXPECT_EQ(r_.lrange(b_, 0, -1), (Words{large, "first"}));
  r_.sadd(a_, large);
  EXPECT_TRUE(r_.smove(a_, c_, large));
  EXPECT_FALSE(r_.smove(a_, c_, large));
  EXPECT_EQ(r_.scard(c_), 1);
  EXPECT_EQ(r_.dbsize(), 2);
}

TEST_F(MoveElementTest, AMoveKeepsWhatTheKeysExpireAt) {
  run({"RPUSH", a_, "1", "2"});
  run({"RPUSH", b_, "3"});
  run({"PEXPIREAT", a_, "9999999999111"});
  run({"PEXPIREAT", b_, "9999999999222"});
  expect_same({"RPOPLPUSH", a_, b_});
  expect_same_key(a_);
  expect_same_key(b_);
}

// Of everything there is as much as before, wherever it is.
TEST_F(MoveElementTest, ListsKeepAllWhileManyMoveTheirElements) {
  const Words keys{a_, b_, c_};
  std::multiset<std::string> all;
  for (int i = 0; i < 30; ++i) {
    const std::string element = std::to_string(i % 20);  // some twice
    all.insert(element);
    r_.rpush(keys[static_cast<std::size_t>(i % 3)], element);
  }
  std::vector<std::thread> threads;
  std::atomic<int> moved = 0;
  for (unsigned t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      StrictRedisCluster own(cluster());
      StrictRedisCluster& r = t % 2 == 0 ? own : r_;
      std::mt19937 random(t);
      for (int i = 0; i < 150; ++i) {
        const std::size_t from = random() % 3;
        const std::size_t to = (from + 1 + random() % 2) % 3;
        if (random() % 3 == 0) {
          moved += r.rpoplpush(keys[from], keys[to]).has_value();
        } else {
          moved += r.lmove(keys[from], keys[to], random() % 2 ? "LEFT" : "RIGHT", random() % 2 ? "LEFT" : "RIGHT")
                       .has_value();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(moved, 0);
  std::multiset<std::string> left;
  for (const std::string& key : keys) {
    for (const std::string& element : r_.lrange(key, 0, -1)) left.insert(element);
  }
  EXPECT_EQ(left, all);
  EXPECT_THAT(r_.keys("rediscluster:*"), ::testing::IsEmpty());
}

TEST_F(MoveElementTest, SetsKeepAllWhileManyMoveTheirMembers) {
  const Words keys{a_, b_, c_};
  for (int i = 0; i < 5; ++i) r_.sadd(keys[static_cast<std::size_t>(i % 3)], std::to_string(i));
  std::vector<std::thread> threads;
  std::atomic<int> moved = 0;
  for (unsigned t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      StrictRedisCluster own(cluster());
      StrictRedisCluster& r = t % 2 == 0 ? own : r_;
      std::mt19937 random(t);
      for (int i = 0; i < 150; ++i) {
        const std::size_t from = random() % 3;
        moved += r.smove(keys[from], keys[(from + 1 + random() % 2) % 3], std::to_string(random() % 5));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(moved, 0);
  std::multiset<std::string> left;
  for (const std::string& key : keys) {
    for (const std::string& member : r_.smembers(key)) left.insert(member);
  }
  EXPECT_EQ(left, (std::multiset<std::string>{"0", "1", "2", "3", "4"}));
  EXPECT_THAT(r_.keys("rediscluster:*"), ::testing::IsEmpty());
}

// Others who take elements by plain commands: nothing is taken twice but what is told.
TEST_F(MoveElementTest, ConsumersGetEachElementOnce) {
  std::atomic<bool> stop = false;
  std::atomic<int> twice = 0;
  std::mutex mutex;
  std::map<std::string, int> taken;
  constexpr int count = 1500;
  for (int i = 0; i < count; ++i) r_.rpush(a_, std::to_string(i));
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        if (error_of<ResponseError>([&] { r_.rpoplpush(a_, b_); }) != "no error") ++twice;
      }
    });
  }
  const auto take = [&](const std::string& key) {
    while (const auto element = r_.rpop(key)) {
      const std::lock_guard lock(mutex);
      ++taken[*element];
    }
  };
  for (const std::string& key : {a_, b_, b_}) {
    threads.emplace_back([&, key] {
      while (!stop) take(key);
    });
  }
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return taken.size() == count;
  }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  take(a_);
  take(b_);
  int surplus = 0;
  for (const auto& [element, times] : taken) surplus += times - 1;
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(surplus, twice);
}

class MoveElementFaultsTest : public InterposedMoveTest {
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
  static int times(const std::string& text, const std::string& word) {
    return static_cast<int>((" " + text + " ").find(" " + word + " ") != std::string::npos);
  }
};

TEST_F(MoveElementFaultsTest, WhatOthersPushMeanwhileStays) {
  StrictRedisCluster r(interposed());
  on(1, {"RPUSH", a_, "1", "2"});
  before("LREM", 1, [&] {
    on(1, {"RPUSH", a_, "3"});
    on(2, {"LPUSH", b_, "4"});
  });
  EXPECT_EQ(r.rpoplpush(a_, b_), "2");
  EXPECT_EQ(on(1, {"LRANGE", a_, "0", "-1"}), "1 3");
  EXPECT_EQ(on(2, {"LRANGE", b_, "0", "-1"}), "4 2");
}

TEST_F(MoveElementFaultsTest, WhatOthersTakeMeanwhileIsNotMoved) {
  StrictRedisCluster r(interposed());
  on(1, {"RPUSH", a_, "1", "2"});
  before("LREM", 1, [&] { EXPECT_EQ(on(1, {"RPOP", a_}), "2"); });
  EXPECT_EQ(r.rpoplpush(a_, b_), "1") << "the next one";
  EXPECT_EQ(on(2, {"LRANGE", b_, "0", "-1"}), "1");
  on(1, {"RPUSH", a_, "3"});
  before("LREM", 1, [&] { EXPECT_EQ(on(1, {"RPOP", a_}), "3"); });
  EXPECT_EQ(r.lmove(a_, b_), std::nullopt) << "there is none any more";
  EXPECT_EQ(on(2, {"LRANGE", b_, "0", "-1"}), "1");
  EXPECT_EQ(r_.dbsize(), 1);

  on(1, {"SADD", a_, "m"});
  before("SREM", 1, [&] { on(1, {"SREM", a_, "m"}); });
  EXPECT_FALSE(r.smove(a_, c_, "m"));
  EXPECT_EQ(on(3, {"EXISTS", c_}), "0");
  on(1, {"SADD", a_, "m"});
  on(3, {"SADD", c_, "m"});
  before("SREM", 1, [&] { on(1, {"SREM", a_, "m"}); });
  EXPECT_FALSE(r.smove(a_, c_, "m"));
  EXPECT_EQ(on(3, {"SMEMBERS", c_}), "m") << "it was there before";
}

TEST_F(MoveElementFaultsTest, WhatIsTakenOnBothSidesIsTold) {
  StrictRedisCluster r(interposed());
  on(1, {"RPUSH", a_, "1", "secret"});
  before("LREM", 1, [&] {
    on(1, {"RPOP", a_});
    on(2, {"LPOP", b_});
  });
  EXPECT_THAT(failure_of([&] { r.rpoplpush(a_, b_); }),
              AllOf(HasSubstr("maybe: RPOPLPUSH"), HasSubstr("twice"), HasSubstr("node_1"), HasSubstr("node_2"),
                    ::testing::Not(HasSubstr("secret"))));
  EXPECT_EQ(on(1, {"LRANGE", a_, "0", "-1"}), "1");
  EXPECT_EQ(r_.dbsize(), 1);
  on(1, {"DEL", a_});
  on(1, {"SADD", a_, "m"});
  before("SREM", 1, [&] {
    on(1, {"SREM", a_, "m"});
    on(2, {"SREM", b_, "m"});
  });
  EXPECT_THAT(failure_of([&] { r.smove(a_, b_, "m"); }), AllOf(HasSubstr("maybe: SMOVE"), HasSubstr("twice")));
  EXPECT_EQ(r_.dbsize(), 0);
}

// A member that is brought back while it is moved away must not be removed.
TEST_F(MoveElementFaultsTest, AMoveWhoseClaimIsLostRemovesNothing) {
  StrictRedisCluster r(interposed());
  on(1, {"SADD", a_, "m"});
  before("SREM", 1, [&] {
    const std::string claim = on(1, {"KEYS", "rediscluster:moving:*"});
    ASSERT_NE(claim, "");
    on(1, {"DEL", claim});  // as if it had expired
    EXPECT_EQ(on(2, {"SMEMBERS", b_}), "m");
  });
  EXPECT_TRUE(r.smove(a_, b_, "m"));
  EXPECT_EQ(on(2, {"SMEMBERS", b_}), "m");
  EXPECT_EQ(r_.dbsize(), 1);
}

TEST_F(MoveElementFaultsTest, AClaimIsNotLostWithItsConnection) {
  ClusterConfig only_second = cluster();
  only_second.nodes["node_2"] = interposed().nodes.at("node_2");
  StrictRedisCluster r(only_second);
  on(1, {"SADD", a_, "m"});
  before("SADD", 2, [&] { on(1, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}); });
  // Whether EXEC was sent before the loss was noticed is not known.
  EXPECT_THAT(failure_of([&] { r.smove(a_, b_, "m"); }), ::testing::AnyOf(HasSubstr("not: "), HasSubstr("maybe: ")));
  EXPECT_EQ(on(1, {"SMEMBERS", a_}), "m");
  EXPECT_THAT(r_.keys("rediscluster:*"), ::testing::IsEmpty());
  EXPECT_TRUE(r.smove(a_, b_, "m"));
}

TEST_F(MoveElementFaultsTest, AClaimOfSomebodyElseIsWaitedFor) {
  on(1, {"RPUSH", a_, "1"});
  const auto claimed = std::make_shared<std::atomic<bool>>(false);
  const auto asked = std::make_shared<std::atomic<int>>(0);
  std::string claim;
  hook([&, claimed, asked](int node, const Received& command) {
    if (node != 1 || command[0] != "SET") return Passage::pass;
    if (!claimed->exchange(true)) on(1, {"SET", claim = command[1], "", "PX", "5000"});
    if (++*asked == 3) on(1, {"DEL", claim});
    return Passage::pass;
  });
  StrictRedisCluster r(interposed());
  EXPECT_EQ(r.rpoplpush(a_, b_), "1");
  EXPECT_EQ(*asked, 3);
  EXPECT_EQ(r_.dbsize(), 1);
}

TEST_F(MoveElementFaultsTest, WhoWaitsForAClaimInVainIsToldSo) {
  on(1, {"RPUSH", a_, "1"});
  std::string claim;
  before("LREM", 1, [&] { claim = on(1, {"KEYS", "rediscluster:moving:*"}); });
  StrictRedisCluster r(interposed(), {.socket_timeout = std::chrono::milliseconds(1000)});
  r.rpoplpush(a_, b_);
  hook({});
  ASSERT_NE(claim, "");
  on(1, {"SET", claim, "", "PX", "5000"});
  on(1, {"RPUSH", a_, "1"});
  EXPECT_THAT(failure_of([&] { r.rpoplpush(a_, b_); }), AllOf(HasSubstr("not: "), HasSubstr("moving")));
  on(1, {"SET", a_, "1"});
  EXPECT_THAT(failure_of([&] { r.rename(a_, b_); }), AllOf(HasSubstr("not: "), HasSubstr("moving")));
  EXPECT_EQ(on(1, {"GET", a_}), "1");
}

TEST_F(MoveElementFaultsTest, ARefusalAtTheSourceTakesTheElementBack) {
  for (int i = 1; i <= masters; ++i) {
    on(i, {"ACL", "SETUSER", "no-remove", "on", ">pw", "~*", "&*", "+@all"});
  }
  on(1, {"ACL", "SETUSER", "no-remove", "-lrem", "-srem"});
  StrictRedisCluster r(cluster(), {.username = "no-remove", .password = "pw"});
  on(1, {"RPUSH", a_, "1"});
  EXPECT_THAT(error_of<NoPermissionError>([&] { r.rpoplpush(a_, b_); }), HasSubstr("NOPERM"));
  EXPECT_EQ(on(1, {"LRANGE", a_, "0", "-1"}), "1");
  EXPECT_EQ(r_.dbsize(), 1) << "neither the element nor a claim is left";
  on(1, {"DEL", a_});
  on(1, {"SADD", a_, "1"});
  EXPECT_THAT(error_of<NoPermissionError>([&] { r.smove(a_, b_, "1"); }), HasSubstr("NOPERM"));
  EXPECT_EQ(r_.dbsize(), 1);
}

// At whichever command it ends: the element is somewhere, and the error is right about whether anything was done.
TEST_F(MoveElementFaultsTest, WhereverItBreaksTheElementIsInOneKeyAtLeast) {
  for (const Fault fault : {Fault::killed_before, Fault::killed_after, Fault::cut_before, Fault::cut_after}) {
    for (const std::string command : {"RPOPLPUSH", "SMOVE"}) {
      for (const bool forth : {true, false}) {
        const std::string source = forth ? a_ : b_;
        const std::string destination = forth ? b_ : a_;
        int failures = 0;
        for (int number = 1;; ++number) {
          SCOPED_TRACE(command + " " + std::to_string(number) + " " + std::to_string(static_cast<int>(fault)));
          r_.flushall();
          const bool is_list = command == "RPOPLPUSH";
          on_node_of(source, {is_list ? "RPUSH" : "SADD", source, "1", "2"});
          StrictRedisCluster r(interposed(), {.read_your_writes = ReadYourWrites::off, .retries = 0});
          const auto count = fail_at(number, fault);
          Words words{command, source, destination};
          if (!is_list) words.push_back("2");
          const std::string failure = failure_of([&] { r.execute_command(words); });
          hook({});
          const auto content = [&](const std::string& key) {
            return on_node_of(key, is_list ? Words{"LRANGE", key, "0", "-1"} : Words{"SMEMBERS", key});
          };
          const int in_source = times(content(source), "2");
          const int in_destination = times(content(destination), "2");
          EXPECT_GE(in_source + in_destination, 1) << failure;
          if (failure.starts_with("not: ")) EXPECT_TRUE(in_source == 1 && in_destination == 0) << failure;
          if (failure == "no error") {
            EXPECT_TRUE(in_source == 0 && in_destination == 1);
          } else {
            ++failures;
            EXPECT_THAT(failure, ::testing::AnyOf(HasSubstr("not: "), HasSubstr("maybe: ")));
          }
          expect_nothing_left_for_ever({a_, b_});
          if (HasFailure()) return;
          if (*count < number) break;
        }
        EXPECT_GT(failures, 4);
      }
    }
  }
}

}  // namespace
}  // namespace rediscluster::tests
