// Commands whose keys are on four nodes, beside the same commands on one server that has all the keys.
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

const testing::LocalCluster& one_server() {
  static const testing::LocalCluster server({.masters = 1, .slaves = 0});
  return server;
}

// The same client on both sides: what differs is how many servers there are.
struct Setup {
  StrictRedisCluster nodes{shared_servers(4)};
  StrictRedis one{one_server().config().nodes.at("node_1")};
};

template <class Command>
Sides compared(const std::shared_ptr<Setup>& setup, Command command) {
  check(command(setup->nodes) == command(setup->one), "the replies differ");
  return {[setup, command] { benchmark::DoNotOptimize(command(setup->nodes)); },
          [setup, command] { benchmark::DoNotOptimize(command(setup->one)); }};
}

// 100 sets of 1,000 members, of which 100 are in all of them.
std::vector<std::string> fill_sets(Setup& setup) {
  std::mt19937 random(1);
  std::vector<std::string> keys;
  for (int set = 0; set < 100; ++set) {
    keys.push_back("benchmark:set:" + std::to_string(set));
    std::vector<std::string> members;
    for (unsigned i = 0; i < 1000; ++i) members.push_back("member:" + std::to_string(i < 100 ? i : random() % 100000));
    setup.nodes.sadd(keys.back(), members);
    setup.one.sadd(keys.back(), members);
  }
  return keys;
}

Pairs thousand_pairs() {
  Pairs pairs;
  for (std::string& key : make_keys(1000)) pairs.emplace_back("multi:" + std::move(key), std::string(small_value));
  return pairs;
}

std::vector<std::string> names_of(const Pairs& pairs) {
  std::vector<std::string> names;
  for (const auto& [name, value] : pairs) names.push_back(name);
  return names;
}

// A hash that is moved to another node and back. By hand: its value is read there, and replaces another here.
Sides rename() {
  auto setup = std::make_shared<Setup>();
  const std::string from = "benchmark:hash";
  std::string to = from;
  while (setup->nodes.getnodefor(to).name == setup->nodes.getnodefor(from).name) to += '+';
  const int fields = smoke ? 1000 : 1'000'000;
  setup->nodes.del({from, to});
  for (int begin = 0; begin < fields; begin += 1000) {
    Pairs chunk;
    for (int i = begin; i < begin + 1000; ++i) chunk.emplace_back("field:" + std::to_string(i), small_value);
    setup->nodes.hset(from, chunk);
  }
  auto by_hand = std::make_shared<plain::Cluster>(shared_servers(4));
  const std::string copy = to + ":copy";
  const auto other = by_hand->node_of(to);
  return {[setup, from, to, back = false]() mutable {
            setup->nodes.rename(back ? to : from, back ? from : to);
            back = !back;
          },
          [by_hand, from, to, copy, other] {
            const auto there = by_hand->node_of(from);
            redisContext* const source =
                plain::checked(redisCommand((*by_hand)[there], "EXISTS %s", from.c_str()))->integer == 1
                    ? (*by_hand)[there]
                    : (*by_hand)[other];
            const std::string& name = source == (*by_hand)[there] ? from : to;
            const auto dump = plain::checked(redisCommand(source, "DUMP %s", name.c_str()));
            redisContext* const target = source == (*by_hand)[there] ? (*by_hand)[other] : (*by_hand)[there];
            plain::checked(redisCommand(target, "RESTORE %s 0 %b REPLACE", copy.c_str(), dump->str,
                                        static_cast<std::size_t>(dump->len)));
          }};
}

}  // namespace

void add_multi_key() {
  const Target as_fast = rate_at_least(1.0);
  add_pair({.name = "SUNION of 100 sets, 4 nodes, vs one server", .calls = 1, .wall = as_fast, .prepare = [] {
              auto setup = std::make_shared<Setup>();
              return compared(setup, [keys = fill_sets(*setup)](auto& client) { return client.sunion(keys); });
            }});
  add_pair({.name = "SINTER of 100 sets, 4 nodes, vs one server", .calls = 10, .wall = as_fast, .prepare = [] {
              auto setup = std::make_shared<Setup>();
              return compared(setup, [keys = fill_sets(*setup)](auto& client) { return client.sinter(keys); });
            }});
  add_pair({.name = "MGET of 1000, 4 nodes, vs one server", .calls = 10, .wall = as_fast, .prepare = [] {
              auto setup = std::make_shared<Setup>();
              const Pairs pairs = thousand_pairs();
              setup->nodes.mset(pairs);
              setup->one.mset(pairs);
              return compared(setup, [keys = names_of(pairs)](auto& client) { return client.mget(keys); });
            }});
  add_pair({.name = "MSET of 1000, 4 nodes, vs one server", .calls = 10, .wall = as_fast, .prepare = [] {
              return compared(std::make_shared<Setup>(),
                              [pairs = thousand_pairs()](auto& client) { return client.mset(pairs); });
            }});
  add_pair({.name = "MSET and DEL of 1000, 4 nodes, vs one server", .calls = 10, .wall = as_fast, .prepare = [] {
              return compared(std::make_shared<Setup>(),
                              [pairs = thousand_pairs(), keys = names_of(thousand_pairs())](auto& client) {
                                client.mset(pairs);
                                return client.del(keys);
                              });
            }});
  add_pair({.name = "RENAME of 1,000,000 fields vs DUMP and RESTORE by hand",
            .calls = 1,
            .wall = time_at_most(1.5),
            .prepare = rename,
            .turns = 5});
}

}  // namespace rediscluster::benchmarks
