// Names that resolve slowly, servers that restart between two calls, blocking commands without number: on real servers.
#include <atomic>
#include <chrono>
#include <memory>
#include <netdb.h>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/processes.h"
#include "support/system_calls.h"
#include "transport/link.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LocalCluster;
using testing::LocalClusterOptions;
using Clock = std::chrono::steady_clock;

class OutageTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new LocalCluster(LocalClusterOptions{.masters = 2, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  static const ClusterConfig& config() { return cluster_->config(); }

  static LocalCluster* cluster_;
};
LocalCluster* OutageTest::cluster_ = nullptr;

TEST_F(OutageTest, ASlowNameOfOneNodeLeavesTheOthersUnaffected) {
  Names names;
  names.resolve("slow.test", {"127.0.0.1"});
  names.block("slow.test");
  ClusterConfig slow = config();
  slow.nodes["node_2"].host = "slow.test";
  const auto begin = Clock::now();
  StrictRedisCluster r(slow, {.socket_timeout = 3s, .socket_connect_timeout = 150ms, .retries = 0});
  std::vector<std::thread> kept;
  for (int i = 0; i < 8; ++i) {
    kept.emplace_back([&] {
      EXPECT_THAT(error_of<TimeoutError>([&] { r.get(key_on(2)); }),
                  HasSubstr("could not connect to node_2 (slow.test:"));
    });
  }
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(r.with({.timeout = 2s}).set(key_on(1), i));
  for (std::thread& thread : kept) thread.join();
  EXPECT_THROW(r.mget(key_on(1), key_on(2)), TimeoutError);
  EXPECT_LT(Clock::now() - begin, 30s);
  EXPECT_EQ(names.lookups("slow.test"), 1) << "it went on for all that time";
  names.unblock("slow.test");
  EXPECT_TRUE(eventually([&] {
    try {
      return r.set(key_on(2), "there");
    } catch (const TimeoutError&) {
      return false;
    }
  }));
}

TEST_F(OutageTest, ANameThatIsUnknownConcernsItsNodeAlone) {
  Names names;
  names.fail("gone.test", EAI_NONAME);
  ClusterConfig gone = config();
  gone.nodes["node_2"].host = "gone.test";
  StrictRedisCluster r(gone);
  EXPECT_TRUE(r.set(key_on(1), "x"));
  EXPECT_THAT(error_of<ConnectionError>([&] { r.set(key_on(2), "x"); }),
              AllOf(HasSubstr("node_2 (gone.test:"), HasSubstr("cannot resolve: Name or service not known")));
}

TEST_F(OutageTest, ARestartBetweenTwoCallsCostsNoError) {
  const StrictRedis r(config().nodes.at("node_1"));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(r.set("k", i));
    cluster_->restart("node_1");
    ASSERT_TRUE(r.set("k", i)) << "a write";
    cluster_->restart("node_1", {.keep_data = true});
    ASSERT_EQ(r.get("k"), std::to_string(i)) << "a read";
  }
}

TEST_F(OutageTest, AServerThatIsBackIsFoundByTheFirstCallHoweverManyHadFailed) {
  const StrictRedis r(config().nodes.at("node_1"));
  for (int i = 0; i < 3; ++i) {
    cluster_->kill("node_1");
    std::atomic<bool> stop = false;
    std::vector<std::thread> callers;  // which keep the time until the next attempt as long as it gets
    for (int t = 0; t < 4; ++t) {
      callers.emplace_back([&] {
        while (!stop) {
          try {
            r.get("k");
          } catch (const ConnectionError&) {
          }
        }
      });
    }
    for (int n = 0; n < 5; ++n) EXPECT_THROW(r.set("k", "v"), ConnectionError);
    cluster_->restart("node_1");
    EXPECT_TRUE(r.set("k", "v"));
    stop = true;
    for (std::thread& caller : callers) caller.join();
  }
}

