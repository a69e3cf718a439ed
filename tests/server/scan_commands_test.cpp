// Commands that visit all keys, or all of what a key holds, on real servers that are well.
#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"

namespace rediscluster {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Names = std::multiset<std::string>;
using Strings = std::vector<std::string>;
using Fields = std::vector<std::pair<std::string, std::string>>;
using Scores = std::vector<std::pair<std::string, double>>;
using tests::error_of;

template <class Client, class T>
constexpr bool is_good_range =
    std::ranges::input_range<ScanRange<Client, T>>&& std::ranges::input_range<const ScanRange<Client, T>> &&
    !std::ranges::forward_range<ScanRange<Client, T>> && std::copyable<ScanRange<Client, T>> &&
    std::same_as<std::ranges::range_value_t<ScanRange<Client, T>>, T> &&
    std::same_as<std::ranges::range_reference_t<ScanRange<Client, T>>, T&>;
static_assert(is_good_range<StrictRedisCluster, std::string>);
static_assert(is_good_range<StrictRedisCluster, std::pair<std::string, double>>);
static_assert(is_good_range<StrictRedis, std::string>);
static_assert(is_good_range<StrictRedis, std::pair<std::string, std::string>>);
using Iterator = ScanRange<StrictRedisCluster, std::string>::iterator;
static_assert(std::input_iterator<Iterator> && std::sentinel_for<std::default_sentinel_t, Iterator>);
static_assert(!std::is_copy_constructible_v<Iterator> && std::is_nothrow_move_constructible_v<Iterator>);

template <class Executor>
concept HasIterators = requires(const Executor& executor) {
  executor.scan_iter();
};
static_assert(HasIterators<StrictRedisCluster> && HasIterators<StrictRedis> && !HasIterators<Pipeline>);

class ScanCommandsTest : public CommandsTest {
 protected:
  Names fill(int keys) {
    Names names;
    std::map<std::string, std::string> values;
    for (int i = 0; i < keys; ++i) {
      names.insert("key:" + std::to_string(i));
      values["key:" + std::to_string(i)] = "value";
    }
    r.mset(values);
    return names;
  }

