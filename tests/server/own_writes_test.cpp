// Own writes are read back, whatever the slaves do, and slaves are read from as soon as they have them.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/processes.h"
#include "support/relay.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What the master says comes to the slave no more, and both take their link to be up.
void pause(Relay& relay) {
  relay.stall(Relay::Way::to_client, true);
}

// node_3, the slave of node_1, gets what it replicates through a relay that can be paused: then it lags behind, while
// everybody takes it to be in step.
class OwnWritesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster_ = new rediscluster::testing::LocalCluster();
    relay_ = new Relay(config().nodes.at("node_1").port);
    PlainClient(config().nodes.at("node_3")).run({"REPLICAOF", "127.0.0.1", std::to_string(relay_->port())});
  }
  static void TearDownTestSuite() {
    delete relay_;
    delete cluster_;
  }

  void SetUp() override {
    relay_->heal();
    PlainClient first(config().nodes.at("node_1"));
    PlainClient second(config().nodes.at("node_2"));
    first.run({"FLUSHALL"});
    second.run({"FLUSHALL"});
    for (const std::string& key : {x, y}) first.run({"SET", key, "old"});
    second.run({"SET", z, "old"});
    first.run({"SET", "mark", std::to_string(++mark_)});
    PlainClient slave(config().nodes.at("node_3"));
    ASSERT_TRUE(eventually([&] { return slave.run({"GET", "mark"}) == std::to_string(mark_); }));
    cluster_->wait_for_replication();
    reset_stats(config());
  }
  void TearDown() override { relay_->heal(); }

  static const ClusterConfig& config() { return cluster_->config(); }
  static int calls(const std::string& server, const std::string& command) {
    return calls_of(config(), server, command);
  }
  // Whether reads of the key come to node_3 again.
  static bool is_read_from_slave(const StrictRedisCluster& r, const std::string& key) {
    return eventually([&] {
      const int before = calls("node_3", "get");
      r.get(key);
      return calls("node_3", "get") > before;
    });
  }

  static rediscluster::testing::LocalCluster* cluster_;
  static Relay* relay_;
  static int mark_;
  const std::string x = key_on(1, 2, 0);
  const std::string y = key_on(1, 2, 1);
  const std::string z = key_on(2, 2, 0);
};
rediscluster::testing::LocalCluster* OwnWritesTest::cluster_ = nullptr;
Relay* OwnWritesTest::relay_ = nullptr;
int OwnWritesTest::mark_ = 0;

TEST_F(OwnWritesTest, AReadOfWhatASlaveLacksGoesToTheMasterAndOthersDoNot) {
  StrictRedisCluster r(config());
  pause(*relay_);
  r.set(x, "new");
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(r.get(x), "new");
  EXPECT_EQ(calls("node_3", "get"), 0);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(r.get(y), "old");
  EXPECT_EQ(calls("node_3", "get"), 100);
  relay_->heal();
  EXPECT_TRUE(is_read_from_slave(r, x)) << "it has it now";
  EXPECT_EQ(r.get(x), "new");
}

TEST_F(OwnWritesTest, WhatIsWrittenByAConfigurationThatHadNoSlavesIsReadBackByTheNextOne) {
  ClusterConfig without = config();
  without.master_of["node_1"] = Slaves();
  without.nodes.erase("node_3");
  for (const bool had_some_before : {false, true}) {
    StrictRedisCluster r(had_some_before ? config() : without);
    const StrictRedis before = r.node("node_1");
    r.reload(without);
    const StrictRedis meanwhile = r.node("node_1");
    r.reload(config());
    ASSERT_TRUE(is_read_from_slave(r, x));
    pause(*relay_);
    meanwhile.set(x, "meanwhile");
    for (int i = 0; i < 10; ++i) ASSERT_EQ(r.get(x), "meanwhile");
    before.set(y, "before");
    for (int i = 0; i < 10; ++i) ASSERT_EQ(r.get(y), "before");
    relay_->heal();
    ASSERT_TRUE(is_read_from_slave(r, y));
  }
}

