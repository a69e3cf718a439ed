// Every method and every option of the command mixins: the words that are sent, and which of them are keys.
#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>
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
class CommandEncoding : public testing::Test {
 protected:
  Executor r;
};
using Executors = testing::Types<Recorder<ClusterValue>, Recorder<SingleValue>, Recorder<QueuedValue>>;
TYPED_TEST_SUITE(CommandEncoding, Executors);

const UnixSeconds at_second = std::chrono::sys_seconds(1700000000s);
const UnixMilliseconds at_millisecond = std::chrono::sys_time<std::chrono::milliseconds>(1700000000123ms);

TYPED_TEST(CommandEncoding, Strings) {
  EXPECT_SENT("APPEND [k] v", append("k", "v"));
  EXPECT_SENT("BITCOUNT [k]", bitcount("k"));
  EXPECT_SENT("BITCOUNT [k] 0 -1", bitcount("k", 0, -1));
  EXPECT_SENT("BITCOUNT [k] 0 -1 BIT", bitcount("k", 0, -1, "BIT"));
  EXPECT_SENT("BITFIELD_RO [k] GET u8 0", bitfield_ro("k", "u8", 0));
  EXPECT_SENT("BITFIELD_RO [k] GET u8 #1 GET i16 4 GET u2 #3",
              bitfield_ro("k", "u8", "#1", {{"i16", 4}, {"u2", "#3"}}));
  EXPECT_SENT("BITOP AND [d] [a] [b]", bitop("AND", "d", {"a", "b"}));
  EXPECT_SENT("BITOP NOT [d] [a]", bitop("NOT", "d", "a"));
  EXPECT_SENT("BITOP OR [d] [a] [b] [c]", bitop("OR", "d", "a", "b", "c"));
  EXPECT_SENT("BITPOS [k] 1 0", bitpos("k", 1));
  EXPECT_SENT("BITPOS [k] 0 2", bitpos("k", 0, 2));
  EXPECT_SENT("BITPOS [k] 0 2 -1", bitpos("k", 0, 2, -1));
  EXPECT_SENT("BITPOS [k] 0 2 -1 BIT", bitpos("k", 0, 2, -1, "BIT"));
  EXPECT_SENT("DECRBY [k] 1", decr("k"));
  EXPECT_SENT("DECRBY [k] 5", decr("k", 5));
  EXPECT_SENT("DECRBY [k] 1", decrby("k"));
  EXPECT_SENT("DECRBY [k] -5", decrby("k", -5));
  EXPECT_SENT("GET [k]", get("k"));
  EXPECT_SENT("GETBIT [k] 7", getbit("k", 7));
  EXPECT_SENT("GETDEL [k]", getdel("k"));
  EXPECT_SENT("GETEX [k]", getex("k"));
  EXPECT_SENT("GETEX [k] EX 10", getex("k", {.ex = 10}));
  EXPECT_SENT("GETEX [k] PX 10000", getex("k", {.px = 10s}));
  EXPECT_SENT("GETEX [k] EXAT 1700000000", getex("k", {.exat = at_second}));
  EXPECT_SENT("GETEX [k] PXAT 1700000000123", getex("k", {.pxat = at_millisecond}));
  EXPECT_SENT("GETEX [k] PERSIST", getex("k", {.persist = true}));
  EXPECT_SENT("GETEX [k] EX 1 PX 2 EXAT 3 PXAT 4 PERSIST",
              getex("k", {.ex = 1, .px = 2, .exat = 3, .pxat = 4, .persist = true}));
  EXPECT_SENT("GETRANGE [k] 1 -2", getrange("k", 1, -2));
  EXPECT_SENT("GETSET [k] v", getset("k", "v"));
  EXPECT_SENT("INCRBY [k] 1", incr("k"));
  EXPECT_SENT("INCRBY [k] 5", incr("k", 5));
  EXPECT_SENT("INCRBY [k] 1", incrby("k"));
  EXPECT_SENT("INCRBY [k] -5", incrby("k", -5));
  EXPECT_SENT("INCRBYFLOAT [k] 1", incrbyfloat("k"));
  EXPECT_SENT("INCRBYFLOAT [k] 0.1", incrbyfloat("k", 0.1));
  EXPECT_SENT("LCS [a] [b]", lcs("a", "b"));
  EXPECT_SENT("LCS [a] [b] LEN", lcs_len("a", "b"));
  EXPECT_SENT("LCS [a] [b] IDX", lcs_idx("a", "b"));
  EXPECT_SENT("LCS [a] [b] IDX MINMATCHLEN 4 WITHMATCHLEN",
              lcs_idx("a", "b", {.minmatchlen = 4, .withmatchlen = true}));
  EXPECT_SENT("MGET [a] [b]", mget({"a", "b"}));
  EXPECT_SENT("MGET [a] [b]", mget("a", "b"));
  EXPECT_SENT("MGET [a]", mget("a"));
  EXPECT_SENT("MGET", mget(std::vector<std::string>()));
  EXPECT_SENT("MSET [a] 1 [b] 2.5 [c] x", mset({{"a", 1}, {"b", 2.5}, {"c", "x"}}));
  EXPECT_SENT("MSET [a] 1 [b] 2", mset(std::map<std::string, int>{{"a", 1}, {"b", 2}}));
  EXPECT_SENT("MSETNX [a] 1 [b] 2", msetnx({{"a", 1}, {"b", 2}}));
  EXPECT_SENT("PSETEX [k] 1500 v", psetex("k", 1500, "v"));
  EXPECT_SENT("PSETEX [k] 2000 v", psetex("k", 2s, "v"));
  EXPECT_SENT("SET [k] v", set("k", "v"));
  EXPECT_SENT("SET [k] 1", set("k", 1));
  EXPECT_SENT("SET [k] v EX 10", set("k", "v", {.ex = 10s}));
  EXPECT_SENT("SET [k] v EX 60", set("k", "v", {.ex = 1min}));
  EXPECT_SENT("SET [k] v PX 10", set("k", "v", {.px = 10}));
  EXPECT_SENT("SET [k] v NX", set("k", "v", {.nx = true}));
  EXPECT_SENT("SET [k] v XX", set("k", "v", {.xx = true}));
  EXPECT_SENT("SET [k] v KEEPTTL", set("k", "v", {.keepttl = true}));
  EXPECT_SENT("SET [k] v EXAT 1700000000", set("k", "v", {.exat = at_second}));
  EXPECT_SENT("SET [k] v PXAT 1700000000123", set("k", "v", {.pxat = at_millisecond}));
  EXPECT_SENT("SET [k] v NX XX EX 1 PX 2 EXAT 3 PXAT 4 KEEPTTL",
              set("k", "v", {.ex = 1, .px = 2, .nx = true, .xx = true, .keepttl = true, .exat = 3, .pxat = 4}));
  EXPECT_SENT("SET [k] v IFEQ a IFNE b IFDEQ c IFDNE d",
              set("k", "v", {.ifeq = "a", .ifne = "b", .ifdeq = "c", .ifdne = "d"}));
  EXPECT_SENT("SET [k] v GET", set_get("k", "v"));
  EXPECT_SENT("SET [k] v XX GET EX 10", set_get("k", "v", {.ex = 10, .xx = true}));
  EXPECT_SENT("SETBIT [k] 7 1", setbit("k", 7, true));
  EXPECT_SENT("SETBIT [k] 7 0", setbit("k", 7, 0));
  EXPECT_SENT("SETEX [k] 10 v", setex("k", 10, "v"));
  EXPECT_SENT("SETEX [k] 3600 v", setex("k", 1h, "v"));
  EXPECT_SENT("SETNX [k] v", setnx("k", "v"));
  EXPECT_SENT("SETRANGE [k] 5 v", setrange("k", 5, "v"));
  EXPECT_SENT("STRLEN [k]", strlen("k"));
  EXPECT_SENT("SUBSTR [k] 1 -1", substr("k", 1));
  EXPECT_SENT("SUBSTR [k] 1 3", substr("k", 1, 3));
}

