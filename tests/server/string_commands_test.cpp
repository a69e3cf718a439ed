// Commands on strings, on real servers.
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;
using Values = std::vector<std::optional<std::string>>;

class StringCommandsTest : public CommandsTest {};

TEST_F(StringCommandsTest, SetAndGet) {
  EXPECT_EQ(nullopt, r.get("k"));
  EXPECT_TRUE(r.set("k", "v"));
  EXPECT_EQ("v", r.get("k"));
  EXPECT_TRUE(r.set("k", 42));
  EXPECT_EQ("42", r.get("k"));
  EXPECT_TRUE(r.set("k", ""));
  EXPECT_EQ("", r.get("k"));
  EXPECT_TRUE(r.set(binary, binary));
  EXPECT_EQ(binary, r.get(binary));
  EXPECT_TRUE(r.set("", "empty name"));
  EXPECT_EQ("empty name", r.get(""));
  const std::string large(1 << 20, 'x');
  EXPECT_TRUE(r.set("large", large));
  EXPECT_EQ(large, r.get("large"));
}

TEST_F(StringCommandsTest, TaggedKeysLiveOnTheirTagsNode) {
  EXPECT_TRUE(r.set(Key{"bar", "foo"}, "tagged"));
  EXPECT_TRUE(r.set("foo", "plain"));
  EXPECT_EQ("tagged", r.get(Key{"bar", "foo"}));
  EXPECT_EQ("plain", r.get("foo"));
  EXPECT_EQ("tagged", r.node("node_1").get("foo"));
  EXPECT_EQ("plain", r.node("node_2").get("foo"));
}

TEST_F(StringCommandsTest, SetOptions) {
  EXPECT_FALSE(r.set("k", "v", {.xx = true}));
  EXPECT_TRUE(r.set("k", "v", {.nx = true}));
  EXPECT_FALSE(r.set("k", "w", {.nx = true}));
  EXPECT_EQ("v", r.get("k"));
  EXPECT_TRUE(r.set("k", "w", {.xx = true}));
  EXPECT_EQ("w", r.get("k"));
  EXPECT_EQ(-1, r.ttl("k"));

  EXPECT_TRUE(r.set("k", "v", {.ex = 100s}));
  expect_left(100, r.ttl("k"));
  EXPECT_TRUE(r.set("k", "v", {.keepttl = true}));
  expect_left(100, r.ttl("k"));
  EXPECT_TRUE(r.set("k", "v"));
  EXPECT_EQ(-1, r.ttl("k"));
  EXPECT_TRUE(r.set("k", "v", {.px = 50000}));
  expect_left(50, r.ttl("k"));
  const auto when = std::chrono::system_clock::now() + 1h;
  EXPECT_TRUE(r.set("k", "v", {.exat = when}));
  EXPECT_EQ(UnixSeconds(when).count(), r.expiretime("k"));
  EXPECT_TRUE(r.set("k", "v", {.pxat = when}));
  EXPECT_EQ(UnixMilliseconds(when).count(), r.pexpiretime("k"));

  EXPECT_SERVER_ERROR(set("k", "v", {.nx = true, .xx = true}));
  EXPECT_SERVER_ERROR(set("k", "v", {.ex = 0}));
}

TEST_F(StringCommandsTest, SetIfTheValueIsAsExpected) {
  r.set("k", "a");
  try {
    EXPECT_FALSE(r.set("k", "b", {.ifeq = "x"}));
  } catch (const ResponseError& error) {  // redis before 8.4, valkey before 8.1
    EXPECT_TRUE(std::string_view(error.what()).starts_with("ERR syntax error")) << error.what();
    EXPECT_SERVER_ERROR(set("k", "b", {.ifne = "x"}));
    EXPECT_SERVER_ERROR(set("k", "b", {.ifdeq = "x"}));
    EXPECT_SERVER_ERROR(set("k", "b", {.ifdne = "x"}));
    EXPECT_EQ("a", r.get("k"));
    return;
  }
  EXPECT_TRUE(r.set("k", "b", {.ifeq = "a"}));
  EXPECT_EQ("b", r.set_get("k", "c", {.ifeq = "b"}));
  EXPECT_EQ("c", r.get("k"));
  if (r.execute_command("COMMAND INFO", "DIGEST")[0].is_nil()) return;
  EXPECT_FALSE(r.set("k", "d", {.ifne = "c"}));
  EXPECT_TRUE(r.set("k", "d", {.ifne = "x"}));
  const std::string digest = r.execute_command<std::string>("DIGEST", "k");
  EXPECT_FALSE(r.set("k", "e", {.ifdne = digest}));
  EXPECT_TRUE(r.set("k", "e", {.ifdeq = digest}));
}

