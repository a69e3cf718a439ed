#include "fault/workload.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <rediscluster/partitioner.h>

#include "support/processes.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {

using namespace std::chrono_literals;

namespace {

// By how much a call may outlive its deadline, beyond what the machine makes of it.
constexpr std::chrono::milliseconds grace = sanitized ? 300ms : 100ms;
constexpr auto hangs_after = Workload::timeout + 60s;

std::string unique_key(unsigned worker, std::uint32_t number) {
  return "set:" + std::to_string(worker) + ":" + std::to_string(number);
}

std::string some_key(std::mt19937& random) {
  return "key:" + std::to_string(random() % 1000);
}

std::string large_value(const std::string& key) {
  std::string value = key + ":";
  value.resize(100000 + static_cast<unsigned char>(key.back()) * 2000U, key.back());
  return value;
}

// A name of this node's that is no key of the others' work.
std::string counter_on(std::size_t node) {
  const Partitioner partitioner(Workload::masters);
  for (int i = 0;; ++i) {
    std::string name = "counter:" + std::to_string(i);
    if (partitioner.node_of(name) == node) return name;
  }
}

}  // namespace

Workload::Workload(const ClusterConfig& config, std::shared_ptr<const Encryption> tls, unsigned seed)
    : r_(config, {.socket_timeout = timeout, .socket_connect_timeout = 200ms, .tls = std::move(tls)}),
      watchdog_(hangs_after) {
  for (std::size_t node = 0; node < masters; ++node) counters_[node].name = counter_on(node);
  for (unsigned i = 0; i < threads; ++i) {
    workers_.push_back({.number = i, .random = std::mt19937(seed + i), .post = &watchdog_.new_post()});
  }
  for (Worker& worker : workers_) running_.emplace_back([this, &worker] { run(worker); });
}

Workload::~Workload() {
  stop();
}

void Workload::stop() {
  stop_ = true;
  for (std::thread& thread : running_) thread.join();
  running_.clear();
}

void Workload::loses_data(std::size_t node) {
  lost_[node] = true;
  lost_until_[node] = Clock::time_point::max().time_since_epoch().count();
}

void Workload::keeps_data(std::size_t node) {
  lost_until_[node] = Clock::now().time_since_epoch().count();
}

bool Workload::recovers() {
  const Partitioner partitioner(masters);
  for (std::size_t node = 0; node < masters; ++node) {
    std::string key = "recovered";
    while (partitioner.node_of(key) != node) key += "!";
    const bool well = eventually(
        [&] {
          try {
            return r_.set(key, "yes") && r_.get(key) == "yes";
          } catch (const RedisError&) {
            return false;
          }
        },
        30s);
    if (!well) return false;
  }
  return true;
}

void Workload::run(Worker& worker) {
  while (!stop_) {
    try {
      work(worker);
      ++answered_;
    } catch (const ConnectionError&) {
      ++failed_;
    } catch (const TimeoutError&) {
      ++failed_;
    } catch (const ReadOnlyError&) {
      ++failed_;  // a master that was made a slave, and no new one yet
    } catch (const std::exception& error) {
      complain(std::string("unexpected: ") + error.what());
    }
    worker.post->end();
  }
}

void Workload::work(Worker& worker) {
  switch (worker.random() % 12) {
    case 0:
    case 1:
    case 2:
      return increment(worker);
    case 3:
    case 4:
      return set_unique(worker);
    case 5:
    case 6:
      return get(worker);
    case 7:
      return get_many(worker);
    case 8:
    case 9:
      return run_pipeline(worker);
    case 10:
      return use_large(worker);
    default: {
      const std::string key = some_key(worker.random);
      timed(worker, timeout, [&] { r_.set(key, key); });
    }
  }
}

// Only the call itself, from its beginning to its result or its exception.
template <class F>
void Workload::timed(Worker& worker, std::chrono::milliseconds limit, F call) {
  const auto begin = Clock::now();
  worker.post->begin(begin);
  const auto note = [&] {
    const Clock::rep late = (Clock::now() - begin - limit).count();
    Clock::rep latest = latest_;
    while (late > latest && !latest_.compare_exchange_weak(latest, late)) {
    }
  };
  try {
    call();
  } catch (...) {
    note();
    throw;
  }
  note();
}

// Whether the increment was acknowledged; it throws what the call throws.
template <class F>
bool Workload::acknowledged(Counter& counter, F&& increment) {
  try {
    increment();
    ++counter.acknowledged;
    return true;
  } catch (const ConnectionError& error) {
    if (error.maybe_executed()) ++counter.maybe;
    throw;
  } catch (const TimeoutError& error) {
    if (error.maybe_executed()) ++counter.maybe;
    throw;
  }
}

void Workload::increment(Worker& worker) {
  Counter& counter = counters_[worker.random() % masters];
  acknowledged(counter, [&] { timed(worker, timeout, [&] { r_.incr(counter.name); }); });
}

void Workload::set_unique(Worker& worker) {
  const std::uint32_t number = worker.next++;
  const std::string key = unique_key(worker.number, number);
  const auto begun = Clock::now();
  timed(worker, timeout, [&] { r_.set(key, key); });
  worker.written.push_back({number, begun});
}

// Every key holds its own name; or nothing, after its server has lost its data or on a slave that is behind.
void Workload::check_value(const std::string& key, const std::optional<std::string>& value) {
  if (value && *value != key) complain("the value of " + key + " is of another key: " + value->substr(0, 50));
}

