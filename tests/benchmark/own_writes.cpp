// What it costs that own writes are read back from slaves.
#include <memory>
#include <string>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

// One call in `period` is a SET (0: none), the others are GETs of keys in turn.
struct Mix {
  Mix(const ClusterConfig& config, ReadYourWrites rule, int every)
      : cluster(config, {.read_your_writes = rule}), period(every) {}

  void run() {
    const std::string& key = keys.next();
    if (period != 0 && ++count % period == 0) {
      cluster.set(key, small_value);
    } else {
      benchmark::DoNotOptimize(cluster.get(key));
    }
  }

  StrictRedisCluster cluster;
  Turns keys{make_keys(10007)};
  const int period;
  int count = 0;
};

Sides sides(int period) {
  // In place of plain hiredis, which knows no slaves, the same without the promise.
  static const testing::LocalCluster servers({.masters = 1, .slaves = 1});
  auto ours = std::make_shared<Mix>(servers.config(), ReadYourWrites::on, period);
  auto theirs = std::make_shared<Mix>(servers.config(), ReadYourWrites::off, period);
  return {[ours] { ours->run(); }, [theirs] { theirs->run(); }};
}

}  // namespace

void add_own_writes() {
  add_pair({.name = "GET of a slave, own writes read back, vs not, 1 thread",
            .calls = 1000,
            .wall = rate_at_least(0.99),
            .prepare = [] { return sides(0); }});
  add_pair({.name = "the same with 10 % SET", .calls = 1000, .wall = rate_at_least(0.95), .prepare = [] {
              return sides(10);
            }});
}

}  // namespace rediscluster::benchmarks
