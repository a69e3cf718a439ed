// Masters that are replaced by their slaves while a client works.
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/processes.h"
#include "topology/topology.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LocalCluster;
using Clock = std::chrono::steady_clock;

// Two masters, node_1 with slaves node_3 and node_4, node_2 with node_5 and node_6; all writes are to node_1 unless a
// test says otherwise. Every test has its own servers: hardly anything of them stays as it was.
class PromotionTest : public ::testing::Test {
 protected:
  PromotionTest() : cluster_({.masters = 2, .slaves = 2}), first(key_on(1)), second(key_on(2)) {
    PlainClient(config().nodes.at("node_1")).run({"SET", first, "one"});
    PlainClient(config().nodes.at("node_2")).run({"SET", second, "two"});
    cluster_.wait_for_replication();
  }

  const ClusterConfig& config() const { return cluster_.config(); }
  std::string on(const char* server, const std::vector<std::string>& command) { return ask(config(), server, command); }
  void promote(const char* server) { ASSERT_EQ(on(server, {"REPLICAOF", "NO", "ONE"}), "OK"); }
  void follow(const char* slave, const char* master) {
    ASSERT_EQ(on(slave, {"REPLICAOF", "127.0.0.1", std::to_string(config().nodes.at(master).port)}), "OK");
  }
  // As an operator does it: nothing that was acknowledged is lost.
  void fail_over(const char* from, const char* to) {
    ASSERT_EQ(on(from, {"CLIENT", "PAUSE", "10000", "WRITE"}), "OK");
    cluster_.wait_for_replication();
    promote(to);
    follow(from, to);
    ASSERT_EQ(on(from, {"CLIENT", "UNPAUSE"}), "OK");
  }
  static std::string error_of_write(const StrictRedisCluster& r, const std::string& key) {
    return error_of<ConnectionError>([&] { r.set(key, "x"); });
  }

  LocalCluster cluster_;
  const std::string first;   // a key on node_1
  const std::string second;  // a key on node_2
};

// ---- What makes the client ask

TEST_F(PromotionTest, AWriteThatIsRefusedGoesToTheNewMaster) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(first, "before"));
  fail_over("node_1", "node_3");
  EXPECT_TRUE(r.set(first, "after")) << "nobody notices";
  EXPECT_EQ(on("node_3", {"GET", first}), "after");
  EXPECT_EQ(r.get(first), "after");
  EXPECT_EQ(r.incr(key_on(1, 2, 1)), 1);
}

TEST_F(PromotionTest, SoDoesEveryKindOfWrite) {
  StrictRedisCluster r(config());
  r.sadd(key_on(1, 2, 1), "a", "b");
  r.sadd(key_on(2, 2, 1), "b", "c");
  cluster_.wait_for_replication();
  fail_over("node_1", "node_3");
  EXPECT_EQ(r.sunionstore(key_on(1, 2, 2), key_on(1, 2, 1), key_on(2, 2, 1)), 3) << "a transaction";
  fail_over("node_3", "node_4");
  EXPECT_TRUE(r.mset({{first, "1"}, {second, "2"}}));
  fail_over("node_4", "node_1");
  EXPECT_EQ(r.execute_command<std::string>("EVAL", "return redis.call('GETSET', KEYS[1], 'script')", 1, first), "1");
  fail_over("node_1", "node_3");
  EXPECT_EQ(r.execute_command("BRPOP", first + "{}", 1).type(), Reply::Type::nil) << "on a connection of its own";
  EXPECT_EQ(on("node_3", {"GET", first}), "script");
  EXPECT_EQ(on("node_3", {"SCARD", key_on(1, 2, 2)}), "3");
}

