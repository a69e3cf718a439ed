// Commands on streams, on real servers: entries, and reading without groups.
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stream_commands_fixture.h"

namespace rediscluster {
namespace {

using std::nullopt;

TEST_F(StreamCommandsTest, AddAndRange) {
  EXPECT_EQ(0, r.xlen("s"));
  EXPECT_EQ(Entries(), r.xrange("s"));
  EXPECT_EQ(Entries(), r.xrevrange("s"));

  EXPECT_EQ("5-1", r.xadd("s", {{"z", "1"}, {"a", 2.5}, {"z", "again"}, {"", ""}}, {.id = "5-1"}));
  EXPECT_EQ("7-0", r.xadd("s", std::vector<std::pair<std::string, std::string>>{{binary, binary}}, {.id = 7}));
  const auto id = r.xadd("s", std::map<std::string, int>{{"k", 1}});
  ASSERT_TRUE(id);
  EXPECT_EQ(3, r.xlen("s"));
  const StreamEntry first{"5-1", {{"z", "1"}, {"a", "2.5"}, {"z", "again"}, {"", ""}}};
  const StreamEntry second{"7-0", {{binary, binary}}};
  const StreamEntry third{*id, {{"k", "1"}}};
  EXPECT_EQ((Entries{first, second, third}), r.xrange("s"));
  EXPECT_EQ((Entries{third, second, first}), r.xrevrange("s"));

  EXPECT_SERVER_ERROR(xadd("s", {{"k", "v"}}, {.id = "7-0"}));
  EXPECT_SERVER_ERROR(xadd("s", {{"k", "v"}}, {.id = "no id"}));
  EXPECT_SERVER_ERROR(xadd("s", FieldValues{}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xadd("text", {{"k", "v"}}));
  EXPECT_WRONG_TYPE(xlen("text"));
  EXPECT_WRONG_TYPE(xrange("text"));
  EXPECT_WRONG_TYPE(xrevrange("text"));
}

TEST_F(StreamCommandsTest, AddOptions) {
  EXPECT_EQ(nullopt, r.xadd("s", {{"k", "v"}}, {.nomkstream = true}));
  EXPECT_EQ(0, r.exists("s"));
  EXPECT_EQ("5-0", r.xadd("s", {{"k", "v"}}, {.id = "5-*"}));
  EXPECT_EQ("5-1", r.xadd("s", {{"k", "v"}}, {.id = "5-*", .nomkstream = true}));
  EXPECT_EQ("6-0", r.xadd("s", {{"k", "v"}}, {.id = 6, .maxlen = 2, .approximate = false}));
  EXPECT_EQ((Entries{{"5-1", {{"k", "v"}}}, {"6-0", {{"k", "v"}}}}), r.xrange("s"));
  EXPECT_EQ("7-0", r.xadd("s", {{"k", "v"}}, {.id = 7, .approximate = false, .minid = "7-0"}));
  EXPECT_EQ((Entries{{"7-0", {{"k", "v"}}}}), r.xrange("s"));
  r.xadd("s", {{"k", "v"}}, {.id = 8, .maxlen = 1});
  EXPECT_EQ(2, r.xlen("s")) << "approximately 1";
  r.xadd("s", {{"k", "v"}}, {.id = 9, .minid = 9});
  EXPECT_EQ(3, r.xlen("s")) << "approximately those from 9-0 on";

  fill("long", 350);
  r.xadd("long", {{"n", 351}}, {.id = 351, .maxlen = 10, .limit = 100});
  EXPECT_EQ(251, r.xlen("long")) << "one node of the stream";
  EXPECT_SERVER_ERROR(xadd("s", {{"k", "v"}}, {.maxlen = 1, .approximate = false, .limit = 1}));
  EXPECT_SERVER_ERROR(xadd("s", {{"k", "v"}}, {.maxlen = 1, .minid = "1-0"}));
  EXPECT_SERVER_ERROR(xadd("s", {{"k", "v"}}, {.maxlen = -1}));
}

TEST_F(StreamCommandsTest, RangeBounds) {
  fill("s", 5);
  EXPECT_EQ((Entries{entry(2), entry(3)}), r.xrange("s", "2-0", "3-0"));
  EXPECT_EQ((Entries{entry(2), entry(3)}), r.xrange("s", 2, 3));
  EXPECT_EQ((Entries{entry(3)}), r.xrange("s", "(2-0", "(4-0"));
  EXPECT_EQ((Entries{entry(4), entry(5)}), r.xrange("s", 4));
  EXPECT_EQ((Entries{entry(1), entry(2)}), r.xrange("s", "-", "+", {.count = 2}));
  EXPECT_EQ(Entries(), r.xrange("s", "-", "+", {.count = 0}));
  EXPECT_EQ(Entries(), r.xrange("s", 4, 3));
  EXPECT_EQ((Entries{entry(3), entry(2)}), r.xrevrange("s", 3, 2));
  EXPECT_EQ((Entries{entry(5), entry(4)}), r.xrevrange("s", "+", "-", {.count = 2}));
  EXPECT_EQ(Entries(), r.xrevrange("s", "+", "-", {.count = 0}));
  EXPECT_SERVER_ERROR(xrange("s", "no id"));
  EXPECT_SERVER_ERROR(xrevrange("s", "no id"));
}

TEST_F(StreamCommandsTest, Delete) {
  EXPECT_EQ(0, r.xdel("s", "1-0"));
  fill("s", 6);
  EXPECT_EQ(1, r.xdel("s", "2-0"));
  EXPECT_EQ(2, r.xdel("s", {"1-0", "3-0", "9-0"}));
  EXPECT_EQ(1, r.xdel("s", 4, 4));
  EXPECT_EQ(1, r.xdel("s", Ids{"5-0"}));
  EXPECT_EQ((Entries{entry(6)}), r.xrange("s"));
  EXPECT_EQ(1, r.xdel("s", 6));
  EXPECT_EQ(1, r.exists("s")) << "an empty stream stays";
  EXPECT_EQ(0, r.xlen("s"));
  EXPECT_SERVER_ERROR(xdel("s", "no id"));
  EXPECT_SERVER_ERROR(xdel("s", Ids()));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xdel("text", "1-0"));
}

TEST_F(StreamCommandsTest, Trim) {
  EXPECT_EQ(0, r.xtrim("s", {.maxlen = 1}));
  fill("s", 350);
  EXPECT_EQ(0, r.xtrim("s", {.maxlen = 300})) << "approximately";
  EXPECT_EQ(50, r.xtrim("s", {.maxlen = 300, .approximate = false}));
  EXPECT_EQ(9, r.xtrim("s", {.approximate = false, .minid = "60-0"}));
  EXPECT_EQ(0, r.xtrim("s", {.minid = 100})) << "approximately";
  EXPECT_EQ(41, r.xtrim("s", {.minid = 150})) << "what is left of the first node of the stream";
  EXPECT_EQ(100, r.xtrim("s", {.maxlen = 1, .limit = 100}));
  EXPECT_EQ(entry(201), r.xrange("s", "-", "+", {.count = 1}).at(0));
  EXPECT_EQ(150, r.xtrim("s", {.maxlen = 0, .approximate = false}));
  EXPECT_EQ(0, r.xlen("s"));
  EXPECT_EQ(1, r.exists("s"));
  EXPECT_SERVER_ERROR(xtrim("s", {}));
  EXPECT_SERVER_ERROR(xtrim("s", {.maxlen = 1, .minid = 1}));
  EXPECT_SERVER_ERROR(xtrim("s", {.maxlen = 1, .approximate = false, .limit = 1}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xtrim("text", {.maxlen = 1}));
}

TEST_F(StreamCommandsTest, SetId) {
  EXPECT_SERVER_ERROR(xsetid("s", "5-0"));
  fill("s", 2);
  EXPECT_TRUE(r.xsetid("s", "5-0"));
  EXPECT_EQ("5-0", r.xinfo_stream("s").last_generated_id);
  EXPECT_SERVER_ERROR(xadd("s", {{"k", "v"}}, {.id = "4-0"}));
  EXPECT_SERVER_ERROR(xsetid("s", "1-0"));
  EXPECT_TRUE(r.xsetid("s", 9, {.entries_added = 100, .max_deleted_id = "8-0"}));
  const StreamInfo info = r.xinfo_stream("s");
  EXPECT_EQ("9-0", info.last_generated_id);
  EXPECT_EQ(100, info.entries_added);
  EXPECT_EQ("8-0", info.max_deleted_entry_id);
  EXPECT_SERVER_ERROR(xsetid("s", 9, {.entries_added = 1}));
  EXPECT_SERVER_ERROR(xsetid("s", 9, {.max_deleted_id = 10}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xsetid("text", "1-0"));
}

TEST_F(StreamCommandsTest, Read) {
  const Key a = together("a");
  const Key b = together("b");
  EXPECT_EQ(Streams(), r.xread({{a, 0}}));
  EXPECT_EQ(Streams(), r.xread({{a, 0}, {b, "$"}}));
  fill(a, 3);
  fill(b, 2);
  EXPECT_EQ((Streams{{"a", {entry(1), entry(2), entry(3)}}}), r.xread({{a, 0}}));
  EXPECT_EQ((Streams{{"a", {entry(3)}}, {"b", {entry(1), entry(2)}}}), r.xread({{a, "2-0"}, {b, 0}}));
  EXPECT_EQ((Streams{{"b", {entry(2)}}}), r.xread({{a, "3-0"}, {b, "1-0"}})) << "what has nothing is left out";
  EXPECT_EQ((Streams{{"a", {entry(1)}}, {"b", {entry(1)}}}), r.xread({{a, 0}, {b, 0}}, {.count = 1}));
  EXPECT_EQ(Streams(), r.xread({{a, "$"}}));

  fill("STREAMS", 1);
  EXPECT_EQ((Streams{{"STREAMS", {entry(1)}}}), r.xread({{"STREAMS", 0}}));
  EXPECT_EQ((Streams{{"STREAMS", {entry(1)}}}), r.xread(std::map<std::string, std::string>{{"STREAMS", "0"}}));
  r.xadd(binary, {{binary, binary}}, {.id = 1});
  EXPECT_EQ((Streams{{binary, {{"1-0", {{binary, binary}}}}}}), r.xread({{binary, 0}}));

  EXPECT_SERVER_ERROR(xread({{a, "no id"}}));
  EXPECT_SERVER_ERROR(xread({{a, ">"}}));
  EXPECT_SERVER_ERROR(xread(std::map<std::string, std::string>()));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xread({{"text", 0}}));
}

TEST_F(StreamCommandsTest, InfoOfAStream) {
  EXPECT_SERVER_ERROR(xinfo_stream("s"));
  r.xgroup_create("s", "g", {.mkstream = true});
  StreamInfo info = r.xinfo_stream("s");
  EXPECT_EQ(0, info.length);
  EXPECT_EQ(1, info.groups);
  EXPECT_EQ("0-0", info.last_generated_id);
  EXPECT_EQ("0-0", info.max_deleted_entry_id);
  EXPECT_EQ("0-0", info.recorded_first_entry_id);
  EXPECT_EQ(0, info.entries_added);
  EXPECT_EQ(nullopt, info.first_entry);
  EXPECT_EQ(nullopt, info.last_entry);

  fill("s", 5);
  r.xdel("s", {"1-0", "4-0"});
  info = r.xinfo_stream("s");
  EXPECT_EQ(3, info.length);
  EXPECT_EQ(1, info.radix_tree_keys);
  EXPECT_EQ(2, info.radix_tree_nodes);
  EXPECT_EQ("5-0", info.last_generated_id);
  EXPECT_EQ("4-0", info.max_deleted_entry_id);
  EXPECT_EQ("2-0", info.recorded_first_entry_id);
  EXPECT_EQ(5, info.entries_added);
  EXPECT_EQ(entry(2), info.first_entry);
  EXPECT_EQ(entry(5), info.last_entry);
  r.set("text", "v");
  EXPECT_WRONG_TYPE(xinfo_stream("text"));
}

TEST_F(StreamCommandsTest, InAPipeline) {
  auto p = r.pipeline();
  auto id = p.xadd("s", {{"n", 1}}, {.id = 1});
  auto none = p.xadd("missing", {{"n", 1}}, {.nomkstream = true});
  auto created = p.xgroup_create("s", "g", {.id = 0});
  auto nothing = p.xread({{"s", "$"}});
  auto read = p.xread({{"s", 0}});
  auto given = p.xreadgroup("g", "c", {{"s", ">"}});
  auto summary = p.xpending("s", "g");
  auto list = p.xpending_range("s", "g", "-", "+", 10);
  auto claimed = p.xautoclaim("s", "g", "d", 0);
  auto groups = p.xinfo_groups("s");
  auto full = p.xinfo_stream_full("s");
  auto acked = p.xack("s", "g", "1-0");
  auto other = p.xlen("bar");
  p.execute();
  EXPECT_EQ("1-0", id.get());
  EXPECT_EQ(nullopt, none.get());
  EXPECT_TRUE(created.get());
  EXPECT_EQ(Streams(), nothing.get());
  EXPECT_EQ((Streams{{"s", {entry(1)}}}), read.get());
  EXPECT_EQ((Streams{{"s", {entry(1)}}}), given.get());
  EXPECT_EQ((PendingSummary{1, "1-0", "1-0", {{"c", 1}}}), summary.get());
  EXPECT_EQ("c", list.get().at(0).consumer);
  EXPECT_EQ((AutoClaimed{"0-0", {entry(1)}, {}}), claimed.get());
  EXPECT_EQ((std::vector<GroupInfo>{{"g", 2, 1, "1-0", 1, 0}}), groups.get());
  EXPECT_EQ(2U, full.get().groups.at(0).consumers.size());
  EXPECT_EQ(1, acked.get());
  EXPECT_EQ(0, other.get());
}

TEST_F(StreamCommandsTest, OnOneServer) {
  r.xadd("foo", {{"n", 1}}, {.id = 1});
  EXPECT_EQ(1, r.node("node_2").xlen("foo"));
  EXPECT_EQ(0, r.node("node_1").xlen("foo"));
  EXPECT_EQ((Streams{{"foo", {entry(1)}}}), r.node("node_2").xread({{"bar", 0}, {"foo", 0}}));
}

}  // namespace
}  // namespace rediscluster