TEST_F(OwnWritesTest, ServersAreAskedOnlyWhileWritesAreUnconfirmedAndSeldom) {
  StrictRedisCluster r(config());
  reset_stats(config());
  for (int i = 0; i < 100; ++i) r.get(x);
  EXPECT_EQ(calls("node_1", "info") + calls("node_3", "info"), 0) << "nothing was written";
  reset_stats(config());
  pause(*relay_);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 500; ++i) {
    r.set(x, i);
    ASSERT_EQ(r.get(x), std::to_string(i));
  }
  const auto periods = (std::chrono::steady_clock::now() - begin) / 50ms + 2;
  EXPECT_LE(calls("node_1", "info"), periods);
  EXPECT_LE(calls("node_3", "info"), periods);
  relay_->heal();
  ASSERT_TRUE(is_read_from_slave(r, x));
  reset_stats(config());
  for (int i = 0; i < 100; ++i) r.get(x);
  EXPECT_EQ(calls("node_1", "info") + calls("node_3", "info"), 0) << "all is confirmed";
  EXPECT_EQ(calls("node_3", "get"), 100);
}

TEST_F(OwnWritesTest, ANewConnectionToASlaveIsConfirmedAnew) {
  StrictRedisCluster r(config());
  r.set(x, "new");
  ASSERT_TRUE(is_read_from_slave(r, x));
  pause(*relay_);
  PlainClient(config().nodes.at("node_1")).run({"SET", y, "another client's"});
  PlainClient(config().nodes.at("node_3")).run({"CLIENT", "KILL", "TYPE", "normal"});
  for (int i = 0; i < 100; ++i) ASSERT_EQ(r.get(x), "new");
  EXPECT_TRUE(is_read_from_slave(r, x)) << "what the master had said before still holds";
}

TEST_F(OwnWritesTest, WhatTouchesAnyKeyIsReadBack) {
  StrictRedisCluster r(config());
  pause(*relay_);
  r.node("node_1").flushdb();
  EXPECT_EQ(r.get(x), std::nullopt);
  EXPECT_EQ(r.node("node_1").dbsize(), 0);
  r.execute_command("EVAL", "redis.call('SET', '" + y + "', 'scripted') return 1", 1, x);
  EXPECT_EQ(r.get(y), "scripted") << "which the script did not name";
  EXPECT_EQ(calls("node_3", "get"), 0);
}

TEST_F(OwnWritesTest, ReadsWithoutKeysNeedEveryWrite) {
  StrictRedisCluster r(config());
  pause(*relay_);
  const long long before = r.dbsize();
  r.set(key_on(1, 2, 7), "one more");
  EXPECT_EQ(r.dbsize(), before + 1);
  EXPECT_EQ(r.execute_command<long long>("EVAL_RO", "return redis.call('STRLEN', '" + key_on(1, 2, 7) + "')", 1, x), 8);
}

TEST_F(OwnWritesTest, CommandsOverSeveralNodesAreReadBack) {
  StrictRedisCluster r(config());
  pause(*relay_);
  r.mset({{x, "1"}, {y, "2"}, {z, "3"}});
  EXPECT_THAT(r.mget({z, y, x}), ElementsAre("3", "2", "1"));
  r.del({x, z});
  EXPECT_THAT(r.mget({x, y, z}), ElementsAre(std::nullopt, "2", std::nullopt));
  EXPECT_EQ(calls("node_3", "mget"), 0);
}

