// One GET as the cluster grows. What is compared is the client's own cost: the key's server is the same, and the only
// one that is asked, whatever their number.
#include <memory>
#include <string>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

struct Setup {
  explicit Setup(int masters)
      : servers({.masters = masters, .slaves = 0}), many(servers.config()), one(first_of(servers.config())) {
    many.set(key, small_value);
  }
  static ClusterConfig first_of(const ClusterConfig& all) {
    return {.nodes = {{"node_1", all.nodes.at("node_1")}}, .master_of = {{"node_1", Slaves()}}, .default_node = {}};
  }
  const Key key{"tag 35", "benchmark"};  // crc32("tag 35") is a multiple of 64: node_1 in all sizes
  testing::LocalCluster servers;
  StrictRedisCluster many;
  StrictRedisCluster one;
};

Sides sides(int masters) {
  auto setup = std::make_shared<Setup>(masters);
  return {[setup] { benchmark::DoNotOptimize(setup->many.get(setup->key)); },
          [setup] { benchmark::DoNotOptimize(setup->one.get(setup->key)); }};
}

}  // namespace

void add_nodes() {
  for (const int masters : {1, 8, 64}) {
    add_pair({.name = "GET, " + std::to_string(masters) + " nodes, vs itself at 1",
              .calls = 100,
              .wall = time_at_most(1.05),
              .prepare = [masters] { return sides(masters); }});
  }
}

}  // namespace rediscluster::benchmarks
