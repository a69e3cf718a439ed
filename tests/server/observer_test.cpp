// What an Observer is told, and when.
#include <algorithm>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::LocalClusterOptions;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

/** Keeps one line for each event. */
class Recorder : public Observer {
 public:
  void on_command(const CommandEvent& event) override {
    const char* const outcomes[] = {"ok", "error_reply", "connection_error", "timeout", "other_error"};
    const char* const roles[] = {"unknown", "master", "slave"};
    const std::lock_guard lock(mutex_);
    std::string line = std::string(event.command) + " x" + std::to_string(event.commands) + " " +
                       std::string(event.node) + " " + std::string(event.server) + " " +
                       roles[static_cast<int>(event.role)] + " " + outcomes[static_cast<int>(event.outcome)];
    if (!event.error.empty()) line += " " + std::string(event.error);
    commands_.push_back(line);
    latest_ = {event.latency, event.sent, event.received};
  }
  void on_connection(const ConnectionEvent& event) override {
    const std::lock_guard lock(mutex_);
    connections_.push_back((event.up ? "up " : "down ") + std::string(event.server) + " " + std::to_string(event.port) +
                           " " + std::string(event.reason));
  }
  void on_retry(const RetryEvent& event) override {
    const std::lock_guard lock(mutex_);
    retries_.push_back(std::string(event.command) + " " + std::string(event.node) + " " + std::string(event.from) +
                       " -> " + std::string(event.to) + ": " + std::string(event.reason));
  }
  void on_promotion(const PromotionEvent& event) override {
    const std::lock_guard lock(mutex_);
    promotions_.push_back(std::string(event.node) + " " + std::string(event.from) + " -> " + std::string(event.to));
  }

  struct Figures {
    std::chrono::nanoseconds latency;
    std::size_t sent;
    std::size_t received;
  };
  Figures latest() const {
    const std::lock_guard lock(mutex_);
    return latest_;
  }
  std::vector<std::string> take_commands() { return take(commands_); }
  std::vector<std::string> take_connections() { return take(connections_); }
  std::vector<std::string> take_retries() { return take(retries_); }
  std::vector<std::string> take_promotions() { return take(promotions_); }

 private:
  std::vector<std::string> take(std::vector<std::string>& lines) {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines, {});
  }

  mutable std::mutex mutex_;
  std::vector<std::string> commands_;
  std::vector<std::string> connections_;
  std::vector<std::string> retries_;
  std::vector<std::string> promotions_;
  Figures latest_{};
};

class ObserverTest : public ::testing::Test {
 protected:
  std::string port(const std::string& server) const { return std::to_string(config_.nodes.at(server).port); }

  LocalCluster servers_{LocalClusterOptions{.masters = 2}};
  const ClusterConfig& config_ = servers_.config();
  const std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
  const std::string one_ = key_on(1);
  const std::string two_ = key_on(2);
};

TEST_F(ObserverTest, IsToldOfEachServerThatACommandAsks) {
  const StrictRedisCluster r(config_, {.mastersonly = true, .observer = recorder_});
  recorder_->take_commands();
  r.set(one_, "value");
  EXPECT_THAT(recorder_->take_commands(), ElementsAre("SET x1 node_1 node_1 master ok"));
  EXPECT_GT(recorder_->latest().latency, 0ns);
  EXPECT_EQ(recorder_->latest().sent, Command("SET").key(one_).arg("value").bytes().size());
  r.get(one_);
  EXPECT_EQ(recorder_->latest().received, std::string("value").size());
  recorder_->take_commands();
  r.mget({one_, two_});
  EXPECT_THAT(recorder_->take_commands(),
              UnorderedElementsAre("MGET x1 node_1 node_1 master ok", "MGET x1 node_2 node_2 master ok"));
  EXPECT_THROW(r.lpush(one_, "secret"), ResponseError);
  EXPECT_THAT(recorder_->take_commands(), ElementsAre("LPUSH x1 node_1 node_1 master error_reply WRONGTYPE"));
  auto pipeline = r.pipeline();
  pipeline.incr("n" + one_);
  pipeline.get(one_);
  pipeline.get(one_);
  recorder_->take_commands();
  pipeline.execute();
  int in_all = 0;
  for (const std::string& line : recorder_->take_commands()) in_all += line[line.find(" x") + 2] - '0';
  EXPECT_EQ(in_all, 3);
  r.node("node_2").ping();
  EXPECT_THAT(recorder_->take_commands(), ElementsAre("PING x1 node_2 node_2 master ok"));
  EXPECT_THAT(recorder_->take_retries(), ElementsAre());
}

TEST_F(ObserverTest, AServerAloneHasNoNode) {
  const StrictRedis s(config_.nodes.at("node_1"), {.observer = recorder_});
  s.ping();
  EXPECT_THAT(recorder_->take_commands(), ElementsAre("PING x1   master ok"));
  EXPECT_THAT(recorder_->take_connections(), ElementsAre("up  " + port("node_1") + " "));
}

