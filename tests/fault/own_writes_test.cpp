// No thread reads a state older than a write that this client had acknowledged before the read began, whatever happens
// to the slaves and to their connection with the master; servers change no role and lose no data here.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <iostream>
#include <iterator>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "fault/features.h"
#include "fault/watch.h"
#include "support/plain_client.h"
#include "support/processes.h"
#include "support/relay.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Way = Relay::Way;

constexpr milliseconds timeout = 300ms;

// Threads that write growing numbers and read them back. A key is written by one thread (SET) or by all (INCR): either
// way its number only grows, so a read may never give less than what was acknowledged before it began.
class Readers {
 public:
  Readers(const ClusterConfig& config, unsigned seed)
      : r_(config, {.socket_timeout = timeout, .socket_connect_timeout = 200ms}), watchdog_(timeout + 60s) {
    for (std::size_t i = 0; i < slots; ++i) slots_[i].key = name(i, 0);
    for (unsigned t = 0; t < threads; ++t) {
      running_.emplace_back([this, t, random = std::mt19937(seed + t), post = &watchdog_.new_post()]() mutable {
        while (!stop_) run(t, random, *post);
      });
    }
  }
  ~Readers() { stop(); }

  void stop() {
    stop_ = true;
    for (std::thread& thread : running_) thread.join();
    running_.clear();
  }
  /** While true nobody writes, so that nothing is protected by having been written a moment ago. */
  void rest(bool resting) { resting_ = resting; }

  std::atomic<long long> reads = 0;
  std::atomic<long long> writes = 0;
  std::atomic<long long> failed = 0;
  std::atomic<long long> stale = 0;
  std::mutex mutex;
  std::string first_stale;
  std::string first_unexpected;

 private:
  static constexpr unsigned threads = 8;
  static constexpr std::size_t shared = 4;  // slots; then some of each thread's own
  static constexpr std::size_t own = 4;
  static constexpr std::size_t slots = shared + threads * own;

  struct Slot {
    std::mutex mutex = {};
    std::string key = {};
    unsigned generation = 0;
    long long acknowledged = 0;
  };
  struct Expected {
    std::string key;
    long long least;
  };

  static std::string name(std::size_t slot, unsigned generation) {
    return "version:" + std::to_string(slot) + ":" + std::to_string(generation);
  }