TEST_F(OutageTest, WritesToADeadMasterFailAfterShortRetries) {
  StrictRedisCluster r(config());
  ASSERT_TRUE(r.set(key_on(2), "x"));
  cluster_->kill("node_2");
  std::this_thread::sleep_for(2ms);  // whether a connection still lives is asked when it was idle for a millisecond
  try {
    r.set(key_on(2), "y");
    ADD_FAILURE();
  } catch (const ConnectionError& error) {
    EXPECT_FALSE(error.maybe_executed());
  }
  // A server that comes back while a call retries costs it nothing.
  std::atomic<bool> begun = false;
  std::thread back([&] {
    EXPECT_TRUE(eventually([&] { return begun.load(); }));
    cluster_->restart("node_2");
  });
  begun = true;
  StrictRedisCluster patient(config(), {.socket_timeout = 30s, .retries = 1000, .retry_backoff = 5ms});
  EXPECT_TRUE(patient.set(key_on(2), "z"));
  EXPECT_TRUE(patient.mset({{key_on(1), "z"}, {key_on(2), "z"}}));
  back.join();
}

TEST_F(OutageTest, BlockedCommandsAreLimitedInNumber) {
  StrictRedisCluster r(config(), {.max_own_connections = 4});
  const std::string queue = key_on(1, 2, 7);
  std::vector<std::thread> blocked;
  std::atomic<int> got = 0;
  for (int i = 0; i < 4; ++i) {
    blocked.emplace_back([&] {
      if (!r.with({.timeout = 60s}).execute_command("BLPOP", queue, 50).is_nil()) ++got;
    });
  }
  ASSERT_TRUE(eventually([&] {
    return ask(config(), "node_1", {"INFO", "clients"}).find("blocked_clients:4\r") != std::string::npos;
  }));
  const auto begin = Clock::now();
  for (int i = 0; i < 3; ++i) {
    try {
      r.execute_command("BLPOP", queue, 50);
      ADD_FAILURE();
    } catch (const ConnectionError& error) {
      EXPECT_FALSE(error.maybe_executed());
      EXPECT_THAT(error.what(), AllOf(HasSubstr("node_1 (127.0.0.1:"), HasSubstr("max_own_connections")));
    }
  }
  EXPECT_LT(Clock::now() - begin, 10s);
  EXPECT_TRUE(r.rpush(queue, {"a", "b", "c", "d"}) > 0) << "everything else goes on";
  for (std::thread& thread : blocked) thread.join();
  EXPECT_EQ(got, 4);
  r.rpush(queue, {"e"});
  EXPECT_FALSE(r.execute_command("BLPOP", queue, 1).is_nil());
}

TEST_F(OutageTest, IdleConnectionsOfOnesOwnAreClosed) {
  using namespace transport;
  const NodeConfig& node = config().nodes.at("node_1");
  ConnectionSettings settings;
  settings.client_name = "idle";
  settings.own_idle_timeout = 30ms;
  Link link({"node_1", node.host, node.port, {}}, settings);
  const auto run = [&](Sharing sharing, int count) {
    const std::string ping(Command("PING").bytes());
    std::vector<std::unique_ptr<Call>> calls;
    std::vector<Call*> waiting;
    const auto now = transport::Clock::now();
    for (int i = 0; i < count; ++i) {
      waiting.push_back(calls.emplace_back(std::make_unique<Call>(ping, 1)).get());
      link.submit(*waiting.back(), Deadline::after(10s, now), now, sharing);
    }
    wait_all(waiting);
    for (Call* const call : waiting) EXPECT_FALSE(call->failure());
  };
  const auto connections = [&] {
    const std::string clients = ask(config(), "node_1", {"CLIENT", "LIST"});
    int found = 0;
    for (std::size_t at = 0; (at = clients.find("name=idle", at)) != std::string::npos; ++at) ++found;
    return found;
  };
  run(Sharing::own, 5);
  run(Sharing::shared, 1);
  EXPECT_TRUE(eventually([&] {
    run(Sharing::shared, 1);
    return connections() == 1;
  }));
}

}  // namespace
}  // namespace rediscluster::tests