TEST_F(PromotionTest, APipelineIsRepeatedWhenNothingOfItWasExecuted) {
  StrictRedisCluster r(config());
  r.set(first, 0);
  cluster_.wait_for_replication();
  fail_over("node_1", "node_3");
  auto writes = r.pipeline();
  for (int i = 0; i < 10; ++i) writes.incr(first);
  const auto other = writes.set(second, "new");
  writes.execute();
  EXPECT_EQ(on("node_3", {"GET", first}), "10");
  EXPECT_TRUE(other.get());

  fail_over("node_3", "node_4");
  auto mixed = r.pipeline();
  const auto read = mixed.get(first);
  const auto written = mixed.incr(first);
  mixed.execute({.raise_on_error = false});
  EXPECT_EQ(read.get(), "10");
  EXPECT_THROW(written.get(), ReadOnlyError) << "a part of it was executed: it is not repeated";
  EXPECT_EQ(on("node_4", {"GET", first}), "10");
  auto again = r.pipeline();
  again.get(first);
  const auto now = again.incr(first);
  again.execute();
  EXPECT_EQ(now.get(), 11) << "but the next one knows where to go";
}

TEST_F(PromotionTest, ADeadMasterIsReplaced) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(first, "before"));
  cluster_.wait_for_replication();
  promote("node_3");
  cluster_.kill("node_1");
  EXPECT_TRUE(r.set(first, "after")) << "no byte was sent to the dead one";
  EXPECT_EQ(on("node_3", {"GET", first}), "after");
  EXPECT_TRUE(r.set(second, "other"));
}

TEST_F(PromotionTest, ADeadMasterIsWaitedFor) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(first, "before"));
  cluster_.wait_for_replication();
  cluster_.kill("node_1");
  EXPECT_THAT(error_of_write(r, first), HasSubstr("node_1 (127.0.0.1:"));
  EXPECT_THAT(error_of_write(r, first), HasSubstr("node_1 (127.0.0.1:"));
  EXPECT_EQ(r.with({.timeout = 10s}).get(second), "two");
  promote("node_4");
  EXPECT_TRUE(eventually([&] { return error_of_write(r, first) == "no error"; }));
  EXPECT_EQ(on("node_4", {"GET", first}), "x");
}

TEST_F(PromotionTest, AMasterThatHangsIsReplacedOnceItHasHungLongEnough) {
  StrictRedisCluster r(config(), {.socket_timeout = 300ms, .socket_connect_timeout = 200ms});
  ASSERT_TRUE(r.set(first, "before"));
  cluster_.stop("node_1");
  promote("node_3");
  EXPECT_TRUE(eventually([&] {
    try {
      return r.set(first, "after");
    } catch (const TimeoutError&) {
      return false;
    }
  }));
  EXPECT_EQ(on("node_3", {"GET", first}), "after");
  cluster_.resume("node_1");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(r.incr(key_on(1, 2, 1)), i + 1);
  EXPECT_EQ(on("node_1", {"EXISTS", key_on(1, 2, 1)}), "0") << "the old one is back, and is not written to";
}

TEST_F(PromotionTest, ASlowMasterKeepsItsWritesWhoeverIsInAHurry) {
  StrictRedisCluster r(config(), {.socket_connect_timeout = 60s});
  ASSERT_TRUE(r.set(first, "before"));
  promote("node_3");  // another claims it, but we follow node_1
  cluster_.stop("node_1");
  for (int i = 0; i < 20; ++i) EXPECT_THROW(r.with({.timeout = 20ms}).set(first, "late"), TimeoutError);
  cluster_.resume("node_1");
  EXPECT_TRUE(r.set(first, "after"));
  EXPECT_EQ(on("node_1", {"GET", first}), "after");
}

TEST_F(PromotionTest, ReadsOfMastersFollowToo) {
  StrictRedisCluster r(config(), {.mastersonly = true});
  ASSERT_EQ(r.get(first), "one");
  promote("node_3");
  on("node_3", {"SET", first, "new"});
  cluster_.kill("node_1");
  EXPECT_EQ(r.get(first), "new");
  EXPECT_EQ(r.mget(first, second), (std::vector<std::optional<std::string>>{"new", "two"}));
}