TEST_F(OwnWritesTest, EveryKeyOfACommandIsMarked) {
  StrictRedisCluster r(config());
  pause(*relay_);
  r.execute_command("RENAME", x, y);
  EXPECT_EQ(r.get(x), std::nullopt);
  EXPECT_EQ(r.get(y), "old");
  r.execute_command("RPUSH", x, "1");
  r.execute_command("SORT", x, "STORE", key_on(1, 2, 5));
  EXPECT_EQ(r.execute_command<long long>("LLEN", key_on(1, 2, 5)), 1);
  r.sadd(key_on(1, 2, 6), {"a"});
  r.sunionstore(key_on(1, 2, 8), {key_on(1, 2, 6), key_on(2, 2, 6)});  // a transaction
  EXPECT_EQ(r.smembers(key_on(1, 2, 8)), std::unordered_set<std::string>{"a"});
}

TEST_F(OwnWritesTest, ATagPicksTheNodeAndTheNameIsWhatIsReadBack) {
  StrictRedisCluster r(config());
  pause(*relay_);
  r.set(Key{y, x}, "tagged");
  EXPECT_EQ(r.get(x), "tagged");
  EXPECT_EQ(r.get(Key{x, x}), "tagged");
}

TEST_F(OwnWritesTest, PipelinesAreReadBackAndReadBack) {
  StrictRedisCluster r(config());
  pause(*relay_);
  auto writing = r.pipeline();
  writing.get(y);
  writing.set(x, "new");
  writing.set(z, "new");
  writing.execute();
  EXPECT_EQ(r.get(x), "new");
  EXPECT_EQ(r.get(y), "old");
  EXPECT_EQ(calls("node_3", "get"), 1) << "what was only read is not marked";
  auto reading = r.pipeline();
  auto read = reading.get(x);
  reading.execute();
  EXPECT_EQ(read.get(), "new");
  auto other = r.pipeline();
  auto unwritten = other.get(y);
  other.execute();
  EXPECT_EQ(unwritten.get(), "old");
  EXPECT_EQ(calls("node_3", "get"), 2);
  auto all = r.pipeline();
  all.flushall();
  all.execute();
  EXPECT_EQ(r.get(y), std::nullopt);
}

TEST_F(OwnWritesTest, WritesToANodeByItsNameAreReadBack) {
  StrictRedisCluster r(config());
  pause(*relay_);
  r.node("node_1").set(x, "new");
  EXPECT_EQ(r.get(x), "new");
  EXPECT_EQ(r.node("node_3").get(x), "old") << "whoever asks a certain server gets its answer";
  r.node("node_1").execute_command("SET", y, "new");
  EXPECT_EQ(r.get(y), "new");
}

TEST_F(OwnWritesTest, OffMeansThatASlaveMayAnswerWithWhatItHas) {
  StrictRedisCluster r(config(), {.read_your_writes = ReadYourWrites::off});
  reset_stats(config());
  pause(*relay_);
  r.set(x, "new");
  EXPECT_EQ(r.get(x), "old");
  EXPECT_EQ(calls("node_1", "info") + calls("node_3", "info"), 0);
}

TEST_F(OwnWritesTest, OnlyMastersNeedNotBeAsked) {
  StrictRedisCluster r(config(), {.mastersonly = true});
  reset_stats(config());
  pause(*relay_);
  for (int i = 0; i < 100; ++i) {
    r.set(x, i);
    ASSERT_EQ(r.get(x), std::to_string(i));
  }
  EXPECT_EQ(calls("node_1", "info"), 0);
  EXPECT_EQ(r.with({.mastersonly = false}).get(x), "99") << "yet it is known what was written";
}

TEST_F(OwnWritesTest, WithoutItsMasterANodeAnswersWhatItIsKnownToHave) {
  StrictRedisCluster r(config(), {.socket_timeout = 1s});
  StrictRedisCluster best_effort(config(), {.socket_timeout = 1s, .read_your_writes = ReadYourWrites::best_effort});
  r.set(y, "confirmed");
  ASSERT_TRUE(is_read_from_slave(r, y));
  pause(*relay_);
  r.set(x, "new");
  best_effort.set(x, "newer");
  EXPECT_EQ(best_effort.get(x), "newer");
  cluster_->kill("node_1");
  EXPECT_EQ(r.get(y), "confirmed");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(error_of<ConnectionError>([&] { r.get(x); }),
                AllOf(HasSubstr("node_1"), HasSubstr("may lack a write")));
  }
  EXPECT_EQ(best_effort.get(x), "old");
  EXPECT_EQ(r.get(z), "old") << "other nodes are what they were";
  cluster_->restart("node_1");
}

