// One GET or SET after the other in one thread.
#include <chrono>
#include <memory>
#include <string>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

// Everything a comparison needs, kept alive by its two sides.
struct Setup {
  explicit Setup(std::size_t masters)
      : config(shared_servers(masters)),
        ours(config),
        theirs(config),
        our_keys(make_keys(1000)),
        their_keys(make_keys(1000)) {
    fill(config, make_keys(1000));
    check(ours.get(make_keys(1)[0]) == small_value, "GET is wrong");
  }
  const ClusterConfig config;
  StrictRedisCluster ours;
  plain::Cluster theirs;
  Turns our_keys;
  Turns their_keys;
};

using Get = plain::PlainReply (*)(redisContext*, std::string_view);
using Set = plain::PlainReply (*)(redisContext*, std::string_view, std::string_view);

Sides get_sides(std::size_t masters, Get theirs) {
  auto setup = std::make_shared<Setup>(masters);
  return {[setup] { benchmark::DoNotOptimize(setup->ours.get(setup->our_keys.next())); },
          [setup, theirs] {
            const std::string& key = setup->their_keys.next();
            benchmark::DoNotOptimize(theirs(setup->theirs.of(key), key));
          }};
}

// The same client twice, once with busy_poll.
Sides busy_poll_sides() {
  auto setup = std::make_shared<Setup>(1);
  auto busy = std::make_shared<StrictRedisCluster>(setup->config, Options{.busy_poll = std::chrono::microseconds(200)});
  return {[setup, busy] { benchmark::DoNotOptimize(busy->get(setup->our_keys.next())); },
          [setup] { benchmark::DoNotOptimize(setup->ours.get(setup->their_keys.next())); }};
}

Sides set_sides(std::size_t masters, Set theirs) {
  auto setup = std::make_shared<Setup>(masters);
  return {[setup] { benchmark::DoNotOptimize(setup->ours.set(setup->our_keys.next(), small_value)); },
          [setup, theirs] {
            const std::string& key = setup->their_keys.next();
            benchmark::DoNotOptimize(theirs(setup->theirs.of(key), key, small_value));
          }};
}

}  // namespace

void add_single_commands() {
  for (const std::size_t masters : {1U, 4U}) {
    const std::string on = masters == 1 ? ", 1 node, vs " : ", 4 nodes, vs ";
    const auto add = [](const std::string& name, Target target, std::function<Sides()> prepare) {
      add_pair({.name = name, .calls = 100, .wall = target, .prepare = std::move(prepare)});
    };
    add("GET" + on + "redisCommand", time_at_most(1.0), [=] { return get_sides(masters, plain::get); });
    add("GET" + on + "redisCommandArgv", {}, [=] { return get_sides(masters, plain::get_argv); });
    add("SET" + on + "redisCommand", time_at_most(1.0), [=] { return set_sides(masters, plain::set); });
    add("SET" + on + "redisCommandArgv", {}, [=] { return set_sides(masters, plain::set_argv); });
  }
  add_pair({.name = "GET, 1 node, busy_poll of 200 us, vs without",
            .calls = 100,
            .wall = rate_at_least(1.4),
            .prepare = busy_poll_sides});
}

}  // namespace rediscluster::benchmarks
