// Commands on streams, on real servers: groups, consumers and what is pending.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stream_commands_fixture.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;

class StreamGroupsTest : public StreamCommandsTest {};

TEST_F(StreamGroupsTest, CreateAndDestroyGroups) {
  EXPECT_SERVER_ERROR(xgroup_create("s", "g"));
  EXPECT_TRUE(r.xgroup_create("s", "g", {.mkstream = true}));
  EXPECT_EQ(0, r.xlen("s"));
  EXPECT_EQ("stream", r.type("s"));
  expect_error("BUSYGROUP", [&] { r.xgroup_create("s", "g"); });
  fill("s", 3);
  EXPECT_TRUE(r.xgroup_create("s", "end"));
  EXPECT_TRUE(r.xgroup_create("s", "start", {.id = 0}));
  EXPECT_TRUE(r.xgroup_create("s", binary, {.id = "2-0", .entries_read = 2}));
  std::map<std::string, std::string> groups;
  std::map<std::string, std::optional<long long>> entries_read;
  for (const GroupInfo& group : r.xinfo_groups("s")) {
    groups[group.name] = group.last_delivered_id;
    entries_read[group.name] = group.entries_read;
  }
  EXPECT_EQ((std::map<std::string, std::string>{{"g", "0-0"}, {"end", "3-0"}, {"start", "0-0"}, {binary, "2-0"}}),
            groups);
  EXPECT_EQ(nullopt, entries_read["start"]);
  EXPECT_EQ(2, entries_read[binary]);
  EXPECT_SERVER_ERROR(xgroup_create("s", "h", {.entries_read = -2}));
  EXPECT_SERVER_ERROR(xgroup_create("s", "h", {.id = "no id"}));

  EXPECT_TRUE(r.xgroup_destroy("s", binary));
  EXPECT_FALSE(r.xgroup_destroy("s", binary));
  EXPECT_SERVER_ERROR(xgroup_destroy("missing", "g"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xgroup_create("text", "g"));
  EXPECT_WRONG_TYPE(xgroup_destroy("text", "g"));
}

TEST_F(StreamGroupsTest, SetTheIdOfAGroup) {
  EXPECT_SERVER_ERROR(xgroup_setid("s", "g", 0));
  fill("s", 3);
  EXPECT_NO_GROUP(xgroup_setid("s", "g", 0));
  r.xgroup_create("s", "g");
  EXPECT_EQ(Streams(), r.xreadgroup("g", "c", {{"s", ">"}}));
  EXPECT_TRUE(r.xgroup_setid("s", "g", "2-0"));
  EXPECT_EQ((Streams{{"s", {entry(3)}}}), r.xreadgroup("g", "c", {{"s", ">"}}));
  EXPECT_TRUE(r.xgroup_setid("s", "g", 1, {.entries_read = 1}));
  EXPECT_EQ(1, r.xinfo_groups("s").at(0).entries_read);
  EXPECT_EQ(2, r.xinfo_groups("s").at(0).lag);
  EXPECT_TRUE(r.xgroup_setid("s", "g", "$"));
  EXPECT_EQ("3-0", r.xinfo_groups("s").at(0).last_delivered_id);
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xgroup_setid("text", "g", 0));
}

