// Commands on what servers note about themselves, on real ones.
#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <rediscluster/pipeline.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"
#include "server/names.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;
using ::testing::IsEmpty;
using tests::names_of;
using Names = std::vector<std::string>;

class MonitoringCommandsTest : public CommandsTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    r.config_set({{"slowlog-log-slower-than", 10'000'000}, {"latency-monitor-threshold", 0}});
    r.slowlog_reset();
    r.latency_reset();
  }
  /** Makes node_1 do nothing for a while. */
  void delay_node_1() { node_1.execute_command("DEBUG", "SLEEP", "0.06"); }

  static std::chrono::sys_seconds an_hour_ago() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) - 1h;
  }

  const Names all_servers{"node_1", "node_2", "node_3", "node_4"};
  StrictRedis node_1 = r.node("node_1");
};

TEST_F(MonitoringCommandsTest, Slowlog) {
  using Entries = std::vector<SlowlogEntry>;
  EXPECT_EQ(0, r.slowlog_len());
  EXPECT_EQ(all_servers, names_of(r.slowlog_get()));
  EXPECT_THAT(r.slowlog_get().at("node_1"), IsEmpty());

  StrictRedis named(servers_->config().nodes.at("node_1"), {.client_name = "tester"});
  r.config_set("slowlog-log-slower-than", 0);
  named.set("slow", "value");
  named.get("slow");
  r.config_set("slowlog-log-slower-than", 10'000'000);

  const Entries entries = node_1.slowlog_get(-1);
  const auto found =
      std::ranges::find(entries, std::vector<std::string>{"SET", "slow", "value"}, &SlowlogEntry::command);
  ASSERT_NE(entries.end(), found);
  EXPECT_GT(found->start_time, an_hour_ago());
  EXPECT_GE(found->duration, 0us);
  EXPECT_LT(found->duration, 1min);
  EXPECT_EQ("tester", found->client_name);
  EXPECT_TRUE(found->client_address.starts_with("127.0.0.1:")) << found->client_address;
  EXPECT_GT(entries.front().id, found->id) << "the last first";

  const std::map<std::string, Entries> all = r.slowlog_get(-1);
  EXPECT_EQ(entries, all.at("node_1"));
  long long sum = 0;
  for (const auto& [server, noted] : all) sum += static_cast<long long>(noted.size());
  EXPECT_EQ(sum, r.slowlog_len());
  EXPECT_EQ(1U, node_1.slowlog_get(1).size());
  EXPECT_EQ(static_cast<long long>(entries.size()), node_1.slowlog_len());
  EXPECT_TRUE(r.slowlog_reset());
  EXPECT_EQ(0, r.slowlog_len());
  EXPECT_SERVER_ERROR(slowlog_get(-2));
}

TEST_F(MonitoringCommandsTest, Latencies) {
  EXPECT_EQ(all_servers, names_of(r.latency_latest()));
  EXPECT_THAT(r.latency_latest().at("node_1"), IsEmpty());
  EXPECT_THAT(r.latency_history("command").at("node_1"), IsEmpty());
  EXPECT_EQ(0, r.latency_reset());
  EXPECT_SERVER_ERROR(latency_graph("command"));

  r.config_set("latency-monitor-threshold", 50);
  delay_node_1();
  r.config_set("latency-monitor-threshold", 0);

  const std::vector<LatencyEvent> latest = node_1.latency_latest();
  const auto command = std::ranges::find(latest, "command", &LatencyEvent::name);
  ASSERT_NE(latest.end(), command);
  EXPECT_GT(command->time, an_hour_ago());
  EXPECT_GE(command->latest, 50ms);
  EXPECT_GE(command->max, command->latest);
  EXPECT_EQ(latest, r.latency_latest().at("node_1"));

  const std::vector<LatencySample> history = node_1.latency_history("command");
  ASSERT_FALSE(history.empty());
  EXPECT_EQ(command->time, history.back().time);
  EXPECT_GE(history.back().latency, 50ms);
  EXPECT_EQ(all_servers, names_of(r.latency_history("command")));
  EXPECT_EQ(history, r.latency_history("command").at("node_1"));

  const std::map<std::string, LatencyGraph> graphs = r.latency_graph("command");
  EXPECT_EQ(all_servers, names_of(graphs));
  EXPECT_NE(std::string::npos, graphs.at("node_1").text.find("command")) << graphs.at("node_1").text;
  EXPECT_EQ(r.latency_history("command").at("node_2").empty(), graphs.at("node_2").text.empty());
  expect_error("ERR", [&] { node_1.latency_graph("nosuch"); });

  EXPECT_EQ(0, r.latency_reset("nosuch"));
  EXPECT_GE(r.latency_reset("command", "nosuch"), 1);
  EXPECT_THAT(r.latency_history("command").at("node_1"), IsEmpty());
  EXPECT_EQ(0, r.latency_reset({"command"}));
}

