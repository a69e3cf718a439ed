// Pipeline: collected commands, sent together, answered in order.
#include <chrono>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/fake_server.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LocalCluster;
using ::testing::StartsWith;

static_assert(!std::is_copy_constructible_v<Pipeline> && !std::is_copy_assignable_v<Pipeline>);
static_assert(std::is_nothrow_move_constructible_v<Pipeline> && std::is_nothrow_move_assignable_v<Pipeline>);

// Two masters, node_1 with slave node_3, node_2 with node_4.
class PipelineTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new LocalCluster({.masters = 2, .slaves = 1}); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override {
    StrictRedisCluster(config()).flushall();
    cluster_->wait_for_replication();
    reset_stats(config());
  }

  static const ClusterConfig& config() { return cluster_->config(); }
  static int calls(const std::string& server, const std::string& command) {
    return calls_of(config(), server, command);
  }

  static LocalCluster* cluster_;
  StrictRedisCluster r_{config()};
  const std::string a_ = key_on(1);
  const std::string b_ = key_on(2);
};
LocalCluster* PipelineTest::cluster_ = nullptr;

TEST_F(PipelineTest, ResultsComeInTheOrderOfTheCalls) {
  Pipeline p = r_.pipeline();
  auto set = p.set(a_, "1");
  auto incr = p.incr(b_);
  auto get = p.get(a_);
  auto absent = p.get("absent");
  auto both = p.mget(b_, "absent", a_, b_);
  auto raw = p.execute_command("STRLEN", a_);
  EXPECT_EQ(p.size(), 6U);
  const std::vector<Reply> replies = p.execute();
  EXPECT_EQ(p.size(), 0U);
  ASSERT_EQ(replies.size(), 6U);
  EXPECT_EQ(replies[0].string(), "OK");
  EXPECT_EQ(replies[1].integer(), 1);
  EXPECT_EQ(replies[2].string(), "1");
  EXPECT_TRUE(replies[3].is_nil());
  EXPECT_EQ(replies[4].size(), 4U);
  EXPECT_TRUE(set.get());
  EXPECT_EQ(incr.get(), 1);
  EXPECT_EQ(get.get(), "1");
  EXPECT_EQ(get.get(), "1") << "as often as one likes";
  EXPECT_EQ(absent.get(), std::nullopt);
  EXPECT_EQ(both.get(), (std::vector<std::optional<std::string>>{"1", std::nullopt, "1", "1"}));
  EXPECT_EQ(raw.get().integer(), 1);
}

TEST_F(PipelineTest, CommandsOverSeveralNodesAreSplit) {
  Pipeline p = r_.pipeline();
  auto mset = p.mset({{a_, 1}, {b_, 2}});
  auto exists = p.exists(a_, b_, "none", a_);
  auto size = p.dbsize();
  auto keys = p.keys();
  auto del = p.del(a_, b_);
  p.sadd(a_, "x", "y"), p.sadd(b_, "y", "z");
  auto inter = p.sinter(a_, b_);
  auto diff = p.sdiff(a_, b_);
  auto united = p.sunion(a_, b_);
  auto ping = p.ping();
  auto info = p.info("server");
  auto flush = p.flushdb();
  p.execute();
  EXPECT_TRUE(mset.get());
  EXPECT_EQ(exists.get(), 3);
  EXPECT_EQ(size.get(), 2);
  EXPECT_THAT(keys.get(), ::testing::UnorderedElementsAre(a_, b_));
  EXPECT_EQ(del.get(), 2);
  EXPECT_THAT(inter.get(), ::testing::UnorderedElementsAre("y"));
  EXPECT_THAT(diff.get(), ::testing::UnorderedElementsAre("x"));
  EXPECT_EQ(united.get().size(), 3U);
  EXPECT_TRUE(ping.get());
  EXPECT_EQ(info.get().size(), 4U);
  EXPECT_TRUE(flush.get());
  EXPECT_EQ(r_.dbsize(), 0);
}

TEST_F(PipelineTest, EachCommandHasItsOwnError) {
  Pipeline p = r_.pipeline();
  auto before = p.set(a_, "text");
  auto wrong = p.incr(a_);
  auto also_wrong = p.lpush(a_, "x");
  auto split = p.sunion(b_, a_);
  auto after = p.get(a_);
  EXPECT_THAT(error_of<ResponseError>([&] { p.execute(); }), StartsWith("ERR value is not an integer"));
  EXPECT_TRUE(before.get());
  EXPECT_THAT(error_of<ResponseError>([&] { wrong.get(); }), AllOf(HasSubstr("INCRBY"), HasSubstr("node_1")));
  EXPECT_THAT(error_of<ResponseError>([&] { also_wrong.get(); }), AllOf(StartsWith("WRONGTYPE"), HasSubstr("LPUSH")));
  EXPECT_THAT(error_of<ResponseError>([&] { split.get(); }), AllOf(StartsWith("WRONGTYPE"), HasSubstr("SUNION")));
  EXPECT_EQ(after.get(), "text") << "an error stops nothing";
  EXPECT_EQ(p.size(), 0U) << "empty although it threw";
}

