// Commands on sets, on real servers.
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using std::nullopt;
using Set = std::unordered_set<std::string>;

class SetCommandsTest : public CommandsTest {};

TEST_F(SetCommandsTest, AddAndRemove) {
  EXPECT_EQ(0, r.scard("s"));
  EXPECT_EQ(Set(), r.smembers("s"));
  EXPECT_EQ(0, r.srem("s", "a"));
  EXPECT_EQ(1, r.sadd("s", "a"));
  EXPECT_EQ(0, r.sadd("s", "a"));
  EXPECT_EQ(2, r.sadd("s", "a", 1, 2.5));
  EXPECT_EQ(2, r.sadd("s", {binary, ""}));
  EXPECT_EQ(2, r.sadd("s", std::set<std::string>{"x", "y"}));
  EXPECT_EQ((Set{"a", "1", "2.5", binary, "", "x", "y"}), r.smembers("s"));
  EXPECT_EQ(7, r.scard("s"));
  EXPECT_EQ(1, r.srem("s", "x"));
  EXPECT_EQ(2, r.srem("s", "1", 2.5, "missing"));
  EXPECT_EQ(3, r.srem("s", {"a", "y", "y", ""}));
  EXPECT_EQ(Set{binary}, r.smembers("s"));
  EXPECT_EQ(1, r.srem("s", binary));
  EXPECT_EQ(0, r.exists("s"));
  EXPECT_SERVER_ERROR(sadd("s", std::vector<std::string>()));
}

TEST_F(SetCommandsTest, Membership) {
  EXPECT_FALSE(r.sismember("s", "a"));
  EXPECT_EQ((std::vector<bool>{false, false}), r.smismember("s", "a", "b"));
  r.sadd("s", "a", binary);
  EXPECT_TRUE(r.sismember("s", "a"));
  EXPECT_FALSE(r.sismember("s", "b"));
  EXPECT_EQ((std::vector<bool>{true, false, true}), r.smismember("s", {"a", "b", "a"}));
  EXPECT_EQ((std::vector<bool>{true, false}), r.smismember("s", binary, "b"));
  EXPECT_EQ(std::vector<bool>{true}, r.smismember("s", binary));
}

TEST_F(SetCommandsTest, RandomMembers) {
  EXPECT_EQ(nullopt, r.srandmember("s"));
  EXPECT_TRUE(r.srandmember_number("s", 3).empty());
  EXPECT_EQ(nullopt, r.spop("s"));
  EXPECT_EQ(Set(), r.spop_count("s", 3));
  const Set members{"a", "b", "c", "d"};
  r.sadd("s", members);
  EXPECT_TRUE(members.contains(r.srandmember("s").value()));
  const std::vector<std::string> two = r.srandmember_number("s", 2);
  EXPECT_EQ(2U, Set(two.begin(), two.end()).size());
  EXPECT_EQ(4U, r.srandmember_number("s", 10).size());
  EXPECT_EQ(10U, r.srandmember_number("s", -10).size());
  EXPECT_EQ(4, r.scard("s"));
  const std::string popped = r.spop("s").value();
  EXPECT_TRUE(members.contains(popped));
  EXPECT_FALSE(r.sismember("s", popped));
  EXPECT_EQ(2U, r.spop_count("s", 2).size());
  EXPECT_EQ(1, r.scard("s"));
  EXPECT_EQ(1U, r.spop_count("s", 10).size());
  EXPECT_EQ(0, r.exists("s"));
}

TEST_F(SetCommandsTest, AlgebraAcrossNodes) {
  // foo and foobar are on one node, bar is on the other.
  r.sadd("foo", {"a1", "a2", "a3", binary});
  r.sadd("bar", {"b1", "a2", binary});
  r.sadd("foobar", {"a3", "a2"});
  EXPECT_EQ((Set{"a1", "a3"}), r.sdiff("foo", "bar"));
  EXPECT_EQ(Set{"b1"}, r.sdiff({"bar", "foo"}));
  EXPECT_EQ(Set{"a1"}, r.sdiff("foo", "bar", "foobar"));
  EXPECT_EQ((Set{"a1", "a2", "a3", binary}), r.sdiff("foo"));
  EXPECT_EQ(Set(), r.sdiff("foo", "foo"));
  EXPECT_EQ(Set(), r.sdiff("missing", "foo", "bar"));
  EXPECT_EQ((Set{"a2", binary}), r.sinter("foo", "bar"));
  EXPECT_EQ(Set{"a2"}, r.sinter({"foo", "bar", "foobar"}));
  EXPECT_EQ(Set(), r.sinter("foo", "bar", "missing"));
  EXPECT_EQ((Set{"a2", "a3"}), r.sinter("foobar"));
  EXPECT_EQ((Set{"a1", "a2", "a3", "b1", binary}), r.sunion("foo", "bar"));
  EXPECT_EQ((Set{"a2", "a3", "b1", binary}), r.sunion({"foobar", "bar", "missing"}));
  EXPECT_EQ(Set(), r.sunion("missing", "nothing"));
  EXPECT_SERVER_ERROR(sunion(std::vector<std::string>()));
}

