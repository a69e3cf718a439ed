// SORT and SORT_RO with patterns over several nodes, beside one server that has all the keys.
#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/cluster_support.h"
#include "server/one_server.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using testing::LocalCluster;

class SortTest : public BesideOneServer {};

const Words containers{"list", "set", "zset", "numbers", "none", "string", "hash", "dest"};
const Words elements{"1", "2", "10", "3", "-1", "2.5", "7", "8"};
const Words odd_elements{"x", "", "nan", "inf", "-inf", "0x10", " 3", "3 ", "z\0y"s, "\xff"};
// On all nodes by the elements they are used with; some of other types than they are looked up as.
const Words patterns{"w_*", "*", "*_w", "h_*->f", "h_*->g", "h_*->none", "l_*", "w_*->f", "h_*", "w_*->", "h_*->f->x"};
const Words destinations{"dest", "list", "set", key_on(1, 3), key_on(2, 3), key_on(3, 3)};
const Words constants{"nosort", "", "#", "w_1", "w_1->f", "w\0*"s, "#\0*"s};

Words random_creation(Chance& chance) {
  const auto weight = [&] {
    if (chance.one_in(40)) return chance.of(odd_elements);
    return chance.one_in(3) ? "0." + std::to_string(chance.below(10)) : std::to_string(chance.below(12));
  };
  const std::string element = chance.one_in(25) ? chance.of(odd_elements) : chance.of(elements);
  switch (chance.below(15)) {
    case 0:
      return {"RPUSH", "list", element};
    case 1:
      return {"SADD", "set", element};
    case 2:
      return {"ZADD", "zset", std::to_string(chance.below(5)), element};
    case 3:
      return {"RPUSH", "numbers", chance.of(elements)};
    case 4:
      return {"SET", element, weight()};
    case 5:
      return {"SET", element + "_w", weight()};
    case 6:
      return {"SET", "w_" + element, weight()};
    case 7:
      return {"DEL", "w_" + element};
    case 8:
    case 9:
      return {"HSET", "h_" + element, "f", weight(), "g", weight()};
    case 10:
      return {"HSET", "h_" + element, "f->x", weight()};
    case 11:
      return {"SET", "w_" + element + "->", weight()};
    case 12:
      return {"RPUSH", "l_" + element, "x"};
    case 13:
      return {"PEXPIREAT", chance.of(containers), "99999999999999"};
    default:
      return chance.of(
          std::vector<Words>{{"DEL", chance.of(containers)}, {"SET", "string", "x"}, {"HSET", "hash", "f", "x"}});
  }
}

Words random_sort(Chance& chance) {
  Words words{chance.one_in(4) ? "SORT_RO" : "SORT", chance.of(containers)};
  const auto add = [&](const Words& more) { words.insert(words.end(), more.begin(), more.end()); };
  const auto add_by = [&] { add({chance.of({"BY", "by"}), chance.of(chance.one_in(6) ? constants : patterns)}); };
  if (chance.one_in(9)) words[0] = chance.of({"sort", "Sort_ro"});
  if (!chance.one_in(3)) add_by();
  if (chance.one_in(3)) words.push_back(chance.of({"ALPHA", "alpha"}));
  for (std::size_t n = chance.below(3); n != 0; --n) add({"GET", chance.of(chance.one_in(4) ? constants : patterns)});
  if (chance.one_in(3)) words.push_back(chance.of({"ASC", "DESC", "desc"}));
  if (chance.one_in(3)) add({"LIMIT", chance.of({"0", "1", "3", "-2", "100"}), chance.of({"0", "1", "2", "5", "-1"})});
  if (chance.one_in(4)) add({"STORE", chance.of(destinations)});
  if (chance.one_in(60)) words.push_back(chance.of({"FOO", "BY", "GET", "STORE", "LIMIT"}));
  if (chance.one_in(60)) add({"LIMIT", "0", chance.of({"01", "x", "-0", "+1"})});
  if (chance.one_in(40)) add_by();
  return words;
}

// How far the server decides upon the order.
enum class Order { given, any, any_and_a_part_is_taken };