TEST_F(MonitoringCommandsTest, HistogramsOfCommands) {
  using Histograms = std::map<std::string, LatencyHistogram>;
  const std::string server = r.getnodefor("foo").name;
  r.config_resetstat();
  for (int i = 0; i < 3; ++i) r.set("foo", i);
  const std::map<std::string, Histograms> all = r.latency_histogram("set");
  EXPECT_EQ(all_servers, names_of(all));
  const LatencyHistogram& set = all.at(server).at("set");
  EXPECT_EQ(3, set.calls);
  ASSERT_FALSE(set.histogram_usec.empty());
  EXPECT_EQ(3, set.histogram_usec.back().second);
  EXPECT_GT(set.histogram_usec[0].first, 0us);
  EXPECT_TRUE(std::ranges::is_sorted(set.histogram_usec));

  StrictRedis one = r.node(server);
  one.incr("n");
  EXPECT_EQ((Names{"incrby", "set"}), names_of(one.latency_histogram("set", "incrby", "mget")));
  EXPECT_EQ((Names{"set"}), names_of(one.latency_histogram({"set", "nosuch"})));
  EXPECT_TRUE(one.latency_histogram().contains("incrby"));
  EXPECT_EQ(Histograms(), one.latency_histogram("nosuch"));
}

TEST_F(MonitoringCommandsTest, Advice) {
  for (const auto& advice : {r.latency_doctor(), r.memory_doctor(), r.memory_malloc_stats()}) {
    EXPECT_EQ(all_servers, names_of(advice));
    for (const auto& [server, text] : advice) EXPECT_FALSE(text.empty()) << server;
  }
  EXPECT_FALSE(node_1.latency_doctor().empty());
}

TEST_F(MonitoringCommandsTest, MemoryOfServers) {
  const std::string server = r.getnodefor("foo").name;
  r.set("foo", "bar", {.ex = 1000});
  EXPECT_EQ(all_servers, names_of(r.memory_stats()));
  const MemoryStats stats = r.memory_stats().at(server);
  EXPECT_GT(stats.total_allocated, 0);
  EXPECT_GT(stats.peak_allocated, 0);
  EXPECT_GT(stats.startup_allocated, 0);
  EXPECT_GT(stats.replication_backlog, 0);
  EXPECT_GT(stats.overhead_total, 0);
  EXPECT_EQ(1, stats.keys_count);
  EXPECT_GT(stats.keys_bytes_per_key, 0);
  EXPECT_GT(stats.dataset_percentage, 0);
  EXPECT_LE(stats.dataset_percentage, 100);
  EXPECT_GT(stats.peak_percentage, 0);
  EXPECT_GT(stats.fragmentation, 0);
  ASSERT_EQ(1U, stats.databases.size());
  EXPECT_GT(stats.databases.at(0).overhead_hashtable_main, 0);
  EXPECT_GT(stats.databases.at(0).overhead_hashtable_expires, 0);
  EXPECT_TRUE(r.memory_purge());
}

TEST_F(MonitoringCommandsTest, MemoryOfKeys) {
  EXPECT_EQ(nullopt, r.memory_usage("missing"));
  r.set("foo", std::string(1000, 'x'));
  EXPECT_GT(r.memory_usage("foo"), 1000);
  // One large element among small ones, which a sample may miss.
  r.hset("hash", "large", std::string(100'000, 'x'));
  for (int i = 0; i < 100; ++i) r.hset("hash", i, "small");
  EXPECT_GT(r.memory_usage("hash", 0), 100'000);
  EXPECT_GT(r.memory_usage("hash", 3), 0);
  EXPECT_SERVER_ERROR(memory_usage("foo", -1));
}

TEST_F(MonitoringCommandsTest, InAPipeline) {
  r.set("foo", "bar");
  Pipeline p = r.pipeline();
  const auto usage = p.memory_usage("foo");
  const auto stats = p.memory_stats();
  const auto log = p.slowlog_get();
  const auto wrong = p.latency_graph("nosuch");
  const auto reset = p.slowlog_reset();
  p.execute({.raise_on_error = false});
  EXPECT_GT(usage.get(), 0);
  EXPECT_EQ(4U, stats.get().size());
  EXPECT_EQ(4U, log.get().size());
  expect_error("ERR", [&] { wrong.get(); });
  EXPECT_TRUE(reset.get());
}

}  // namespace
}  // namespace rediscluster
