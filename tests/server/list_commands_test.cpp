// Commands on lists, and SORT, on real servers.
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using std::nullopt;
using Strings = std::vector<std::string>;
using Popped = std::optional<std::pair<std::string, Strings>>;

class ListCommandsTest : public CommandsTest {
 protected:
  Strings all(Key name) { return r.lrange(name, 0, -1); }
};

TEST_F(ListCommandsTest, PushAndRange) {
  EXPECT_EQ(Strings(), r.lrange("l", 0, -1));
  EXPECT_EQ(0, r.llen("l"));
  EXPECT_EQ(1, r.rpush("l", "a"));
  EXPECT_EQ(3, r.rpush("l", 1, 2.5));
  EXPECT_EQ(5, r.rpush("l", {"x", ""}));
  EXPECT_EQ(6, r.lpush("l", binary));
  EXPECT_EQ(8, r.lpush("l", "p", "q"));
  EXPECT_EQ(10, r.lpush("l", Strings{"r", "s"}));
  EXPECT_EQ((Strings{"s", "r", "q", "p", binary, "a", "1", "2.5", "x", ""}), all("l"));
  EXPECT_EQ((Strings{"r", "q"}), r.lrange("l", 1, 2));
  EXPECT_EQ(Strings(), r.lrange("l", 5, 3));
  EXPECT_EQ(10, r.llen("l"));
  EXPECT_SERVER_ERROR(rpush("l", Strings()));
}

TEST_F(ListCommandsTest, PushOntoExistingOnly) {
  EXPECT_EQ(0, r.lpushx("l", "a"));
  EXPECT_EQ(0, r.rpushx("l", "a", "b"));
  EXPECT_EQ(0, r.exists("l"));
  r.rpush("l", "m");
  EXPECT_EQ(2, r.lpushx("l", "a"));
  EXPECT_EQ(4, r.lpushx("l", {"b", "c"}));
  EXPECT_EQ(6, r.lpushx("l", "d", "e"));
  EXPECT_EQ(7, r.rpushx("l", "x"));
  EXPECT_EQ(9, r.rpushx("l", {"y", "z"}));
  EXPECT_EQ((Strings{"e", "d", "c", "b", "a", "m", "x", "y", "z"}), all("l"));
}

TEST_F(ListCommandsTest, Pop) {
  EXPECT_EQ(nullopt, r.lpop("l"));
  EXPECT_EQ(nullopt, r.rpop("l"));
  EXPECT_EQ(nullopt, r.lpop_count("l", 2));
  EXPECT_EQ(nullopt, r.rpop_count("l", 2));
  r.rpush("l", {"a", "b", "c", "d", "e", "f", binary});
  EXPECT_EQ(binary, r.rpop("l"));
  EXPECT_EQ("a", r.lpop("l"));
  EXPECT_EQ((Strings{"b", "c"}), r.lpop_count("l", 2));
  EXPECT_EQ(Strings(), r.lpop_count("l", 0));
  EXPECT_EQ((Strings{"f", "e", "d"}), r.rpop_count("l", 10));
  EXPECT_EQ(0, r.exists("l"));
  EXPECT_SERVER_ERROR(lpop_count("l", -1));
}

TEST_F(ListCommandsTest, Index) {
  EXPECT_EQ(nullopt, r.lindex("l", 0));
  EXPECT_SERVER_ERROR(lset("l", 0, "x"));
  r.rpush("l", {"a", "b", "c"});
  EXPECT_EQ("a", r.lindex("l", 0));
  EXPECT_EQ("c", r.lindex("l", -1));
  EXPECT_EQ(nullopt, r.lindex("l", 3));
  EXPECT_TRUE(r.lset("l", -1, binary));
  EXPECT_EQ((Strings{"a", "b", binary}), all("l"));
  EXPECT_SERVER_ERROR(lset("l", 3, "x"));
}

TEST_F(ListCommandsTest, InsertRemoveTrim) {
  EXPECT_EQ(0, r.linsert("l", "BEFORE", "a", "b"));
  EXPECT_EQ(0, r.lrem("l", 0, "a"));
  EXPECT_TRUE(r.ltrim("l", 0, 0));
  r.rpush("l", {"a", "b", "a", "c", "a"});
  EXPECT_EQ(6, r.linsert("l", "BEFORE", "b", "x"));
  EXPECT_EQ(7, r.linsert("l", "AFTER", "b", "y"));
  EXPECT_EQ(-1, r.linsert("l", "AFTER", "nothing", "y"));
  EXPECT_EQ((Strings{"a", "x", "b", "y", "a", "c", "a"}), all("l"));
  EXPECT_EQ(1, r.lrem("l", -1, "a"));
  EXPECT_EQ((Strings{"a", "x", "b", "y", "a", "c"}), all("l"));
  EXPECT_EQ(1, r.lrem("l", 1, "a"));
  EXPECT_EQ(1, r.lrem("l", 0, "a"));
  EXPECT_EQ((Strings{"x", "b", "y", "c"}), all("l"));
  EXPECT_TRUE(r.ltrim("l", 1, -2));
  EXPECT_EQ((Strings{"b", "y"}), all("l"));
  EXPECT_TRUE(r.ltrim("l", 5, 6));
  EXPECT_EQ(0, r.exists("l"));
  EXPECT_SERVER_ERROR(linsert("l", "BESIDE", "a", "b"));
}