  // All items, by one call after the other.
  template <class Call>
  static auto all(Call call) {
    auto page = call(0);
    auto items = std::move(page.items);
    for (int calls = 1; page.cursor != 0 && calls < 10000; ++calls) {
      page = call(page.cursor);
      items.insert(items.end(), page.items.begin(), page.items.end());
    }
    EXPECT_EQ(page.cursor, 0U);
    return items;
  }
  Names scan_all(const ScanOptions& options = {}) {
    const Strings items = all([&](std::uint64_t cursor) { return r.scan(cursor, options); });
    return {items.begin(), items.end()};
  }
};

TEST_F(ScanCommandsTest, ScanGivesEveryKeyOfEveryNodeOnce) {
  const Names keys = fill(1000);
  EXPECT_EQ(scan_all(), keys);
  EXPECT_EQ(scan_all({.count = 1}), keys);
  EXPECT_EQ(scan_all({.count = 77}), keys);
  EXPECT_EQ(scan_all({.count = 1000000}), keys);
  EXPECT_THAT(r.scan(0, {.count = 100}).items, SizeIs(::testing::AllOf(::testing::Ge(50U), ::testing::Le(200U))));
}

TEST_F(ScanCommandsTest, ScanOfNothing) {
  EXPECT_EQ(scan_all(), Names());
  r.set(binary, "the only key, on one of the nodes");
  EXPECT_EQ(scan_all(), Names{binary});
}

TEST_F(ScanCommandsTest, ScanByPatternAndType) {
  fill(100);
  r.sadd("set:1", "m");
  r.sadd("set:2", "m");
  r.zadd("zset:1", {{"m", 1}});
  EXPECT_EQ(scan_all({.match = "key:1?"}), (Names{"key:10", "key:11", "key:12", "key:13", "key:14", "key:15", "key:16",
                                                  "key:17", "key:18", "key:19"}));
  EXPECT_EQ(scan_all({.match = "none*"}), Names());
  EXPECT_EQ(scan_all({.type = "set"}), (Names{"set:1", "set:2"}));
  EXPECT_EQ(scan_all({.type = "zset"}), Names{"zset:1"});
  EXPECT_EQ(scan_all({.type = "hash"}), Names());
  EXPECT_EQ(scan_all({.match = "*:2", .count = 5, .type = "string"}), Names{"key:2"});
  EXPECT_EQ(scan_all({.match = std::string("*:2"), .type = std::string("set")}), Names{"set:2"});
}

TEST_F(ScanCommandsTest, ErrorsAreTheServers) {
  r.sadd("s", "m");
  EXPECT_SERVER_ERROR(scan(0, {.count = 0}));
  EXPECT_SERVER_ERROR(sscan("s", 0, {.count = -1}));
  EXPECT_SERVER_ERROR(execute_command("SCAN"));
  EXPECT_SERVER_ERROR(execute_command("SCAN", "x"));
  EXPECT_SERVER_ERROR(execute_command("SCAN", "18446744073709551616"));
  EXPECT_SERVER_ERROR(execute_command("SCAN", 0, "MATCH"));
  EXPECT_SERVER_ERROR(execute_command("SCAN", 0, "NONSENSE"));
  EXPECT_SERVER_ERROR(execute_command("HSCAN"));
  EXPECT_SERVER_ERROR(execute_command("HSCAN", "key"));
  EXPECT_SERVER_ERROR(execute_command("ZSCAN", "key", "x"));
  EXPECT_SERVER_ERROR(execute_command("SSCAN", "s", 0, "TYPE", "set"));
  const std::string text = error_of<ResponseError>([&] { r.execute_command("scan", 0, "NONSENSE"); });
  EXPECT_THAT(text, ::testing::AllOf(HasSubstr("SCAN"), HasSubstr("node_1")));
}

TEST_F(ScanCommandsTest, SscanGivesEveryMember) {
  EXPECT_EQ(r.sscan("s"), ScanPage<std::string>());
  r.sadd("s", {"a", "b", binary});
  EXPECT_EQ(r.sscan("s").cursor, 0U);
  EXPECT_THAT(r.sscan("s").items, UnorderedElementsAre("a", "b", binary));
  EXPECT_THAT(r.sscan("s", 0, {.match = "a*", .count = 100}).items, UnorderedElementsAre("a", binary));
  Names members;
  for (int i = 0; i < 1000; ++i) members.insert("member:" + std::to_string(i));
  r.sadd("large", Strings(members.begin(), members.end()));
  const Strings once = all([&](std::uint64_t cursor) { return r.sscan("large", cursor); });
  EXPECT_EQ(Names(once.begin(), once.end()), members);
  const Strings some = all([&](std::uint64_t cursor) { return r.sscan("large", cursor, {.match = "*:99*"}); });
  EXPECT_THAT(some, SizeIs(11));
  EXPECT_THAT(r.sscan("large", 0, {.count = 100}).items, SizeIs(::testing::Ge(50U)));
}

TEST_F(ScanCommandsTest, HscanGivesEveryFieldWithItsValue) {
  EXPECT_EQ(r.hscan("h"), (ScanPage<std::pair<std::string, std::string>>()));
  r.hset("h", {{"a", 1}, {binary, binary}});
  EXPECT_THAT(r.hscan("h").items, UnorderedElementsAre(std::pair("a", "1"), std::pair(binary, binary)));
  EXPECT_EQ(r.hscan("h", 0, {.match = "a", .count = 10}).items, (Fields{{"a", "1"}}));
  std::map<std::string, std::string> fields;
  for (int i = 0; i < 1000; ++i) fields["field:" + std::to_string(i)] = std::to_string(i);
  r.hset("large", fields);
  const Fields once = all([&](std::uint64_t cursor) { return r.hscan("large", cursor); });
  EXPECT_THAT(once, SizeIs(1000));
  EXPECT_EQ((std::map<std::string, std::string>(once.begin(), once.end())), fields);
}

TEST_F(ScanCommandsTest, HscanWithoutValues) {
  Names fields;
  for (int i = 0; i < 1000; ++i) {
    fields.insert("field:" + std::to_string(i));
    r.hset("large", "field:" + std::to_string(i), i);
  }
  // Of a hash that exists: else servers look no further.
  const std::string asked =
      tests::ask(servers_->config(), r.getnodefor("large").name, {"HSCAN", "large", "0", "NOVALUES"});
  if (asked.starts_with("ERR")) {
    EXPECT_SERVER_ERROR(hscan_novalues("large"));
    EXPECT_SERVER_ERROR(hscan_iter_novalues("large").begin());
    return;
  }
  const Strings once = all([&](std::uint64_t cursor) { return r.hscan_novalues("large", cursor, {.count = 50}); });
  EXPECT_EQ(Names(once.begin(), once.end()), fields);
  Names found;
  for (const std::string& field : r.hscan_iter_novalues("large")) found.insert(field);
  EXPECT_EQ(found, fields);
  EXPECT_EQ(r.hscan_novalues("none"), ScanPage<std::string>());
}

TEST_F(ScanCommandsTest, ZscanGivesEveryMemberWithItsScore) {
  EXPECT_EQ(r.zscan("z"), (ScanPage<std::pair<std::string, double>>()));
  const double infinity = std::numeric_limits<double>::infinity();
  r.zadd("z", {{"a", 0.1}, {"b", infinity}, {binary, -infinity}});
  EXPECT_THAT(r.zscan("z").items,
              UnorderedElementsAre(std::pair("a", 0.1), std::pair("b", infinity), std::pair(binary, -infinity)));
  EXPECT_EQ(r.zscan("z", 0, {.match = "b", .count = 10}).items, (Scores{{"b", infinity}}));
  for (int i = 0; i < 300; ++i) r.zadd("large", {{"m" + std::to_string(i), i + 0.5}});
  const Scores once = all([&](std::uint64_t cursor) { return r.zscan("large", cursor, {.count = 20}); });
  EXPECT_THAT(once, SizeIs(300));
  for (const auto& [member, score] : once) EXPECT_EQ(member, "m" + std::to_string(static_cast<int>(score - 0.5)));
}

TEST_F(ScanCommandsTest, OfAnotherType) {
  r.set("text", "value");
  EXPECT_WRONG_TYPE(sscan("text"));
  EXPECT_WRONG_TYPE(hscan("text"));
  EXPECT_WRONG_TYPE(hscan("text", 123456));
  EXPECT_WRONG_TYPE(zscan("text"));
  EXPECT_WRONG_TYPE(sscan_iter("text").begin());
  EXPECT_WRONG_TYPE(hscan_novalues("text"));
}

TEST_F(ScanCommandsTest, TaggedKeysAreFoundOnTheirNode) {
  for (int i = 0; i < 50; ++i) {
    const std::string name = "set:" + std::to_string(i);
    r.sadd(Key{"tag", name}, {"a", "b"});
    ASSERT_THAT(r.sscan(Key{"tag", name}).items, UnorderedElementsAre("a", "b"));
    const std::string copy(name);
    ASSERT_EQ(std::ranges::distance(r.sscan_iter(Key{"tag", copy})), 2);
  }
}

TEST_F(ScanCommandsTest, RawCommandsGoTheSameWay) {
  const Names keys = fill(500);
  Names found;
  std::string cursor = "0";
  std::size_t calls = 0;
  do {
    const Reply page = r.execute_command("scan", cursor, "count", 20);
    ASSERT_EQ(page.size(), 2U);
    cursor = std::string(page[0].view().text());
    for (const Reply& key : page[1]) found.emplace(key.string());
    ++calls;
  } while (cursor != "0" && calls < 1000);
  EXPECT_EQ(found, keys);
  EXPECT_GT(calls, 10U);

  for (int i = 0; i < 1000; ++i) r.sadd("set", i);
  Names members;
  std::uint64_t number = 0;
  do {
    const auto page = r.execute_command<ScanPage<std::string>>("SSCAN", "set", number, "COUNT", 20);
    number = page.cursor;
    members.insert(page.items.begin(), page.items.end());
  } while (number != 0);
  EXPECT_THAT(members, SizeIs(1000));
}

TEST_F(ScanCommandsTest, AnyOtherNumberBeginsAnew) {
  const Names keys = fill(200);
  for (const std::uint64_t cursor :
       {std::uint64_t{1}, std::uint64_t{12345}, std::uint64_t{1} << 60, std::numeric_limits<std::uint64_t>::max()}) {
    auto page = r.scan(cursor);
    Names found(page.items.begin(), page.items.end());
    while (page.cursor != 0) {
      page = r.scan(page.cursor);
      found.insert(page.items.begin(), page.items.end());
    }
    EXPECT_EQ(found, keys) << cursor;
  }
  // So do texts that this server takes for numbers; newer ones do not.
  for (const char* const text : {"", "-1", "+5"}) {
    const auto failure = [&](auto& client) -> std::string {
      try {
        EXPECT_EQ(client.execute_command("SCAN", text).size(), 2U) << text;
        return {};
      } catch (const ResponseError& error) {
        return std::string(error.text());
      }
    };
    StrictRedis server = r.node("node_1");
    EXPECT_EQ(failure(r), failure(server)) << text;
  }
  // A cursor of one key is none of a key on another node, nor of all keys.
  for (int i = 0; i < 1000; ++i) {
    r.sadd(tests::key_on(1, 2, 1000), i);
    r.sadd(tests::key_on(2, 2, 1000), i);
  }
  const auto one = r.sscan(tests::key_on(1, 2, 1000));
  ASSERT_NE(one.cursor, 0U);
  const auto other = r.sscan(tests::key_on(2, 2, 1000), one.cursor);
  const auto first = r.with({.mastersonly = true}).sscan(tests::key_on(2, 2, 1000));
  EXPECT_NE(other.cursor, 0U);
  EXPECT_FALSE(other.items.empty());
  EXPECT_NE(first.cursor, 0U);
}

TEST_F(ScanCommandsTest, InPipelines) {
  fill(100);
  Pipeline p = r.pipeline();
  EXPECT_THAT(error_of<DataError>([&] { p.scan(); }), HasSubstr("SCAN"));
  EXPECT_THAT(error_of<DataError>([&] { p.sscan("s"); }), HasSubstr("SSCAN"));
  EXPECT_THAT(error_of<DataError>([&] { p.hscan("h"); }), HasSubstr("HSCAN"));
  EXPECT_THAT(error_of<DataError>([&] { p.hscan_novalues("h"); }), HasSubstr("HSCAN"));
  EXPECT_THAT(error_of<DataError>([&] { p.zscan("z"); }), HasSubstr("ZSCAN"));
  EXPECT_THAT(error_of<DataError>([&] { p.execute_command("SCAN", 0); }), HasSubstr("SCAN"));
  EXPECT_EQ(p.size(), 0U);

  const StrictRedis one = r.node("node_1");
  Pipeline q = one.pipeline();
  const auto size = q.dbsize();
  const auto page = q.scan(0, {.count = 1000});
  q.execute();
  EXPECT_EQ(page.get().cursor, 0U);
  EXPECT_EQ(page.get().items.size(), static_cast<std::size_t>(size.get()));
}

TEST_F(ScanCommandsTest, OneServersCursorsAreItsOwn) {
  fill(500);
  const StrictRedis one = r.node("node_1");
  std::uint64_t cursor = 0;
  Names found;
  do {
    const auto page = one.scan(cursor);
    const std::string raw = tests::ask(servers_->config(), "node_1", {"SCAN", std::to_string(cursor)});
    EXPECT_EQ(std::to_string(page.cursor), raw.substr(0, raw.find(' ')));
    cursor = page.cursor;
    found.insert(page.items.begin(), page.items.end());
  } while (cursor != 0);
  EXPECT_EQ(static_cast<long long>(found.size()), one.dbsize());
}

TEST_F(ScanCommandsTest, Iterators) {
  const Names keys = fill(500);
  Names found;
  for (auto& key : r.scan_iter({.match = std::string("key:") + "*", .count = 100})) found.insert(std::move(key));
  EXPECT_EQ(found, keys);
  EXPECT_EQ(std::ranges::distance(r.scan_iter({.match = "*:1"})), 1);
  EXPECT_EQ(std::ranges::distance(r.scan_iter({.match = "none"})), 0);
  EXPECT_EQ(std::ranges::distance(r.scan_iter({.type = "set"})), 0);

  r.sadd("s", {"a", "b"});
  r.hset("h", {{"f", 1}, {"g", 2}});
  r.zadd("z", {{"m", 1.5}, {"n", 2}});
  Strings members;
  std::ranges::move(r.sscan_iter("s"), std::back_inserter(members));
  EXPECT_THAT(members, UnorderedElementsAre("a", "b"));
  std::map<std::string, std::string> fields;
  for (auto& [field, value] : r.hscan_iter("h")) fields[field] = value;
  EXPECT_EQ(fields, (std::map<std::string, std::string>{{"f", "1"}, {"g", "2"}}));
  std::map<std::string, double> scores;
  for (const auto& [member, score] : r.zscan_iter("z", {.match = "m", .count = 5})) scores[member] = score;
  EXPECT_EQ(scores, (std::map<std::string, double>{{"m", 1.5}}));
  EXPECT_EQ(std::ranges::distance(r.sscan_iter("none")), 0);
  EXPECT_EQ(std::ranges::distance(r.node("node_1").scan_iter()) + std::ranges::distance(r.node("node_2").scan_iter()),
            503);
}

TEST_F(ScanCommandsTest, AnIteratorFetchesWhatIsNeeded) {
  fill(1000);
  servers_->wait_for_replication();
  tests::reset_stats(servers_->config());
  const auto calls = [&] {
    int sum = 0;
    for (const auto& [name, node] : servers_->config().nodes) sum += tests::calls_of(servers_->config(), name, "scan");
    return sum;
  };
  const auto range = r.scan_iter({.count = 50});
  EXPECT_EQ(calls(), 0);
  auto at = range.begin();
  EXPECT_EQ(calls(), 1);
  for (int i = 0; i < 20; ++i) ++at;
  EXPECT_EQ(calls(), 1);
  EXPECT_FALSE(at->empty());
  auto moved = std::move(at);
  EXPECT_FALSE(moved->empty());
  EXPECT_EQ(std::ranges::distance(range), 1000) << "each begin() is a scan of its own";
}

TEST_F(ScanCommandsTest, ARangeKeepsItsClientAlive) {
  fill(100);
  const auto keys = [] { return StrictRedisCluster(servers_->config()).scan_iter({.count = 3}); }();
  EXPECT_EQ(std::ranges::distance(keys), 100);
}

}  // namespace
}  // namespace rediscluster
