// Scans while servers fail, are restarted and change their roles: what was there all the time is found.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/fake_server.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using testing::LocalCluster;
using Names = std::multiset<std::string>;
using Strings = std::vector<std::string>;

constexpr int key_count = 3000;

/** One scan, page by page. */
class Pages {
 public:
  using Call = std::function<ScanPage<std::string>(std::uint64_t)>;
  explicit Pages(Call call) : call_(std::move(call)) {}

  void take(int pages) {
    for (; pages != 0 && !done_; --pages) {
      const ScanPage<std::string> page = call_(cursor_);
      found_.insert(page.items.begin(), page.items.end());
      cursor_ = page.cursor;
      done_ = cursor_ == 0;
    }
  }
  /** The rest; a scan that finds no end is a failure. */
  const Names& take_all() {
    take(10000);
    EXPECT_TRUE(done_);
    return found_;
  }
  /** With what is given twice as often as it was given. */
  const Names& found() const noexcept { return found_; }
  std::uint64_t cursor() const noexcept { return cursor_; }

 private:
  const Call call_;
  std::uint64_t cursor_ = 0;
  bool done_ = false;
  Names found_;
};

Pages keys_of(const StrictRedisCluster& r, long long count = 20) {
  return Pages([=](std::uint64_t cursor) { return r.scan(cursor, {.count = count}); });
}
Pages members_of(const StrictRedisCluster& r, const std::string& set) {
  return Pages([=](std::uint64_t cursor) { return r.sscan(set, cursor, {.count = 20}); });
}

Names fill(const StrictRedisCluster& r) {
  Names names;
  Pipeline p = r.pipeline();
  for (int i = 0; i < key_count; ++i) p.set(*names.insert("key:" + std::to_string(i)), i);
  p.execute();
  return names;
}
Names fill_set(const StrictRedisCluster& r, const std::string& set) {
  Names members;
  for (int i = 0; i < key_count; ++i) members.insert("member:" + std::to_string(i));
  r.sadd(set, Strings(members.begin(), members.end()));
  return members;
}

/** What was not found. */
Strings missing(const Names& expected, const Names& found) {
  Strings missing;
  std::ranges::set_difference(expected, found, std::back_inserter(missing));
  return missing;
}

// Three masters with two slaves each: node_4 and node_5 of node_1, and so on.
class ScanFaultsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { servers_ = new LocalCluster({.masters = 3, .slaves = 2}); }
  static void TearDownTestSuite() {
    delete servers_;
    servers_ = nullptr;
  }
  void SetUp() override {
    StrictRedisCluster r(config(), {.require_all = true});
    r.flushall();
    keys = fill(r);
    members = fill_set(r, set);
    keys.insert(set);
    servers_->wait_for_replication();
    reset_stats(config());
  }
  void TearDown() override {
    for (const std::string& name : touched_) servers_->restart(name);
  }

  static const ClusterConfig& config() { return servers_->config(); }
  /** The servers of a node that have run the command. */
  static Strings asked(int node, const std::string& command = "scan") {
    Strings asked;
    for (const int server : {node, 2 * node + 2, 2 * node + 3}) {
      const std::string name = "node_" + std::to_string(server);
      if (servers_->is_alive(name) && calls_of(config(), name, command) > 0) asked.push_back(name);
    }
    return asked;
  }
  /** The server whose page a scan of node_1 has just been given. */
  static std::string asked_one(const std::string& command = "scan") {
    const Strings servers = asked(1, command);
    EXPECT_EQ(servers.size(), 1U);
    return servers.empty() ? "" : servers[0];
  }
  void kill(const std::string& name) {
    touched_.insert(name);
    servers_->kill(name);
  }

  static LocalCluster* servers_;
  const std::string set = key_on(1, 3, 5000);  // on node_1
  Names keys;
  Names members;

 private:
  std::set<std::string> touched_;
};
LocalCluster* ScanFaultsTest::servers_ = nullptr;

