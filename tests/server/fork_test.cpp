// A forked child that uses its parent's client.
#include <atomic>
#include <chrono>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/in_child.h"
#include "support/open_fds.h"
#include "support/processes.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using rediscluster::testing::LocalCluster;
using rediscluster::testing::LocalClusterOptions;

int clients_named(const ClusterConfig& cluster, const std::string& server, const std::string& name) {
  const std::string clients = ask(cluster, server, {"CLIENT", "LIST"});
  int count = 0;
  for (std::size_t at = 0; (at = clients.find("name=" + name + " ", at)) != std::string::npos; ++at) ++count;
  return count;
}

class ForkedClientTest : public ::testing::Test {
 protected:
  const LocalCluster servers_{LocalClusterOptions{.masters = 2}};
  const ClusterConfig& config_ = servers_.config();
};

TEST_F(ForkedClientTest, TheChildHasConnectionsOfItsOwn) {
  const StrictRedisCluster r(config_, {.client_name = "family"});
  const StrictRedis one = r.node("node_1");
  const StrictRedis alone(config_.nodes.at("node_2"), {.client_name = "alone"});
  r.mset({{"a", "1"}, {"b", "2"}, {"c", "3"}});
  one.ping();
  alone.ping();
  const int before = clients_named(config_, "node_1", "family");
  EXPECT_TRUE(in_child([&] {
    if (r.mget({"a", "b", "c"})[2] != "3" || !one.ping() || !alone.ping()) return false;
    r.set("child", "was here");
    if (clients_named(config_, "node_1", "family") <= before) return false;
    auto pipeline = r.pipeline();
    auto value = pipeline.get("child");
    pipeline.execute();
    return value.get() == "was here" && r.masters() == 2;
  }));
  EXPECT_EQ(r.get("child"), "was here");
  EXPECT_EQ(r.mget({"a", "b", "c"})[1], "2");
  EXPECT_TRUE(eventually([&] { return clients_named(config_, "node_1", "family") == before; }));
}

TEST_F(ForkedClientTest, AChildThatDoesNothingClosesNothingOfItsParents) {
  const StrictRedisCluster r(config_, {.client_name = "family"});
  r.set("a", 1);
  r.get("a");
  const int before = clients_named(config_, "node_1", "family");
  {
    const StrictRedisCluster copy = r;
    EXPECT_TRUE(in_child([] { return true; }));
  }
  EXPECT_EQ(clients_named(config_, "node_1", "family"), before);
  EXPECT_EQ(r.get("a"), "1");
}

// The server sees the end of the parent's connections when the parent goes, though the child lives on.
TEST_F(ForkedClientTest, AChildDoesNotKeepItsParentsConnectionsOpen) {
  int until[2];
  ASSERT_EQ(::pipe(until), 0);
  pid_t child = 0;
  {
    const StrictRedisCluster r(config_, {.client_name = "family"});
    r.set("a", 1);
    child = ::fork();
    if (child == 0) {
      char byte;
      ::close(until[1]);
      [[maybe_unused]] const auto waited = ::read(until[0], &byte, 1);
      ::_exit(0);
    }
  }
  EXPECT_TRUE(eventually([&] { return clients_named(config_, "node_1", "family") == 0; }));
  ::close(until[0]);
  ::close(until[1]);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST_F(ForkedClientTest, APipelineFilledBeforeIsExecutedByBoth) {
  const StrictRedisCluster r(config_);
  auto pipeline = r.pipeline();
  const auto value = pipeline.incr("counter");
  pipeline.set(Key{"tag", "name"}, "value");
  EXPECT_TRUE(in_child([&] {
    pipeline.execute();
    return value.get() == 1;
  }));
  pipeline.execute();
  EXPECT_EQ(value.get(), 2);
  EXPECT_EQ(r.get(Key{"tag", "name"}), "value");
}

TEST_F(ForkedClientTest, AChildMayReload) {
  const StrictRedisCluster r(config_);
  ClusterConfig masters;
  masters.nodes = {*config_.nodes.find("node_1"), *config_.nodes.find("node_2")};
  masters.master_of = {{"node_1", {}}, {"node_2", {}}};
  EXPECT_TRUE(in_child([&] {
    for (int i = 0; i < 20; ++i) r.reload(i % 2 == 0 ? masters : config_);
    return r.set("a", 1) && r.get("a") == "1";
  }));
  EXPECT_EQ(r.topology().reloads, 0U);
}

// Forked at any moment of what other threads do, locks and all.
TEST_F(ForkedClientTest, WhileOtherThreadsAreAtIt) {
  const StrictRedisCluster r(config_);
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; !stop; ++i) {
        try {
          const std::string key = "thread:" + std::to_string(t) + ":" + std::to_string(i % 10);
          r.set(key, i);
          if (r.mget({key, "a", "b", "c", "d"})[0] != std::to_string(i)) ++failed;
        } catch (const RedisError& error) {
          ADD_FAILURE() << error.what();
          ++failed;
        }
      }
    });
  }
  const std::size_t descriptors = open_fds();
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(in_child([&] {
      // Sanitizers' allocators stay locked in the child when another thread was inside, unlike the C library's: with
      // one of them only the parent is tested here.
      if (sanitized) return true;
      std::atomic<int> right = 0;
      const auto use = [&](int t) {
        r.set("child:" + std::to_string(t), i);
        if (r.mget({"child:" + std::to_string(t), "x", "y"})[0] == std::to_string(i)) ++right;
      };
      std::vector<std::thread> own;
      for (int t = 0; t < 2; ++t) own.emplace_back(use, t);
      use(2);
      for (std::thread& thread : own) thread.join();
      return right == 3 && open_fds() <= descriptors + 10;
    }));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace rediscluster::tests
