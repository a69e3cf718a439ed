// What threads do while servers fail, and what must be true of it afterwards.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "fault/watch.h"

namespace rediscluster::tests {

/** Threads that share one client and work at full rate, from construction until stop(): counters, unique SETs, GETs,
    MGETs over all nodes, pipelines, large values. Every call is timed, every answer checked. */
class Workload {
 public:
  static constexpr std::size_t masters = 3;
  static constexpr unsigned threads = 16;
  static constexpr std::chrono::milliseconds timeout{300};

  Workload(const ClusterConfig& config, std::shared_ptr<const Encryption> tls, unsigned seed);
  ~Workload();

  /** To be called before a node (0, 1, 2) loses its data in whatever way, and when it is well again: what was
      acknowledged in between, or before, may be gone. */
  void loses_data(std::size_t node);
  void keeps_data(std::size_t node);

  /** Whether this client can write to and read from every node again, within a time that is long. */
  bool recovers();

  void stop();

  /** After stop(): everything that must be true, as GoogleTest's failures. `master_of` gives the server that is now
      master of a node. */
  void check(const std::function<NodeConfig(std::size_t node)>& master_of);

  /** Calls that were answered, and calls that failed. */
  long long answered() const noexcept { return answered_; }
  long long failed() const noexcept { return failed_; }

 private:
  struct Counter {
    std::string name;
    std::atomic<long long> acknowledged{0};
    std::atomic<long long> maybe{0};
  };
  /** An acknowledged SET. */
  struct Written {
    std::uint32_t number;
    Clock::time_point begun;
  };
  struct Worker {
    unsigned number;
    std::mt19937 random;
    Watchdog::Post* post;
    std::vector<Written> written = {};
    std::uint32_t next = 0;
  };

  void run(Worker& worker);
  void work(Worker& worker);
  void increment(Worker& worker);
  void set_unique(Worker& worker);
  void get(Worker& worker);
  void get_many(Worker& worker);
  void run_pipeline(Worker& worker);
  void use_large(Worker& worker);
  template <class F>
  void timed(Worker& worker, std::chrono::milliseconds limit, F call);
  template <class F>
  bool acknowledged(Counter& counter, F&& increment);
  void check_value(const std::string& key, const std::optional<std::string>& value);
  void complain(const std::string& what);
  void check_written(const std::function<NodeConfig(std::size_t node)>& master_of);

  StrictRedisCluster r_;
  Watchdog watchdog_;
  SchedulingDelay delay_;
  std::array<Counter, masters> counters_;
  std::array<std::atomic<bool>, masters> lost_{};
  std::array<std::atomic<Clock::rep>, masters> lost_until_{};
  std::atomic<bool> stop_{false};
  std::atomic<long long> answered_{0};
  std::atomic<long long> failed_{0};
  std::atomic<Clock::rep> latest_{0};  // by how much a call has outlived its deadline
  std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::deque<Worker> workers_;
  std::vector<std::thread> running_;
};

}  // namespace rediscluster::tests