Order order_of(const Words& words, bool is_set) {
  bool by = false, constant = false, alpha = false, store = false, limit = false;
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "ALPHA" || words[i] == "alpha") alpha = true;
    if (words[i] == "STORE") store = true;
    if (words[i] == "LIMIT") limit = true;
    if (words[i] == "GET" || words[i] == "STORE") {
      ++i;
    } else if ((words[i] == "BY" || words[i] == "by") && i + 1 < words.size()) {
      ++i;
      by = true;
      if (words[i].substr(0, words[i].find('\0')).find('*') == std::string::npos) constant = true;
    }
  }
  const bool has_ties = alpha && by && !constant;
  const bool is_unsorted = constant && is_set && !store;
  if (!has_ties && !is_unsorted) return Order::given;
  return limit || store ? Order::any_and_a_part_is_taken : Order::any;
}

TEST_F(SortTest, RandomCommandsAnswerAsOneServerDoes) {
  Chance chance;
  for (int i = 0; i < (sanitized ? 2000 : 20000); ++i) {
    if (chance.one_in(2)) {
      ASSERT_NO_FATAL_FAILURE(expect_same(random_creation(chance)));
    } else {
      const Words words = random_sort(chance);
      const Order order = order_of(words, plain_.type(words[1]) == "set");
      if (order != Order::any_and_a_part_is_taken) ASSERT_NO_FATAL_FAILURE(expect_same(words, order == Order::any));
    }
    if (i % 200 == 199) ASSERT_NO_FATAL_FAILURE(expect_same_data());
    if (i % 1000 == 999) {
      r_.flushall();
      plain_.flushall();
    }
  }
}

TEST_F(SortTest, WeightsWithoutTiesInAllForms) {
  for (int i = 0; i < 30; ++i) {
    const std::string element = std::to_string(i);
    expect_same({"RPUSH", "list", element});
    expect_same({"SADD", "set", element});
    expect_same({"ZADD", "zset", std::to_string(-i), element});
    expect_same({"SET", "w_" + element, std::to_string(i * 7 % 30)});
    expect_same({"HSET", "h_" + element, "f", "text " + std::to_string(i * 11 % 30)});
  }
  for (const char* const key : {"list", "set", "zset"}) {
    for (const char* const by : {"w_*", "h_*->f"}) {
      for (const Words& limit : std::vector<Words>{{"0", "-1"}, {"3", "5"}, {"28", "10"}, {"-3", "4"}, {"30", "1"}}) {
        for (const char* const direction : {"ASC", "DESC"}) {
          const Words how{"LIMIT", limit[0], limit[1], direction};
          const auto expect_same_order = [&](Words words) {
            words.insert(words.begin(), {"SORT", key});
            words.insert(words.end(), how.begin(), how.end());
            expect_same(words);
          };
          expect_same_order({"BY", by, "ALPHA", "GET", "#", "GET", by});
          for (const std::string& d : {key_on(1, 3), key_on(2, 3), key_on(3, 3)}) {
            for (const Words& words : std::vector<Words>{{"BY", by, "ALPHA", "STORE", d},
                                                         {"BY", "w_*", "GET", by, "STORE", d},
                                                         {"BY", "nosort", "STORE", d},
                                                         {"STORE", d},
                                                         {"ALPHA", "GET", by, "STORE", d}}) {
              expect_same_order(words);
              expect_same({"LRANGE", d, "0", "-1"});
            }
          }
          ASSERT_FALSE(HasFatalFailure());
        }
      }
    }
  }
}

// Of weights that are stored all bytes count.
TEST_F(SortTest, WeightsWithNul) {
  expect_same({"RPUSH", "list", "1", "2", "3"});
  for (int i = 1; i <= 3; ++i) expect_same({"SET", "w_" + std::to_string(i), "a\0"s + static_cast<char>('z' - i)});
  for (const std::string& d : {key_on(1, 3), key_on(2, 3), key_on(3, 3)}) {
    expect_same({"SORT", "list", "BY", "w_*", "ALPHA", "STORE", d});
    expect_same({"LRANGE", d, "0", "-1"});
  }
  EXPECT_THAT(r_.sort("list", {.by = "w_*", .alpha = true}), ElementsAre("1", "2", "3"));
}

