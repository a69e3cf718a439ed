// Connections that two topologies share.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "support/fake_server.h"
#include "topology/topology.h"

namespace rediscluster::topology {
namespace {

// What is wrong here is seen by sanitizers.
TEST(SharedLinkTest, WhoStillUsesAnOldTopologyDoesNotMeetOneThatIsBeingDestroyed) {
  tests::FakeServer fake;
  ClusterConfig config;
  config.nodes["node_1"].port = fake.port();
  config.master_of["node_1"] = Slaves();
  const Topology old(config, {});
  transport::Link& link = old.servers()[0]->link();
  std::atomic<bool> stop{false};
  std::atomic<int> heard{0};
  std::thread user([&] {
    transport::Role slave;
    slave.kind = transport::Role::Kind::slave;  // so that the node hears of it
    while (!stop) {
      link.heard(slave);
      heard.fetch_add(1, std::memory_order_relaxed);  // and no more order than that
    }
  });
  for (int i = 0; i < 20; ++i) {
    const Topology next(config, {}, &old);
    ASSERT_EQ(&next.servers()[0]->link(), &link);
    const int before = heard.load(std::memory_order_relaxed);
    while (heard.load(std::memory_order_relaxed) < before + 2) std::this_thread::yield();
  }
  stop = true;
  user.join();
}

}  // namespace
}  // namespace rediscluster::topology