void Workload::get(Worker& worker) {
  const std::string key = some_key(worker.random);
  const auto limit = worker.random() % 4 == 0 ? 50ms : timeout;
  std::optional<std::string> value;
  timed(worker, limit, [&] { value = r_.with({.timeout = limit}).get(key); });
  check_value(key, value);
}

void Workload::get_many(Worker& worker) {
  std::vector<std::string> keys;
  for (int i = 0; i < 20; ++i) keys.push_back(some_key(worker.random));
  std::vector<std::optional<std::string>> values;
  timed(worker, timeout, [&] { values = r_.mget(keys); });
  for (std::size_t i = 0; i < keys.size(); ++i) check_value(keys[i], values.at(i));
}

// A batch may succeed on one node and fail on another: each command is judged by itself.
void Workload::run_pipeline(Worker& worker) {
  Pipeline pipeline = r_.pipeline();
  Counter& counter = counters_[worker.random() % masters];
  const std::uint32_t number = worker.next++;
  const std::string unique = unique_key(worker.number, number);
  const bool writes = worker.random() % 2 == 0;
  std::vector<std::pair<std::string, Queued<std::optional<std::string>>>> values;
  for (int i = 0; i < 20; ++i) {
    const std::string key = some_key(worker.random);
    values.emplace_back(key, pipeline.get(key));
  }
  std::optional<Queued<long long>> incremented;
  std::optional<Queued<bool>> set;
  if (writes) {
    incremented = pipeline.incr(counter.name);
    set = pipeline.set(unique, unique);
  }
  const auto begun = Clock::now();
  timed(worker, timeout, [&] { pipeline.execute({.raise_on_error = false}); });
  std::exception_ptr error;
  const auto each = [&](auto&& look) {
    try {
      look();
    } catch (const RedisError&) {
      error = std::current_exception();
    }
  };
  for (const auto& one : values) each([&] { check_value(one.first, one.second.get()); });
  if (incremented) each([&] { acknowledged(counter, [&] { incremented->get(); }); });
  if (set)
    each([&] {
      if (set->get()) worker.written.push_back({number, begun});
    });
  if (error) std::rethrow_exception(error);
}

void Workload::use_large(Worker& worker) {
  const std::string key = "large:" + std::to_string(worker.random() % 20);
  const std::string wanted = large_value(key);
  if (worker.random() % 2 == 0) {
    timed(worker, timeout, [&] { r_.set(key, wanted); });
    return;
  }
  std::optional<std::string> value;
  timed(worker, timeout, [&] { value = r_.get(key); });
  if (value && *value != wanted) complain("the value of " + key + " is wrong");
}

void Workload::complain(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (complaints_.size() < 20) complaints_.push_back(what);
}

void Workload::check(const std::function<NodeConfig(std::size_t node)>& master_of) {
  for (const std::string& complaint : complaints_) ADD_FAILURE() << complaint;
  EXPECT_GT(answered_, 0);
  const auto milliseconds = [](Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  };
  EXPECT_LE(milliseconds(Clock::duration(latest_)), milliseconds(delay_.largest()) + grace.count())
      << "a call has outlived its deadline; threads that have nothing to do with us were up to "
      << milliseconds(delay_.largest()) << " ms late";
  for (std::size_t node = 0; node < masters; ++node) {
    if (lost_[node]) continue;
    // What was sent before its caller gave up may still be under way: that changes neither bound.
    const Counter& counter = counters_[node];
    StrictRedis master(master_of(node));
    const long long counted = std::stoll(master.get(counter.name).value_or("0"));
    EXPECT_GE(counted, counter.acknowledged) << "node_" << node + 1 << " has forgotten increments";
    EXPECT_LE(counted, counter.acknowledged + counter.maybe) << "node_" << node + 1 << " has counted twice";
  }
  check_written(master_of);
}

void Workload::check_written(const std::function<NodeConfig(std::size_t node)>& master_of) {
  const Partitioner partitioner(masters);
  std::array<std::vector<std::string>, masters> expected;
  for (const Worker& worker : workers_) {
    for (const Written& written : worker.written) {
      std::string key = unique_key(worker.number, written.number);
      const std::size_t node = partitioner.node_of(key);
      if (written.begun.time_since_epoch().count() <= lost_until_[node]) continue;
      expected[node].push_back(std::move(key));
    }
  }
  std::size_t missing = 0;
  std::size_t checked = 0;
  for (std::size_t node = 0; node < masters; ++node) {
    StrictRedis master(master_of(node), {.socket_timeout = 60s});
    constexpr std::size_t batch = 1000;
    for (std::size_t begin = 0; begin < expected[node].size(); begin += batch) {
      const auto first = expected[node].begin() + static_cast<std::ptrdiff_t>(begin);
      const std::size_t count = std::min(batch, expected[node].size() - begin);
      const std::vector<std::string> keys(first, first + static_cast<std::ptrdiff_t>(count));
      const auto values = master.mget(keys);
      for (std::size_t i = 0; i < count; ++i) missing += values.at(i) == keys[i] ? 0 : 1;
      checked += count;
    }
  }
  EXPECT_EQ(missing, 0U) << "of " << checked << " acknowledged SETs";
}

}  // namespace rediscluster::tests