// Without this the tests below would show nothing.
TEST_F(ScanFaultsTest, SlavesHaveHashSeedsOfTheirOwn) {
  const auto page_of = [&](const char* server) { return ask(config(), server, {"SCAN", "0", "COUNT", "20"}); };
  EXPECT_NE(page_of("node_4"), page_of("node_5"));
  EXPECT_NE(page_of("node_1"), page_of("node_4"));
}

TEST_F(ScanFaultsTest, EveryKeyOnceAndEachNodeFromOneSlave) {
  for (int i = 0; i < 3; ++i) {
    reset_stats(config());
    const StrictRedisCluster r(config());
    EXPECT_EQ(keys_of(r).take_all(), keys);
    for (const int node : {1, 2, 3}) {
      const Strings servers = asked(node);
      ASSERT_EQ(servers.size(), 1U) << "node_" << node;
      EXPECT_NE(servers[0], "node_" + std::to_string(node)) << "a slave, not the master";
    }
    EXPECT_EQ(members_of(r, set).take_all(), members);
  }
}

TEST_F(ScanFaultsTest, ScansSideBySideDoNotDisturbEachOther) {
  const StrictRedisCluster r(config());
  std::vector<Pages> scans;
  for (int i = 0; i < 4; ++i) scans.push_back(i % 2 == 0 ? keys_of(r, 10 + i) : members_of(r, set));
  for (int i = 0; i < 100; ++i) {
    for (Pages& scan : scans) scan.take(1);
  }
  for (int i = 0; i < 4; ++i) EXPECT_EQ(scans[static_cast<std::size_t>(i)].take_all(), i % 2 == 0 ? keys : members);
}

TEST_F(ScanFaultsTest, ScansOfMastersAskMasters) {
  const StrictRedisCluster r(config(), {.mastersonly = true});
  EXPECT_EQ(keys_of(r).take_all(), keys);
  for (const int node : {1, 2, 3}) EXPECT_EQ(asked(node), Strings{"node_" + std::to_string(node)});
  EXPECT_EQ(members_of(r, set).take_all(), members);
  EXPECT_EQ(asked(1, "sscan"), Strings{"node_1"});
}

TEST_F(ScanFaultsTest, AScanThatTurnsToMastersBeginsItsNodeAnew) {
  const StrictRedisCluster r(config());
  Pages scan([&, calls = 0](std::uint64_t cursor) mutable {
    return r.with({.mastersonly = ++calls > 5}).scan(cursor, {.count = 20});
  });
  scan.take(5);
  reset_stats(config());
  EXPECT_EQ(missing(keys, scan.take_all()), Strings());
  for (const int node : {1, 2, 3}) EXPECT_EQ(asked(node), Strings{"node_" + std::to_string(node)});
}

TEST_F(ScanFaultsTest, CursorsGoFromOneClientToAnother) {
  const StrictRedisCluster one(config());
  const StrictRedisCluster other(config());
  Pages scan([&, calls = 0](std::uint64_t cursor) mutable {
    return (++calls % 2 == 0 ? one : other).scan(cursor, {.count = 20});
  });
  EXPECT_EQ(scan.take_all(), keys);
}