TYPED_TEST(CommandEncoding, Keys) {
  EXPECT_SENT("COPY [a] [b]", copy("a", "b"));
  EXPECT_SENT("COPY [a] [b] DB 3 REPLACE", copy("a", "b", {.destination_db = 3, .replace = true}));
  EXPECT_SENT("DEL [a]", del("a"));
  EXPECT_SENT("DEL [a] [b]", del("a", "b"));
  EXPECT_SENT("DEL [a] [b]", del({"a", "b"}));
  EXPECT_SENT("DUMP [k]", dump("k"));
  EXPECT_SENT("EXISTS [a]", contains("a"));
  EXPECT_SENT("EXISTS [a]", exists("a"));
  EXPECT_SENT("EXISTS [a] [a]", exists("a", "a"));
  EXPECT_SENT("EXISTS [a] [b]", exists({"a", "b"}));
  EXPECT_SENT("EXPIRE [k] 10", expire("k", 10));
  EXPECT_SENT("EXPIRE [k] 120 NX", expire("k", 2min, {.nx = true}));
  EXPECT_SENT("EXPIRE [k] 10 XX", expire("k", 10, {.xx = true}));
  EXPECT_SENT("EXPIRE [k] 10 GT", expire("k", 10, {.gt = true}));
  EXPECT_SENT("EXPIRE [k] 10 LT", expire("k", 10, {.lt = true}));
  EXPECT_SENT("EXPIRE [k] 10 NX XX GT LT", expire("k", 10, {.nx = true, .xx = true, .gt = true, .lt = true}));
  EXPECT_SENT("EXPIREAT [k] 1700000000", expireat("k", at_second));
  EXPECT_SENT("EXPIREAT [k] 1700000000 NX", expireat("k", 1700000000, {.nx = true}));
  EXPECT_SENT("EXPIRETIME [k]", expiretime("k"));
  EXPECT_SENT("KEYS *", keys());
  EXPECT_SENT("KEYS a*", keys("a*"));
  EXPECT_SENT("MOVE [k] 3", move("k", 3));
  EXPECT_SENT("OBJECT ENCODING [k]", object_encoding("k"));
  EXPECT_SENT("OBJECT FREQ [k]", object_freq("k"));
  EXPECT_SENT("OBJECT IDLETIME [k]", object_idletime("k"));
  EXPECT_SENT("OBJECT REFCOUNT [k]", object_refcount("k"));
  EXPECT_SENT("PERSIST [k]", persist("k"));
  EXPECT_SENT("PEXPIRE [k] 1500", pexpire("k", 1500ms));
  EXPECT_SENT("PEXPIRE [k] 10000 GT", pexpire("k", 10s, {.gt = true}));
  EXPECT_SENT("PEXPIREAT [k] 1700000000123", pexpireat("k", at_millisecond));
  EXPECT_SENT("PEXPIREAT [k] 5 LT", pexpireat("k", 5, {.lt = true}));
  EXPECT_SENT("PEXPIRETIME [k]", pexpiretime("k"));
  EXPECT_SENT("PTTL [k]", pttl("k"));
  EXPECT_SENT("RANDOMKEY", randomkey());
  EXPECT_SENT("RENAME [a] [b]", rename("a", "b"));
  EXPECT_SENT("RENAMENX [a] [b]", renamenx("a", "b"));
  EXPECT_SENT("RESTORE [k] 0 v", restore("k", 0, "v"));
  EXPECT_SENT("RESTORE [k] 5000 v REPLACE ABSTTL IDLETIME 7 FREQ 8",
              restore("k", 5s, "v", {.replace = true, .absttl = true, .idletime = 7, .frequency = 8}));
  EXPECT_SENT("TOUCH [a]", touch("a"));
  EXPECT_SENT("TOUCH [a] [b]", touch("a", "b"));
  EXPECT_SENT("TOUCH [a] [b]", touch({"a", "b"}));
  EXPECT_SENT("TTL [k]", ttl("k"));
  EXPECT_SENT("TYPE [k]", type("k"));
  EXPECT_SENT("UNLINK [a]", unlink("a"));
  EXPECT_SENT("UNLINK [a] [b]", unlink("a", "b"));
  EXPECT_SENT("UNLINK [a] [b]", unlink({"a", "b"}));
}

