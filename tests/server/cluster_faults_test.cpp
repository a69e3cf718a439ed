// StrictRedisCluster while servers are down, stopped, promoted and restarted.
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/fake_server.h"
#include "support/open_fds.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LocalCluster;
using Clock = std::chrono::steady_clock;

// Two masters, node_1 with slave node_3, node_2 with node_4; every test ends with all of them as they were.
class ClusterFaultsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new LocalCluster({.masters = 2, .slaves = 1}); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override {
    StrictRedisCluster r(config(), {.require_all = true});
    r.flushall();
    r.set(key_on(1), "one");
    r.set(key_on(2), "two");
    cluster_->wait_for_replication();
  }
  // Masters first: a slave waits for its master.
  void TearDown() override {
    for (const char* const name : touched_) cluster_->restart(name);
    touched_.clear();
  }
  // The server is brought back when the test ends.
  void kill(const char* name) {
    touched_.push_back(name);
    cluster_->kill(name);
  }
  void stop(const char* name) {
    touched_.push_back(name);
    cluster_->stop(name);
  }
  void promote(const char* name) {
    touched_.push_back(name);
    ASSERT_EQ(ask(config(), name, {"REPLICAOF", "NO", "ONE"}), "OK");
  }

  static const ClusterConfig& config() { return cluster_->config(); }

  static LocalCluster* cluster_;
  std::vector<const char*> touched_;
};
LocalCluster* ClusterFaultsTest::cluster_ = nullptr;

TEST_F(ClusterFaultsTest, ADownSlaveIsAState) {
  kill("node_3");
  StrictRedisCluster r(config());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(r.get(key_on(1)), "one");
  EXPECT_TRUE(r.set(key_on(1), "new"));
}

TEST_F(ClusterFaultsTest, ADownMasterIsAStateAndItsSlaveServesReads) {
  kill("node_1");
  StrictRedisCluster r(config());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(r.get(key_on(1)), "one");
  EXPECT_EQ(r.mget(key_on(1), key_on(2)), (std::vector<std::optional<std::string>>{"one", "two"}));
  try {
    r.set(key_on(1), "new");
    FAIL();
  } catch (const ConnectionError& error) {
    EXPECT_FALSE(error.maybe_executed());
    EXPECT_THAT(error.what(), HasSubstr("node_1 (127.0.0.1:"));
  }
  EXPECT_TRUE(r.set(key_on(2), "new")) << "the other node is well";
}

TEST_F(ClusterFaultsTest, RequireAllMakesADownServerAnError) {
  const Options options{.socket_connect_timeout = 200ms, .require_all = true};
  kill("node_3");
  EXPECT_THAT(error_of<ConnectionError>([&] { StrictRedisCluster r(config(), options); }),
              HasSubstr("node_3 (127.0.0.1:"));
  stop("node_2");
  cluster_->restart("node_3");
  EXPECT_THAT(error_of<ConnectionError>([&] { StrictRedisCluster r(config(), options); }),
              HasSubstr("node_2 (127.0.0.1:"))
      << "one that does not answer is down as well";
}

TEST_F(ClusterFaultsTest, AStoppedServerDelaysConstructionByTheConnectTimeoutAtMost) {
  stop("node_2");
  stop("node_3");
  const auto begin = Clock::now();
  StrictRedisCluster r(config(), {.socket_connect_timeout = 200ms});
  EXPECT_LT(Clock::now() - begin, 1s) << "all servers are asked at the same time";
  EXPECT_EQ(r.get(key_on(1)), "one");
}

