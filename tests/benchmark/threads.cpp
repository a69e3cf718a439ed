// GETs and SETs of many threads at the same time, on four nodes.
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

// Counts times by their size, to an eighth of a power of two; one a thread, added up afterwards.
class Latencies {
 public:
  void add(Clock::duration time) {
    const auto nanoseconds = static_cast<std::uint64_t>(time.count()) | 8;
    const auto power = static_cast<unsigned>(std::bit_width(nanoseconds)) - 4;
    ++counts_[power * 8 + ((nanoseconds >> power) & 7)];
  }
  void add(const Latencies& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }
  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts_) sum += count;
    return sum;
  }
  /** Seconds within which this share of the calls was answered. */
  double percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(static_cast<double>(total()) * share);
    std::uint64_t seen = 0;
    std::size_t i = 0;
    while (i + 1 < counts_.size() && seen + counts_[i] <= wanted) seen += counts_[i++];
    return static_cast<double>((8 + i % 8) << (i / 8)) * 1e-9;
  }

 private:
  std::array<std::uint64_t, std::size_t{61} * 8> counts_{};
};

/** Does one call as the thread of this number. */
using Call = std::function<void(std::size_t thread, const std::string& key)>;

// One side's turn: all threads call for a while. Returns calls a second.
double turn(std::size_t threads, const Call& call, Clock::duration length, Latencies& latencies) {
  std::vector<Latencies> mine(threads);
  std::atomic<bool> over{false};
  std::latch ready(static_cast<std::ptrdiff_t>(threads) + 1);
  std::vector<std::jthread> running;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      Turns keys(make_keys(1000));
      for (std::size_t i = 0; i < thread * 13; ++i) keys.next();  // not all threads to the same node at the same time
      ready.arrive_and_wait();
      auto begin = Clock::now();
      while (!over.load(std::memory_order_relaxed)) {
        call(thread, keys.next());
        const auto end = Clock::now();
        mine[thread].add(end - begin);
        begin = end;
      }
    });
  }
  ready.arrive_and_wait();
  const auto begin = Clock::now();
  std::this_thread::sleep_for(length);
  over = true;
  const auto end = Clock::now();
  running.clear();
  Latencies all;
  for (const Latencies& one : mine) all.add(one);
  latencies.add(all);
  return static_cast<double>(all.total()) / Seconds(end - begin).count();
}

void run_threads(benchmark::State& state, const std::string& name, bool is_get, std::size_t threads, Target target) {
  const ClusterConfig config = shared_servers(4);
  fill(config, make_keys(1000));
  StrictRedisCluster cluster(config);
  std::vector<std::unique_ptr<plain::Cluster>> connections;
  for (std::size_t i = 0; i < threads; ++i) connections.push_back(std::make_unique<plain::Cluster>(config));
  Call ours = [&](std::size_t, const std::string& key) { benchmark::DoNotOptimize(cluster.get(key)); };
  Call theirs = [&](std::size_t thread, const std::string& key) {
    benchmark::DoNotOptimize(plain::get(connections[thread]->of(key), key));
  };
  if (!is_get) {
    ours = [&](std::size_t, const std::string& key) { benchmark::DoNotOptimize(cluster.set(key, small_value)); };
    theirs = [&](std::size_t thread, const std::string& key) {
      benchmark::DoNotOptimize(plain::set(connections[thread]->of(key), key, small_value));
    };
  }
  const auto length = std::chrono::milliseconds(smoke ? 5 : 100);

  Latencies ours_took;
  Latencies theirs_took;
  std::vector<double> our_times;
  std::vector<double> their_times;
  std::vector<double> ratios;
  for ([[maybe_unused]] auto round : state) {
    our_times.push_back(1 / turn(threads, ours, length, ours_took));
    their_times.push_back(1 / turn(threads, theirs, length, theirs_took));
    ratios.push_back(target.ratio(our_times.back(), their_times.back()));
    state.SetIterationTime(our_times.back());
  }
  note(state, {name, median(our_times), median(their_times), median(ratios), target});
  for (const auto& [label, share] : {std::pair{", p50", 0.5}, std::pair{", p99", 0.99}}) {
    const double mine = ours_took.percentile(share);
    const double other = theirs_took.percentile(share);
    state.counters[std::string(label + 2) + "_us"] = mine * 1e6;
    table().push_back({name + label, mine, other, other / mine, {}});
  }
}

void add(bool is_get, std::size_t threads, Target target) {
  const std::string name =
      (is_get ? "GET, " : "SET, ") + std::to_string(threads) + (threads == 1 ? " thread" : " threads") + ", 4 nodes";
  benchmark::RegisterBenchmark(name.c_str(),
                               [=](benchmark::State& state) {
                                 try {
                                   run_threads(state, name, is_get, threads, target);
                                 } catch (const std::exception& error) {
                                   state.SkipWithError(error.what());
                                 }
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(rounds(15));
}

}  // namespace

void add_threads() {
  for (const std::size_t threads : {1U, 4U, 8U, 16U, 64U, 256U}) {
    Target target;
    if (threads == 4 || threads == 8) target = rate_at_least(0.95);
    if (threads == 64) target = rate_at_least(2.0);
    add(true, threads, target);
  }
  for (const std::size_t threads : {1U, 64U}) add(false, threads, {});
}

}  // namespace rediscluster::benchmarks