TYPED_TEST(CommandEncoding, Lists) {
  EXPECT_SENT("LINDEX [l] -1", lindex("l", -1));
  EXPECT_SENT("LINSERT [l] BEFORE a b", linsert("l", "BEFORE", "a", "b"));
  EXPECT_SENT("LLEN [l]", llen("l"));
  EXPECT_SENT("LMOVE [a] [b] LEFT RIGHT", lmove("a", "b"));
  EXPECT_SENT("LMOVE [a] [b] RIGHT LEFT", lmove("a", "b", "RIGHT", "LEFT"));
  EXPECT_SENT("LMPOP 2 [a] [b] LEFT", lmpop(2, {"a", "b"}, "LEFT"));
  EXPECT_SENT("LMPOP 1 [a] RIGHT COUNT 3", lmpop(1, "a", "RIGHT", 3));
  EXPECT_SENT("LPOP [l]", lpop("l"));
  EXPECT_SENT("LPOP [l] 2", lpop_count("l", 2));
  EXPECT_SENT("LPOS [l] v", lpos("l", "v"));
  EXPECT_SENT("LPOS [l] v RANK -1 MAXLEN 10", lpos("l", "v", {.rank = -1, .maxlen = 10}));
  EXPECT_SENT("LPOS [l] v COUNT 0", lpos_count("l", "v", 0));
  EXPECT_SENT("LPOS [l] v RANK 2 COUNT 3 MAXLEN 10", lpos_count("l", "v", 3, {.rank = 2, .maxlen = 10}));
  EXPECT_SENT("LPUSH [l] v", lpush("l", "v"));
  EXPECT_SENT("LPUSH [l] a 1", lpush("l", "a", 1));
  EXPECT_SENT("LPUSH [l] a b", lpush("l", {"a", "b"}));
  EXPECT_SENT("LPUSHX [l] v", lpushx("l", "v"));
  EXPECT_SENT("LPUSHX [l] a b", lpushx("l", "a", "b"));
  EXPECT_SENT("LPUSHX [l] a b", lpushx("l", {"a", "b"}));
  EXPECT_SENT("LRANGE [l] 0 -1", lrange("l", 0, -1));
  EXPECT_SENT("LREM [l] -2 v", lrem("l", -2, "v"));
  EXPECT_SENT("LSET [l] 0 v", lset("l", 0, "v"));
  EXPECT_SENT("LTRIM [l] 1 -2", ltrim("l", 1, -2));
  EXPECT_SENT("RPOP [l]", rpop("l"));
  EXPECT_SENT("RPOP [l] 2", rpop_count("l", 2));
  EXPECT_SENT("RPOPLPUSH [a] [b]", rpoplpush("a", "b"));
  EXPECT_SENT("RPUSH [l] v", rpush("l", "v"));
  EXPECT_SENT("RPUSH [l] 1 2.5", rpush("l", 1, 2.5));
  EXPECT_SENT("RPUSH [l] a b", rpush("l", std::vector<std::string>{"a", "b"}));
  EXPECT_SENT("RPUSHX [l] v", rpushx("l", "v"));
  EXPECT_SENT("RPUSHX [l] a b", rpushx("l", "a", "b"));
  EXPECT_SENT("RPUSHX [l] a b", rpushx("l", {"a", "b"}));
}