// The server's own order of equal weights, which is none: what is promised is that of the key.
TEST_F(SortTest, EqualWeightsOfAlphaKeepTheOrderOfTheKey) {
  r_.rpush("list", "5", "3", "9", "1");
  r_.set("w_9", "a");
  EXPECT_THAT(r_.sort("list", {.by = "w_*", .alpha = true}), ElementsAre("5", "3", "1", "9"));
  EXPECT_THAT(r_.sort("list", {.by = "w_*", .desc = true, .alpha = true}), ElementsAre("9", "5", "3", "1"));
  EXPECT_THAT(r_.sort("list", {.start = 1, .num = 2, .by = "w_*", .alpha = true}), ElementsAre("3", "1"));
}

// More than are looked up by one command or in one step, and more than are stored by one.
TEST_F(SortTest, ManyElements) {
  constexpr int count = sanitized ? 3000 : 25000;
  Words list{"RPUSH", "list"}, weights{"MSET"};
  for (int i = 0; i < count; ++i) {
    list.push_back(std::to_string(i));
    weights.insert(weights.end(), {"w_" + list.back(), std::to_string(i * 7919 % 25013)});
    if (i % 3 == 0) expect_same({"HSET", "h_" + list.back(), "f", list.back()});
  }
  expect_same(list);
  expect_same(weights);
  reset_stats(cluster());
  expect_same({"SORT", "list", "BY", "w_*", "GET", "h_*->f", "GET", "#", "DESC"});
  int calls = 0;
  for (int i = 1; i <= 3; ++i) calls += calls_of(cluster(), node(i), "mget");
  EXPECT_GE(calls, count / 1000);
  expect_same({"SORT_RO", "list", "BY", "h_*->f", "LIMIT", "100", "2000", "GET", "w_*"});
  expect_same({"SET", "dest", "old"});
  expect_same({"SORT", "list", "BY", "w_*", "GET", "w_*", "GET", "none_*", "STORE", "dest"});
  expect_same({"LRANGE", "dest", "0", "-1"});
  EXPECT_EQ(r_.keys("rediscluster:*"), Words());
}

TEST_F(SortTest, ErrorsOfLookupsAreNotTakenForMissingKeys) {
  r_.rpush("list", "1", "2", "3");
  const std::string node = r_.getnodefor("w_2").name;
  ask(cluster(), node, {"ACL", "SETUSER", "default", "-mget", "-hget"});
  EXPECT_THROW(r_.sort("list", {.by = "w_*"}), NoPermissionError);
  EXPECT_THROW(r_.sort("list", {.by = "w_*->f"}), NoPermissionError);
  ask(cluster(), node, {"ACL", "SETUSER", "default", "+@all"});
  EXPECT_THAT(r_.sort("list", {.by = "w_*"}), ElementsAre("1", "2", "3"));
}

TEST_F(SortTest, NumbersAreThoseOfTheServer) {
  const Words weights{"1e400",    "-1e400", "1e-400", "1e308",  "1e-300", "0x1p3", "0X1P-3",
                      "infinity", "-INF",   "nan",    "NaN(1)", "",       " 7",    "7 ",
                      "\t7",      "+7",     "-0",     "--7",    "7,5",    "7e",    ".5",
                      "5.",       ".",      "1e5",    "0b1",    "7\0x"s,  "\0"s,   "9223372036854775807"};
  expect_same({"RPUSH", "list", "1", "2", "3"});
  expect_same({"SET", "w_1", "7.25"});
  expect_same({"SET", "w_3", "7"});
  for (const std::string& weight : weights) {
    expect_same({"SET", "w_2", weight});
    expect_same({"SORT", "list", "BY", "w_*", "GET", "#", "GET", "w_*"});
    expect_same({"SORT", "list", "BY", "w_*", "LIMIT", "0", "0", "STORE", "dest"});
    // The server takes an errno from long ago, ERANGE, for one of this number: have it replaced.
    ask(servers_->config(), "node_4", {"PING"});
    ASSERT_FALSE(HasFatalFailure()) << weight;
  }
}

