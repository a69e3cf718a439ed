// Every method and every option of the commands on streams: the words that are sent, and which of them are keys.
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/partitioner.h>
#include <rediscluster/result.h>

#include "command_recorder.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;

template <class Executor>
class StreamCommandEncoding : public testing::Test {
 protected:
  Executor r;
};
using Executors = testing::Types<Recorder<ClusterValue>, Recorder<SingleValue>, Recorder<QueuedValue>>;
TYPED_TEST_SUITE(StreamCommandEncoding, Executors);

const UnixMilliseconds at_millisecond = std::chrono::sys_time<std::chrono::milliseconds>(1700000000123ms);

TYPED_TEST(StreamCommandEncoding, Entries) {
  EXPECT_SENT("XADD [s] * a 1", xadd("s", {{"a", 1}}));
  EXPECT_SENT("XADD [s] * b 1 a 2 b 3", xadd("s", {{"b", 1}, {"a", "2"}, {"b", 3}}));
  EXPECT_SENT("XADD [s] * a 1", xadd("s", std::map<std::string, int>{{"a", 1}}));
  EXPECT_SENT("XADD [s] 5-1 a 1", xadd("s", {{"a", 1}}, {.id = "5-1"}));
  EXPECT_SENT("XADD [s] MAXLEN ~ 5 * a 1", xadd("s", {{"a", 1}}, {.maxlen = 5}));
  EXPECT_SENT("XADD [s] MAXLEN 5 * a 1", xadd("s", {{"a", 1}}, {.maxlen = 5, .approximate = false}));
  EXPECT_SENT("XADD [s] MINID ~ 5-1 LIMIT 7 * a 1", xadd("s", {{"a", 1}}, {.minid = "5-1", .limit = 7}));
  EXPECT_SENT("XADD [s] NOMKSTREAM * a 1", xadd("s", {{"a", 1}}, {.nomkstream = true}));
  EXPECT_SENT(
      "XADD [s] MAXLEN 1 MINID 2 LIMIT 3 NOMKSTREAM 4 a 1",
      xadd("s", {{"a", 1}}, {.id = 4, .maxlen = 1, .approximate = false, .nomkstream = true, .minid = 2, .limit = 3}));
  EXPECT_SENT("XDEL [s] 1-0", xdel("s", "1-0"));
  EXPECT_SENT("XDEL [s] 1-0 2", xdel("s", "1-0", 2));
  EXPECT_SENT("XDEL [s] 1 2", xdel("s", {1, 2}));
  EXPECT_SENT("XLEN [s]", xlen("s"));
  EXPECT_SENT("XRANGE [s] - +", xrange("s"));
  EXPECT_SENT("XRANGE [s] (1-0 +", xrange("s", "(1-0"));
  EXPECT_SENT("XRANGE [s] 1 2 COUNT 3", xrange("s", 1, 2, {.count = 3}));
  EXPECT_SENT("XREVRANGE [s] + -", xrevrange("s"));
  EXPECT_SENT("XREVRANGE [s] 2 -", xrevrange("s", 2));
  EXPECT_SENT("XREVRANGE [s] 2 1 COUNT 3", xrevrange("s", 2, 1, {.count = 3}));
  EXPECT_SENT("XSETID [s] 5-0", xsetid("s", "5-0"));
  EXPECT_SENT("XSETID [s] 5 ENTRIESADDED 7 MAXDELETEDID 4-0",
              xsetid("s", 5, {.entries_added = 7, .max_deleted_id = "4-0"}));
  EXPECT_SENT("XTRIM [s] MAXLEN ~ 5 LIMIT 7", xtrim("s", {.maxlen = 5, .limit = 7}));
  EXPECT_SENT("XTRIM [s] MAXLEN 5", xtrim("s", {.maxlen = 5, .approximate = false}));
  EXPECT_SENT("XTRIM [s] MINID ~ 5-1", xtrim("s", {.minid = "5-1"}));
  EXPECT_SENT("XTRIM [s] MINID 5-1", xtrim("s", {.approximate = false, .minid = "5-1"}));
}