TEST_F(PipelineTest, ErrorsAreElementsWhenTheyAreNotToBeRaised) {
  Pipeline p = r_.pipeline();
  p.set(a_, "text");
  p.incr(a_);
  p.mset({{a_, 1}, {b_, 2}});
  const std::vector<Reply> replies = p.execute({.raise_on_error = false});
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_FALSE(replies[0].is_error());
  ASSERT_TRUE(replies[1].is_error());
  EXPECT_THAT(replies[1].string(), StartsWith("ERR value is not an integer"));
  EXPECT_EQ(replies[2].string(), "OK");
}

TEST_F(PipelineTest, AResultThatDoesNotFitIsAnErrorOfItsOwn) {
  Pipeline p = r_.pipeline();
  p.set(a_, "text");
  auto misfit = p.execute_command<long long>("GET", a_);
  auto fits = p.execute_command<std::string>("GET", a_);
  p.execute();
  EXPECT_THAT(error_of<InvalidResponse>([&] { misfit.get(); }), HasSubstr("GET"));
  EXPECT_EQ(fits.get(), "text");
}

TEST_F(PipelineTest, ABatchWithAWriteGoesToTheMasterAndReadsItsOwnWrites) {
  for (int i = 0; i < 100; ++i) {
    Pipeline p = r_.pipeline();
    auto early = p.get(a_);
    p.set(a_, i);
    auto late = p.get(a_);
    p.execute();
    ASSERT_EQ(late.get(), std::to_string(i));
    ASSERT_EQ(early.get(), i == 0 ? std::nullopt : std::optional<std::string>(std::to_string(i - 1)));
  }
  EXPECT_EQ(calls("node_1", "get"), 200);
  EXPECT_EQ(calls("node_3", "get"), 0);
}

TEST_F(PipelineTest, ABatchOfReadsGoesToASlave) {
  Pipeline p = r_.pipeline();
  p.get(a_), p.get(b_), p.set(b_, "x");
  p.execute();
  EXPECT_EQ(calls("node_3", "get"), 1) << "node_1's batch only reads";
  EXPECT_EQ(calls("node_2", "get"), 1) << "node_2's does not";
}

TEST_F(PipelineTest, BeforeExecuteThereIsNoResult) {
  Pipeline p = r_.pipeline();
  auto get = p.get(a_);
  EXPECT_THAT(error_of<DataError>([&] { get.get(); }), AllOf(HasSubstr("GET"), HasSubstr("not been executed")));
  p.reset();
  EXPECT_EQ(p.size(), 0U);
  EXPECT_TRUE(p.execute().empty());
  EXPECT_THROW(get.get(), DataError) << "it was forgotten";
  EXPECT_EQ(calls("node_1", "get") + calls("node_3", "get"), 0);
}

TEST_F(PipelineTest, AnEmptyPipelineExecutesNothing) {
  Pipeline p = r_.pipeline();
  EXPECT_TRUE(p.execute().empty());
  EXPECT_TRUE(p.execute({.raise_on_error = false}).empty());
}

TEST_F(PipelineTest, MayBeFilledAndExecutedAgain) {
  Pipeline p = r_.pipeline();
  std::vector<Queued<long long>> results;
  for (int i = 1; i <= 10; ++i) {
    results.push_back(p.incr(a_));
    EXPECT_EQ(p.execute().size(), 1U);
  }
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i - 1)].get(), i);
}

TEST_F(PipelineTest, ResultsOutliveThePipelineAndTheClient) {
  std::optional<Queued<std::optional<std::string>>> result;
  std::vector<Reply> replies;
  {
    StrictRedisCluster r(config());
    Pipeline moved = r.pipeline();
    moved.set(a_, "kept");
    result = moved.get(a_);
    Pipeline p = std::move(moved);
    replies = p.execute();
  }
  EXPECT_EQ(result->get(), "kept");
  EXPECT_EQ(replies[1].string(), "kept");
}

TEST_F(PipelineTest, WhatCannotBeSplitIsRefusedWhenItIsQueued) {
  r_.set(a_, "x");
  Pipeline p = r_.pipeline();
  auto first = p.get(a_);
  EXPECT_THAT(error_of<DataError>([&] { p.rename(a_, b_); }), HasSubstr("RENAME"));
  EXPECT_THAT(error_of<DataError>([&] { p.sinterstore(a_, b_, "x"); }),
              AllOf(HasSubstr("SINTERSTORE"), HasSubstr("pipeline")));
  EXPECT_THAT(error_of<DataError>([&] { p.randomkey(); }), HasSubstr("RANDOMKEY"));
  EXPECT_THAT(error_of<DataError>([&] { p.execute_command("MULTI"); }), HasSubstr("MULTI"));
  EXPECT_THAT(error_of<DataError>([&] { p.execute_command("SORT", a_, "BY", "w_*"); }), HasSubstr("SORT"));
  auto second = p.strlen(a_);
  EXPECT_EQ(p.size(), 2U);
  EXPECT_EQ(p.execute().size(), 2U);
  EXPECT_EQ(first.get(), "x");
  EXPECT_EQ(second.get(), 1);
}