TEST_F(OwnWritesTest, AMasterThatIsLateIsATimeout) {
  StrictRedisCluster r(config());
  r.set(x, "new");
  ASSERT_TRUE(is_read_from_slave(r, x));
  // What the slave has said is void with the connection it has said it on: the master is to be asked.
  cluster_->stop("node_1");
  PlainClient(config().nodes.at("node_3")).run({"CLIENT", "KILL", "TYPE", "normal"});
  std::this_thread::sleep_for(5ms);  // longer than a connection is trusted without a look
  const std::string error = error_of<TimeoutError>([&] { r.with({.timeout = 50ms}).get(x); });
  cluster_->resume("node_1");
  EXPECT_THAT(error, HasSubstr("node_1"));
  EXPECT_EQ(r.get(x), "new");
}

// ---- Under load

// Threads write numbers that only grow, each its own keys, and read anybody's: never a smaller one than had been
// acknowledged before.
class Workload {
 public:
  Workload(const ClusterConfig& config, int writes_in_100)
      : r_(config, {.socket_timeout = 500ms, .socket_connect_timeout = 200ms}), writes_in_100_(writes_in_100) {}

  void start() {
    for (int t = 0; t < threads; ++t) threads_.emplace_back([this, t] { run(t); });
  }
  void join() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  long reads() const { return reads_; }
  long stale() const { return stale_; }
  long failed() const { return failed_; }

 private:
  static constexpr int threads = 4;
  static constexpr int keys = 2000;

  void run(int thread) {
    unsigned random = static_cast<unsigned>(thread) + 1;
    const auto draw = [&](int below) {
      random = random * 1664525U + 1013904223U;
      return static_cast<int>((random >> 8) % static_cast<unsigned>(below));
    };
    while (!stop_) {
      try {
        const int mine = draw(keys / threads) * threads + thread;
        if (draw(100) < writes_in_100_) {
          const int value = next_[static_cast<std::size_t>(mine)]++ + 1;
          r_.set("key:" + std::to_string(mine), value);
          acknowledged_[static_cast<std::size_t>(mine)] = value;
          read(mine);
        }
        read(draw(keys));
      } catch (const ConnectionError&) {
        ++failed_;
      } catch (const TimeoutError&) {
        ++failed_;
      }
    }
  }
  void read(int key) {
    const int least = acknowledged_[static_cast<std::size_t>(key)];
    const std::optional<std::string> value = r_.get("key:" + std::to_string(key));
    ++reads_;
    if ((value ? std::stoi(*value) : 0) < least) ++stale_;
  }

  StrictRedisCluster r_;
  const int writes_in_100_;
  std::vector<int> next_ = std::vector<int>(keys);
  std::vector<std::atomic<int>> acknowledged_ = std::vector<std::atomic<int>>(keys);
  std::atomic<bool> stop_{false};
  std::atomic<long> reads_{0};
  std::atomic<long> stale_{0};
  std::atomic<long> failed_{0};
  std::vector<std::thread> threads_;
};

std::chrono::milliseconds duration() {
  const char* const seconds = std::getenv("REDISCLUSTER_FAULT_SECONDS");
  return seconds != nullptr ? std::chrono::seconds(std::atoi(seconds)) : 2500ms;
}

class OwnWritesUnderLoadTest : public ::testing::Test {
 protected:
  const ClusterConfig& config() const { return cluster_.config(); }
  PlainClient plain(const std::string& server) const { return PlainClient(config().nodes.at(server)); }

