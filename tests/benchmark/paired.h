// Two ways to do one piece of work, measured in turns, so that a noisy machine is noisy to both.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

namespace rediscluster::benchmarks {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/** `--smoke`: everything runs, but only a moment, and no figure means anything. */
inline bool smoke = false;

/** Turns that each side gets. */
inline int rounds(int wanted) {
  return smoke ? 2 : wanted;
}

/** Which ratio is looked at, and what it must reach. */
struct Target {
  enum class Kind { none, at_most, at_least };
  Kind kind = Kind::none;
  double limit = 0;

  /** `ours` over `theirs` when it must be small, else the other way round: how many times the rate of theirs. */
  double ratio(double ours, double theirs) const { return kind == Kind::at_most ? ours / theirs : theirs / ours; }
  bool reached(double ratio) const { return kind == Kind::at_most ? ratio <= limit : ratio >= limit; }
};
/** Our time may be at most so many times theirs. */
inline Target time_at_most(double limit) {
  return {Target::Kind::at_most, limit};
}
/** Our rate must be at least so many times theirs. */
inline Target rate_at_least(double limit) {
  return {Target::Kind::at_least, limit};
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/** One line of the table at the end. */
struct Row {
  std::string work;
  double ours;  ///< seconds
  double theirs;
  double ratio;
  Target target;
};
inline std::vector<Row>& table() {
  static std::vector<Row> rows;
  return rows;
}

inline void print_table() {
  std::printf("\n%-62s | %10s | %10s | %6s | %7s |\n", "work (medians; \"x\": rates; else times)", "ours us",
              "theirs us", "ratio", "target");
  for (const Row& row : table()) {
    const bool times = row.target.kind == Target::Kind::at_most;
    char target[16] = "-";
    if (row.target.kind != Target::Kind::none) {
      std::snprintf(target, sizeof target, "%s%.2f", times ? "<= " : ">= ", row.target.limit);
    }
    const char* const verdict = row.target.kind == Target::Kind::none ? ""
                                : smoke                               ? "not judged"
                                : row.target.reached(row.ratio)       ? "ok"
                                                                      : "missed";
    std::printf("%-62s | %10.2f | %10.2f | %5.2f%s | %7s | %s\n", row.work.c_str(), row.ours * 1e6, row.theirs * 1e6,
                row.ratio, times ? " " : "x", target, verdict);
  }
}

/** Does the work `calls` times; returns seconds a call. */
inline double turn(const std::function<void()>& work, std::size_t calls) {
  const auto begin = Clock::now();
  for (std::size_t i = 0; i < calls; ++i) work();
  return Seconds(Clock::now() - begin).count() / static_cast<double>(calls);
}

/** Seconds of user time a call. In a thread of its own, because the kernel tells a thread's user time exactly enough
   only over its whole life. */
inline double user_time(const std::function<void()>& work, std::size_t calls) {
  double seconds = 0;
  std::exception_ptr error;
  std::thread([&] {
    try {
      turn(work, calls);
    } catch (...) {
      error = std::current_exception();
    }
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    seconds = static_cast<double>(usage.ru_utime.tv_sec) + static_cast<double>(usage.ru_utime.tv_usec) * 1e-6;
  }).join();
  if (error != nullptr) std::rethrow_exception(error);
  return seconds / static_cast<double>(calls);
}

/** What is compared. Each does the work once. */
struct Sides {
  std::function<void()> ours;
  std::function<void()> theirs;
};

struct Work {
  std::string name;
  std::size_t calls;  ///< in one turn: some milliseconds of work
  Target wall = {};
  Target user_cpu = {};  ///< none: no line of its own
  /** Connects, fills the servers, and checks that both sides come to the same result. */
  std::function<Sides()> prepare;
  int turns = 300;  ///< of each side
};

/** Notes a finished comparison: for Google Benchmark's output as counters, and for the table. */
inline void note(benchmark::State& state, Row row) {
  state.counters["theirs_us"] = row.theirs * 1e6;
  state.counters["ratio"] = row.ratio;
  table().push_back(std::move(row));
}

// Both sides take their turns in one thread: whether a client runs beside its server or has to wake another processor
// changes a round trip tenfold, and that lot must be the same for both.
inline void run_pair(benchmark::State& state, const Work& work) {
  const Sides sides = work.prepare();
  const std::size_t calls = smoke ? 1 : work.calls;
  std::vector<double> our_times;
  std::vector<double> their_times;
  std::vector<double> ratios;
  turn(sides.ours, calls);  // warms up connections and caches
  turn(sides.theirs, calls);
  bool ours_first = true;
  for ([[maybe_unused]] auto round : state) {
    if (!ours_first) their_times.push_back(turn(sides.theirs, calls));
    our_times.push_back(turn(sides.ours, calls));
    if (ours_first) their_times.push_back(turn(sides.theirs, calls));
    ours_first = !ours_first;
    ratios.push_back(work.wall.ratio(our_times.back(), their_times.back()));
    state.SetIterationTime(our_times.back());
  }
  note(state, {work.name, median(our_times), median(their_times), median(ratios), work.wall});
  if (work.user_cpu.kind == Target::Kind::none) return;
  const std::size_t all_calls = calls * our_times.size();
  const double ours = user_time(sides.ours, all_calls);
  const double theirs = user_time(sides.theirs, all_calls);
  const double ratio = work.user_cpu.ratio(ours, theirs);
  state.counters["user_cpu_ratio"] = ratio;
  table().push_back({work.name + ", user CPU", ours, theirs, ratio, work.user_cpu});
}

/** Registers a comparison whose turns are a few milliseconds long. */
inline void add_pair(Work work) {
  const std::string name = work.name;
  const int turns = work.turns;
  benchmark::RegisterBenchmark(name.c_str(),
                               [work = std::move(work)](benchmark::State& state) {
                                 try {
                                   run_pair(state, work);
                                 } catch (const std::exception& error) {
                                   state.SkipWithError(error.what());
                                 }
                               })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond)
      ->Iterations(rounds(turns));
}

}  // namespace rediscluster::benchmarks