TEST_F(ObserverTest, IsToldOfConnectionsThatComeAndGo) {
  {
    const StrictRedisCluster r(config_, {.mastersonly = true, .observer = recorder_});
    r.ping();
    EXPECT_THAT(recorder_->take_connections(),
                UnorderedElementsAre("up node_1 " + port("node_1") + " ", "up node_2 " + port("node_2") + " ",
                                     "up node_3 " + port("node_3") + " ", "up node_4 " + port("node_4") + " "));
    servers_.restart("node_2");
    EXPECT_TRUE(eventually([&] { return r.get(two_) == std::nullopt; }));
    const auto events = recorder_->take_connections();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_THAT(events[0], HasSubstr("down node_2 " + port("node_2") + " "));
    EXPECT_THAT(events[0], HasSubstr("clos"));
    EXPECT_EQ(events[1], "up node_2 " + port("node_2") + " ");
  }
  // Those that were closed with the client are told by another one.
  StrictRedis(config_.nodes.at("node_1"), {.observer = recorder_}).ping();
  const auto events = recorder_->take_connections();
  EXPECT_EQ(std::ranges::count_if(events, [](const auto& line) { return line.starts_with("down node_"); }), 4);
}

TEST_F(ObserverTest, IsToldOfRetriesAndFailOver) {
  const StrictRedisCluster r(config_, {.observer = recorder_});
  EXPECT_TRUE(eventually([&] {  // until the slave is used
    recorder_->take_commands();
    r.get(one_);
    return recorder_->take_commands() == std::vector<std::string>{"GET x1 node_1 node_3 slave ok"};
  }));
  servers_.kill("node_3");
  EXPECT_TRUE(eventually([&] {
    r.get(one_);
    return !recorder_->take_retries().empty();
  }));
  recorder_->take_commands();
  servers_.kill("node_1");
  EXPECT_TRUE(eventually([&] {  // once the connection to it is known to be lost
    try {
      r.set(one_, "secret");
      return false;
    } catch (const ConnectionError& error) {
      return !error.maybe_executed();
    }
  }));
  const auto retries = recorder_->take_retries();
  ASSERT_FALSE(retries.empty());
  EXPECT_THAT(retries.front(), HasSubstr("SET node_1 node_1 -> node_1: node_1 (127.0.0.1:" + port("node_1") + "): "));
  EXPECT_THAT(retries.back(), HasSubstr("SET node_1 node_1 -> : ")) << "after a pause it is decided anew";
  EXPECT_THAT(recorder_->take_commands().back(), HasSubstr("SET x1 node_1 node_1 master connection_error node_1 ("));
  for (const std::string& line : retries) EXPECT_THAT(line, Not(HasSubstr("secret")));
}

TEST_F(ObserverTest, IsToldOfPromotions) {
  const StrictRedisCluster r(config_, {.observer = recorder_});
  r.set(one_, "value");
  servers_.wait_for_replication();
  EXPECT_EQ(ask(config_, "node_3", {"REPLICAOF", "NO", "ONE"}), "OK");
  EXPECT_EQ(ask(config_, "node_1", {"REPLICAOF", "127.0.0.1", port("node_3")}), "OK");
  EXPECT_TRUE(r.set(one_, "new"));
  EXPECT_THAT(recorder_->take_promotions(), ElementsAre("node_1 node_1 -> node_3"));
  EXPECT_THAT(recorder_->take_retries(), ElementsAre("SET node_1 node_1 -> node_3: READONLY"));
}

TEST_F(ObserverTest, ItsExceptionsAreCountedAndGoNoFurther) {
  class Thrower final : public Observer {
    void on_command(const CommandEvent&) override { throw std::runtime_error("on_command"); }
    void on_connection(const ConnectionEvent&) override { throw 1; }
  };
  const auto thrower = std::make_shared<Thrower>();
  const StrictRedisCluster r(config_, {.mastersonly = true, .observer = thrower});
  EXPECT_TRUE(r.set(one_, "value"));
  EXPECT_EQ(thrower->exceptions(), 5U) << "four connections and one command";
  EXPECT_EQ(r.get(one_), "value");
  EXPECT_EQ(thrower->exceptions(), 6U);
}

TEST_F(ObserverTest, TheClientMayBeUsedFromWithin) {
  class Asker final : public Observer {
   public:
    void on_command(const CommandEvent& event) override {
      if (event.command == "SET") seen = client->get(key);
    }
    std::optional<StrictRedisCluster> client;
    std::string key;
    std::optional<std::string> seen;
  };
  const auto asker = std::make_shared<Asker>();
  asker->key = one_;
  asker->client.emplace(config_, Options{.mastersonly = true, .observer = asker});
  asker->client->set(one_, "value");
  EXPECT_EQ(asker->seen, "value");
  asker->client.reset();  // which would keep the observer, and be kept by it
}

}  // namespace
}  // namespace rediscluster::tests