  // Does `fault` again and again while threads work; no answer may be stale.
  template <class Fault>
  void run_under(Fault fault) {
    Workload workload(config(), 20);
    workload.start();
    const auto end = std::chrono::steady_clock::now() + duration();
    while (std::chrono::steady_clock::now() < end) {
      fault();
      std::this_thread::sleep_for(20ms);
    }
    workload.join();
    EXPECT_EQ(workload.stale(), 0) << "of " << workload.reads();
    EXPECT_GT(workload.reads(), 100);
    RecordProperty("reads", std::to_string(workload.reads()));
  }

  rediscluster::testing::LocalCluster cluster_{rediscluster::testing::LocalClusterOptions{.masters = 1, .slaves = 2}};
};

TEST_F(OwnWritesUnderLoadTest, MostReadsAreAnsweredBySlaves) {
  reset_stats(config());
  Workload workload(config(), 10);
  workload.start();
  std::this_thread::sleep_for(duration());
  workload.join();
  EXPECT_EQ(workload.stale(), 0);
  EXPECT_EQ(workload.failed(), 0);
  const int by_slaves = calls_of(config(), "node_2", "get") + calls_of(config(), "node_3", "get");
  const int by_master = calls_of(config(), "node_1", "get");
  RecordProperty("by_slaves", by_slaves);
  RecordProperty("by_master", by_master);
  // Each write is read back at once, by the master: these reads do not count.
  const int of_writes = calls_of(config(), "node_1", "set");
  EXPECT_GT(by_slaves, 4 * (by_master - of_writes)) << by_slaves << " against " << by_master << " with " << of_writes;
}

TEST_F(OwnWritesUnderLoadTest, SlavesThatAreStopped) {
  run_under([&] {
    cluster_.stop("node_2");
    std::this_thread::sleep_for(100ms);
    cluster_.resume("node_2");
  });
}

TEST_F(OwnWritesUnderLoadTest, SlavesThatAreCutOff) {
  const std::string port = std::to_string(config().nodes.at("node_1").port);
  run_under([&] {
    plain("node_2").run({"REPLICAOF", "127.0.0.1", "1"});
    std::this_thread::sleep_for(50ms);
    plain("node_1").run({"CLIENT", "KILL", "TYPE", "replica"});
    plain("node_2").run({"REPLICAOF", "127.0.0.1", port});
  });
}

TEST_F(OwnWritesUnderLoadTest, SlavesThatAreSlow) {
  Relay relay(config().nodes.at("node_1").port);
  plain("node_2").run({"REPLICAOF", "127.0.0.1", std::to_string(relay.port())});
  run_under([&] {
    pause(relay);
    std::this_thread::sleep_for(70ms);
    plain("node_3").run({"DEBUG", "SLEEP", "0.03"});
    relay.heal();
  });
}

TEST_F(OwnWritesUnderLoadTest, ConnectionsThatAreLost) {
  run_under([&] {
    for (const char* const server : {"node_1", "node_2", "node_3"}) {
      plain(server).run({"CLIENT", "KILL", "TYPE", "normal"});
    }
  });
}

TEST_F(OwnWritesUnderLoadTest, ASlaveThatIsRestartedFromAnOldFile) {
  plain("node_2").run({"SAVE"});
  const std::filesystem::path file = std::filesystem::path(cluster_.folder()) / "node_2" / "dump.rdb";
  const std::filesystem::path old = std::filesystem::path(cluster_.folder()) / "old.rdb";
  std::filesystem::copy_file(file, old);
  run_under([&] {
    cluster_.kill("node_2");
    std::filesystem::copy_file(old, file, std::filesystem::copy_options::overwrite_existing);
    cluster_.restart("node_2", {.keep_data = true});
  });
}

}  // namespace
}  // namespace rediscluster::tests