TEST_F(SetCommandsTest, StoresReplaceTheirDestination) {
  r.sadd("foo", {"a1", "a2", "a3", binary});
  r.sadd("bar", {"b1", "a2", binary});
  r.rpush("d", "a list");
  EXPECT_EQ(2, r.sdiffstore("d", "foo", "bar"));
  EXPECT_EQ((Set{"a1", "a3"}), r.smembers("d"));
  r.expire("d", 100);
  EXPECT_EQ(2, r.sinterstore("d", {"foo", "bar"}));
  EXPECT_EQ((Set{"a2", binary}), r.smembers("d"));
  EXPECT_EQ(-1, r.ttl("d"));
  EXPECT_EQ(5, r.sunionstore("d", {"foo", "bar", "missing"}));
  EXPECT_EQ((Set{"a1", "a2", "a3", "b1", binary}), r.smembers("d"));
  EXPECT_EQ(4, r.sunionstore("d", "foo"));
  EXPECT_EQ(5, r.sunionstore("d", "foo", "bar"));
  EXPECT_EQ(2, r.sinterstore("foo", "foo", "bar")) << "the destination may be a source";
  EXPECT_EQ((Set{"a2", binary}), r.smembers("foo"));
  EXPECT_EQ(0, r.sinterstore("d", "foo", "missing"));
  EXPECT_EQ(0, r.exists("d"));
  EXPECT_EQ(0, r.sdiffstore("bar", {"bar", "bar"}));
  EXPECT_EQ(0, r.exists("bar"));
}

TEST_F(SetCommandsTest, AlgebraOfWrongTypes) {
  r.sadd("foo", "a");
  r.set("bar", "text");
  EXPECT_WRONG_TYPE(sdiff("foo", "bar"));
  EXPECT_WRONG_TYPE(sinter("foo", "bar"));
  EXPECT_WRONG_TYPE(sinter("missing", "bar"));
  EXPECT_WRONG_TYPE(sunion({"foo", "bar"}));
  r.set("d", "kept");
  EXPECT_WRONG_TYPE(sdiffstore("d", "foo", "bar"));
  EXPECT_WRONG_TYPE(sinterstore("d", "foo", "bar"));
  EXPECT_WRONG_TYPE(sunionstore("d", "foo", "bar"));
  EXPECT_EQ("kept", r.get("d"));
}

TEST_F(SetCommandsTest, Intercard) {
  const Key a = together("a"), b = together("b");
  EXPECT_EQ(0, r.sintercard(2, {a, b}));
  r.sadd(a, "1", "2", "3");
  r.sadd(b, "2", "3", "4");
  EXPECT_EQ(2, r.sintercard(2, {a, b}));
  EXPECT_EQ(1, r.sintercard(2, {a, b}, 1));
  EXPECT_EQ(3, r.sintercard(1, a));
  EXPECT_SERVER_ERROR(sintercard(0, a));
  r.set(b, "v");
  EXPECT_WRONG_TYPE(sintercard(2, {a, b}));
}

TEST_F(SetCommandsTest, Smove) {
  const Key a = together("a"), b = together("b"), text = together("text");
  EXPECT_FALSE(r.smove(a, b, "m"));
  r.sadd(a, "m", binary);
  EXPECT_TRUE(r.smove(a, b, binary));
  EXPECT_EQ(Set{"m"}, r.smembers(a));
  EXPECT_EQ(Set{binary}, r.smembers(b));
  EXPECT_FALSE(r.smove(a, b, "missing"));
  r.set(text, "v");
  EXPECT_WRONG_TYPE(smove(a, text, "m"));
  EXPECT_WRONG_TYPE(smove(text, a, "m"));
  EXPECT_EQ(Set{"m"}, r.smembers(a));
}

TEST_F(SetCommandsTest, WrongType) {
  r.set("text", "v");
  EXPECT_WRONG_TYPE(sadd("text", "a"));
  EXPECT_WRONG_TYPE(scard("text"));
  EXPECT_WRONG_TYPE(sdiff("text"));
  EXPECT_WRONG_TYPE(sinter("text"));
  EXPECT_WRONG_TYPE(sismember("text", "a"));
  EXPECT_WRONG_TYPE(smembers("text"));
  EXPECT_WRONG_TYPE(smismember("text", "a"));
  EXPECT_WRONG_TYPE(spop("text"));
  EXPECT_WRONG_TYPE(spop_count("text", 1));
  EXPECT_WRONG_TYPE(srandmember("text"));
  EXPECT_WRONG_TYPE(srandmember_number("text", 1));
  EXPECT_WRONG_TYPE(srem("text", "a"));
  EXPECT_WRONG_TYPE(sunion("text"));
}

}  // namespace
}  // namespace rediscluster