// Other threads write, also such keys that a slave that is lost may or may not have.
class Others {
 public:
  explicit Others(const StrictRedisCluster& r)
      : thread_([this, r] {
          for (int i = 0; !stop_; ++i) {
            r.set("other:" + std::to_string(i % 500), i);
            r.del("other:" + std::to_string((i + 250) % 500));
          }
        }) {}
  ~Others() {
    stop_ = true;
    thread_.join();
  }
  Others(const Others&) = delete;
  Others& operator=(const Others&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

TEST_F(ScanFaultsTest, ASlaveThatDiesInMidScanCostsNoKey) {
  const StrictRedisCluster r(config(), {.read_your_writes = ReadYourWrites::off});
  Pages scan = keys_of(r);
  Pages of_set = members_of(r, set);
  scan.take(10);
  of_set.take(10);
  {
    const Others others(r);
    const std::string slave = asked_one();
    ASSERT_NE(slave, "node_1");
    kill(slave);
    scan.take(10);
    EXPECT_EQ(asked(1).size(), 1U) << "it goes on with another server";
    const std::string second_slave = asked_one();
    ASSERT_NE(second_slave, slave);
    kill(second_slave);
    EXPECT_EQ(missing(keys, scan.take_all()), Strings());
    EXPECT_EQ(missing(members, of_set.take_all()), Strings());
  }
}

TEST_F(ScanFaultsTest, IteratorsOutliveASlaveToo) {
  const StrictRedisCluster r(config(), {.read_your_writes = ReadYourWrites::off});
  const Others others(r);
  Names found;
  for (const std::string& key : r.scan_iter({.match = "key:*"})) {
    found.insert(key);
    if (found.size() == 200) kill(asked_one());
  }
  Names plain = keys;
  plain.erase(set);
  EXPECT_EQ(missing(plain, found), Strings());
}

TEST_F(ScanFaultsTest, ASlaveThatIsRestartedInMidScanCostsNoKey) {
  const StrictRedisCluster r(config());
  Pages scan = keys_of(r);
  Pages of_set = members_of(r, set);
  scan.take(25);
  of_set.take(70);
  std::set<std::string> slaves{asked_one()};
  for (std::string& slave : asked(1, "sscan")) slaves.insert(std::move(slave));
  for (const std::string& slave : slaves) servers_->restart(slave);
  EXPECT_EQ(missing(keys, scan.take_all()), Strings());
  EXPECT_EQ(missing(members, of_set.take_all()), Strings());
}

TEST_F(ScanFaultsTest, WithADeadMasterAndOneSlave) {
  const StrictRedisCluster r(config());
  Pages scan = keys_of(r);
  scan.take(10);
  kill("node_1");
  kill(asked_one());
  EXPECT_EQ(missing(keys, scan.take_all()), Strings());
}

TEST_F(ScanFaultsTest, ASlaveThatHangsFailsOneCallWhichMayBeMadeAgain) {
  const StrictRedisCluster r(config(), {.socket_timeout = 500ms});
  Pages scan = keys_of(r);
  scan.take(10);
  const std::string slave = asked_one();
  servers_->stop(slave);
  const std::uint64_t cursor = scan.cursor();
  EXPECT_THROW(scan.take(1), TimeoutError);
  EXPECT_EQ(scan.cursor(), cursor);
  EXPECT_EQ(missing(keys, scan.take_all()), Strings());
  servers_->resume(slave);
  servers_->wait_for_replication();
}

TEST_F(ScanFaultsTest, ReplacedConfigurationsCostNoKey) {
  ClusterConfig fewer = config();
  for (const char* const slave : {"node_4", "node_6", "node_9"}) fewer.nodes.erase(slave);
  fewer.master_of = {{"node_1", "node_5"}, {"node_2", "node_7"}, {"node_3", "node_8"}};
  const StrictRedisCluster r(config());
  for (const int pages : {1, 20, 70, 130}) {
    Pages scan = keys_of(r);
    Pages of_set = members_of(r, set);
    scan.take(pages);
    of_set.take(pages);
    r.reload(fewer);
    scan.take(pages);
    of_set.take(pages);
    r.reload(config());
    EXPECT_EQ(missing(keys, scan.take_all()), Strings()) << pages;
    EXPECT_EQ(missing(members, of_set.take_all()), Strings()) << pages;
  }
  Pages scan = keys_of(r);
  scan.take(100);
  r.reload(config());
  EXPECT_EQ(scan.take_all(), keys) << "the same configuration: it goes on";
}

// Each test has its own servers.
TEST(ScanRestartTest, AMasterWithoutSlavesThatIsRestarted) {
  LocalCluster servers({.masters = 2, .slaves = 0});
  const StrictRedisCluster r(servers.config());
  const Names keys = fill(r);
  const std::string set = key_on(2, 2, 5000);
  const Names members = fill_set(r, set);
  for (const int pages : {5, 30, 60}) {
    Pages scan = keys_of(r);
    Pages of_set = members_of(r, set);
    scan.take(pages);
    of_set.take(2 * pages);
    for (const char* const name : {"node_1", "node_2"}) servers.restart(name, {.keep_data = true});
    EXPECT_EQ(missing(keys, scan.take_all()), Strings()) << pages;
    EXPECT_EQ(missing(members, of_set.take_all()), Strings()) << pages;
  }
}

TEST(ScanRestartTest, ACallThatFailsMayBeMadeAgain) {
  LocalCluster servers({.masters = 1, .slaves = 0});
  const StrictRedisCluster r(servers.config(), {.socket_timeout = 300ms});
  const Names keys = fill(r);
  const auto range = r.scan_iter({.count = 100});
  Names found;
  auto at = range.begin();
  for (int i = 0; i < 500; ++i, ++at) found.insert(*at);
  servers.stop("node_1");
  EXPECT_THROW(for (;; ++at) found.insert(*at), TimeoutError);
  EXPECT_THROW(++at, TimeoutError);
  EXPECT_FALSE(at == range.end());
  servers.resume("node_1");
  ++at;
  for (; at != range.end(); ++at) found.insert(*at);
  EXPECT_EQ(missing(keys, found), Strings());
  EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), keys.size());
}

