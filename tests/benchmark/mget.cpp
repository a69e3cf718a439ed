// MGET whose keys are spread over four nodes.
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
  explicit Setup(std::size_t keys_wanted)
      : config(shared_servers(4)), ours(config), theirs(config), keys(make_keys(keys_wanted)) {
    fill(config, keys);
  }
  const ClusterConfig config;
  StrictRedisCluster ours;
  plain::Cluster theirs;
  const Keys keys;
};

// One node's share of the keys.
struct Share {
  std::vector<const char*> words{"MGET"};
  std::vector<std::size_t> sizes{4};
  std::vector<std::size_t> positions;

  int count() const { return static_cast<int>(words.size()); }
  void take_values(const redisReply& reply, Values& values) const {
    for (std::size_t i = 0; i < positions.size(); ++i) values[positions[i]] = plain::value(*reply.element[i]);
  }
};

std::vector<Share> split(const plain::Cluster& cluster, const Keys& keys) {
  std::vector<Share> shares(cluster.size());
  for (Share& share : shares) {
    const std::size_t expected = keys.size() / cluster.size() * 5 / 4 + 1;
    share.words.reserve(expected);
    share.sizes.reserve(expected);
    share.positions.reserve(expected);
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Share& share = shares[cluster.node_of(keys[i])];
    share.words.push_back(keys[i].data());
    share.sizes.push_back(keys[i].size());
    share.positions.push_back(i);
  }
  return shares;
}

Values node_after_node(const plain::Cluster& cluster, const Keys& keys) {
  std::vector<Share> shares = split(cluster, keys);
  Values values(keys.size());
  for (std::size_t node = 0; node < cluster.size(); ++node) {
    Share& share = shares[node];
    if (share.positions.empty()) continue;
    const auto reply =
        plain::checked(redisCommandArgv(cluster[node], share.count(), share.words.data(), share.sizes.data()));
    share.take_values(*reply, values);
  }
  return values;
}

Values all_nodes_at_once(const plain::Cluster& cluster, const Keys& keys) {
  std::vector<Share> shares = split(cluster, keys);
  for (std::size_t node = 0; node < cluster.size(); ++node) {
    Share& share = shares[node];
    if (share.positions.empty()) continue;
    redisAppendCommandArgv(cluster[node], share.count(), share.words.data(), share.sizes.data());
    for (int all_sent = 0; all_sent == 0;) redisBufferWrite(cluster[node], &all_sent);
  }
  Values values(keys.size());
  for (std::size_t node = 0; node < cluster.size(); ++node) {
    if (!shares[node].positions.empty()) shares[node].take_values(*plain::next_reply(cluster[node]), values);
  }
  return values;
}

Sides sides(std::size_t keys, Values (*theirs)(const plain::Cluster&, const Keys&)) {
  auto setup = std::make_shared<Setup>(keys);
  check(setup->ours.mget(setup->keys) == theirs(setup->theirs, setup->keys), "MGET differs");
  return {[setup] { benchmark::DoNotOptimize(setup->ours.mget(setup->keys)); },
          [setup, theirs] { benchmark::DoNotOptimize(theirs(setup->theirs, setup->keys)); }};
}

}  // namespace

void add_mget() {
  for (const std::size_t keys : {100U, 1000U}) {
    const std::string name = "MGET of " + std::to_string(keys) + ", 4 nodes, vs ";
    const std::size_t calls = keys == 100 ? 30 : 10;
    add_pair({.name = name + "node after node", .calls = calls, .wall = rate_at_least(1.9), .prepare = [keys] {
                return sides(keys, node_after_node);
              }});
    add_pair({.name = name + "all nodes at once",
              .calls = calls,
              .wall = rate_at_least(1.0),
              .user_cpu = time_at_most(0.6),
              .prepare = [keys] { return sides(keys, all_nodes_at_once); }});
  }
}

}  // namespace rediscluster::benchmarks