TEST_F(StringCommandsTest, SetGet) {
  EXPECT_EQ(nullopt, r.set_get("k", "a"));
  EXPECT_EQ("a", r.set_get("k", "b", {.ex = 100}));
  expect_left(100, r.ttl("k"));
  EXPECT_EQ("b", r.set_get("k", "c", {.nx = true}));
  EXPECT_EQ("b", r.get("k"));
  r.rpush("list", "x");
  EXPECT_WRONG_TYPE(set_get("list", "v"));
  EXPECT_TRUE(r.set("list", "v")) << "plain SET takes any type";
}

TEST_F(StringCommandsTest, GetdelGetexGetset) {
  EXPECT_EQ(nullopt, r.getdel("k"));
  EXPECT_EQ(nullopt, r.getset("k", "v"));
  EXPECT_EQ("v", r.getset("k", "w"));
  EXPECT_EQ("w", r.getdel("k"));
  EXPECT_EQ(nullopt, r.get("k"));

  EXPECT_EQ(nullopt, r.getex("k"));
  r.set("k", "v");
  EXPECT_EQ("v", r.getex("k"));
  EXPECT_EQ(-1, r.ttl("k"));
  EXPECT_EQ("v", r.getex("k", {.ex = 100}));
  expect_left(100, r.ttl("k"));
  EXPECT_EQ("v", r.getex("k", {.px = 50s}));
  expect_left(50, r.ttl("k"));
  EXPECT_EQ("v", r.getex("k", {.persist = true}));
  EXPECT_EQ(-1, r.ttl("k"));
  const auto when = std::chrono::system_clock::now() + 1h;
  EXPECT_EQ("v", r.getex("k", {.exat = when}));
  EXPECT_EQ(UnixSeconds(when).count(), r.expiretime("k"));
  EXPECT_EQ("v", r.getex("k", {.pxat = when}));
  EXPECT_EQ(UnixMilliseconds(when).count(), r.pexpiretime("k"));
  EXPECT_SERVER_ERROR(getex("k", {.ex = 10, .persist = true}));
}

TEST_F(StringCommandsTest, SetexPsetexSetnx) {
  EXPECT_TRUE(r.setex("k", 100, "v"));
  expect_left(100, r.ttl("k"));
  EXPECT_TRUE(r.psetex("k", 50s, "w"));
  expect_left(50, r.ttl("k"));
  EXPECT_EQ("w", r.get("k"));
  EXPECT_FALSE(r.setnx("k", "x"));
  EXPECT_TRUE(r.setnx("n", binary));
  EXPECT_EQ(binary, r.get("n"));
  EXPECT_SERVER_ERROR(setex("k", 0, "v"));
  EXPECT_SERVER_ERROR(psetex("k", -1, "v"));
}

TEST_F(StringCommandsTest, PartsOfAString) {
  EXPECT_EQ(0, r.strlen("k"));
  EXPECT_EQ("", r.getrange("k", 0, -1));
  EXPECT_EQ("", r.substr("k", 0));
  EXPECT_EQ(5, r.append("k", "Hello"));
  EXPECT_EQ(11, r.append("k", " World"));
  EXPECT_EQ(11, r.strlen("k"));
  EXPECT_EQ("World", r.getrange("k", -5, -1));
  EXPECT_EQ("ell", r.getrange("k", 1, 3));
  EXPECT_EQ("", r.getrange("k", 5, 3));
  EXPECT_EQ("World", r.substr("k", 6));
  EXPECT_EQ("Wo", r.substr("k", 6, 7));
  EXPECT_EQ(11, r.setrange("k", 6, "Redis"));
  EXPECT_EQ("Hello Redis", r.get("k"));
  EXPECT_EQ(5, r.setrange("new", 3, "ab"));
  EXPECT_EQ(std::string("\0\0\0ab", 5), r.get("new"));
  EXPECT_SERVER_ERROR(setrange("k", -1, "x"));
}

TEST_F(StringCommandsTest, Numbers) {
  EXPECT_EQ(1, r.incr("n"));
  EXPECT_EQ(11, r.incr("n", 10));
  EXPECT_EQ(12, r.incrby("n"));
  EXPECT_EQ(7, r.incrby("n", -5));
  EXPECT_EQ(6, r.decr("n"));
  EXPECT_EQ(0, r.decr("n", 6));
  EXPECT_EQ(-1, r.decrby("n"));
  EXPECT_EQ(4, r.decrby("n", -5));
  EXPECT_EQ(4.5, r.incrbyfloat("n", 0.5));
  EXPECT_EQ(5.5, r.incrbyfloat("n"));
  EXPECT_DOUBLE_EQ(0.1, r.incrbyfloat("f", 0.1));
  r.set("max", 9223372036854775807);
  EXPECT_SERVER_ERROR(incr("max"));
  r.set("text", "x");
  EXPECT_SERVER_ERROR(incr("text"));
  EXPECT_SERVER_ERROR(decrby("text"));
  EXPECT_SERVER_ERROR(incrbyfloat("text"));
}