  void run(unsigned thread, std::mt19937& random, Watchdog::Post& post) {
    post.begin(Clock::now());
    try {
      const unsigned what = static_cast<unsigned>(random()) % 8;
      if (what == 0 && !resting_) {
        write_own(shared + thread * own + random() % own);
      } else if (what == 1 && !resting_) {
        increment_shared(slots_[random() % shared]);
      } else if (what == 2) {
        read_many(random);
      } else if (what == 3) {
        read_by_pipeline(random);
      } else {
        read(slots_[random() % slots]);
      }
    } catch (const ConnectionError&) {
      ++failed;
    } catch (const TimeoutError&) {
      ++failed;
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex);
      if (first_unexpected.empty()) first_unexpected = error.what();
    }
    post.end();
  }

  // A SET whose answer did not come may run at any time, even after a later one: then the key is used no more.
  void write_own(std::size_t number) {
    Slot& slot = slots_[number];
    Expected next = expected(slot);
    ++next.least;
    try {
      r_.set(next.key, next.least);
    } catch (...) {
      const std::lock_guard lock(slot.mutex);
      slot.key = name(number, ++slot.generation);
      slot.acknowledged = 0;
      throw;
    }
    acknowledge(slot, next);
  }
  void increment_shared(Slot& slot) {
    Expected next = expected(slot);
    next.least = r_.incr(next.key);
    acknowledge(slot, next);
  }
  void acknowledge(Slot& slot, const Expected& written) {
    const std::lock_guard lock(slot.mutex);
    if (slot.key == written.key) slot.acknowledged = std::max(slot.acknowledged, written.least);
    ++writes;
  }

  Expected expected(Slot& slot) {
    const std::lock_guard lock(slot.mutex);
    return {slot.key, slot.acknowledged};
  }
  std::vector<Expected> some_expected(std::mt19937& random) {
    std::vector<Expected> some;
    for (int i = 0; i < 6; ++i) some.push_back(expected(slots_[random() % slots]));
    return some;
  }

  void read(Slot& slot) {
    const Expected before = expected(slot);
    check(before, r_.get(before.key), "GET");
  }
  void read_many(std::mt19937& random) {
    const std::vector<Expected> before = some_expected(random);
    std::vector<std::string> keys;
    for (const Expected& one : before) keys.push_back(one.key);
    const auto values = r_.mget(keys);
    for (std::size_t i = 0; i < before.size(); ++i) check(before[i], values.at(i), "MGET");
  }
  void read_by_pipeline(std::mt19937& random) {
    Pipeline pipeline = r_.pipeline();
    const std::vector<Expected> before = some_expected(random);
    std::vector<Queued<std::optional<std::string>>> values;
    for (const Expected& one : before) values.push_back(pipeline.get(one.key));
    pipeline.execute();
    for (std::size_t i = 0; i < before.size(); ++i) check(before[i], values[i].get(), "pipeline");
  }
  void check(const Expected& before, const std::optional<std::string>& value, const char* by) {
    ++reads;
    const long long found = value ? std::stoll(*value) : 0;
    if (found >= before.least) return;
    ++stale;
    const std::lock_guard lock(mutex);
    if (!first_stale.empty()) return;
    first_stale = std::string(by) + " gave " + std::to_string(found) + " for " + before.key + " after " +
                  std::to_string(before.least) + " had been acknowledged";
  }

  StrictRedisCluster r_;
  Watchdog watchdog_;
  std::vector<Slot> slots_{slots};
  std::atomic<bool> stop_{false};
  std::atomic<bool> resting_{false};
  std::vector<std::thread> running_;
};

// Two masters with two slaves each. The slaves of node_1, node_3 and node_4, follow it through a relay each.
class OwnWritesTest : public ::testing::Test {
 protected:
  OwnWritesTest() : servers_(testing::LocalClusterOptions{.masters = 2, .slaves = 2}) {
    for (int i = 0; i < 2; ++i) relays_.emplace_back(servers_.config().nodes.at("node_1").port);
    follow_by_relays();
  }

  static constexpr const char* slaves[] = {"node_3", "node_4"};

