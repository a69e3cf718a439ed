// Many GETs in one go.
#include <memory>
#include <string>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

using plain::Values;

struct Setup {
  explicit Setup(std::size_t masters)
      : config(shared_servers(masters)), ours(config), theirs(config), keys(make_keys(100)) {
    fill(config, keys);
  }
  const ClusterConfig config;
  StrictRedisCluster ours;
  plain::Cluster theirs;
  const Keys keys;
};

Values pipeline_of(StrictRedisCluster& cluster, const Keys& keys) {
  Pipeline pipeline = cluster.pipeline();
  std::vector<Queued<std::optional<std::string>>> queued;
  queued.reserve(keys.size());
  for (const std::string& key : keys) queued.push_back(pipeline.get(key));
  pipeline.execute();
  Values values;
  values.reserve(keys.size());
  for (const auto& one : queued) values.push_back(one.get());
  return values;
}

Values append_and_get(const plain::Cluster& cluster, const Keys& keys) {
  for (const std::string& key : keys) redisAppendCommand(cluster.of(key), "GET %b", key.data(), key.size());
  // redisGetReply() would send to one node and wait for it before the next is sent anything.
  for (std::size_t node = 0; node < cluster.size(); ++node) {
    for (int all_sent = 0; all_sent == 0;) redisBufferWrite(cluster[node], &all_sent);
  }
  Values values;
  values.reserve(keys.size());
  for (const std::string& key : keys) values.push_back(plain::value(*plain::next_reply(cluster.of(key))));
  return values;
}

Sides sides(std::size_t masters) {
  auto setup = std::make_shared<Setup>(masters);
  check(pipeline_of(setup->ours, setup->keys) == append_and_get(setup->theirs, setup->keys), "pipelines differ");
  return {[setup] { benchmark::DoNotOptimize(pipeline_of(setup->ours, setup->keys)); },
          [setup] { benchmark::DoNotOptimize(append_and_get(setup->theirs, setup->keys)); }};
}

}  // namespace

void add_pipelines() {
  for (const std::size_t masters : {1U, 4U}) {
    add_pair(
        {.name = "pipeline of 100 GETs, " + std::string(masters == 1 ? "1 node" : "4 nodes") + ", vs append and get",
         .calls = 20,
         .wall = rate_at_least(1.2),
         .prepare = [masters] { return sides(masters); }});
  }
}

}  // namespace rediscluster::benchmarks