TYPED_TEST(CommandEncoding, Sort) {
  EXPECT_SENT("SORT [l]", sort("l"));
  EXPECT_SENT("SORT [l] BY w_* LIMIT 1 2 DESC ALPHA",
              sort("l", {.start = 1, .num = 2, .by = "w_*", .desc = true, .alpha = true}));
  // What is missing is for the server to say.
  EXPECT_SENT("SORT [l] LIMIT 1", sort("l", {.start = 1}));
  EXPECT_SENT("SORT [l] LIMIT 2", sort("l", {.num = 2}));
  EXPECT_SENT("SORT [l] GET #", sort_get("l", "#"));
  EXPECT_SENT("SORT [l] LIMIT 0 1 GET # GET o_*->f ALPHA",
              sort_get("l", {"#", "o_*->f"}, {.start = 0, .num = 1, .alpha = true}));
  EXPECT_SENT("SORT [l] GET # GET o_* DESC", sort_groups("l", {"#", "o_*"}, {.desc = true}));
  EXPECT_SENT("SORT [l] STORE [d]", sort_store("l", "d"));
  EXPECT_SENT(
      "SORT [l] BY w_* LIMIT 1 2 GET a_* GET b_* DESC ALPHA STORE [d]",
      sort_store("l", "d", {.start = 1, .num = 2, .by = "w_*", .get = {"a_*", "b_*"}, .desc = true, .alpha = true}));
  EXPECT_SENT("SORT [l] GET # STORE [d]", sort_store("l", "d", {.get = "#"}));
  EXPECT_SENT("SORT_RO [l] ALPHA", sort_ro("l", {.alpha = true}));
  EXPECT_SENT("SORT_RO [l] BY nosort GET # GET #", sort_ro_get("l", {"#", "#"}, {.by = "nosort"}));
}

TYPED_TEST(CommandEncoding, Sets) {
  EXPECT_SENT("SADD [s] a", sadd("s", "a"));
  EXPECT_SENT("SADD [s] a 1", sadd("s", "a", 1));
  EXPECT_SENT("SADD [s] a b", sadd("s", {"a", "b"}));
  EXPECT_SENT("SCARD [s]", scard("s"));
  EXPECT_SENT("SDIFF [a]", sdiff("a"));
  EXPECT_SENT("SDIFF [a] [b]", sdiff("a", "b"));
  EXPECT_SENT("SDIFF [a] [b]", sdiff({"a", "b"}));
  EXPECT_SENT("SDIFFSTORE [d] [a]", sdiffstore("d", "a"));
  EXPECT_SENT("SDIFFSTORE [d] [a] [b]", sdiffstore("d", "a", "b"));
  EXPECT_SENT("SDIFFSTORE [d] [a] [b]", sdiffstore("d", {"a", "b"}));
  EXPECT_SENT("SINTER [a] [b]", sinter("a", "b"));
  EXPECT_SENT("SINTER [a] [b]", sinter({"a", "b"}));
  EXPECT_SENT("SINTERCARD 2 [a] [b] LIMIT 0", sintercard(2, {"a", "b"}));
  EXPECT_SENT("SINTERCARD 1 [a] LIMIT 5", sintercard(1, "a", 5));
  EXPECT_SENT("SINTERSTORE [d] [a] [b]", sinterstore("d", "a", "b"));
  EXPECT_SENT("SINTERSTORE [d] [a] [b]", sinterstore("d", {"a", "b"}));
  EXPECT_SENT("SISMEMBER [s] a", sismember("s", "a"));
  EXPECT_SENT("SMEMBERS [s]", smembers("s"));
  EXPECT_SENT("SMISMEMBER [s] a", smismember("s", "a"));
  EXPECT_SENT("SMISMEMBER [s] a b", smismember("s", "a", "b"));
  EXPECT_SENT("SMISMEMBER [s] a b", smismember("s", {"a", "b"}));
  EXPECT_SENT("SMOVE [a] [b] m", smove("a", "b", "m"));
  EXPECT_SENT("SPOP [s]", spop("s"));
  EXPECT_SENT("SPOP [s] 2", spop_count("s", 2));
  EXPECT_SENT("SRANDMEMBER [s]", srandmember("s"));
  EXPECT_SENT("SRANDMEMBER [s] -2", srandmember_number("s", -2));
  EXPECT_SENT("SREM [s] a", srem("s", "a"));
  EXPECT_SENT("SREM [s] a b", srem("s", "a", "b"));
  EXPECT_SENT("SREM [s] a b", srem("s", {"a", "b"}));
  EXPECT_SENT("SUNION [a] [b]", sunion("a", "b"));
  EXPECT_SENT("SUNION [a] [b]", sunion({"a", "b"}));
  EXPECT_SENT("SUNIONSTORE [d] [a] [b]", sunionstore("d", "a", "b"));
  EXPECT_SENT("SUNIONSTORE [d] [a] [b]", sunionstore("d", {"a", "b"}));
}

