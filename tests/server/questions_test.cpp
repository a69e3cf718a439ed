// Questions that a link asks by itself, of real servers that stop answering.
#include <chrono>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/command.h>
#include <rediscluster/testing/local_cluster.h>

#include "support/processes.h"
#include "transport/link.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using tests::eventually;

class QuestionsTest : public ::testing::Test {
 protected:
  QuestionsTest() {
    link_.set_on_answer([this](Lane&, Question, Clock::time_point, TapeView reply) {
      const std::lock_guard lock(mutex_);
      answers_.emplace_back(reply.text());
    });
  }

  std::size_t answers() {
    const std::lock_guard lock(mutex_);
    return answers_.size();
  }
  Failure::Kind ping(std::chrono::milliseconds timeout) {
    Call call(ping_, 1);
    const auto now = Clock::now();
    link_.submit(call, Deadline::after(timeout, now), now);
    Call* const calls[] = {&call};
    wait_all(calls);
    return call.failure().kind;
  }
  bool is_answered() {
    const std::size_t before = answers();
    link_.ask(Question::replication, Clock::now());
    return eventually([&] {
      link_.pump();
      return answers() > before;
    });
  }
  static ConnectionSettings settings() {
    ConnectionSettings settings;
    settings.silence_timeout = 300ms;
    return settings;
  }

  const std::string ping_{Command("PING").bytes()};
  rediscluster::testing::LocalCluster cluster_{rediscluster::testing::LocalClusterOptions{.masters = 1, .slaves = 0}};
  std::mutex mutex_;
  std::vector<std::string> answers_;
  Link link_{{"node_1", "127.0.0.1", cluster_.config().nodes.at("node_1").port, {}}, settings()};
};

TEST_F(QuestionsTest, AStoppedServerKeepsNobodyWaitingAndIsAskedAnewOnceItGoesOn) {
  ASSERT_TRUE(is_answered());
  EXPECT_THAT(answers_.back(), HasSubstr("master_repl_offset:"));
  cluster_.stop("node_1");
  const auto begin = Clock::now();
  link_.ask(Question::replication, begin);
  for (int i = 0; i < 1000; ++i) {
    link_.ask(Question::ping, Clock::now());
    link_.pump();
  }
  EXPECT_LT(Clock::now() - begin, 10s) << "nothing of it waits";
  EXPECT_EQ(ping(50ms), Failure::Kind::timeout);
  cluster_.resume("node_1");
  ASSERT_TRUE(eventually([&] { return ping(1s) == Failure::Kind::none; }));
  EXPECT_TRUE(is_answered());
}

TEST_F(QuestionsTest, AServerThatIsRestartedWithAQuestionUnansweredCostsNobodyAnError) {
  ASSERT_TRUE(is_answered());
  cluster_.stop("node_1");
  link_.ask(Question::replication, Clock::now());
  cluster_.restart("node_1");
  EXPECT_EQ(ping(5s), Failure::Kind::none);
  EXPECT_TRUE(is_answered());
}

}  // namespace
}  // namespace rediscluster::transport