TYPED_TEST(StreamCommandEncoding, Reading) {
  EXPECT_SENT("XREAD STREAMS [a] 0", xread({{"a", 0}}));
  EXPECT_SENT("XREAD COUNT 2 STREAMS [a] [b] 0-1 $", xread({{"a", "0-1"}, {"b", "$"}}, {.count = 2}));
  const std::string hash = std::to_string(crc32("tag"));
  EXPECT_SENT("XREAD STREAMS [a] [" + hash + ":b] 0 1", xread({{"a", 0}, {Key{"tag", "b"}, 1}}));
  EXPECT_SENT("XREAD STREAMS [a] [b] 0 5-1", xread(std::map<std::string, std::string>{{"a", "0"}, {"b", "5-1"}}));
  EXPECT_SENT("XREAD STREAMS", xread(std::vector<std::pair<std::string, std::string>>()));
  EXPECT_SENT("XREADGROUP GROUP g c STREAMS [a] >", xreadgroup("g", "c", {{"a", ">"}}));
  EXPECT_SENT("XREADGROUP GROUP g c COUNT 2 NOACK STREAMS [a] [b] > 0",
              xreadgroup("g", "c", {{"a", ">"}, {"b", 0}}, {.count = 2, .noack = true}));
}

TYPED_TEST(StreamCommandEncoding, Groups) {
  EXPECT_SENT("XGROUP CREATE [s] g $", xgroup_create("s", "g"));
  EXPECT_SENT("XGROUP CREATE [s] g 0 MKSTREAM ENTRIESREAD 5",
              xgroup_create("s", "g", {.id = 0, .mkstream = true, .entries_read = 5}));
  EXPECT_SENT("XGROUP CREATECONSUMER [s] g c", xgroup_createconsumer("s", "g", "c"));
  EXPECT_SENT("XGROUP DELCONSUMER [s] g c", xgroup_delconsumer("s", "g", "c"));
  EXPECT_SENT("XGROUP DESTROY [s] g", xgroup_destroy("s", "g"));
  EXPECT_SENT("XGROUP SETID [s] g $", xgroup_setid("s", "g", "$"));
  EXPECT_SENT("XGROUP SETID [s] g 5 ENTRIESREAD 3", xgroup_setid("s", "g", 5, {.entries_read = 3}));
  EXPECT_SENT("XINFO CONSUMERS [s] g", xinfo_consumers("s", "g"));
  EXPECT_SENT("XINFO GROUPS [s]", xinfo_groups("s"));
  EXPECT_SENT("XINFO STREAM [s]", xinfo_stream("s"));
  EXPECT_SENT("XINFO STREAM [s] FULL", xinfo_stream_full("s"));
  EXPECT_SENT("XINFO STREAM [s] FULL COUNT 5", xinfo_stream_full("s", {.count = 5}));
}

TYPED_TEST(StreamCommandEncoding, Pending) {
  EXPECT_SENT("XACK [s] g 1-0", xack("s", "g", "1-0"));
  EXPECT_SENT("XACK [s] g 1-0 2", xack("s", "g", "1-0", 2));
  EXPECT_SENT("XACK [s] g 1 2", xack("s", "g", {1, 2}));
  EXPECT_SENT("XPENDING [s] g", xpending("s", "g"));
  EXPECT_SENT("XPENDING [s] g - + 10", xpending_range("s", "g", "-", "+", 10));
  EXPECT_SENT("XPENDING [s] g IDLE 2000 1 (5-0 10 c",
              xpending_range("s", "g", 1, "(5-0", 10, {.consumername = "c", .idle = 2s}));
  EXPECT_SENT("XCLAIM [s] g c 60000 1-0", xclaim("s", "g", "c", 1min, "1-0"));
  EXPECT_SENT("XCLAIM [s] g c 5 1 2 IDLE 1000 TIME 1700000000123 RETRYCOUNT 3 FORCE",
              xclaim("s", "g", "c", 5, {1, 2}, {.idle = 1s, .time = at_millisecond, .retrycount = 3, .force = true}));
  EXPECT_SENT("XCLAIM [s] g c 5 1 FORCE JUSTID", xclaim_justid("s", "g", "c", 5, 1, {.force = true}));
  EXPECT_SENT("XAUTOCLAIM [s] g c 60000 0-0", xautoclaim("s", "g", "c", 1min));
  EXPECT_SENT("XAUTOCLAIM [s] g c 5 7-1 COUNT 3", xautoclaim("s", "g", "c", 5, {.start_id = "7-1", .count = 3}));
  EXPECT_SENT("XAUTOCLAIM [s] g c 5 0-0 COUNT 3 JUSTID", xautoclaim_justid("s", "g", "c", 5, {.count = 3}));
}

}  // namespace
}  // namespace rediscluster
