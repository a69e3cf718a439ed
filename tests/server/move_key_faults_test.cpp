// What others do, and what breaks, between the steps of a RENAME.
#include <string>

#include "server/move_fixture.h"

namespace rediscluster::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MoveKeyFaultsTest : public InterposedMoveTest {
 protected:
  /** Fails with a ConnectionError or TimeoutError; returns its text, and whether it may have been executed. */
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

  void SetUp() override {
    InterposedMoveTest::SetUp();
    on(1, {"SET", a_, "value"});
  }
};

TEST_F(MoveKeyFaultsTest, AChangeOfTheSourceIsMovedToo) {
  StrictRedisCluster r(interposed());
  before("UNLINK", 1, [&] { on(1, {"APPEND", a_, "+more"}); });
  EXPECT_TRUE(r.rename(a_, b_));
  EXPECT_EQ(on(2, {"GET", b_}), "value+more");
  EXPECT_EQ(on(1, {"EXISTS", a_}), "0");
  EXPECT_EQ(r_.dbsize(), 1);
}

TEST_F(MoveKeyFaultsTest, WhatOthersDoToTheDestinationBetweenTheStepsOfOneMoveIsAsBeforeIt) {
  StrictRedisCluster r(interposed());
  before("RESTORE", 2, [&] { on(2, {"SET", b_, "other"}); });
  EXPECT_TRUE(r.rename(a_, b_));
  EXPECT_EQ(on(2, {"GET", b_}), "value");
  EXPECT_EQ(r_.dbsize(), 1);
}

TEST_F(MoveKeyFaultsTest, ADestinationThatIsMadeMeanwhileIsNotReplaced) {
  StrictRedisCluster r(interposed());
  for (const std::string command : {"RESTORE", "MULTI"}) {
    on(2, {"DEL", b_});
    before(command, 2, [&] { on(2, {"SET", b_, "other"}); });
    EXPECT_FALSE(r.renamenx(a_, b_)) << command;
    EXPECT_EQ(on(2, {"GET", b_}), "other");
    on(2, {"DEL", b_});
    before(command, 2, [&] { on(2, {"SET", b_, "other"}); });
    EXPECT_FALSE(r.copy(a_, b_)) << command;
    EXPECT_EQ(on(2, {"GET", b_}), "other");
  }
  EXPECT_EQ(on(1, {"GET", a_}), "value");
  EXPECT_EQ(r_.dbsize(), 2);
}

// Neither the write to the source nor the one to the destination may be destroyed.
TEST_F(MoveKeyFaultsTest, ChangesOfBothAreToldAndKept) {
  StrictRedisCluster r(interposed());
  before("UNLINK", 1, [&] {
    on(1, {"APPEND", a_, "+more"});
    on(2, {"APPEND", b_, "+other"});
  });
  EXPECT_THAT(failure_of([&] { r.rename(a_, b_); }),
              AllOf(HasSubstr("maybe: RENAME"), HasSubstr(a_), HasSubstr("node_1"), HasSubstr(b_), HasSubstr("node_2"),
                    HasSubstr("changed"), ::testing::Not(HasSubstr("value"))));
  EXPECT_EQ(on(1, {"GET", a_}), "value+more");
  EXPECT_EQ(on(2, {"GET", b_}), "value+other");
  expect_nothing_left_for_ever({a_, b_});
}

TEST_F(MoveKeyFaultsTest, WhenTheSourceIsGoneTheDestinationGetsBackWhatItHad) {
  StrictRedisCluster r(interposed());
  for (const bool has_old : {true, false}) {
    on(1, {"SET", a_, "value"});
    on(2, {"DEL", b_});
    if (has_old) on(2, {"SET", b_, "old", "PXAT", "9999999999123"});
    before("UNLINK", 1, [&] { on(1, {"DEL", a_}); });
    EXPECT_EQ(outcome(r, {"RENAME", a_, b_}), "error:ERR no such key");
    EXPECT_EQ(on(2, {"GET", b_}), has_old ? "old" : "nil");
    EXPECT_EQ(on(2, {"PEXPIRETIME", b_}), has_old ? "9999999999123" : "-2");
    EXPECT_EQ(r_.dbsize(), has_old ? 1 : 0);
  }
}

