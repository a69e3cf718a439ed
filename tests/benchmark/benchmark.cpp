// How fast we are beside plain hiredis on the same servers. To be run by hand on a quiet machine, from a release build:
//   benchmark [--smoke] [--benchmark_filter=REGEX ...]     --smoke only shows that everything runs
#include <algorithm>
#include <cstdio>
#include <string_view>
#include <sys/resource.h>

#include <benchmark/benchmark.h>

#include "paired.h"
#include "topics.h"

namespace benchmarks = rediscluster::benchmarks;

namespace {

// One connection for each of 256 threads and 4 nodes is more than what is often allowed without asking.
void allow_many_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  allow_many_descriptors();
  char** const end = std::remove_if(argv + 1, argv + argc, [](const char* argument) {
    const bool is_smoke = std::string_view(argument) == "--smoke";
    benchmarks::smoke = benchmarks::smoke || is_smoke;
    return is_smoke;
  });
  argc = static_cast<int>(end - argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;

  benchmarks::add_single_commands();
  benchmarks::add_pipelines();
  benchmarks::add_mget();
  benchmarks::add_multi_key();
  benchmarks::add_containers();
  benchmarks::add_threads();
  benchmarks::add_resources();
  benchmarks::add_nodes();
  benchmarks::add_own_writes();
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  benchmarks::print_table();
  benchmarks::print_connections();
  // A benchmark that could not run has no line; slowness is no failure.
  return benchmarks::table().size() < ran ? 1 : 0;
}