TEST_F(ClusterFaultsTest, SomethingElseThanARedisServerIsAnError) {
  FakeServer http([](const Received&) { return close_after("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  ClusterConfig cluster = config();
  cluster.nodes["node_4"].port = http.port();
  EXPECT_THAT(error_of<InvalidResponse>([&] { StrictRedisCluster r(cluster); }), HasSubstr("node_4 (127.0.0.1:"));
}

TEST_F(ClusterFaultsTest, APromotedSlaveIsTheMaster) {
  promote("node_3");
  touched_.insert(touched_.begin(), "node_1");  // comes back first
  cluster_->kill("node_1");
  StrictRedisCluster r(config());
  EXPECT_TRUE(r.set(key_on(1), "new"));
  EXPECT_EQ(ask(config(), "node_3", {"GET", key_on(1)}), "new");
  EXPECT_EQ(r.get(key_on(1)), "new");
  cluster_->restart("node_1");  // empty, and a master too: this client keeps to the one it knows
  EXPECT_TRUE(r.set(key_on(1), "newer"));
  EXPECT_EQ(ask(config(), "node_3", {"GET", key_on(1)}), "newer");
  EXPECT_EQ(ask(config(), "node_1", {"EXISTS", key_on(1)}), "0");
}

TEST_F(ClusterFaultsTest, WhenTwoClaimToBeMasterNeitherIsWrittenTo) {
  promote("node_3");
  StrictRedisCluster r(config());
  for (const bool multi : {false, true}) {
    EXPECT_THAT(error_of<ConnectionError>([&] {
                  multi ? r.mset({{key_on(2), "x"}, {key_on(1), "x"}}) : r.set(key_on(1), "x");
                }),
                AllOf(HasSubstr("node_1 (127.0.0.1:"), HasSubstr("node_3 (127.0.0.1:"), HasSubstr("claim")));
  }
  EXPECT_EQ(ask(config(), "node_2", {"GET", key_on(2)}), "two") << "found before anything was sent";
  EXPECT_EQ(ask(config(), "node_1", {"GET", key_on(1)}), "one");
  EXPECT_EQ(ask(config(), "node_3", {"GET", key_on(1)}), "one");
  EXPECT_EQ(r.get(key_on(1)), "one") << "reads go on";
  EXPECT_TRUE(r.set(key_on(2), "fine"));
}

TEST_F(ClusterFaultsTest, AKilledSlaveGoesUnnoticed) {
  StrictRedisCluster r(config());
  for (int i = 0; i < 4; ++i) ASSERT_EQ(r.get(key_on(1)), "one");
  kill("node_3");
  for (int i = 0; i < 50; ++i) ASSERT_EQ(r.get(key_on(1)), "one");
}

TEST_F(ClusterFaultsTest, AStoppedSlaveCostsOneTimeout) {
  StrictRedisCluster r(config(), {.socket_timeout = 150ms, .socket_connect_timeout = 100ms});
  for (int i = 0; i < 4; ++i) ASSERT_EQ(r.get(key_on(1)), "one");
  stop("node_3");
  int timeouts = 0;
  const auto begin = Clock::now();
  while (Clock::now() - begin < 700ms) {
    try {
      ASSERT_EQ(r.get(key_on(1)), "one");
    } catch (const TimeoutError& error) {
      ++timeouts;
      EXPECT_THAT(error.what(), AllOf(HasSubstr("node_3 (127.0.0.1:"), HasSubstr(" ms")));
    }
  }
  EXPECT_LE(timeouts, 1);
  cluster_->resume("node_3");
  reset_stats(config());
  EXPECT_TRUE(eventually([&] { return r.get(key_on(1)) == "one" && calls_of(config(), "node_3", "get") > 0; }, 10s))
      << "it is used again once it answers";
}

TEST_F(ClusterFaultsTest, AKilledMasterFailsWritesUntilItIsBack) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(key_on(1), "before"));
  reset_stats(config());
  // Its slave is known to have it once it is read from there.
  ASSERT_TRUE(eventually([&] { return r.get(key_on(1)) == "before" && calls_of(config(), "node_3", "get") > 0; }));
  kill("node_1");
  for (int i = 0; i < 3; ++i) {
    const auto begin = Clock::now();
    EXPECT_THROW(r.set(key_on(1), "x"), ConnectionError);
    EXPECT_LT(Clock::now() - begin, 1s) << "at once";
  }
  EXPECT_TRUE(r.set(key_on(2), "x"));
  EXPECT_EQ(r.get(key_on(1)), "before");
  cluster_->restart("node_1");
  EXPECT_TRUE(r.set(key_on(1), "after"));
  EXPECT_EQ(r.get(key_on(1)), "after");
}

TEST_F(ClusterFaultsTest, ARestartedServerCostsNobodyAnError) {
  StrictRedisCluster r(config());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(r.mset({{key_on(1), i}, {key_on(2), i}}));
    cluster_->restart("node_2");
    ASSERT_TRUE(r.mset({{key_on(1), i}, {key_on(2), i}}));
    ASSERT_EQ(r.mget(key_on(1), key_on(2)).at(1), std::to_string(i));
  }
  touched_.push_back("node_4");
}