TEST_F(SortTest, TypedMethods) {
  for (int i = 1; i <= 3; ++i) {
    r_.rpush("list", std::to_string(i));
    r_.set("w_" + std::to_string(i), 10 - i);
    r_.hset("o_" + std::to_string(i), "name", "object " + std::to_string(i));
  }
  EXPECT_THAT(r_.sort("list", {.by = "w_*"}), ElementsAre("3", "2", "1"));
  EXPECT_THAT(r_.sort_ro("list", {.by = "w_*", .desc = true}), ElementsAre("1", "2", "3"));
  EXPECT_THAT(r_.sort_get("list", {"o_*->name"}, {.start = 1, .num = 2, .by = "w_*"}),
              ElementsAre("object 2", "object 1"));
  EXPECT_THAT(r_.sort_ro_get("list", {"w_*", "none_*"}, {.start = 0, .num = 1}), ElementsAre("9", std::nullopt));
  const auto groups = r_.sort_groups("list", {"#", "o_*->name"}, {.by = "w_*"});
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0][0], "3");
  EXPECT_EQ(groups[0][1], "object 3");
  for (const char* const destination : {"d1", "d2", "d3", "list"}) {
    EXPECT_EQ(r_.sort_store("list", destination, {.by = "w_*", .get = {"w_*"}}), 3);
    EXPECT_THAT(r_.lrange(destination, 0, -1), ElementsAre("7", "8", "9"));
  }
}

class CountsCommands final : public Observer {
 public:
  void on_command(const CommandEvent& event) override {
    const std::lock_guard lock(mutex_);
    if (event.command != "HGET") return;
    ++requests;
    lookups += event.commands;
  }

  std::size_t requests = 0;
  std::size_t lookups = 0;

 private:
  std::mutex mutex_;
};

TEST_F(SortTest, ManyLookupsAreOneRequestANode) {
  const auto counts = std::make_shared<CountsCommands>();
  const StrictRedisCluster r(cluster(), {.observer = counts});
  Words list;
  for (int i = 0; i < 1000; ++i) list.push_back(std::to_string(i));
  r.rpush("list", list);
  r.hset("h_102", "f", "found");  // the sixth, as text: none has a weight
  EXPECT_THAT(r.sort_get("list", {"h_*->f"}, {.start = 5, .num = 1, .by = "h_*->none"}), ElementsAre("found"));
  EXPECT_EQ(counts->lookups, 1001U);
  EXPECT_EQ(counts->requests, 3U + 1U);
}

// SORT reads what is acknowledged, SORT_RO what slaves have.
TEST(SortPlacesTest, OnlySortRoReadsFromSlaves) {
  LocalCluster servers({.masters = 2, .slaves = 1});
  const std::string list = key_on(1);
  StrictRedisCluster writer(servers.config());
  // A pattern whose keys are all on the second node.
  std::string pattern;
  for (int i = 0; pattern.empty(); ++i) {
    const std::string prefix = "w" + std::to_string(i) + "_";
    if (writer.getnodefor(prefix + "1").name == "node_2" && writer.getnodefor(prefix + "2").name == "node_2") {
      pattern = prefix + "*";
      writer.set(prefix + "2", "-5");
    }
  }
  writer.rpush(list, "1", "2");
  servers.wait_for_replication();
  StrictRedisCluster r(servers.config());
  const auto calls = [&](const std::string& name) {
    std::string text;
    for (const char* const server : {"node_1", "node_2", "node_3", "node_4"}) {
      text += std::to_string(calls_of(servers.config(), server, name));
    }
    return text;
  };
  reset_stats(servers.config());
  EXPECT_THAT(r.sort_ro(list, {.by = pattern}), ElementsAre("2", "1"));
  EXPECT_EQ(calls("sort_ro"), "0010");
  EXPECT_EQ(calls("mget"), "0001");
  reset_stats(servers.config());
  EXPECT_THAT(r.sort(list, {.by = pattern}), ElementsAre("2", "1"));
  EXPECT_EQ(calls("sort"), "1000");
  EXPECT_EQ(calls("mget"), "0100");
}

}  // namespace
}  // namespace rediscluster::tests