TYPED_TEST(CommandEncoding, SortedSets) {
  EXPECT_SENT("ZADD [z] 1 a", zadd("z", {{"a", 1}}));
  EXPECT_SENT("ZADD [z] 1 a 2.5 b", zadd("z", {{"a", 1}, {"b", 2.5}}));
  EXPECT_SENT("ZADD [z] 1 a 2 b", zadd("z", std::map<std::string, double>{{"a", 1}, {"b", 2}}));
  EXPECT_SENT("ZADD [z] NX XX CH GT LT 1 a",
              zadd("z", {{"a", 1}}, {.nx = true, .xx = true, .ch = true, .gt = true, .lt = true}));
  EXPECT_SENT("ZADD [z] NX 1 a", zadd("z", {{"a", 1}}, {.nx = true}));
  EXPECT_SENT("ZADD [z] XX 1 a", zadd("z", {{"a", 1}}, {.xx = true}));
  EXPECT_SENT("ZADD [z] CH 1 a", zadd("z", {{"a", 1}}, {.ch = true}));
  EXPECT_SENT("ZADD [z] GT 1 a", zadd("z", {{"a", 1}}, {.gt = true}));
  EXPECT_SENT("ZADD [z] LT 1 a", zadd("z", {{"a", 1}}, {.lt = true}));
  EXPECT_SENT("ZADD [z] INCR 1 a", zadd_incr("z", {{"a", 1}}));
  EXPECT_SENT("ZADD [z] XX INCR GT 1 a", zadd_incr("z", {{"a", 1}}, {.xx = true, .gt = true}));
  EXPECT_SENT("ZCARD [z]", zcard("z"));
  EXPECT_SENT("ZCOUNT [z] 1 (5", zcount("z", 1, "(5"));
  EXPECT_SENT("ZDIFF 2 [a] [b]", zdiff({"a", "b"}));
  EXPECT_SENT("ZDIFF 1 [a] WITHSCORES", zdiff_withscores("a"));
  EXPECT_SENT("ZDIFFSTORE [d] 2 [a] [b]", zdiffstore("d", {"a", "b"}));
  EXPECT_SENT("ZINCRBY [z] 2 a", zincrby("z", 2, "a"));
  EXPECT_SENT("ZINCRBY [z] 0.5 a", zincrby("z", 0.5, "a"));
  EXPECT_SENT("ZINTERCARD 2 [a] [b] LIMIT 0", zintercard(2, {"a", "b"}));
  EXPECT_SENT("ZINTERCARD 2 [a] [b] LIMIT 3", zintercard(2, {"a", "b"}, 3));
  EXPECT_SENT("ZLEXCOUNT [z] - [b", zlexcount("z", "-", "[b"));
  EXPECT_SENT("ZMPOP 2 [a] [b] MIN", zmpop(2, {"a", "b"}, {.min = true}));
  EXPECT_SENT("ZMPOP 1 [a] MAX COUNT 3", zmpop(1, "a", {.max = true, .count = 3}));
  EXPECT_SENT("ZMSCORE [z] a b", zmscore("z", {"a", "b"}));
  EXPECT_SENT("ZPOPMAX [z]", zpopmax("z"));
  EXPECT_SENT("ZPOPMAX [z] 2", zpopmax("z", 2));
  EXPECT_SENT("ZPOPMIN [z]", zpopmin("z"));
  EXPECT_SENT("ZPOPMIN [z] 2", zpopmin("z", 2));
  EXPECT_SENT("ZRANDMEMBER [z]", zrandmember("z"));
  EXPECT_SENT("ZRANDMEMBER [z] -2", zrandmember_count("z", -2));
  EXPECT_SENT("ZRANDMEMBER [z] 2 WITHSCORES", zrandmember_withscores("z", 2));
  EXPECT_SENT("ZRANK [z] a", zrank("z", "a"));
  EXPECT_SENT("ZRANK [z] a WITHSCORE", zrank_withscore("z", "a"));
  EXPECT_SENT("ZREM [z] a", zrem("z", "a"));
  EXPECT_SENT("ZREM [z] a b", zrem("z", "a", "b"));
  EXPECT_SENT("ZREM [z] a b", zrem("z", {"a", "b"}));
  EXPECT_SENT("ZREMRANGEBYLEX [z] [a (b", zremrangebylex("z", "[a", "(b"));
  EXPECT_SENT("ZREMRANGEBYRANK [z] 0 -2", zremrangebyrank("z", 0, -2));
  EXPECT_SENT("ZREMRANGEBYSCORE [z] -inf 5", zremrangebyscore("z", "-inf", 5));
  EXPECT_SENT("ZREVRANK [z] a", zrevrank("z", "a"));
  EXPECT_SENT("ZREVRANK [z] a WITHSCORE", zrevrank_withscore("z", "a"));
  EXPECT_SENT("ZSCORE [z] a", zscore("z", "a"));
}

