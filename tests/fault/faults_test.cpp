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
  static void TearDownTestSuite() { ground_.reset(); }

  void play_on(Channel channel) {
    if (ground_ == nullptr) make_ground(channel);
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
      Workload workload(ground_->config(), ground_->tls(), seed);
      ASSERT_TRUE(eventually([&] { return workload.answered() > 50; }, 30s));
      // What a thread keeps for as long as it lives would look like something lost.
      std::thread([&] {
        play(workload);
        EXPECT_TRUE(workload.recovers());
      }).join();
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

  static inline std::unique_ptr<Playground> ground_;  // one for a suite
  static inline unsigned number_ = 0;

 private:
  static void make_ground(Channel channel) {
    ground_ = std::make_unique<Playground>(channel);
    // What is allocated once and for ever, by us or below us, is allocated here.
    Workload workload(ground_->config(), ground_->tls(), fault_seed());
    EXPECT_TRUE(eventually([&] { return workload.answered() > 50; }, 30s));
    workload.stop();
    workload.check([](std::size_t node) { return ground_->master_of(node); });
  }
};

struct Case {
  const Fault* fault;
  Channel channel;
};
class EachFaultTest : public FaultsTest, public ::testing::WithParamInterface<Case> {};

TEST_P(EachFaultTest, NothingIsLostAndNothingHappensTwice) {
  play_on(GetParam().channel);
  std::mt19937 random(fault_seed() + number_++);
  run(static_cast<unsigned>(random()),
      [&](Workload& workload) { GetParam().fault->play(*ground_, workload, random, Workload::timeout + 200ms); });
}

std::vector<const Fault*> enabled(const std::vector<Fault>& faults) {
  std::vector<const Fault*> chosen;
  for (const Fault& fault : faults) {
    if (fault.enabled) chosen.push_back(&fault);
  }
  return chosen;
}

std::vector<Case> over(Channel channel, const std::vector<Fault>& faults) {
  std::vector<Case> cases;
  for (const Fault* const fault : enabled(faults)) cases.push_back({fault, channel});
  return cases;
}
std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return info.param.fault->name;
}
using ::testing::ValuesIn;
INSTANTIATE_TEST_SUITE_P(Server, EachFaultTest, ValuesIn(over(Channel::plain, server_faults())), name_of);
INSTANTIATE_TEST_SUITE_P(Connection, EachFaultTest, ValuesIn(over(Channel::plain, connection_faults())), name_of);
INSTANTIATE_TEST_SUITE_P(ServerOverTls, EachFaultTest, ValuesIn(over(Channel::tls, server_faults())), name_of);
INSTANTIATE_TEST_SUITE_P(ConnectionOverTls, EachFaultTest, ValuesIn(over(Channel::tls, connection_faults())), name_of);

class RandomFaultsTest : public FaultsTest, public ::testing::WithParamInterface<Channel> {};
INSTANTIATE_TEST_SUITE_P(Plain, RandomFaultsTest, ::testing::Values(Channel::plain));
INSTANTIATE_TEST_SUITE_P(OverTls, RandomFaultsTest, ::testing::Values(Channel::tls));

TEST_P(RandomFaultsTest, NothingIsLostAndNothingHappensTwice) {
  play_on(GetParam());
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