TEST_F(MoveKeyFaultsTest, WhenTheSourceIsGoneAndTheDestinationChangedBothAreTold) {
  StrictRedisCluster r(interposed());
  on(2, {"SET", b_, "old"});
  before("UNLINK", 1, [&] {
    on(1, {"RENAME", a_, "elsewhere"});
    on(2, {"APPEND", b_, "+other"});
  });
  EXPECT_THAT(failure_of([&] { r.rename(a_, b_); }), AllOf(HasSubstr("maybe: RENAME"), HasSubstr("removed")));
  EXPECT_EQ(on(2, {"GET", b_}), "value+other");
  expect_nothing_left_for_ever({"elsewhere", b_});
}

// The same value comes from elsewhere, in the very moment: it is not ours to take back.
TEST_F(MoveKeyFaultsTest, AnEqualValueOfSomebodyElseIsNotTakenBack) {
  StrictRedisCluster r(interposed());
  on(2, {"SET", b_, "old"});
  before("UNLINK", 1, [&] {
    on(1, {"DEL", a_});
    on(2, {"SET", b_, "value"});
  });
  EXPECT_THAT(failure_of([&] { r.rename(a_, b_); }), HasSubstr("maybe: RENAME"));
  EXPECT_EQ(on(2, {"GET", b_}), "value");
  EXPECT_EQ(on(1, {"EXISTS", a_}), "0");
}

TEST_F(MoveKeyFaultsTest, AClaimThatNobodyEndsExpires) {
  StrictRedisCluster r(interposed());
  fail_at(3, Fault::killed_after);
  EXPECT_THAT(failure_of([&] { r.rename(a_, b_); }), HasSubstr("not: "));
  hook({});
  std::string claim = on(1, {"KEYS", "rediscluster:moving:*"});
  ASSERT_NE(claim, "");
  EXPECT_LE(std::stoll(on(1, {"PTTL", claim})), 5000);
  on(1, {"PEXPIRE", claim, "100"});
  EXPECT_TRUE(r_.rename(a_, b_)) << "it waits";
  EXPECT_EQ(r_.dbsize(), 1);
}