TEST_F(PromotionTest, WhoOnlyReadsFollowsToo) {
  StrictRedisCluster r(config());
  ASSERT_EQ(r.get(first), "one");
  promote("node_3");
  follow("node_4", "node_3");
  on("node_3", {"SET", first, "new"});
  cluster_.kill("node_1");
  cluster_.wait_for_replication();
  reset_stats(config());
  EXPECT_TRUE(eventually([&] { return r.get(first) == "new" && calls_of(config(), "node_4", "get") > 20; }))
      << "the other slave is the slave of the new master";
}

// ---- Who is followed

TEST_F(PromotionTest, TheMasterWeFollowIsKeptForAsLongAsItClaimsToBeIt) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(first, "1"));
  cluster_.wait_for_replication();
  promote("node_3");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(r.set(first, "2"));
    EXPECT_EQ(r.get(first), "2");
  }
  on("node_1", {"CLIENT", "KILL", "TYPE", "normal"});
  error_of_write(r, first);  // may be lost with the connection
  ASSERT_TRUE(r.set(first, "3"));
  cluster_.restart("node_1", {.keep_data = true});
  ASSERT_TRUE(r.set(first, "4"));
  EXPECT_EQ(on("node_1", {"GET", first}), "4");
  EXPECT_EQ(on("node_3", {"GET", first}), "1");
}

TEST_F(PromotionTest, AnOldMasterThatComesBackIsIgnored) {
  StrictRedisCluster r(config());
  promote("node_3");
  cluster_.kill("node_1");
  ASSERT_TRUE(r.set(first, "new"));
  cluster_.restart("node_1");              // empty, and a master by its own account
  const auto end = Clock::now() + 2500ms;  // time to ask again several times
  while (Clock::now() < end) {
    ASSERT_TRUE(r.set(first, "newer"));
    ASSERT_EQ(r.get(first), "newer");
    ASSERT_EQ(r.get(key_on(1, 2, 1)), std::nullopt);
  }
  EXPECT_EQ(on("node_1", {"EXISTS", first}), "0");
  // The new master dies, and the old one is the only one that is left to claim it.
  cluster_.kill("node_3");
  EXPECT_TRUE(eventually([&] { return error_of_write(r, first) == "no error"; }));
  EXPECT_EQ(on("node_1", {"GET", first}), "x");
}

TEST_F(PromotionTest, WhenSeveralOthersClaimItNobodyIsWrittenTo) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(first, "before"));
  cluster_.wait_for_replication();
  ASSERT_TRUE(eventually([&] { return r.get(first) == "before" && calls_of(config(), "node_3", "get") > 0; }));
  promote("node_3");
  promote("node_4");
  cluster_.kill("node_1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(eventually([&] {
      return ::testing::Matches(AllOf(HasSubstr("node_3 (127"), HasSubstr("node_4 (127"), HasSubstr("claim")))(
          error_of_write(r, first));
    }));
    EXPECT_THROW(r.mset({{first, "x"}, {second, "x"}}), ConnectionError);
  }
  EXPECT_EQ(on("node_2", {"GET", second}), "two") << "nothing is sent";
  EXPECT_TRUE(eventually([&] {
    try {
      return r.get(first) == "before";
    } catch (const ConnectionError&) {
      return false;  // by a connection that was just made, say
    }
  }));
  follow("node_4", "node_3");
  EXPECT_TRUE(eventually([&] { return error_of_write(r, first) == "no error"; })) << "it recovers by itself";
  EXPECT_EQ(on("node_3", {"GET", first}), "x");
}

TEST_F(PromotionTest, ARefusalWithSeveralSuccessorsNamesThem) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(first, "before"));
  promote("node_3");
  promote("node_4");
  follow("node_1", "node_3");
  EXPECT_THAT(error_of_write(r, first), AllOf(HasSubstr("node_3 (127"), HasSubstr("node_4 (127"), HasSubstr("claim")));
}