TYPED_TEST(CommandEncoding, SortedSetRanges) {
  EXPECT_SENT("ZRANGE [z] 0 -1", zrange("z", 0, -1));
  EXPECT_SENT("ZREVRANGE [z] 0 -1", zrange("z", 0, -1, {.desc = true}));
  EXPECT_SENT("ZRANGE [z] (1 5 BYSCORE", zrange("z", "(1", 5, {.byscore = true}));
  EXPECT_SENT("ZRANGE [z] 5 (1 BYSCORE REV LIMIT 1 2",
              zrange("z", 5, "(1", {.desc = true, .byscore = true, .offset = 1, .num = 2}));
  EXPECT_SENT("ZRANGE [z] - + BYLEX", zrange("z", "-", "+", {.bylex = true}));
  EXPECT_SENT("ZRANGE [z] 0 1 REV LIMIT 1", zrange("z", 0, 1, {.desc = true, .offset = 1}));
  EXPECT_SENT("ZRANGE [z] 0 -1 WITHSCORES", zrange_withscores("z", 0, -1));
  EXPECT_SENT("ZREVRANGE [z] 0 -1 WITHSCORES", zrange_withscores("z", 0, -1, {.desc = true}));
  EXPECT_SENT("ZRANGE [z] 1 2 BYSCORE LIMIT 0 1 WITHSCORES",
              zrange_withscores("z", 1, 2, {.byscore = true, .offset = 0, .num = 1}));
  EXPECT_SENT("ZRANGESTORE [d] [z] 0 -1", zrangestore("d", "z", 0, -1));
  EXPECT_SENT("ZRANGESTORE [d] [z] 0 -1 REV", zrangestore("d", "z", 0, -1, {.desc = true}));
  EXPECT_SENT("ZRANGESTORE [d] [z] 5 1 BYSCORE BYLEX REV LIMIT 1 2",
              zrangestore("d", "z", 5, 1, {.byscore = true, .bylex = true, .desc = true, .offset = 1, .num = 2}));
  EXPECT_SENT("ZRANGEBYLEX [z] - (c", zrangebylex("z", "-", "(c"));
  EXPECT_SENT("ZRANGEBYLEX [z] - + LIMIT 1 2", zrangebylex("z", "-", "+", {.start = 1, .num = 2}));
  EXPECT_SENT("ZREVRANGEBYLEX [z] + -", zrevrangebylex("z", "+", "-"));
  EXPECT_SENT("ZREVRANGEBYLEX [z] + - LIMIT 1 2", zrevrangebylex("z", "+", "-", {.start = 1, .num = 2}));
  EXPECT_SENT("ZRANGEBYSCORE [z] -inf +inf", zrangebyscore("z", "-inf", "+inf"));
  EXPECT_SENT("ZRANGEBYSCORE [z] 1 2.5 LIMIT 1 2", zrangebyscore("z", 1, 2.5, {.start = 1, .num = 2}));
  EXPECT_SENT("ZRANGEBYSCORE [z] 1 2 WITHSCORES", zrangebyscore_withscores("z", 1, 2));
  EXPECT_SENT("ZRANGEBYSCORE [z] 1 2 LIMIT 1 2 WITHSCORES",
              zrangebyscore_withscores("z", 1, 2, {.start = 1, .num = 2}));
  EXPECT_SENT("ZREVRANGEBYSCORE [z] 2 1", zrevrangebyscore("z", 2, 1));
  EXPECT_SENT("ZREVRANGEBYSCORE [z] 2 1 LIMIT 1 2", zrevrangebyscore("z", 2, 1, {.start = 1, .num = 2}));
  EXPECT_SENT("ZREVRANGEBYSCORE [z] 2 1 WITHSCORES", zrevrangebyscore_withscores("z", 2, 1));
  EXPECT_SENT("ZREVRANGEBYSCORE [z] 2 1 LIMIT 1 2 WITHSCORES",
              zrevrangebyscore_withscores("z", 2, 1, {.start = 1, .num = 2}));
  EXPECT_SENT("ZREVRANGE [z] 0 -1", zrevrange("z", 0, -1));
  EXPECT_SENT("ZREVRANGE [z] 0 -1 WITHSCORES", zrevrange_withscores("z", 0, -1));
}