TEST_F(StringCommandsTest, Bits) {
  EXPECT_EQ(0, r.bitcount("k"));
  EXPECT_EQ(0, r.getbit("k", 100));
  EXPECT_EQ(0, r.setbit("k", 7, true));
  EXPECT_EQ(1, r.setbit("k", 7, 1));
  EXPECT_EQ(1, r.getbit("k", 7));
  EXPECT_EQ(1, r.setbit("k", 7, false));
  r.set("k", "foobar");
  EXPECT_EQ(26, r.bitcount("k"));
  EXPECT_EQ(4, r.bitcount("k", 0, 0));
  EXPECT_EQ(6, r.bitcount("k", 1, 1, "BYTE"));
  EXPECT_EQ(17, r.bitcount("k", 5, 30, "BIT"));
  EXPECT_EQ(1, r.bitpos("k", 1));
  EXPECT_EQ(0, r.bitpos("k", 0));
  r.set("k", std::string("\x00\xff\xf0", 3));
  EXPECT_EQ(8, r.bitpos("k", 1, 0));
  EXPECT_EQ(16, r.bitpos("k", 1, 2));
  EXPECT_EQ(20, r.bitpos("k", 0, 1));
  EXPECT_EQ(-1, r.bitpos("k", 1, 0, 0));
  EXPECT_EQ(8, r.bitpos("k", 1, 7, 15, "BIT"));
  EXPECT_EQ(0, r.bitpos("missing", 0));
  EXPECT_EQ(-1, r.bitpos("missing", 1));
  EXPECT_SERVER_ERROR(bitpos("k", 2));
  EXPECT_SERVER_ERROR(bitcount("k", 0, 1, "WORD"));
}

TEST_F(StringCommandsTest, BitfieldRo) {
  r.set("k", std::string("\x01\xff\x80", 3));
  EXPECT_EQ(std::vector<long long>{1}, r.bitfield_ro("k", "u8", 0));
  EXPECT_EQ((std::vector<long long>{255, -1, 0x01ff, 0}),
            r.bitfield_ro("k", "u8", "#1", {{"i8", 8}, {"u16", "#0"}, {"i4", 100}}));
  EXPECT_EQ(std::vector<long long>{0}, r.bitfield_ro("missing", "u63", 0));
  EXPECT_SERVER_ERROR(bitfield_ro("k", "u65", 0));
}

TEST_F(StringCommandsTest, Bitop) {
  const Key a = together("a"), b = together("b"), d = together("d");
  r.set(a, "abc");
  r.set(b, std::string("\xff\x0f", 2));
  EXPECT_EQ(3, r.bitop("AND", d, {a, b}));
  EXPECT_EQ(std::string("a\x02\0", 3), r.get(d));
  EXPECT_EQ(3, r.bitop("OR", d, a, b));
  EXPECT_EQ("\xffoc", r.get(d));
  EXPECT_EQ(3, r.bitop("XOR", d, {a, a}));
  EXPECT_EQ(std::string(3, '\0'), r.get(d));
  EXPECT_EQ(2, r.bitop("NOT", d, b));
  EXPECT_EQ(std::string("\x00\xf0", 2), r.get(d));
  EXPECT_EQ(0, r.bitop("OR", d, together("missing")));
  EXPECT_EQ(0, r.exists(d));
  r.rpush(d, "x");
  EXPECT_WRONG_TYPE(bitop("NOT", together("e"), d));
  EXPECT_EQ(3, r.bitop("OR", d, a)) << "the destination may hold anything";
}

TEST_F(StringCommandsTest, Lcs) {
  const Key a = together("a"), b = together("b"), missing = together("missing");
  r.set(a, "ohmytext");
  r.set(b, "mynewtext");
  EXPECT_EQ("mytext", r.lcs(a, b));
  EXPECT_EQ(6, r.lcs_len(a, b));
  EXPECT_EQ("", r.lcs(a, missing));
  EXPECT_EQ(0, r.lcs_len(missing, missing));
  EXPECT_EQ((LcsMatches{{{{4, 7}, {5, 8}}, {{2, 3}, {0, 1}}}, 6}), r.lcs_idx(a, b));
  EXPECT_EQ((LcsMatches{{{{4, 7}, {5, 8}, 4}, {{2, 3}, {0, 1}, 2}}, 6}), r.lcs_idx(a, b, {.withmatchlen = true}));
  EXPECT_EQ((LcsMatches{{{{4, 7}, {5, 8}}}, 6}), r.lcs_idx(a, b, {.minmatchlen = 4}));
  EXPECT_EQ((LcsMatches{{}, 0}), r.lcs_idx(missing, a));
  r.rpush(missing, "x");
  EXPECT_SERVER_ERROR(lcs(a, missing));
}