TEST_F(PromotionTest, WithoutASuccessorTheRefusalIsTheAnswer) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(first, "before"));
  follow("node_1", "node_2");
  EXPECT_THROW(r.set(first, "x"), ReadOnlyError);
  EXPECT_THROW(r.set(first, "x"), ReadOnlyError);
  promote("node_3");
  EXPECT_TRUE(r.set(first, "after")) << "asked at each refusal: at once";
  EXPECT_EQ(on("node_3", {"GET", first}), "after");
}

TEST_F(PromotionTest, OneServerAloneIsNotLeft) {
  const StrictRedisCluster r(config());
  StrictRedis one = r.node("node_1");
  fail_over("node_1", "node_3");
  EXPECT_THROW(one.set(first, "x"), ReadOnlyError);
}

// ---- Processes that start after a fail-over, with the old configuration

TEST_F(PromotionTest, AStartWhenTheOldMasterIsASlave) {
  fail_over("node_1", "node_3");
  follow("node_4", "node_3");
  cluster_.wait_for_replication();
  StrictRedisCluster r(config());
  reset_stats(config());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(r.get(first), "one");
  EXPECT_EQ(calls_of(config(), "node_3", "get"), 0) << "the old master is a slave like any other";
  EXPECT_EQ(calls_of(config(), "node_1", "get"), 5);
  EXPECT_TRUE(r.set(first, "new"));
  EXPECT_EQ(on("node_3", {"GET", first}), "new");
}

TEST_F(PromotionTest, AStartWhenTheOldMasterIsDown) {
  promote("node_3");
  cluster_.kill("node_1");
  StrictRedisCluster r(config());
  EXPECT_TRUE(r.set(first, "new"));
  EXPECT_EQ(on("node_3", {"GET", first}), "new");
  cluster_.restart("node_1");
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(r.set(first, "newer"));
  EXPECT_EQ(on("node_1", {"EXISTS", first}), "0");
}

TEST_F(PromotionTest, AStartBeforeThePromotionOfASlave) {
  cluster_.kill("node_1");
  StrictRedisCluster r(config());
  EXPECT_THAT(error_of_write(r, first), HasSubstr("node_1 (127"));
  promote("node_3");
  EXPECT_TRUE(eventually([&] { return error_of_write(r, first) == "no error"; }));
  EXPECT_EQ(on("node_3", {"GET", first}), "x");
}

TEST_F(PromotionTest, AMasterThatWasNeverHeardIsNotFollowedAgainstAnother) {
  cluster_.kill("node_1");
  StrictRedisCluster r(config());
  promote("node_3");
  cluster_.restart("node_1", {.keep_data = true});
  EXPECT_THAT(error_of_write(r, first), AllOf(HasSubstr("node_1 (127"), HasSubstr("node_3 (127"), HasSubstr("claim")));
}

TEST_F(PromotionTest, AStartWhenBothClaimIt) {
  promote("node_3");
  StrictRedisCluster r(config());
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(error_of_write(r, first),
                AllOf(HasSubstr("node_1 (127"), HasSubstr("node_3 (127"), HasSubstr("claim")));
    EXPECT_EQ(r.get(first), "one") << "reads go on";
  }
  follow("node_1", "node_3");
  EXPECT_TRUE(eventually([&] { return error_of_write(r, first) == "no error"; }));
  EXPECT_EQ(on("node_3", {"GET", first}), "x");
}

// ---- Under load

struct Load {
  explicit Load(const ClusterConfig& config, const std::string& key) : r(config), counter(key) {}