TYPED_TEST(CommandEncoding, SortedSetAlgebra) {
  const std::map<std::string, double> weights{{"a", 2}, {"b", 0.5}};

  EXPECT_SENT("ZINTER 2 [a] [b]", zinter({"a", "b"}));
  EXPECT_SENT("ZINTER 2 [a] [b] AGGREGATE MAX", zinter({"a", "b"}, {.aggregate = "MAX"}));
  EXPECT_SENT("ZINTER 2 [a] [b] WEIGHTS 2 0.5 AGGREGATE MIN", zinter({{"a", 2}, {"b", 0.5}}, {.aggregate = "MIN"}));
  EXPECT_SENT("ZINTER 1 [a] WITHSCORES", zinter_withscores("a"));
  EXPECT_SENT("ZINTER 2 [a] [b] WEIGHTS 2 0.5 AGGREGATE SUM WITHSCORES",
              zinter_withscores(weights, {.aggregate = "SUM"}));
  EXPECT_SENT("ZINTERSTORE [d] 2 [a] [b]", zinterstore("d", {"a", "b"}));
  EXPECT_SENT("ZINTERSTORE [d] 2 [a] [b] AGGREGATE MAX", zinterstore("d", {"a", "b"}, {.aggregate = "MAX"}));
  EXPECT_SENT("ZINTERSTORE [d] 1 [a] WEIGHTS 3", zinterstore("d", {{"a", 3}}));
  EXPECT_SENT("ZUNION 2 [a] [b]", zunion({"a", "b"}));
  EXPECT_SENT("ZUNION 2 [a] [b] WEIGHTS 2 0.5 AGGREGATE MIN", zunion(weights, {.aggregate = "MIN"}));
  EXPECT_SENT("ZUNION 2 [a] [b] AGGREGATE SUM WITHSCORES", zunion_withscores({"a", "b"}, {.aggregate = "SUM"}));
  EXPECT_SENT("ZUNION 2 [a] [b] WEIGHTS 1 -1 WITHSCORES", zunion_withscores({{"a", 1}, {"b", -1}}));
  EXPECT_SENT("ZUNIONSTORE [d] 2 [a] [b]", zunionstore("d", {"a", "b"}));
  EXPECT_SENT("ZUNIONSTORE [d] 2 [a] [b] WEIGHTS 2 0.5 AGGREGATE MAX", zunionstore("d", weights, {.aggregate = "MAX"}));
  EXPECT_SENT("ZUNIONSTORE [d] 0", zunionstore("d", std::vector<std::string>()));
  EXPECT_SENT("ZUNIONSTORE [d] 0", zunionstore("d", std::map<std::string, double>()));

  const std::string tag = std::to_string(crc32("t"));
  EXPECT_SENT("ZUNIONSTORE [d] 2 [" + tag + ":a] [b] WEIGHTS 1 2", zunionstore("d", {{Key{"t", "a"}, 1}, {"b", 2}}));
}

TYPED_TEST(CommandEncoding, Hashes) {
  EXPECT_SENT("HDEL [h] a", hdel("h", "a"));
  EXPECT_SENT("HDEL [h] a b", hdel("h", "a", "b"));
  EXPECT_SENT("HDEL [h] a b", hdel("h", {"a", "b"}));
  EXPECT_SENT("HEXISTS [h] f", hexists("h", "f"));
  EXPECT_SENT("HGET [h] f", hget("h", "f"));
  EXPECT_SENT("HGETALL [h]", hgetall("h"));
  EXPECT_SENT("HINCRBY [h] f 1", hincrby("h", "f"));
  EXPECT_SENT("HINCRBY [h] f -5", hincrby("h", "f", -5));
  EXPECT_SENT("HINCRBYFLOAT [h] f 1", hincrbyfloat("h", "f"));
  EXPECT_SENT("HINCRBYFLOAT [h] f 0.5", hincrbyfloat("h", "f", 0.5));
  EXPECT_SENT("HKEYS [h]", hkeys("h"));
  EXPECT_SENT("HLEN [h]", hlen("h"));
  EXPECT_SENT("HMGET [h] a", hmget("h", "a"));
  EXPECT_SENT("HMGET [h] a b", hmget("h", "a", "b"));
  EXPECT_SENT("HMGET [h] a b", hmget("h", {"a", "b"}));
  EXPECT_SENT("HMSET [h] a 1 b 2", hmset("h", {{"a", 1}, {"b", 2}}));
  EXPECT_SENT("HRANDFIELD [h]", hrandfield("h"));
  EXPECT_SENT("HRANDFIELD [h] -2", hrandfield_count("h", -2));
  EXPECT_SENT("HRANDFIELD [h] 2 WITHVALUES", hrandfield_withvalues("h", 2));
  EXPECT_SENT("HSET [h] f v", hset("h", "f", "v"));
  EXPECT_SENT("HSET [h] f 1", hset("h", "f", 1));
  EXPECT_SENT("HSET [h] 1 2 b x", hset("h", {{1, 2}, {"b", "x"}}));
  EXPECT_SENT("HSET [h] a 1 b 2", hset("h", std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}}));
  EXPECT_SENT("HSETNX [h] f v", hsetnx("h", "f", "v"));
  EXPECT_SENT("HSTRLEN [h] f", hstrlen("h", "f"));
  EXPECT_SENT("HVALS [h]", hvals("h"));
}