TEST_F(ListCommandsTest, Pos) {
  EXPECT_EQ(nullopt, r.lpos("l", "a"));
  EXPECT_EQ(std::vector<long long>(), r.lpos_count("l", "a", 0));
  r.rpush("l", {"a", "b", "a", "c", "a"});
  EXPECT_EQ(0, r.lpos("l", "a"));
  EXPECT_EQ(nullopt, r.lpos("l", "x"));
  EXPECT_EQ(2, r.lpos("l", "a", {.rank = 2}));
  EXPECT_EQ(4, r.lpos("l", "a", {.rank = -1}));
  EXPECT_EQ(nullopt, r.lpos("l", "c", {.maxlen = 2}));
  EXPECT_EQ((std::vector<long long>{0, 2, 4}), r.lpos_count("l", "a", 0));
  EXPECT_EQ((std::vector<long long>{0, 2}), r.lpos_count("l", "a", 2));
  EXPECT_EQ((std::vector<long long>{4, 2}), r.lpos_count("l", "a", 0, {.rank = -1, .maxlen = 3}));
  EXPECT_EQ(std::vector<long long>(), r.lpos_count("l", "x", 0));
  EXPECT_SERVER_ERROR(lpos("l", "a", {.rank = 0}));
}

TEST_F(ListCommandsTest, MoveElements) {
  const Key a = together("a"), b = together("b"), text = together("text");
  EXPECT_EQ(nullopt, r.lmove(a, b));
  EXPECT_EQ(nullopt, r.rpoplpush(a, b));
  r.rpush(a, {"1", "2", "3", "4"});
  EXPECT_EQ("1", r.lmove(a, b));
  EXPECT_EQ("4", r.lmove(a, b, "RIGHT", "LEFT"));
  EXPECT_EQ("3", r.rpoplpush(a, b));
  EXPECT_EQ((Strings{"3", "4", "1"}), all(b));
  EXPECT_EQ("3", r.lmove(b, b)) << "the list turns";
  EXPECT_EQ((Strings{"4", "1", "3"}), all(b));
  EXPECT_SERVER_ERROR(lmove(a, b, "UP", "DOWN"));
  r.set(text, "v");
  EXPECT_WRONG_TYPE(lmove(b, text));
  EXPECT_WRONG_TYPE(rpoplpush(text, b));
  EXPECT_EQ(3, r.llen(b));
}

TEST_F(ListCommandsTest, Lmpop) {
  const Key a = together("a"), b = together("b"), text = together("text");
  EXPECT_EQ(Popped(), r.lmpop(2, {a, b}, "LEFT"));
  r.rpush(b, {"1", "2", "3", "4"});
  EXPECT_EQ((Popped{{"b", {"1"}}}), r.lmpop(2, {a, b}, "LEFT"));
  EXPECT_EQ((Popped{{"b", {"4", "3"}}}), r.lmpop(2, {a, b}, "RIGHT", 2));
  EXPECT_EQ((Popped{{"b", {"2"}}}), r.lmpop(1, b, "RIGHT", 10));
  r.set(text, "v");
  EXPECT_WRONG_TYPE(lmpop(2, {a, text}, "LEFT"));
  EXPECT_SERVER_ERROR(lmpop(0, Strings(), "LEFT"));
}