TEST_F(PipelineTest, ADeadNodeFailsOnlyItsOwnCommands) {
  LocalCluster cluster({.masters = 2, .slaves = 0});
  StrictRedisCluster r(cluster.config());
  cluster.kill("node_2");
  Pipeline p = r.pipeline();
  auto good = p.set(a_, "1");
  auto bad = p.set(b_, "2");
  auto both = p.mget(a_, b_);
  auto also_good = p.get(a_);
  const std::vector<Reply> replies = p.execute({.raise_on_error = false});
  ASSERT_EQ(replies.size(), 4U);
  EXPECT_TRUE(good.get());
  EXPECT_THAT(error_of<ConnectionError>([&] { bad.get(); }), HasSubstr("node_2"));
  EXPECT_THAT(error_of<ConnectionError>([&] { both.get(); }), HasSubstr("node_2"));
  EXPECT_EQ(also_good.get(), "1");
  EXPECT_THAT(replies[1].string(), StartsWith("CONNECTIONERROR node_2"));
  cluster.restart("node_2");
  EXPECT_TRUE([&] {
    Pipeline again = r.pipeline();
    auto set = again.set(b_, "2");
    again.execute();
    return set.get();
  }());
}

TEST_F(PipelineTest, ANodeWithoutAMasterFailsOnlyItsOwnCommands) {
  ClusterConfig cluster{.nodes = {{"node_1", config().nodes.at("node_1")},
                                  {"node_2", config().nodes.at("node_2")},
                                  {"node_9", config().nodes.at("node_1")}},
                        .master_of = {{"node_1", {}}, {"node_2", "node_9"}}};
  StrictRedisCluster r(cluster);  // two masters claim node_2
  Pipeline p = r.pipeline();
  auto good = p.set(a_, "1");
  auto bad = p.set(b_, "2");
  EXPECT_THAT(error_of<ConnectionError>([&] { p.execute(); }), HasSubstr("claim"));
  EXPECT_TRUE(good.get());
  EXPECT_THROW(bad.get(), ConnectionError);
  EXPECT_EQ(p.size(), 0U);
}

TEST_F(PipelineTest, AServerThatDiesInTheMiddleOfABatchMayHaveExecutedIt) {
  FakeServer server(std::vector<FakeServer::Script>{{reply("+OK\r\n"), reply("+OK\r\n"), close_after(":1")}});
  StrictRedis r({.port = server.port()});
  Pipeline p = r.pipeline();
  std::vector<Queued<bool>> queued;
  for (int i = 0; i < 5; ++i) queued.push_back(p.set("k", i));
  p.execute({.raise_on_error = false});
  for (const auto& result : queued) {
    try {
      result.get();
      FAIL();
    } catch (const ConnectionError& error) {
      EXPECT_TRUE(error.maybe_executed());
    }
  }
}

TEST_F(PipelineTest, AHundredThousandCommands) {
  const auto begin = std::chrono::steady_clock::now();
  Pipeline p = r_.pipeline();
  std::vector<Queued<std::optional<std::string>>> gets;
  for (int i = 0; i < 50000; ++i) {
    const std::string key = "k" + std::to_string(i);
    p.set(key, i);
    gets.push_back(p.get(key));
  }
  ASSERT_EQ(p.size(), 100000U);
  ASSERT_EQ(p.execute().size(), 100000U);
  for (int i = 0; i < 50000; ++i) ASSERT_EQ(gets[static_cast<std::size_t>(i)].get(), std::to_string(i));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
  EXPECT_EQ(r_.dbsize(), 50000);
}

TEST_F(PipelineTest, OfOneServer) {
  StrictRedis node = r_.node("node_1");
  Pipeline p = node.pipeline();
  auto set = p.set(b_, "anywhere");
  auto store = p.sinterstore(a_, b_ + "x", a_ + "x");
  auto random = p.randomkey();
  p.execute();
  EXPECT_TRUE(set.get());
  EXPECT_EQ(store.get(), 0);
  EXPECT_EQ(random.get(), b_);
}

TEST_F(PipelineTest, TimesOutAsAWhole) {
  cluster_->stop("node_2");
  Pipeline p = r_.with({.timeout = 100ms}).pipeline();
  auto good = p.set(a_, "1");
  auto bad = p.set(b_, "1");
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<Reply> replies = p.execute({.raise_on_error = false});
  cluster_->resume("node_2");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 600ms);
  EXPECT_TRUE(good.get());
  EXPECT_THROW(bad.get(), TimeoutError);
  EXPECT_THAT(replies[1].string(), StartsWith("TIMEOUTERROR"));
}

}  // namespace
}  // namespace rediscluster::tests