// A new connection would watch nothing: what others have written to the source would be removed with it.
TEST_F(MoveKeyFaultsTest, AWatchIsNotLostWithItsConnection) {
  ClusterConfig only_second = cluster();
  only_second.nodes["node_2"] = interposed().nodes.at("node_2");
  for (const std::string step : {"RESTORE", "MULTI"}) {
    on(1, {"SET", a_, "value"});
    on(2, {"SET", b_, "old"});
    StrictRedisCluster r(only_second);
    before(step, 2, [&] {
      on(1, {"APPEND", a_, "+more"});
      on(1, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    });
    // Whether EXEC was sent before the loss was noticed is not known.
    const std::string failure = failure_of([&] { r.rename(a_, b_); });
    EXPECT_THAT(failure, ::testing::AnyOf(HasSubstr("not: "), HasSubstr("maybe: "))) << step;
    EXPECT_EQ(on(1, {"GET", a_}), "value+more");
    EXPECT_EQ(on(2, {"GET", b_}), failure.starts_with("not: ") ? "old" : "value");
    EXPECT_EQ(r.get(a_), "value+more") << "the client is well";
    expect_nothing_left_for_ever({a_, b_});
  }
  // That of the destination, which is to be taken back.
  ClusterConfig only_first = cluster();
  only_first.nodes["node_1"] = interposed().nodes.at("node_1");
  StrictRedisCluster r(only_first);
  before("UNLINK", 1, [&] {
    on(1, {"DEL", a_});
    on(2, {"APPEND", b_, "+other"});
    on(2, {"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  });
  EXPECT_THAT(failure_of([&] { r.rename(a_, b_); }), HasSubstr("maybe: "));
  EXPECT_EQ(on(2, {"GET", b_}), "value+more+other");
}

TEST_F(MoveKeyFaultsTest, ConnectionsAreGivenBack) {
  StrictRedisCluster r(cluster(), {.max_own_connections = 1});
  r.rename(a_, b_);
  r.rename(b_, c_);
  const auto connections = [&] {
    std::string all;
    for (int i = 1; i <= masters; ++i) {
      const std::string stats = on(i, {"INFO", "stats"});
      const std::string field = "total_connections_received:";
      all += std::to_string(std::stoi(stats.substr(stats.find(field) + field.size()))) + " ";
    }
    return all;
  };
  on(1, {"SET", a_, "x"});
  const std::string before = connections();
  for (int i = 0; i < 10; ++i) {
    r.rename(a_, b_);
    r.copy(b_, c_, {.replace = true});
    EXPECT_FALSE(r.renamenx(b_, c_));
    r.rename(b_, a_);
  }
  // Each of these asks is a connection too.
  const std::string after = connections();
  std::size_t at_before = 0;
  std::size_t at_after = 0;
  for (int i = 0; i < masters; ++i) {
    std::size_t used = 0;
    const int was = std::stoi(before.substr(at_before), &used);
    at_before += used;
    EXPECT_EQ(std::stoi(after.substr(at_after), &used), was + 1) << node(i + 1);
    at_after += used;
  }
}

TEST_F(MoveKeyFaultsTest, ARefusalAtTheSourceTakesTheDestinationBack) {
  on(1, {"ACL", "SETUSER", "no-unlink", "on", ">pw", "~*", "&*", "+@all", "-unlink"});
  on(2, {"ACL", "SETUSER", "no-unlink", "on", ">pw", "~*", "&*", "+@all", "-unlink"});
  on(3, {"ACL", "SETUSER", "no-unlink", "on", ">pw", "~*", "&*", "+@all", "-unlink"});
  on(2, {"SET", b_, "old"});
  StrictRedisCluster r(cluster(), {.username = "no-unlink", .password = "pw"});
  EXPECT_THAT(error_of<NoPermissionError>([&] { r.rename(a_, b_); }), HasSubstr("node_1"));
  EXPECT_EQ(on(1, {"GET", a_}), "value");
  EXPECT_EQ(on(2, {"GET", b_}), "old");
  expect_nothing_left_for_ever({a_, b_});
}

TEST_F(MoveKeyFaultsTest, AServerThatCannotReadTheDumpGetsTheValueByItsType) {
  StrictRedisCluster r(interposed());
  std::vector<Words> values;
  values.push_back({"SET", a_, std::string(2'500'000, 'x')});
  values.push_back({"SET", a_, ""});
  for (const std::string name : {"RPUSH", "SADD", "HSET", "ZADD"}) {
    for (const int count : {1, 3000}) {
      Words& words = values.emplace_back(Words{name, a_});
      for (int i = 0; i < count; ++i) {
        if (name == "ZADD") words.push_back(std::to_string(i) + ".1");
        words.push_back("m" + std::to_string(i));
        if (name == "HSET") words.push_back(std::string(1000, 'v'));
      }
    }
  }
  for (const Words& words : values) {
    SCOPED_TRACE(words[0] + std::to_string(words.size()));
    r_.flushall();
    plain_.flushall();
    run(words);
    run({"PEXPIREAT", a_, "9999999999123"});
    // As if its format were another version's: the version is behind the value, before the checksum.
    hook([](int, Received& command) {
      if (command[0] == "RESTORE") command[3][command[3].size() - 10] = '\x7f';
      return Passage::pass;
    });
    EXPECT_EQ(outcome(r, {"COPY", a_, c_}), outcome(plain_, {"COPY", a_, c_}));
    expect_same_key(c_);
    EXPECT_EQ(outcome(r, {"RENAME", a_, b_}), outcome(plain_, {"RENAME", a_, b_}));
    expect_same_key(b_);
    expect_same({"EXISTS", a_});
    expect_no_other_keys();
  }
}

TEST_F(MoveKeyFaultsTest, AChangeWhileItIsReadInPiecesIsSeen) {
  StrictRedisCluster r(interposed());
  for (const std::string name : {"COPY", "RENAME"}) {
    on(1, {"DEL", a_});
    for (int i = 0; i < 500; ++i) on(1, {"RPUSH", a_, std::to_string(i)});
    auto pieces = std::make_shared<std::atomic<int>>(0);
    hook([this, pieces](int, Received& command) {
      if (command[0] == "RESTORE") command[3][command[3].size() - 10] = '\x7f';
      if (command[0] == "LRANGE" && ++*pieces == 2) on(1, {"LPOP", a_});
      return Passage::pass;
    });
    EXPECT_TRUE(name == "COPY" ? r.copy(a_, c_) : r.rename(a_, c_));
    hook({});
    EXPECT_EQ(on(3, {"LLEN", c_}), "499");
    EXPECT_EQ(on(3, {"LINDEX", c_, "0"}), "1");
    EXPECT_EQ(on(3, {"LINDEX", c_, "31"}), "32");
    on(3, {"DEL", c_});
  }
}

TEST_F(MoveKeyFaultsTest, ASourceThatGoesWhileItIsReadInPiecesIsNoMore) {
  StrictRedisCluster r(interposed());
  on(2, {"SET", b_, "old"});
  for (const std::string name : {"COPY", "RENAME"}) {
    on(1, {"SET", a_, "value"});
    hook([this](int, Received& command) {
      if (command[0] == "RESTORE") command[3][command[3].size() - 10] = '\x7f';
      if (command[0] == "TYPE") on(1, {"DEL", a_});
      return Passage::pass;
    });
    EXPECT_EQ(outcome(r, {name, a_, name == "COPY" ? c_ : b_}), name == "COPY" ? "0" : "error:ERR no such key");
    hook({});
    EXPECT_EQ(on(2, {"GET", b_}), "old");
    EXPECT_EQ(r_.dbsize(), 1);
  }
}

TEST_F(MoveKeyFaultsTest, AStreamThatCannotBeReadThereIsRefusedBeforeAnythingIsTouched) {
  StrictRedisCluster r(interposed());
  on(1, {"DEL", a_});
  on(1, {"XADD", a_, "1-1", "f", "v"});
  on(2, {"SET", b_, "old"});
  hook([](int, Received& command) {
    if (command[0] == "RESTORE") command[3][command[3].size() - 10] = '\x7f';
    return Passage::pass;
  });
  EXPECT_THAT(error_of<DataError>([&] { r.rename(a_, b_); }), AllOf(HasSubstr("stream"), HasSubstr("node_2")));
  EXPECT_EQ(on(2, {"GET", b_}), "old");
  EXPECT_EQ(on(1, {"XLEN", a_}), "1");
  EXPECT_EQ(r_.dbsize(), 2);
}

// At whichever command it ends: the value is somewhere, the error is right about whether anything was done, and what is
// left over expires.
TEST_F(MoveKeyFaultsTest, WhereverItBreaksTheValueIsOnOneNodeAtLeast) {
  for (const Fault fault : {Fault::killed_before, Fault::killed_after, Fault::cut_before, Fault::cut_after}) {
    for (const std::string command : {"RENAME", "RENAMENX", "COPY"}) {
      int failures = 0;
      for (int number = 1;; ++number) {
        SCOPED_TRACE(command + " " + std::to_string(number) + " " + std::to_string(static_cast<int>(fault)));
        r_.flushall();
        on(1, {"SET", a_, "value"});
        if (command == "RENAME") on(2, {"SET", b_, "old"});
        StrictRedisCluster r(interposed(), {.read_your_writes = ReadYourWrites::off, .retries = 0});
        const auto count = fail_at(number, fault);
        const std::string failure = failure_of([&] { r.execute_command(command, a_, b_); });
        hook({});
        const std::string source = on(1, {"GET", a_});
        const std::string destination = on(2, {"GET", b_});
        EXPECT_TRUE(source == "value" || destination == "value") << failure << source << destination;
        if (failure.starts_with("not: ")) {
          EXPECT_EQ(source, "value") << failure;
          EXPECT_EQ(destination, command == "RENAME" ? "old" : "nil") << failure;
        }
        if (failure == "no error") {
          EXPECT_EQ(destination, "value");
          EXPECT_EQ(source, command == "COPY" ? "value" : "nil");
        } else {
          ++failures;
          EXPECT_THAT(failure, ::testing::AnyOf(HasSubstr("not: "), HasSubstr("maybe: ")));
        }
        expect_nothing_left_for_ever({a_, b_});
        if (HasFailure()) return;
        if (*count < number) break;
      }
      EXPECT_GT(failures, 5);
    }
  }
}

}  // namespace
}  // namespace rediscluster::tests