TEST_F(StringCommandsTest, MgetKeepsTheOrderAcrossNodes) {
  std::vector<std::string> names;
  Values expected;
  for (int i = 0; i < 50; ++i) {
    names.push_back("key:" + std::to_string(i));
    if (i % 3 == 0) {
      expected.emplace_back();
    } else {
      expected.emplace_back("value:" + std::to_string(i));
      r.set(names.back(), *expected.back());
    }
  }
  EXPECT_EQ(expected, r.mget(names));
  EXPECT_EQ((Values{"value:1", nullopt, "value:2"}), r.mget("key:1", "key:0", "key:2"));
  EXPECT_EQ((Values{"value:1", "value:1", "value:1"}), r.mget({"key:1", "key:1", "key:1"}));
  EXPECT_EQ(Values{"value:1"}, r.mget("key:1"));
  r.rpush("list", "x");
  EXPECT_EQ((Values{nullopt, "value:1"}), r.mget("list", "key:1"));
  r.set(Key{"bar", "t"}, "1");
  EXPECT_EQ((Values{"1", nullopt}), r.mget({Key{"bar", "t"}, Key{"foo", "t"}}));
  EXPECT_SERVER_ERROR(mget(std::vector<std::string>()));
}

TEST_F(StringCommandsTest, MsetAcrossNodes) {
  EXPECT_TRUE(r.mset({{"foo", 1}, {"bar", "2"}, {binary, binary}, {"foobar", 3.5}}));
  EXPECT_EQ((Values{"1", "2", binary, "3.5"}), r.mget("foo", "bar", binary, "foobar"));
  std::map<std::string, std::string> many;
  for (int i = 0; i < 50; ++i) many["key:" + std::to_string(i)] = std::to_string(i);
  EXPECT_TRUE(r.mset(many));
  for (const auto& [name, value] : many) EXPECT_EQ(value, r.get(name));
  EXPECT_TRUE(r.mset({{"foo", "first"}, {"bar", 0}, {"foo", "last"}}));
  EXPECT_EQ("last", r.get("foo"));
  r.rpush("list", "x");
  EXPECT_TRUE(r.mset({{"list", "now a string"}}));
  EXPECT_EQ("now a string", r.get("list"));
  EXPECT_SERVER_ERROR(mset(std::map<std::string, std::string>()));
}

TEST_F(StringCommandsTest, Msetnx) {
  const Key a = together("a"), b = together("b"), c = together("c");
  EXPECT_TRUE(r.msetnx({{a, 1}, {b, 2}}));
  EXPECT_FALSE(r.msetnx({{b, 3}, {c, 4}}));
  EXPECT_EQ((Values{"1", "2", nullopt}), r.mget(a, b, c));
  EXPECT_TRUE(r.msetnx({{"foo", 1}, {"bar", 2}})) << "on two nodes";
}

TEST_F(StringCommandsTest, WrongType) {
  r.rpush("list", "x");
  EXPECT_WRONG_TYPE(append("list", "v"));
  EXPECT_WRONG_TYPE(bitcount("list"));
  EXPECT_WRONG_TYPE(bitfield_ro("list", "u8", 0));
  EXPECT_WRONG_TYPE(bitpos("list", 1));
  EXPECT_WRONG_TYPE(decr("list"));
  EXPECT_WRONG_TYPE(decrby("list"));
  EXPECT_WRONG_TYPE(get("list"));
  EXPECT_WRONG_TYPE(getbit("list", 0));
  EXPECT_WRONG_TYPE(getdel("list"));
  EXPECT_WRONG_TYPE(getex("list"));
  EXPECT_WRONG_TYPE(getrange("list", 0, 1));
  EXPECT_WRONG_TYPE(getset("list", "v"));
  EXPECT_WRONG_TYPE(incr("list"));
  EXPECT_WRONG_TYPE(incrby("list"));
  EXPECT_WRONG_TYPE(incrbyfloat("list"));
  EXPECT_WRONG_TYPE(setbit("list", 0, true));
  EXPECT_WRONG_TYPE(setrange("list", 0, "v"));
  EXPECT_WRONG_TYPE(strlen("list"));
  EXPECT_WRONG_TYPE(substr("list", 0));
  EXPECT_EQ(1, r.llen("list"));
}

}  // namespace
}  // namespace rediscluster
