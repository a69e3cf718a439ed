// Which own writes a slave may lack: the table of marks, and what confirms them.
#include "topology/own_writes.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rediscluster::topology {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point at(int milliseconds) {
  return Clock::time_point(std::chrono::hours(1) + std::chrono::milliseconds(milliseconds));
}
constexpr Moment when(int milliseconds) {
  return moment(at(milliseconds));
}

Command get(const std::string& key) {
  return std::move(Command("GET").key(key));
}

class WriteMarksTest : public ::testing::Test {
 protected:
  void write(const std::string& key, int time) { writes_.mark(Touched(get(key)), at(time)); }
  Moment needed(const std::string& key) const { return writes_.needed(Touched(get(key))); }

  static Replication master(long long offset, const std::string& history = "a") {
    return {Replication::Kind::master, false, history, offset};
  }
  static Replication slave(long long offset, const std::string& history = "a", bool link_up = true) {
    return {Replication::Kind::slave, link_up, history, offset};
  }

  const std::shared_ptr<WriteTimes> times_ = std::make_shared<WriteTimes>();
  NodeWrites writes_{times_};
};

TEST_F(WriteMarksTest, NothingIsNeededWhereNothingWasWritten) {
  EXPECT_EQ(writes_.last(), 0);
  EXPECT_EQ(needed("a"), 0);
  EXPECT_EQ(writes_.needed(Touched()), 0);
  EXPECT_FALSE(writes_.should_ask_master(at(0)));
}

TEST_F(WriteMarksTest, AReadNeedsTheLastWriteOfItsKeys) {
  write("a", 10);
  write("b", 20);
  write("a", 30);
  EXPECT_EQ(needed("a"), when(30));
  EXPECT_EQ(needed("b"), when(20));
  EXPECT_EQ(needed("c"), 0);
  EXPECT_EQ(writes_.needed(Touched(std::move(Command("MGET").key("c").key("b")))), when(20));
  EXPECT_EQ(writes_.last(), when(30));
}

TEST_F(WriteMarksTest, AnEarlierMarkThatComesLateHidesNothing) {
  write("a", 30);
  write("a", 20);
  EXPECT_EQ(needed("a"), when(30));
  EXPECT_EQ(writes_.last(), when(30));
}

TEST_F(WriteMarksTest, TheNameCountsAndNotTheTag) {
  writes_.mark(Touched(std::move(Command("SET").key(Key("tag", "name")).arg("v"))), at(10));
  EXPECT_EQ(needed("name"), when(10));
  EXPECT_EQ(needed("tag"), 0);
  EXPECT_EQ(writes_.needed(Touched(std::move(Command("GET").key(Key("other", "name"))))), when(10));
}

TEST_F(WriteMarksTest, WhatReachesAnyKeyConcernsEveryRead) {
  write("a", 10);
  for (const Command& command : {Command("FLUSHDB"), std::move(Command("EVAL").arg("...").arg(1).key("x")),
                                 std::move(Command("fcall").arg("f").arg(1).key("x"))}) {
    NodeWrites writes(times_);
    writes.mark(Touched(command), at(50));
    EXPECT_EQ(writes.needed(Touched(get("never"))), when(50)) << command.name();
  }
  EXPECT_EQ(writes_.needed(Touched()), when(10)) << "a read without keys needs the last write, whatever it was";
  EXPECT_EQ(writes_.needed(Touched(std::move(Command("EVAL_RO").arg("...").arg(1).key("x")))), when(10));
  EXPECT_EQ(writes_.needed(Touched(std::move(Command("SORT_RO").key("x")))), when(10));
}

TEST_F(WriteMarksTest, AWriteOfVeryManyKeysConcernsEveryRead) {
  Command some("MSET");
  Command many("MSET");
  for (int i = 0; i < 257; ++i) {
    many.key("key:" + std::to_string(i)).arg("v");
    if (i < 256) some.key("key:" + std::to_string(i)).arg("v");
  }
  NodeWrites writes(std::make_shared<WriteTimes>());
  writes.mark(Touched(some), at(10));
  EXPECT_EQ(writes.needed(Touched(get("key:255"))), when(10));
  EXPECT_EQ(writes.needed(Touched(get("never"))), 0);
  writes.mark(Touched(many), at(20));
  EXPECT_EQ(writes.needed(Touched(get("never"))), when(20));
}

TEST_F(WriteMarksTest, KeysMayBeGivenByTheirHashes) {
  KeyHashes keys;
  EXPECT_TRUE(collect_keys(get("a"), keys));
  EXPECT_TRUE(collect_keys(get("b"), keys));
  writes_.mark(Touched(keys), at(10));
  EXPECT_EQ(needed("a"), when(10));
  EXPECT_EQ(needed("b"), when(10));
  EXPECT_EQ(needed("c"), 0);
  EXPECT_FALSE(collect_keys(Command("DBSIZE"), keys));
}

TEST_F(WriteMarksTest, AnotherNodesMarkIsNotWaitedForLongerThanOnesOwn) {
  NodeWrites other(times_);
  write("a", 10);
  other.mark(Touched(get("a")), at(90));
  EXPECT_EQ(needed("a"), when(10)) << "nothing was written to this node since";
}

TEST_F(WriteMarksTest, TheMasterIsAskedOnceIn50MillisecondsWhileWritesAreUnconfirmed) {
  write("a", 10);
  EXPECT_TRUE(writes_.should_ask_master(at(11)));
  EXPECT_FALSE(writes_.should_ask_master(at(12)));
  EXPECT_FALSE(writes_.should_ask_master(at(60)));
  EXPECT_TRUE(writes_.should_ask_master(at(61))) << "the question may have been lost";
  writes_.master_answered(master(100), at(61));
  EXPECT_FALSE(writes_.should_ask_master(at(500)));
  write("a", 501);
  EXPECT_TRUE(writes_.should_ask_master(at(502)));
}