TEST_F(ClusterFaultsTest, AWriteInFlightWhenItsServerDiesMayHaveExecuted) {
  StrictRedisCluster r(config());
  touched_.push_back("node_1");
  std::thread killer([&] {
    EXPECT_TRUE(eventually([&] { return ask(config(), "node_2", {"EXISTS", "started"}) == "1"; }));
    cluster_->kill("node_1");
  });
  try {
    StrictRedis(config().nodes.at("node_2")).set("started", 1);
    r.node("node_1").execute_command("DEBUG", "SLEEP", "5");
    ADD_FAILURE();
  } catch (const ConnectionError& error) {
    EXPECT_TRUE(error.maybe_executed());
  }
  killer.join();
}

TEST_F(ClusterFaultsTest, AStoppedMasterTimesOutNearTheDeadline) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(key_on(1), "x"));
  stop("node_1");
  const auto begin = Clock::now();
  try {
    r.with({.timeout = 100ms}).mset({{key_on(1), "y"}, {key_on(2), "y"}});
    FAIL();
  } catch (const TimeoutError& error) {
    EXPECT_TRUE(error.maybe_executed());
    EXPECT_THAT(error.what(), AllOf(HasSubstr("node_1 (127.0.0.1:"), HasSubstr(" ms")));
  }
  EXPECT_GE(Clock::now() - begin, 100ms);
  EXPECT_LT(Clock::now() - begin, 600ms);
  cluster_->resume("node_1");
  EXPECT_TRUE(r.mset({{key_on(1), "z"}, {key_on(2), "z"}}));
  EXPECT_EQ(r.get(key_on(1)), "z") << "not the late reply of another command";
}

TEST_F(ClusterFaultsTest, AStoreOverNodesKeepsToOneDeadline) {
  // The first step takes most of the time; the second meets a server that does not answer.
  StrictRedisCluster r(config());
  r.sadd(key_on(1, 2, 1), "a", "b");
  r.sadd(key_on(2, 2, 1), "b", "c");
  stop("node_2");
  const auto begin = Clock::now();
  EXPECT_THROW(r.with({.timeout = 200ms}).sinterstore(key_on(2, 2, 2), key_on(1, 2, 1), key_on(2, 2, 1)), TimeoutError);
  EXPECT_LT(Clock::now() - begin, 700ms);
  cluster_->resume("node_2");
  ASSERT_EQ(r.get(key_on(2)), "two");
}

TEST_F(ClusterFaultsTest, ASlowFirstStepLeavesTheSecondItsTimeToConnect) {
  StrictRedisCluster r(config(), {.socket_connect_timeout = 150ms});
  r.sadd(key_on(2, 2, 1), "a", "b");
  r.sadd(key_on(2, 2, 2), "b", "c");
  stop("node_2");
  std::thread resumer([&] {
    std::this_thread::sleep_for(400ms);  // not for a condition: this is how long the first step takes
    ask(config(), "node_1", {"CLIENT", "KILL", "TYPE", "normal"});
    cluster_->resume("node_2");
  });
  EXPECT_EQ(r.sinterstore(key_on(1, 2, 1), key_on(2, 2, 1), key_on(2, 2, 2)), 1);
  resumer.join();
}

}  // namespace
}  // namespace rediscluster::tests
