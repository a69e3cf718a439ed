// What GETs of many threads cost besides time: connections, CPU of the client, CPU of the servers.
#include <atomic>
#include <cstdio>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <utility>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

struct Connections {
  std::size_t threads;
  std::size_t ours;
  std::size_t theirs;
};
std::vector<Connections>& counted() {
  static std::vector<Connections> all;
  return all;
}

std::size_t connections_named(const plain::Cluster& servers, const std::string& name) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const std::string list = plain::text(*plain::checked(redisCommand(servers[i], "CLIENT LIST")));
    for (std::size_t at = 0; (at = list.find("name=" + name + " ", at)) != std::string::npos; ++at) ++count;
  }
  return count;
}

double field(const std::string& info, std::string_view name) {
  const std::size_t at = info.find(name);
  check(at != std::string::npos, "INFO cpu has another form");
  return std::stod(info.substr(at + name.size()));
}

// Seconds of CPU so far.
double cpu_of(const plain::Cluster& servers) {
  double sum = 0;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const std::string info = plain::text(*plain::checked(redisCommand(servers[i], "INFO cpu")));
    sum += field(info, "used_cpu_sys:") + field(info, "used_cpu_user:");
  }
  return sum;
}
double cpu_of_this_process() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

using Call = std::function<void(std::size_t thread, const std::string& key)>;

// CPU a call, over all turns of one side.
struct Cost {
  double client = 0;
  double servers = 0;
  double calls = 0;

  void turn(const plain::Cluster& asked, std::size_t threads, const Call& call, Clock::duration length) {
    std::atomic<std::size_t> total{0};
    std::atomic<bool> over{false};
    std::latch ready(static_cast<std::ptrdiff_t>(threads) + 1);
    std::latch begin(1);
    std::vector<std::jthread> running;
    for (std::size_t thread = 0; thread < threads; ++thread) {
      running.emplace_back([&, thread] {
        Turns keys(make_keys(1000));
        for (std::size_t i = 0; i < thread * 13 % 1000; ++i) keys.next();
        std::size_t mine = 0;
        ready.arrive_and_wait();
        begin.wait();
        for (; !over.load(std::memory_order_relaxed); ++mine) call(thread, keys.next());
        total += mine;
      });
    }
    ready.arrive_and_wait();
    const double client_before = cpu_of_this_process();
    const double servers_before = cpu_of(asked);
    begin.count_down();
    std::this_thread::sleep_for(length);
    over = true;
    running.clear();
    servers += cpu_of(asked) - servers_before;
    client += cpu_of_this_process() - client_before;
    calls += static_cast<double>(total);
  }
};

void run_resources(benchmark::State& state, const std::string& name, std::size_t threads) {
  const ClusterConfig config = shared_servers(4);
  fill(config, make_keys(1000));
  StrictRedisCluster cluster(config, {.client_name = "ours"});
  const plain::Cluster asked(config);
  std::vector<std::unique_ptr<plain::Cluster>> connections;
  for (std::size_t i = 0; i < threads; ++i) {
    connections.push_back(std::make_unique<plain::Cluster>(config));
    for (std::size_t node = 0; node < asked.size(); ++node) {
      plain::checked(redisCommand((*connections.back())[node], "CLIENT SETNAME theirs"));
    }
  }
  const Call ours = [&](std::size_t, const std::string& key) { benchmark::DoNotOptimize(cluster.get(key)); };
  const Call theirs = [&](std::size_t thread, const std::string& key) {
    benchmark::DoNotOptimize(plain::get(connections[thread]->of(key), key));
  };
  const auto length = std::chrono::milliseconds(smoke ? 5 : 300);
  Cost our_cost;
  Cost their_cost;
  for ([[maybe_unused]] auto round : state) {
    our_cost.turn(asked, threads, ours, length);
    their_cost.turn(asked, threads, theirs, length);
    state.SetIterationTime(our_cost.client / our_cost.calls);
  }
  const auto note_cost = [&](const char* what, double mine, double other) {
    table().push_back({name + what,
                       mine / our_cost.calls,
                       other / their_cost.calls,
                       other / their_cost.calls / (mine / our_cost.calls),
                       {}});
  };
  note_cost(", client's CPU a call", our_cost.client, their_cost.client);
  note_cost(", servers' CPU a call", our_cost.servers, their_cost.servers);
  counted().push_back({threads, connections_named(asked, "ours"), connections_named(asked, "theirs")});
}

}  // namespace

void add_resources() {
  for (const std::size_t threads : {1U, 4U, 8U, 16U, 64U, 256U}) {
    const std::string name = "GET, " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    benchmark::RegisterBenchmark((name + ", resources").c_str(),
                                 [=](benchmark::State& state) {
                                   try {
                                     run_resources(state, name, threads);
                                   } catch (const std::exception& error) {
                                     state.SkipWithError(error.what());
                                   }
                                 })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(rounds(5));
  }
}

void print_connections() {
  if (counted().empty()) return;
  std::printf("\n%-62s | %10s | %10s |\n", "connections to 4 nodes", "ours", "theirs");
  for (const Connections& one : counted()) {
    std::printf("%-62s | %10zu | %10zu |\n", ("GET, threads: " + std::to_string(one.threads)).c_str(), one.ours,
                one.theirs);
  }
}

}  // namespace rediscluster::benchmarks