TYPED_TEST(CommandEncoding, Server) {
  EXPECT_SENT("DBSIZE", dbsize());
  EXPECT_SENT("ECHO text", echo("text"));
  EXPECT_SENT("FLUSHALL", flushall());
  EXPECT_SENT("FLUSHALL ASYNC", flushall({.asynchronous = true}));
  EXPECT_SENT("FLUSHDB", flushdb());
  EXPECT_SENT("FLUSHDB ASYNC", flushdb({.asynchronous = true}));
  EXPECT_SENT("INFO", info());
  EXPECT_SENT("INFO replication", info("replication"));
  EXPECT_SENT("INFO server clients", info("server", "clients"));
  EXPECT_SENT("INFO server clients", info({"server", "clients"}));
  EXPECT_SENT("PING", ping());
  EXPECT_SENT("TIME", time());
}

TYPED_TEST(CommandEncoding, ExecuteCommand) {
  const std::string tag = std::to_string(crc32("t"));

  EXPECT_SENT("? PING", execute_command("PING"));
  EXPECT_SENT("? JSON.SET doc $ {} 1 2.5", execute_command("JSON.SET", "doc", "$", "{}", 1, 2.5));
  EXPECT_SENT("? SET [" + tag + ":k] v", execute_command("SET", Key{"t", "k"}, "v"));
  EXPECT_SENT("? SMEMBERS s", template execute_command<std::vector<std::string>>("SMEMBERS", "s"));
  EXPECT_SENT("? CONFIG GET maxmemory", execute_command("CONFIG GET", "maxmemory"));
  EXPECT_SENT("? GET k", execute_command({"GET", "k"}));
  EXPECT_SENT("? PING", execute_command({"PING"}));
  EXPECT_SENT("? CONFIG GET a b", execute_command({" CONFIG  GET ", "a", "b"}));
  EXPECT_SENT("? SET k 1", execute_command(std::vector<std::string>{"SET", "k", "1"}));
  const std::string_view words[] = {"SET", "k", "2"};
  EXPECT_SENT("? SET k 2", execute_command(std::span<const std::string_view>(words)));
  EXPECT_SENT("? DBSIZE", template execute_command<long long>({"DBSIZE"}));

  EXPECT_THROW(this->r.execute_command(""), DataError);
  EXPECT_THROW(this->r.execute_command(" ", "k"), DataError);
  EXPECT_THROW(this->r.execute_command(std::vector<std::string>()), DataError);
}

TYPED_TEST(CommandEncoding, TaggedKeysAndTextOfAllKinds) {
  const std::string tag = std::to_string(crc32("userinfo"));
  const std::string text = "text";
  const std::string_view view = text;
  const char* const pointer = "pointer";

  EXPECT_SENT("GET [" + tag + ":foo]", get(Key{"userinfo", "foo"}));
  EXPECT_SENT("MGET [a] [" + tag + ":b] [c]", mget({"a", Key{"userinfo", "b"}, "c"}));
  EXPECT_SENT("MGET [a] [" + tag + ":b]", mget("a", Key{"userinfo", "b"}));
  EXPECT_SENT("MSET [" + tag + ":a] 1", mset({{Key{"userinfo", "a"}, 1}}));
  EXPECT_SENT("DEL [" + tag + ":a]", del(Key{"userinfo", "a"}));
  EXPECT_SENT("SET [text] text", set(text, view));
  EXPECT_SENT("SET [text] pointer", set(view, pointer));
  EXPECT_SENT("DEL [text] [pointer] [a]", del(view, pointer, "a"));
  EXPECT_SENT("SADD [pointer] text pointer -1", sadd(pointer, view, pointer, -1));
}

// What a result is, in each executor.
template <class Executor, class Call>
using Result = decltype(std::declval<Call>()(std::declval<Executor&>()));
constexpr auto call_get = [](auto& r) { return r.get("k"); };
constexpr auto call_info = [](auto& r) { return r.info(); };
constexpr auto call_execute = [](auto& r) { return r.execute_command("X"); };
using Cluster = Recorder<ClusterValue>;
using Single = Recorder<SingleValue>;
using Queue = Recorder<QueuedValue>;
static_assert(std::is_same_v<Result<Cluster, decltype(call_get)>, std::optional<std::string>>);
static_assert(std::is_same_v<Result<Single, decltype(call_get)>, std::optional<std::string>>);
static_assert(std::is_same_v<Result<Queue, decltype(call_get)>, Queued<std::optional<std::string>>>);
static_assert(std::is_same_v<Result<Cluster, decltype(call_info)>, std::map<std::string, ServerInfo>>);
static_assert(std::is_same_v<Result<Single, decltype(call_info)>, ServerInfo>);
static_assert(std::is_same_v<Result<Queue, decltype(call_info)>, Queued<std::map<std::string, ServerInfo>>>);
static_assert(std::is_same_v<Result<Cluster, decltype(call_execute)>, Reply>);
static_assert(std::is_same_v<Result<Queue, decltype(call_execute)>, Queued<Reply>>);

}  // namespace
}  // namespace rediscluster