TEST_F(WriteMarksTest, ASlaveConfirmsWhatTheMasterHadWrittenWhenItWasAsked) {
  EXPECT_EQ(writes_.confirmed_by(slave(100)), 0) << "the master has not been asked";
  writes_.master_answered(master(100), at(10));
  EXPECT_EQ(writes_.told(), when(10));
  EXPECT_EQ(writes_.confirmed_by(slave(99)), 0);
  EXPECT_EQ(writes_.confirmed_by(slave(100)), when(10));
  EXPECT_EQ(writes_.confirmed_by(slave(101)), when(10)) << "and not later: the rest may be on its way";
  EXPECT_EQ(writes_.confirmed_by(slave(100, "a", false)), 0);
  EXPECT_EQ(writes_.confirmed_by(slave(100, "b")), 0);
  EXPECT_EQ(writes_.confirmed_by(master(100)), 0);
  EXPECT_EQ(writes_.confirmed_by(Replication()), 0);
}

TEST_F(WriteMarksTest, OnlyAMastersAnswerCountsAndTheLatestQuestion) {
  writes_.master_answered(slave(100), at(10));
  writes_.master_answered(Replication(), at(10));
  EXPECT_EQ(writes_.told(), 0);
  writes_.master_answered(master(100), at(20));
  writes_.master_answered(master(90), at(10));
  EXPECT_EQ(writes_.confirmed_by(slave(95)), 0);
  EXPECT_EQ(writes_.told(), when(20));
}

TEST_F(WriteMarksTest, AnotherHistoryHasTheMasterAskedAnew) {
  write("a", 5);
  writes_.master_answered(master(100), at(10));
  EXPECT_FALSE(writes_.should_ask_master(at(100)));
  EXPECT_EQ(writes_.confirmed_by(slave(100, "b")), 0);
  EXPECT_EQ(writes_.told(), when(10)) << "other slaves may still confirm it";
  EXPECT_TRUE(writes_.should_ask_master(at(101)));
  writes_.master_answered(master(100, "b"), at(101));
  EXPECT_EQ(writes_.confirmed_by(slave(100, "b")), when(101));
  EXPECT_FALSE(writes_.should_ask_master(at(500)));
}

TEST_F(WriteMarksTest, WhatAMasterSaidIsVoidOnceItHasBeenConnectedToAgain) {
  write("a", 5);
  writes_.master_answered(master(100), at(10));
  writes_.master_connected();
  EXPECT_EQ(writes_.confirmed_by(slave(100)), 0);
  EXPECT_TRUE(writes_.should_ask_master(at(100)));
}

TEST_F(WriteMarksTest, AnotherMasterEndsTheWaiting) {
  const transport::Link first({}, {});
  const transport::Link second({}, {});
  writes_.follow(&first, at(0));
  write("a", 10);
  writes_.master_answered(master(100), at(20));
  writes_.follow(&first, at(30));
  writes_.follow(nullptr, at(30));
  EXPECT_EQ(needed("a"), when(10)) << "still the same, or none";
  writes_.follow(&second, at(40));
  EXPECT_EQ(needed("a"), 0);
  EXPECT_EQ(writes_.last(), 0);
  EXPECT_EQ(writes_.confirmed_by(slave(100)), 0) << "what the first said is void";
  writes_.master_answered(master(100), at(39));
  EXPECT_EQ(writes_.told(), 0) << "also when it comes late";
  write("a", 50);
  EXPECT_EQ(needed("a"), when(50));
}

TEST_F(WriteMarksTest, ThreadsMarkTogether) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 20000; ++i) {
        write("key:" + std::to_string(i % 7), 4 * i + t);
        if (needed("key:" + std::to_string(i % 7)) < when(4 * i + t)) ADD_FAILURE();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(writes_.last(), when(4 * 19999 + 3));
}

TEST(ReplicationTest, ReadsWhatServersSay) {
  const Replication slave = Replication::parse(
      "# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:6379\r\nmaster_link_status:up\r\n"
      "slave_read_repl_offset:90\r\nslave_repl_offset:70\r\nmaster_replid:abc\r\nmaster_repl_offset:80\r\n");
  EXPECT_EQ(slave.kind, Replication::Kind::slave);
  EXPECT_TRUE(slave.link_up);
  EXPECT_EQ(slave.history, "abc");
  EXPECT_EQ(slave.offset, 70) << "what it has applied";
  const Replication master = Replication::parse("role:master\r\nmaster_replid:abc\r\nmaster_repl_offset:80\r\n");
  EXPECT_EQ(master.kind, Replication::Kind::master);
  EXPECT_EQ(master.offset, 80);
  EXPECT_FALSE(Replication::parse("role:slave\r\nmaster_link_status:down\r\nslave_repl_offset:1\r\nmaster_replid:a\r\n")
                   .link_up);
  for (const char* const odd : {"", "role:master", "role:master\r\nmaster_replid:a\r\n", "role:sentinel\r\n",
                                "role:slave\r\nmaster_replid:a\r\nslave_repl_offset:x\r\n",
                                "role:slave\r\nmaster_replid:a\r\nslave_repl_offset:-1\r\n",
                                "role:master\r\nmaster_replid:\r\nmaster_repl_offset:80\r\n", "\r\n\r\nrole"}) {
    EXPECT_EQ(Replication::parse(odd).kind, Replication::Kind::unknown) << odd;
  }
}

}  // namespace
}  // namespace rediscluster::topology