TEST(ScanRestartTest, APromotedSlaveGoesOn) {
  LocalCluster servers({.masters = 1, .slaves = 2});
  const StrictRedisCluster all(servers.config());
  const Names keys = fill(all);
  servers.wait_for_replication();
  for (const bool mastersonly : {false, true}) {
    const StrictRedisCluster r = all.with({.mastersonly = mastersonly});
    Pages scan = keys_of(r);
    scan.take(20);
    const std::string master = r.topology().nodes[0].master;
    const std::string slave = master == "node_2" ? "node_3" : "node_2";
    servers.kill(master);
    ASSERT_EQ(ask(servers.config(), slave, {"REPLICAOF", "NO", "ONE"}), "OK");
    ASSERT_TRUE(eventually([&] {
      try {
        return all.set("key:0", "value");
      } catch (const ConnectionError&) {
        return false;
      }
    }));
    EXPECT_EQ(missing(keys, scan.take_all()), Strings());
  }
}

// What no real server does at will.

std::string page(std::uint64_t cursor, const std::string& key) {
  const std::string number = std::to_string(cursor);
  return "*2\r\n$" + std::to_string(number.size()) + "\r\n" + number + "\r\n*1\r\n$" + std::to_string(key.size()) +
         "\r\n" + key + "\r\n";
}
std::string info(const std::string& run_id) {
  const std::string text = "# Server\r\nredis_version:7.0.15\r\nrun_id:" + run_id + "\r\nhz:10\r\n";
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

TEST(ScanOnFakesTest, ACursorThatIsTooLargeIsAnInvalidResponse) {
  std::atomic<std::uint64_t> cursor = ~std::uint64_t{0};
  FakeServer server([&](const Received& command) {
    if (command[0] == "SCAN") return reply(page(cursor, "key"));
    return command[0] == "INFO" ? reply(info("a")) : default_reply();
  });
  const ClusterConfig cluster{.nodes = {{"node_1", {.port = server.port()}}}, .master_of = {{"node_1", Slaves()}}};
  const StrictRedisCluster r(cluster);
  EXPECT_THAT(error_of<InvalidResponse>([&] { r.scan(); }), ::testing::HasSubstr("node_1"));
  EXPECT_EQ(r.node("node_1").scan().cursor, ~std::uint64_t{0}) << "it is the server's own";
  cursor = (std::uint64_t{1} << 40) - 1;
  EXPECT_NE(r.scan().cursor, 0U);
  cursor = std::uint64_t{1} << 40;
  EXPECT_THROW(r.scan(), InvalidResponse);
  cursor = 0;
  EXPECT_EQ(r.scan(), (ScanPage<std::string>{0, {"key"}}));
}

TEST(ScanOnFakesTest, AnotherRunOfTheServerIsBegunAnew) {
  std::atomic<int> run = 0;
  FakeServer server([&](const Received& command) {
    if (command[0] == "SCAN") return reply(page(100 + static_cast<std::uint64_t>(run), command[1]));
    if (command[0] != "INFO") return default_reply();
    return run == 0 ? reply("-NOPERM this user has no permissions\r\n") : reply(info("run " + std::to_string(run)));
  });
  const ClusterConfig cluster{.nodes = {{"node_1", {.port = server.port()}}}, .master_of = {{"node_1", Slaves()}}};
  const StrictRedisCluster r(cluster);
  auto given = r.scan();
  const auto expect_next = [&](const std::string& sent) {
    given = r.scan(given.cursor);
    EXPECT_EQ(given.items, Strings{sent});
  };
  expect_next("100");
  expect_next("100");
  run = 1;
  expect_next("0");
  expect_next("101");
  run = 2;
  expect_next("0");
  expect_next("102");
  run = 0;
  expect_next("0");
  expect_next("100");
}

TEST(ScanOnFakesTest, WhatIsGivenInOnePageTakesOneCommand) {
  FakeServer server([&](const Received& command) {
    return command[0] == "HSCAN" ? reply("*2\r\n$1\r\n0\r\n*0\r\n") : default_reply();
  });
  const StrictRedisCluster r({.nodes = {{"node_1", {.port = server.port()}}}, .master_of = {{"node_1", Slaves()}}});
  EXPECT_EQ(r.hscan("hash", 0, {.match = "f*"}), (ScanPage<std::pair<std::string, std::string>>()));
  std::vector<Received> sent = server.commands();
  std::erase_if(sent, is_handshake);
  EXPECT_EQ(sent, (std::vector<Received>{{"HSCAN", "hash", "0", "MATCH", "f*"}}));
}

// A slave that is still loading its data is no place to begin, nor to go on.
TEST(ScanOnFakesTest, AServerThatIsLoadingIsLeftAlone) {
  LocalCluster servers({.masters = 1, .slaves = 0});
  std::atomic<bool> loading = true;
  const int port = servers.config().nodes.at("node_1").port;
  const std::string role =
      "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:" + std::to_string(port) + "\r\n$9\r\nconnected\r\n:1\r\n";
  FakeServer slave([&](const Received& command) {
    if (command[0] == "ROLE") return reply(role);
    if (is_handshake(command)) return default_reply();
    if (command[0] == "INFO") return reply(info("slave"));
    if (loading) return reply("-LOADING Redis is loading the dataset in memory\r\n");
    return reply(page(7, "of the slave"));
  });
  ClusterConfig cluster = servers.config();
  cluster.nodes["node_2"] = {.port = slave.port()};
  cluster.master_of["node_1"] = "node_2";
  const StrictRedisCluster r(cluster, {.read_your_writes = ReadYourWrites::off});
  r.set("key", "value");
  EXPECT_EQ(r.scan(), (ScanPage<std::string>{0, {"key"}}));
  loading = false;
  ScanPage<std::string> given;
  EXPECT_TRUE(eventually([&] {
    given = r.scan();
    return given.items == Strings{"of the slave"};
  }));
  loading = true;
  EXPECT_EQ(r.scan(given.cursor), (ScanPage<std::string>{0, {"key"}}));
}

}  // namespace
}  // namespace rediscluster::tests