  void run(int thread) {
    for (int i = 0; !stop; ++i) {
      const std::string key = counter + ":" + std::to_string(thread) + ":" + std::to_string(i);
      try {
        switch (i % 4) {
          case 0:
            r.incr(Key{counter, counter});
            ++acknowledged;
            break;
          case 1:
            r.set(Key{counter, key}, key);
            break;
          case 2: {
            auto p = r.pipeline();
            p.set(Key{counter, key}, key);
            p.set(Key{counter, key + "b"}, key);
            p.execute();
            break;
          }
          default:
            r.mset({{Key{counter, key}, key}, {key_on(2), key}});
            break;
        }
        ++done;
        if (i % 4 == 0) continue;
        const std::lock_guard lock(mutex);
        keys.push_back(key);
      } catch (const ReadOnlyError&) {
        ++refused;
      } catch (const ConnectionError& error) {
        if (i % 4 == 0 && error.maybe_executed()) ++maybe;
        ++failed;
      }
    }
  }

  StrictRedisCluster r;
  const std::string counter;
  std::atomic<bool> stop = false;
  std::atomic<long long> done = 0;
  std::atomic<long long> acknowledged = 0;
  std::atomic<long long> maybe = 0;
  std::atomic<long long> refused = 0;
  std::atomic<long long> failed = 0;
  std::mutex mutex;
  std::vector<std::string> keys;  // that were set, by acknowledged calls
};

TEST_F(PromotionTest, NothingIsLostOrDoneTwiceUnderLoad) {
  Load load(config(), first);
  PlainClient(config().nodes.at("node_1")).run({"DEL", first});
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) threads.emplace_back([&load, t] { load.run(t); });
  const auto works_on = [&](const char* master) {
    const long long until = load.done + 200;
    EXPECT_TRUE(eventually([&] { return load.done > until; }));
    EXPECT_TRUE(eventually([&] { return calls_of(config(), master, "incrby") > 0; })) << master;
    reset_stats(config());
  };
  works_on("node_1");
  const char* const order[] = {"node_1", "node_3", "node_4", "node_3", "node_4"};
  for (int i = 0; i < 4; ++i) {
    fail_over(order[i], order[i + 1]);
    works_on(order[i + 1]);
  }
  // And once by a crash, of a master that has nothing to tell.
  ASSERT_EQ(on("node_4", {"CLIENT", "PAUSE", "100000", "WRITE"}), "OK");
  cluster_.wait_for_replication();
  promote("node_3");
  cluster_.kill("node_4");
  works_on("node_3");
  load.stop = true;
  for (std::thread& thread : threads) thread.join();

  PlainClient master(config().nodes.at("node_3"));
  int missing = 0;
  for (const std::string& key : load.keys) missing += master.run({"GET", key}) == key ? 0 : 1;
  EXPECT_EQ(missing, 0) << "of " << load.keys.size();
  const long long counted = std::stoll(master.run({"GET", first}));
  EXPECT_GE(counted, load.acknowledged);
  EXPECT_LE(counted, load.acknowledged + load.maybe);
  // Callers do not wait for the one who asks, so that how many fail meanwhile depends on the machine.
  RecordProperty("refused", std::to_string(load.refused));
  RecordProperty("failed", std::to_string(load.failed));
}

// ---- The hook

TEST_F(PromotionTest, ThePromotionIsToldOnce) {
  topology::Topology topology(config(), {});
  std::vector<std::string> told;
  topology.on_promotion([&](topology::Node& node, topology::Server* from, topology::Server* to) {
    told.push_back(node.name() + ": " + (from != nullptr ? from->name() : "nobody") + " to " + to->name());
    EXPECT_EQ(&node.master(), to);
    node.look_for_master(transport::Deadline::never(), transport::Clock::now());  // nothing is locked
  });
  topology::Node& node = topology.node(0);
  node.look_for_master(transport::Deadline::never());
  EXPECT_TRUE(told.empty());
  fail_over("node_1", "node_3");
  node.look_for_master(transport::Deadline::never());
  EXPECT_TRUE(told.empty()) << "it was asked a moment ago";
  node.look_for_master(transport::Deadline::never(), transport::Clock::now());
  EXPECT_EQ(told, std::vector<std::string>{"node_1: node_1 to node_3"});
}

}  // namespace
}  // namespace rediscluster::tests