TEST_F(StreamGroupsTest, Consumers) {
  EXPECT_SERVER_ERROR(xgroup_createconsumer("s", "g", "c"));
  EXPECT_SERVER_ERROR(xgroup_delconsumer("s", "g", "c"));
  EXPECT_SERVER_ERROR(xinfo_consumers("s", "g"));
  fill("s", 3);
  EXPECT_NO_GROUP(xgroup_createconsumer("s", "g", "c"));
  EXPECT_NO_GROUP(xgroup_delconsumer("s", "g", "c"));
  EXPECT_NO_GROUP(xinfo_consumers("s", "g"));
  deliver("s", 2);
  EXPECT_EQ(1, r.xgroup_createconsumer("s", "g", binary));
  EXPECT_EQ(0, r.xgroup_createconsumer("s", "g", binary));

  const std::vector<ConsumerInfo> consumers = r.xinfo_consumers("s", "g");
  ASSERT_EQ(2U, consumers.size());
  EXPECT_EQ(binary, consumers[0].name) << "in the order of their bytes";
  EXPECT_EQ(0, consumers[0].pending);
  EXPECT_EQ(nullopt, consumers[0].inactive) << "was never given anything";
  EXPECT_EQ("c", consumers[1].name);
  EXPECT_EQ(2, consumers[1].pending);
  EXPECT_GE(consumers[1].idle, 0ms);
  EXPECT_LT(consumers[1].idle, 1h);
  const Reply raw = r.execute_command("XINFO", "CONSUMERS", "s", "g");
  EXPECT_EQ(has_field(raw[1], "inactive"), consumers[1].inactive.has_value());
  EXPECT_LT(consumers[1].inactive.value_or(0ms), 1h);

  EXPECT_EQ(2, r.xgroup_delconsumer("s", "g", "c"));
  EXPECT_EQ(0, r.xgroup_delconsumer("s", "g", "c"));
  EXPECT_EQ(0, r.xgroup_delconsumer("s", "g", binary));
  EXPECT_EQ(std::vector<ConsumerInfo>(), r.xinfo_consumers("s", "g"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xgroup_createconsumer("text", "g", "c"));
  EXPECT_WRONG_TYPE(xgroup_delconsumer("text", "g", "c"));
  EXPECT_WRONG_TYPE(xinfo_consumers("text", "g"));
}

TEST_F(StreamGroupsTest, ReadByAGroup) {
  EXPECT_NO_GROUP(xreadgroup("g", "c", {{"s", ">"}}));
  fill("s", 5);
  EXPECT_NO_GROUP(xreadgroup("g", "c", {{"s", ">"}}));
  r.xgroup_create("s", "g", {.id = 0});
  EXPECT_EQ((Streams{{"s", {entry(1), entry(2)}}}), r.xreadgroup("g", "c", {{"s", ">"}}, {.count = 2}));
  EXPECT_EQ((Streams{{"s", {entry(3)}}}), r.xreadgroup("g", "d", {{"s", ">"}}, {.count = 1}));
  EXPECT_EQ((Streams{{"s", {entry(4), entry(5)}}}), r.xreadgroup("g", "c", {{"s", ">"}}, {.noack = true}));
  EXPECT_EQ(Streams(), r.xreadgroup("g", "c", {{"s", ">"}}));
  EXPECT_EQ((Streams{{"s", {entry(1), entry(2)}}}), r.xreadgroup("g", "c", {{"s", 0}})) << "4 and 5 need no XACK";
  EXPECT_EQ((Streams{{"s", {entry(2)}}}), r.xreadgroup("g", "c", {{"s", "1-0"}}));
  EXPECT_EQ((Streams{{"s", {}}}), r.xreadgroup("g", "c", {{"s", "2-0"}}));

  r.xdel("s", "1-0");
  EXPECT_EQ((Streams{{"s", {deleted(1), entry(2)}}}), r.xreadgroup("g", "c", {{"s", 0}}));

  const Key a = together("a");
  const Key b = together("b");
  for (const Key& key : {a, b}) {
    fill(key, 2);
    r.xgroup_create(key, "STREAMS", {.id = 1});
  }
  EXPECT_EQ((Streams{{"a", {entry(2)}}, {"b", {entry(2)}}}), r.xreadgroup("STREAMS", "STREAMS", {{a, ">"}, {b, ">"}}));
  EXPECT_EQ((Streams{{"a", {entry(2)}}}), r.xreadgroup("STREAMS", "STREAMS", {{a, 0}, {b, ">"}}));
  EXPECT_SERVER_ERROR(xreadgroup("g", "c", {{"s", "$"}}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xreadgroup("g", "c", {{"text", ">"}}));
}

TEST_F(StreamGroupsTest, Acknowledge) {
  EXPECT_EQ(0, r.xack("s", "g", "1-0"));
  fill("s", 6);
  EXPECT_EQ(0, r.xack("s", "g", "1-0")) << "no such group";
  deliver("s", 5);
  EXPECT_EQ(1, r.xack("s", "g", "1-0"));
  EXPECT_EQ(0, r.xack("s", "g", "1-0"));
  EXPECT_EQ(2, r.xack("s", "g", {"2-0", "3-0", "6-0"}));
  EXPECT_EQ(1, r.xack("s", "g", 4, 4));
  EXPECT_EQ((Ids{"5-0"}), pending());
  EXPECT_EQ(1, r.xack("s", "g", Ids{"5-0"}));
  EXPECT_EQ(Ids(), pending());
  EXPECT_SERVER_ERROR(xack("s", "g", "no id"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xack("text", "g", "1-0"));
}

TEST_F(StreamGroupsTest, Pending) {
  EXPECT_NO_GROUP(xpending("s", "g"));
  EXPECT_NO_GROUP(xpending_range("s", "g", "-", "+", 10));
  fill("s", 4);
  EXPECT_NO_GROUP(xpending("s", "g"));
  deliver("s", 3);
  r.xreadgroup("g", binary, {{"s", ">"}});
  EXPECT_EQ((PendingSummary{4, "1-0", "4-0", {{binary, 1}, {"c", 3}}}), r.xpending("s", "g"));

  const std::vector<PendingEntry> all = r.xpending_range("s", "g", "-", "+", 10);
  ASSERT_EQ(4U, all.size());
  EXPECT_EQ("1-0", all[0].message_id);
  EXPECT_EQ("c", all[0].consumer);
  EXPECT_GE(all[0].time_since_delivered, 0ms);
  EXPECT_LT(all[0].time_since_delivered, 1h);
  EXPECT_EQ(1, all[0].times_delivered);
  EXPECT_EQ(binary, all[3].consumer);
  EXPECT_EQ(2U, r.xpending_range("s", "g", "-", "+", 2).size());
  EXPECT_EQ("3-0", r.xpending_range("s", "g", "(2-0", 3, 10).at(0).message_id);
  EXPECT_EQ("4-0", r.xpending_range("s", "g", "-", "+", 10, {.consumername = binary}).at(0).message_id);
  EXPECT_EQ(std::vector<PendingEntry>(), r.xpending_range("s", "g", "-", "+", 10, {.consumername = "nobody"}));
  EXPECT_EQ(std::vector<PendingEntry>(), r.xpending_range("s", "g", "-", "+", 10, {.idle = 1h}));
  r.xclaim("s", "g", "c", 0, "2-0", {.idle = 2h});
  const std::vector<PendingEntry> idle = r.xpending_range("s", "g", "-", "+", 10, {.consumername = "c", .idle = 1h});
  ASSERT_EQ(1U, idle.size());
  EXPECT_EQ("2-0", idle[0].message_id);
  EXPECT_GE(idle[0].time_since_delivered, 2h);

  r.xack("s", "g", {1, 2, 3, 4});
  EXPECT_EQ(PendingSummary(), r.xpending("s", "g"));
  EXPECT_SERVER_ERROR(xpending_range("s", "g", "no id", "+", 10));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xpending("text", "g"));
  EXPECT_WRONG_TYPE(xpending_range("text", "g", "-", "+", 10));
}

TEST_F(StreamGroupsTest, Claim) {
  EXPECT_NO_GROUP(xclaim("s", "g", "d", 0, "1-0"));
  EXPECT_NO_GROUP(xclaim_justid("s", "g", "d", 0, "1-0"));
  fill("s", 5);
  deliver("s", 3);
  EXPECT_EQ((Entries{entry(1)}), r.xclaim("s", "g", "d", 0, "1-0"));
  EXPECT_EQ((Entries{entry(2), entry(1)}), r.xclaim("s", "g", "d", 0ms, {"2-0", "1-0"}));
  EXPECT_EQ(Entries(), r.xclaim("s", "g", "e", 1h, Ids{"1-0", "3-0"})) << "delivered just now";
  EXPECT_EQ(Entries(), r.xclaim("s", "g", "e", 0, "4-0")) << "not pending";
  EXPECT_EQ((Ids{"2-0"}), r.xclaim_justid("s", "g", "e", 0, {2, 4}));
  const auto claimed = [&](int id) { return r.xpending_range("s", "g", id, id, 1).at(0); };
  EXPECT_EQ("d", claimed(1).consumer);
  EXPECT_EQ(3, claimed(1).times_delivered);
  EXPECT_EQ("e", claimed(2).consumer);
  EXPECT_EQ(2, claimed(2).times_delivered) << "JUSTID does not count";

  EXPECT_EQ((Entries{entry(1)}), r.xclaim("s", "g", "d", 0, "1-0", {.idle = 2h, .retrycount = 7}));
  EXPECT_EQ(7, claimed(1).times_delivered);
  EXPECT_GE(claimed(1).time_since_delivered, 2h);
  EXPECT_EQ((Ids{"1-0"}), r.xclaim_justid("s", "g", "d", 1h, "1-0", {.time = now() - 24h}));
  EXPECT_GE(claimed(1).time_since_delivered, 24h);
  EXPECT_LT(claimed(1).time_since_delivered, 25h);
  EXPECT_EQ((Entries{entry(4)}), r.xclaim("s", "g", "d", 0, "4-0", {.force = true}));
  EXPECT_EQ("d", claimed(4).consumer);

  r.xdel("s", "3-0");
  EXPECT_EQ(Entries(), r.xclaim("s", "g", "d", 0, "3-0"));
  EXPECT_EQ((Ids{"1-0", "2-0", "4-0"}), pending()) << "what is deleted is no longer pending";
  EXPECT_SERVER_ERROR(xclaim("s", "g", "d", 0, "no id"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xclaim("text", "g", "d", 0, "1-0"));
  EXPECT_WRONG_TYPE(xclaim_justid("text", "g", "d", 0, "1-0"));
}

TEST_F(StreamGroupsTest, AutoClaim) {
  EXPECT_NO_GROUP(xautoclaim("s", "g", "d", 0));
  EXPECT_NO_GROUP(xautoclaim_justid("s", "g", "d", 0));
  fill("s", 6);
  deliver("s", 6);
  EXPECT_EQ((AutoClaimed{"0-0", {}, {}}), r.xautoclaim("s", "g", "d", 1h)) << "delivered just now";
  EXPECT_EQ((AutoClaimed{"3-0", {entry(1), entry(2)}, {}}), r.xautoclaim("s", "g", "d", 0, {.count = 2}));
  EXPECT_EQ((AutoClaimed{"4-0", {entry(3)}, {}}), r.xautoclaim("s", "g", "d", 0ms, {.start_id = "3-0", .count = 1}));
  EXPECT_EQ((AutoClaimedIds{"0-0", {"5-0", "6-0"}, {}}), r.xautoclaim_justid("s", "g", "d", 0, {.start_id = 5}));
  const std::vector<PendingEntry> claimed = r.xpending_range("s", "g", "-", "+", 10, {.consumername = "d"});
  ASSERT_EQ(5U, claimed.size());
  EXPECT_EQ(2, claimed[0].times_delivered);
  EXPECT_EQ(1, claimed[4].times_delivered) << "JUSTID does not count";

  r.xdel("s", {"1-0", "4-0"});
  EXPECT_EQ((AutoClaimed{"3-0", {entry(2)}, {"1-0"}}), r.xautoclaim("s", "g", "e", 0, {.count = 2}));
  EXPECT_EQ((AutoClaimedIds{"0-0", {"2-0", "3-0", "5-0", "6-0"}, {"4-0"}}), r.xautoclaim_justid("s", "g", "e", 0));
  EXPECT_EQ((Ids{"2-0", "3-0", "5-0", "6-0"}), pending());
  EXPECT_SERVER_ERROR(xautoclaim("s", "g", "d", 0, {.count = 0}));
  EXPECT_SERVER_ERROR(xautoclaim_justid("s", "g", "d", 0, {.start_id = "no id"}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xautoclaim("text", "g", "d", 0));
  EXPECT_WRONG_TYPE(xautoclaim_justid("text", "g", "d", 0));
}

TEST_F(StreamGroupsTest, InfoOfGroups) {
  EXPECT_SERVER_ERROR(xinfo_groups("s"));
  fill("s", 5);
  EXPECT_EQ(std::vector<GroupInfo>(), r.xinfo_groups("s"));
  deliver("s", 3);
  r.xgroup_createconsumer("s", "g", "d");
  EXPECT_EQ((std::vector<GroupInfo>{{"g", 2, 3, "3-0", 3, 2}}), r.xinfo_groups("s"));
  r.xdel("s", "5-0");
  r.xgroup_create("s", "h", {.id = 2});
  EXPECT_EQ((GroupInfo{"h", 0, 0, "2-0", nullopt, nullopt}), r.xinfo_groups("s").at(1)) << "the server cannot say";
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xinfo_groups("text"));
}

TEST_F(StreamGroupsTest, FullInfo) {
  EXPECT_SERVER_ERROR(xinfo_stream_full("s"));
  fill("s", 12);
  const StreamTime before = now() - 1min;  // servers look at their clocks once in a while
  deliver("s", 11);
  r.xclaim("s", "g", "d", 0, "2-0", {.time = UnixMilliseconds(1500), .retrycount = 7});
  r.xgroup_create("s", "h");
  const StreamTime after = now() + 1min;

  const StreamFullInfo info = r.xinfo_stream_full("s");
  EXPECT_EQ(12, info.length);
  EXPECT_EQ(1, info.radix_tree_keys);
  EXPECT_EQ("12-0", info.last_generated_id);
  EXPECT_EQ("0-0", info.max_deleted_entry_id);
  EXPECT_EQ("1-0", info.recorded_first_entry_id);
  EXPECT_EQ(12, info.entries_added);
  EXPECT_EQ(10U, info.entries.size());
  EXPECT_EQ(entry(1), info.entries.at(0));
  ASSERT_EQ(2U, info.groups.size());
  EXPECT_EQ("h", info.groups[1].name);
  EXPECT_EQ(0U, info.groups[1].consumers.size() + info.groups[1].pending.size());

  const GroupFullInfo& group = info.groups[0];
  EXPECT_EQ("g", group.name);
  EXPECT_EQ("11-0", group.last_delivered_id);
  EXPECT_EQ(11, group.entries_read);
  EXPECT_EQ(1, group.lag);
  EXPECT_EQ(11, group.pel_count);
  ASSERT_EQ(10U, group.pending.size());
  EXPECT_EQ((PendingDelivery{"2-0", "d", StreamTime(1500ms), 7}), group.pending[1]);
  EXPECT_EQ("1-0", group.pending[0].message_id);
  EXPECT_EQ("c", group.pending[0].consumer);
  EXPECT_EQ(1, group.pending[0].times_delivered);
  EXPECT_LT(before, group.pending[0].delivery_time);
  EXPECT_GT(after, group.pending[0].delivery_time);

  ASSERT_EQ(2U, group.consumers.size());
  const ConsumerFullInfo& c = group.consumers[0];
  EXPECT_EQ("c", c.name);
  EXPECT_LT(before, c.seen_time);
  EXPECT_GT(after, c.seen_time);
  EXPECT_EQ(10, c.pel_count);
  ASSERT_EQ(10U, c.pending.size());
  EXPECT_EQ(group.pending[0], c.pending[0]);
  EXPECT_EQ("d", group.consumers[1].name);
  EXPECT_EQ((std::vector<PendingDelivery>{group.pending[1]}), group.consumers[1].pending);
  const Reply raw = r.execute_command("XINFO", "CONSUMERS", "s", "g");
  EXPECT_EQ(has_field(raw[0], "inactive"), c.active_time.has_value());

  EXPECT_EQ((Entries{entry(1), entry(2)}), r.xinfo_stream_full("s", {.count = 2}).entries);
  EXPECT_EQ(12U, r.xinfo_stream_full("s", {.count = 0}).entries.size());
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xinfo_stream_full("text"));
}

}  // namespace
}  // namespace rediscluster