  std::string ask(const std::string& server, const std::vector<std::string>& command) {
    return PlainClient(servers_.config().nodes.at(server)).run(command);
  }
  bool in_step(const char* slave) {
    return ask(slave, {"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
  }
  void follow_by_relays() {
    for (std::size_t i = 0; i < 2; ++i) {
      ask(slaves[i], {"REPLICAOF", "127.0.0.1", std::to_string(relays_[i].port())});
      EXPECT_TRUE(eventually([&] { return in_step(slaves[i]); })) << slaves[i];
    }
  }

  // Everything that may happen to slave number i.
  using Misfortune = void (OwnWritesTest::*)(std::size_t i, milliseconds length);
  void is_stopped(std::size_t i, milliseconds length) {
    servers_.stop(slaves[i]);
    std::this_thread::sleep_for(length);
    servers_.resume(slaves[i]);
  }
  void is_slowed(std::size_t i, milliseconds length) {
    relays_[i].delay(Way::to_client, length / 2);
    std::this_thread::sleep_for(length);
    relays_[i].heal();
  }
  // Its link seems to be up, and nothing comes.
  void hears_nothing(std::size_t i, milliseconds length) {
    relays_[i].stall(Way::to_client, true);
    std::this_thread::sleep_for(length);
    relays_[i].heal();
  }
  void is_cut_off(std::size_t i, milliseconds length) {
    relays_[i].refuse(true);
    relays_[i].reset();
    std::this_thread::sleep_for(length);
    relays_[i].heal();
  }
  void restarts_empty(std::size_t i, milliseconds) {
    servers_.restart(slaves[i]);
    follow_by_relays();
  }
  // And keeps what it had then, because its master cannot be reached.
  void restarts_from_an_old_file(std::size_t i, milliseconds length) {
    ask(slaves[i], {"SAVE"});
    std::this_thread::sleep_for(length / 4);
    servers_.kill(slaves[i]);
    servers_.stop("node_1");
    servers_.restart(slaves[i], {.keep_data = true});
    ask(slaves[i], {"REPLICAOF", "127.0.0.1", std::to_string(relays_[i].port())});
    relays_[i].refuse(true);
    servers_.resume("node_1");
    std::this_thread::sleep_for(length);
    relays_[i].heal();
    follow_by_relays();
  }

  static constexpr Misfortune misfortunes[] = {
      &OwnWritesTest::is_stopped, &OwnWritesTest::is_slowed,      &OwnWritesTest::hears_nothing,
      &OwnWritesTest::is_cut_off, &OwnWritesTest::restarts_empty, &OwnWritesTest::restarts_from_an_old_file};

  void play(Readers& readers, Clock::duration length, bool may_rest) {
    std::mt19937 random(fault_seed());
    const auto end = Clock::now() + length;
    while (Clock::now() < end) {
      // Now and then longer than any "a moment ago" that a client may trust.
      const milliseconds how_long(200 + random() % (may_rest ? 2200 : 400));
      std::thread rest;
      if (may_rest && random() % 2 == 0) {
        rest = std::thread([&readers, how_long] {
          std::this_thread::sleep_for(50ms);  // what is written now, the slave does not have
          readers.rest(true);
          std::this_thread::sleep_for(how_long - 100ms);
          readers.rest(false);
        });
      }
      (this->*misfortunes[random() % std::size(misfortunes)])(random() % 2, how_long);
      if (rest.joinable()) rest.join();
    }
  }

  rediscluster::testing::LocalCluster servers_;
  std::deque<Relay> relays_;
};

TEST_F(OwnWritesTest, NoReadIsOlderThanAnAcknowledgedWrite) {
  const auto length = std::chrono::seconds(from_environment("REDISCLUSTER_FAULT_SECONDS", 6));
  Readers readers(servers_.config(), fault_seed());
  // Until writes are confirmed, a node that is written to all the time is read from its master, and that is all.
  play(readers, length, confirms_own_writes);
  readers.stop();
  EXPECT_EQ(readers.stale, 0) << readers.first_stale;
  EXPECT_EQ(readers.first_unexpected, "");
  EXPECT_GT(readers.reads, 100);
  EXPECT_GT(readers.writes, 10);
  std::cout << readers.reads << " reads, " << readers.writes << " writes, " << readers.failed << " failed\n";
}

// That the slaves are really behind, and that who reads them is really found out.
TEST_F(OwnWritesTest, ReadsOfSlavesWouldBeFoundOut) {
  ClusterConfig to_slave = servers_.config();
  PlainClient master(to_slave.nodes.at("node_1"));
  for (std::size_t i = 0; i < 2; ++i) {
    master.run({"SET", "key", "old"});
    servers_.wait_for_replication();
    ASSERT_TRUE(eventually([&] { return ask(slaves[i], {"GET", "key"}) == "old"; }));
    relays_[i].stall(Way::to_client, true);
    master.run({"SET", "key", "new"});
    EXPECT_EQ(ask(slaves[i], {"GET", "key"}), "old");
    EXPECT_TRUE(in_step(slaves[i])) << "it does not know";
    relays_[i].heal();
    EXPECT_TRUE(eventually([&] { return ask(slaves[i], {"GET", "key"}) == "new"; }));
  }
}

}  // namespace
}  // namespace rediscluster::tests
