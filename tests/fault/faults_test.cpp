// Faults while 16 threads work: each by itself, and then many at random, two at a time. Whatever happens, what was
// acknowledged is there, nothing is applied twice, no answer is another's, no call outlives its deadline, no thread
// hangs, and memory and descriptors are given back.
#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "fault/playground.h"
#include "fault/watch.h"
#include "fault/workload.h"
#include "support/open_fds.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;

class FaultsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ground_ = new Playground();
    // What is allocated once and for ever, by us or below us, is allocated here.
    Workload workload(ground_->config(), fault_seed());
    std::this_thread::sleep_for(50ms);
    workload.stop();
    workload.check([](std::size_t node) { return ground_->master_of(node); });
  }
  static void TearDownTestSuite() {
    delete ground_;
    ground_ = nullptr;
  }
  void SetUp() override {
    ground_->clear();
    // Relays still hold what ended a moment ago.
    for (const bool of_slave : {false, true}) ground_->relay(of_slave).reset();
  }

  /** Runs the workload while `play` plays, and checks everything. */
  template <class Play>
  void run(unsigned seed, Play play) {
    const std::size_t descriptors = open_fds();
    const std::size_t memory = allocated_bytes();
    {
      Workload workload(ground_->config(), seed);
      ASSERT_TRUE(eventually([&] { return workload.answered() > 50; }, 30s));
      play(workload);
      EXPECT_TRUE(workload.recovers());
      workload.stop();
      workload.check([](std::size_t node) { return ground_->master_of(node); });
      RecordProperty("answered", std::to_string(workload.answered()));
      RecordProperty("failed", std::to_string(workload.failed()));
    }
    EXPECT_TRUE(eventually([&] { return open_fds() <= descriptors; })) << open_fds() << " > " << descriptors;
    // The allocator keeps what ended threads had cached, and comes back to it.
    constexpr std::size_t noise = 4 << 20;
    EXPECT_LE(allocated_bytes(), memory + noise);
  }

  static Playground* ground_;
  static inline unsigned number_ = 0;
};
Playground* FaultsTest::ground_ = nullptr;

class EachFaultTest : public FaultsTest, public ::testing::WithParamInterface<const Fault*> {};

TEST_P(EachFaultTest, NothingIsLostAndNothingHappensTwice) {
  std::mt19937 random(fault_seed() + number_++);
  run(static_cast<unsigned>(random()),
      [&](Workload& workload) { GetParam()->play(*ground_, workload, random, Workload::timeout + 200ms); });
}

std::vector<const Fault*> enabled(const std::vector<Fault>& faults) {
  std::vector<const Fault*> chosen;
  for (const Fault& fault : faults) {
    if (fault.enabled) chosen.push_back(&fault);
  }
  return chosen;
}

std::string name_of(const ::testing::TestParamInfo<const Fault*>& info) {
  return info.param->name;
}
INSTANTIATE_TEST_SUITE_P(Server, EachFaultTest, ::testing::ValuesIn(enabled(server_faults())), name_of);
INSTANTIATE_TEST_SUITE_P(Connection, EachFaultTest, ::testing::ValuesIn(enabled(connection_faults())), name_of);

class RandomFaultsTest : public FaultsTest {};

TEST_F(RandomFaultsTest, NothingIsLostAndNothingHappensTwice) {
  const auto length = std::chrono::seconds(from_environment("REDISCLUSTER_FAULT_SECONDS", 4));
  std::mt19937 seeds(fault_seed());
  run(static_cast<unsigned>(seeds()), [&](Workload& workload) {
    const auto end = Clock::now() + length;
    std::vector<std::thread> players;
    for (const auto* const faults : {&server_faults(), &connection_faults()}) {
      players.emplace_back(
          [&, chosen = enabled(*faults), random = std::mt19937(static_cast<unsigned>(seeds()))]() mutable {
            while (Clock::now() < end) {
              const auto how_long = std::chrono::milliseconds(random() % 600);
              const Fault& fault = *chosen[random() % chosen.size()];
              try {
                fault.play(*ground_, workload, random, how_long);
              } catch (const std::exception& error) {
                ADD_FAILURE() << fault.name << ": " << error.what();
                return;
              }
              // Sometimes the next one comes at once, sometimes there is time to recover.
              std::this_thread::sleep_for(std::chrono::milliseconds(random() % 2 * 200));
            }
          });
    }
    for (std::thread& player : players) player.join();
  });
}

}  // namespace
}  // namespace rediscluster::tests