TEST_F(ListCommandsTest, Sort) {
  EXPECT_EQ(Strings(), r.sort("l"));
  EXPECT_EQ(Strings(), r.sort_ro("l"));
  r.rpush("l", {"3", "10", "1", "2"});
  EXPECT_EQ((Strings{"1", "2", "3", "10"}), r.sort("l"));
  EXPECT_EQ((Strings{"10", "3", "2", "1"}), r.sort("l", {.desc = true}));
  EXPECT_EQ((Strings{"1", "10", "2", "3"}), r.sort("l", {.alpha = true}));
  EXPECT_EQ((Strings{"2", "3"}), r.sort("l", {.start = 1, .num = 2}));
  EXPECT_EQ((Strings{"3", "10", "1", "2"}), r.sort("l", {.by = "nosort"}));
  EXPECT_EQ((Strings{"10", "3"}), r.sort_ro("l", {.start = 0, .num = 2, .desc = true}));
  EXPECT_EQ((std::vector<std::optional<std::string>>{"1", "2", "3", "10"}), r.sort_get("l", "#"));
  r.sadd("s", "b", "a");
  EXPECT_EQ((Strings{"a", "b"}), r.sort("s", {.alpha = true}));
  EXPECT_SERVER_ERROR(sort("s"));
  EXPECT_SERVER_ERROR(sort("l", {.start = 1}));
  EXPECT_SERVER_ERROR(sort("l", {.num = 1}));
  EXPECT_SERVER_ERROR(sort("l", {.num = 1, .desc = true}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(sort("text"));
  EXPECT_WRONG_TYPE(sort_ro("text"));
}

TEST_F(ListCommandsTest, SortStore) {
  const Key l = together("l"), d = together("d");
  r.rpush(l, {"3", "1", "2"});
  r.set(d, "anything");
  EXPECT_EQ(3, r.sort_store(l, d));
  EXPECT_EQ((Strings{"1", "2", "3"}), all(d));
  EXPECT_EQ(2, r.sort_store(l, d, {.start = 0, .num = 2, .desc = true, .alpha = true}));
  EXPECT_EQ((Strings{"3", "2"}), all(d));
  EXPECT_EQ(6, r.sort_store(l, d, {.get = {"#", "#"}}));
  EXPECT_EQ((Strings{"1", "1", "2", "2", "3", "3"}), all(d));
  EXPECT_EQ(0, r.sort_store(together("missing"), d));
  EXPECT_EQ(0, r.exists(d));
}

TEST_F(ListCommandsTest, SortByOtherKeysOnOneServer) {
  // Patterns that name other keys need one server that holds all of them.
  StrictRedis one = r.node("node_1");
  one.rpush("l", {"1", "2", "3"});
  one.set("w_1", 3);
  one.set("w_2", 2);
  one.set("w_3", 1);
  one.set("o_1", "one");
  one.hset("h_3", "f", binary);
  using Values = std::vector<std::optional<std::string>>;
  EXPECT_EQ((Strings{"3", "2", "1"}), one.sort("l", {.by = "w_*"}));
  EXPECT_EQ((Strings{"3", "2", "1"}), one.sort_ro("l", {.by = "w_*"}));
  EXPECT_EQ((Values{nullopt, nullopt, "one"}), one.sort_get("l", "o_*", {.by = "w_*"}));
  EXPECT_EQ((Values{"one", "1", nullopt, "2", nullopt, "3"}), one.sort_get("l", {"o_*", "#"}));
  EXPECT_EQ((Values{nullopt, nullopt, binary}), one.sort_ro_get("l", "h_*->f"));
  using Groups = std::vector<std::array<std::optional<std::string>, 3>>;
  EXPECT_EQ((Groups{{"1", "one", "3"}, {"2", nullopt, "2"}, {"3", nullopt, "1"}}),
            one.sort_groups("l", {"#", "o_*", "w_*"}));
  EXPECT_EQ(3, one.sort_store("l", "d", {.by = "w_*", .get = "o_*"}));
  EXPECT_EQ((Strings{"", "", "one"}), one.lrange("d", 0, -1));
}

TEST_F(ListCommandsTest, WrongType) {
  r.set("text", "v");
  EXPECT_WRONG_TYPE(lindex("text", 0));
  EXPECT_WRONG_TYPE(linsert("text", "BEFORE", "a", "b"));
  EXPECT_WRONG_TYPE(llen("text"));
  EXPECT_WRONG_TYPE(lpop("text"));
  EXPECT_WRONG_TYPE(lpop_count("text", 2));
  EXPECT_WRONG_TYPE(lpos("text", "v"));
  EXPECT_WRONG_TYPE(lpos_count("text", "v", 0));
  EXPECT_WRONG_TYPE(lpush("text", "a"));
  EXPECT_WRONG_TYPE(lpushx("text", "a"));
  EXPECT_WRONG_TYPE(lrange("text", 0, -1));
  EXPECT_WRONG_TYPE(lrem("text", 0, "v"));
  EXPECT_WRONG_TYPE(lset("text", 0, "v"));
  EXPECT_WRONG_TYPE(ltrim("text", 0, 0));
  EXPECT_WRONG_TYPE(rpop("text"));
  EXPECT_WRONG_TYPE(rpop_count("text", 2));
  EXPECT_WRONG_TYPE(rpush("text", "a"));
  EXPECT_WRONG_TYPE(rpushx("text", "a"));
  EXPECT_EQ("v", r.get("text"));
}

}  // namespace
}  // namespace rediscluster
