// Commands on sorted sets, on real servers.
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using std::nullopt;
using Strings = std::vector<std::string>;
using Scores = std::vector<std::pair<std::string, double>>;
using Popped = std::optional<std::pair<std::string, Scores>>;

class SortedSetCommandsTest : public CommandsTest {
 protected:
  Scores all(Key name) { return r.zrange_withscores(name, 0, -1); }
};

TEST_F(SortedSetCommandsTest, AddAndScore) {
  EXPECT_EQ(0, r.zcard("z"));
  EXPECT_EQ(nullopt, r.zscore("z", "a"));
  EXPECT_EQ(2, r.zadd("z", {{"a", 1}, {"b", 2.5}}));
  EXPECT_EQ(1, r.zadd("z", std::map<std::string, double>{{"a", 5}, {binary, 0.1}}));
  EXPECT_EQ(3, r.zcard("z"));
  EXPECT_EQ(5, r.zscore("z", "a"));
  EXPECT_EQ(0.1, r.zscore("z", binary));
  EXPECT_EQ(nullopt, r.zscore("z", "missing"));
  EXPECT_EQ((std::vector<std::optional<double>>{2.5, nullopt, 5}), r.zmscore("z", {"b", "missing", "a"}));
  EXPECT_EQ((std::vector<std::optional<double>>{nullopt}), r.zmscore("missing", "a"));
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(2, r.zadd("ends", {{"low", -infinity}, {"high", infinity}}));
  EXPECT_EQ((Scores{{"low", -infinity}, {"high", infinity}}), all("ends"));
  EXPECT_SERVER_ERROR(zadd("z", {{"a", std::numeric_limits<double>::quiet_NaN()}}));
  EXPECT_SERVER_ERROR(zadd("z", Scores()));
}

TEST_F(SortedSetCommandsTest, AddOptions) {
  EXPECT_EQ(0, r.zadd("z", {{"a", 1}}, {.xx = true}));
  EXPECT_EQ(1, r.zadd("z", {{"a", 1}}, {.nx = true}));
  EXPECT_EQ(0, r.zadd("z", {{"a", 2}}, {.nx = true}));
  EXPECT_EQ(1, r.zscore("z", "a"));
  EXPECT_EQ(2, r.zadd("z", {{"a", 3}, {"b", 1}}, {.ch = true}));
  EXPECT_EQ(0, r.zadd("z", {{"a", 2}}, {.ch = true, .gt = true}));
  EXPECT_EQ(1, r.zadd("z", {{"a", 4}}, {.ch = true, .gt = true}));
  EXPECT_EQ(1, r.zadd("z", {{"a", 2}}, {.ch = true, .lt = true}));
  EXPECT_EQ(1, r.zadd("z", {{"b", 7}}, {.xx = true, .ch = true}));
  EXPECT_EQ((Scores{{"a", 2}, {"b", 7}}), all("z"));
  EXPECT_SERVER_ERROR(zadd("z", {{"a", 1}}, {.nx = true, .xx = true}));
}

TEST_F(SortedSetCommandsTest, Increase) {
  EXPECT_EQ(2.5, r.zincrby("z", 2.5, "a"));
  EXPECT_EQ(1.5, r.zincrby("z", -1, "a"));
  EXPECT_EQ(4.5, r.zadd_incr("z", {{"a", 3}}));
  EXPECT_EQ(nullopt, r.zadd_incr("z", {{"b", 3}}, {.xx = true}));
  EXPECT_EQ(nullopt, r.zadd_incr("z", {{"a", -1}}, {.gt = true}));
  EXPECT_EQ(3.5, r.zadd_incr("z", {{"a", -1}}, {.lt = true}));
  EXPECT_SERVER_ERROR(zadd_incr("z", {{"a", 1}, {"b", 1}}));
}

TEST_F(SortedSetCommandsTest, Rank) {
  EXPECT_EQ(nullopt, r.zrank("z", "a"));
  EXPECT_EQ(nullopt, r.zrevrank("z", "a"));
  r.zadd("z", {{"a", 1}, {"b", 2}, {"c", 3}});
  EXPECT_EQ(0, r.zrank("z", "a"));
  EXPECT_EQ(2, r.zrevrank("z", "a"));
  EXPECT_EQ(nullopt, r.zrank("z", "missing"));
  // Redis 7.2 has WITHSCORE; older servers say what they think of it.
  using Ranked = std::optional<std::pair<long long, double>>;
  try {
    EXPECT_EQ((Ranked{{1, 2.0}}), r.zrank_withscore("z", "b"));
    EXPECT_EQ((Ranked{{0, 3.0}}), r.zrevrank_withscore("z", "c"));
    EXPECT_EQ(nullopt, r.zrank_withscore("z", "missing"));
  } catch (const ResponseError& error) {
    EXPECT_EQ("ERR", error.prefix());
    EXPECT_SERVER_ERROR(zrevrank_withscore("z", "b"));
  }
}

TEST_F(SortedSetCommandsTest, CountAndRemove) {
  EXPECT_EQ(0, r.zcount("z", "-inf", "+inf"));
  EXPECT_EQ(0, r.zlexcount("z", "-", "+"));
  EXPECT_EQ(0, r.zrem("z", "a"));
  EXPECT_EQ(0, r.zremrangebylex("z", "-", "+"));
  EXPECT_EQ(0, r.zremrangebyrank("z", 0, -1));
  EXPECT_EQ(0, r.zremrangebyscore("z", 0, 1));
  r.zadd("z", {{"a", 1}, {"b", 2}, {"c", 3}, {"d", 4}, {"e", 5}, {"f", 6}, {binary, 7}});
  EXPECT_EQ(7, r.zcount("z", "-inf", "+inf"));
  EXPECT_EQ(2, r.zcount("z", "(1", 3));
  EXPECT_EQ(0, r.zcount("z", 2.5, 2.75));
  EXPECT_EQ(1, r.zrem("z", binary));
  EXPECT_EQ(1, r.zrem("z", "a", "missing"));
  EXPECT_EQ(1, r.zrem("z", {"b", "b"}));
  EXPECT_EQ(1, r.zremrangebyrank("z", -1, -1));
  EXPECT_EQ(2, r.zremrangebyscore("z", 3, "(5"));
  EXPECT_EQ((Scores{{"e", 5}}), all("z"));
  r.zadd("lex", {{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}});
  EXPECT_EQ(4, r.zlexcount("lex", "-", "+"));
  EXPECT_EQ(2, r.zlexcount("lex", "[b", "(d"));
  EXPECT_EQ(2, r.zremrangebylex("lex", "(a", "[c"));
  EXPECT_EQ((Scores{{"a", 0}, {"d", 0}}), all("lex"));
  EXPECT_SERVER_ERROR(zcount("z", "x", 1));
  EXPECT_SERVER_ERROR(zlexcount("z", "x", "y"));
}

TEST_F(SortedSetCommandsTest, Pop) {
  EXPECT_EQ(Scores(), r.zpopmin("z"));
  EXPECT_EQ(Scores(), r.zpopmax("z", 2));
  r.zadd("z", {{"a", 1}, {"b", 2.5}, {"c", 3}, {"d", 4}});
  EXPECT_EQ((Scores{{"a", 1}}), r.zpopmin("z"));
  EXPECT_EQ((Scores{{"d", 4}}), r.zpopmax("z"));
  EXPECT_EQ((Scores{{"c", 3}, {"b", 2.5}}), r.zpopmax("z", 5));
  r.zadd("z", {{"a", 1}, {"b", 2}});
  EXPECT_EQ((Scores{{"a", 1}, {"b", 2}}), r.zpopmin("z", 2));
  EXPECT_EQ(0, r.exists("z"));
}

TEST_F(SortedSetCommandsTest, Zmpop) {
  const Key a = together("a"), b = together("b"), text = together("text");
  EXPECT_EQ(Popped(), r.zmpop(2, {a, b}, {.min = true}));
  r.zadd(b, {{"x", 1}, {"y", 2}, {"z", 3}});
  EXPECT_EQ((Popped{{"b", {{"x", 1}}}}), r.zmpop(2, {a, b}, {.min = true}));
  EXPECT_EQ((Popped{{"b", {{"z", 3}, {"y", 2}}}}), r.zmpop(2, {a, b}, {.max = true, .count = 5}));
  EXPECT_SERVER_ERROR(zmpop(1, b, {}));
  EXPECT_SERVER_ERROR(zmpop(1, b, {.min = true, .max = true}));
  r.set(text, "v");
  EXPECT_WRONG_TYPE(zmpop(2, {a, text}, {.max = true}));
}

TEST_F(SortedSetCommandsTest, RandomMembers) {
  EXPECT_EQ(nullopt, r.zrandmember("z"));
  EXPECT_EQ(Strings(), r.zrandmember_count("z", 2));
  EXPECT_EQ(Scores(), r.zrandmember_withscores("z", 2));
  const std::map<std::string, double> members{{"a", 1}, {"b", 2.5}, {"c", 3}};
  r.zadd("z", members);
  EXPECT_TRUE(members.contains(r.zrandmember("z").value()));
  const Strings two = r.zrandmember_count("z", 2);
  EXPECT_EQ(2U, std::set<std::string>(two.begin(), two.end()).size());
  EXPECT_EQ(5U, r.zrandmember_count("z", -5).size());
  const Scores scores = r.zrandmember_withscores("z", 5);
  EXPECT_EQ(members, (std::map<std::string, double>(scores.begin(), scores.end())));
}

TEST_F(SortedSetCommandsTest, RangeByRank) {
  EXPECT_EQ(Strings(), r.zrange("z", 0, -1));
  EXPECT_EQ(Strings(), r.zrevrange("z", 0, -1));
  EXPECT_EQ(Scores(), r.zrange_withscores("z", 0, -1));
  r.zadd("z", {{"a", 1}, {"b", 2.5}, {"c", 3}, {binary, 4}});
  EXPECT_EQ((Strings{"a", "b", "c", binary}), r.zrange("z", 0, -1));
  EXPECT_EQ((Strings{"b", "c"}), r.zrange("z", 1, 2));
  EXPECT_EQ((Scores{{"a", 1}, {"b", 2.5}}), r.zrange_withscores("z", 0, 1));
  EXPECT_EQ((Strings{binary, "c"}), r.zrange("z", 0, 1, {.desc = true}));
  EXPECT_EQ((Scores{{binary, 4}}), r.zrange_withscores("z", 0, 0, {.desc = true}));
  EXPECT_EQ((Strings{binary, "c"}), r.zrevrange("z", 0, 1));
  EXPECT_EQ((Scores{{"c", 3}, {"b", 2.5}}), r.zrevrange_withscores("z", 1, 2));
  EXPECT_SERVER_ERROR(zrange("z", 0, 1, {.offset = 0, .num = 1}));
}

TEST_F(SortedSetCommandsTest, RangeByScore) {
  EXPECT_EQ(Strings(), r.zrangebyscore("z", 0, 1));
  EXPECT_EQ(Strings(), r.zrevrangebyscore("z", 1, 0));
  r.zadd("z", {{"a", 1}, {"b", 2.5}, {"c", 3}, {"d", 4}});
  EXPECT_EQ((Strings{"b", "c"}), r.zrangebyscore("z", "(1", 3));
  EXPECT_EQ((Strings{"b"}), r.zrangebyscore("z", "-inf", "+inf", {.start = 1, .num = 1}));
  EXPECT_EQ((Scores{{"b", 2.5}}), r.zrangebyscore_withscores("z", 2.5, 2.5));
  EXPECT_EQ((Scores{{"d", 4}}), r.zrangebyscore_withscores("z", 0, 9, {.start = 3, .num = 5}));
  EXPECT_EQ((Strings{"c", "b"}), r.zrevrangebyscore("z", 3, "(1"));
  EXPECT_EQ((Strings{"c"}), r.zrevrangebyscore("z", 9, 0, {.start = 1, .num = 1}));
  EXPECT_EQ((Scores{{"d", 4}, {"c", 3}}), r.zrevrangebyscore_withscores("z", "+inf", 3));
  EXPECT_EQ((Scores{{"c", 3}}), r.zrevrangebyscore_withscores("z", 9, 0, {.start = 1, .num = 1}));
  EXPECT_EQ((Strings{"b", "c"}), r.zrange("z", "(1", 3, {.byscore = true}));
  EXPECT_EQ((Scores{{"c", 3}, {"b", 2.5}}),
            r.zrange_withscores("z", 3, 1, {.desc = true, .byscore = true, .offset = 0, .num = 2}));
  EXPECT_SERVER_ERROR(zrangebyscore("z", 0, 1, {.start = 1}));
  EXPECT_SERVER_ERROR(zrangebyscore_withscores("z", 0, 1, {.num = 1}));
}

TEST_F(SortedSetCommandsTest, RangeByLex) {
  EXPECT_EQ(Strings(), r.zrangebylex("z", "-", "+"));
  r.zadd("z", {{"a", 0}, {"b", 0}, {"c", 0}, {"d", 0}});
  EXPECT_EQ((Strings{"b", "c"}), r.zrangebylex("z", "(a", "[c"));
  EXPECT_EQ((Strings{"b"}), r.zrangebylex("z", "-", "+", {.start = 1, .num = 1}));
  EXPECT_EQ((Strings{"d", "c"}), r.zrevrangebylex("z", "+", "[c"));
  EXPECT_EQ((Strings{"c", "b"}), r.zrevrangebylex("z", "+", "-", {.start = 1, .num = 2}));
  EXPECT_EQ((Strings{"a", "b"}), r.zrange("z", "-", "(c", {.bylex = true}));
  EXPECT_EQ((Strings{"d"}), r.zrange("z", "+", "-", {.desc = true, .bylex = true, .offset = 0, .num = 1}));
}

TEST_F(SortedSetCommandsTest, RangeStore) {
  const Key z = together("z"), d = together("d");
  r.zadd(z, {{"a", 1}, {"b", 2.5}, {"c", 3}, {"d", 4}});
  r.set(d, "anything");
  EXPECT_EQ(2, r.zrangestore(d, z, 0, 1));
  EXPECT_EQ((Scores{{"a", 1}, {"b", 2.5}}), all(d));
  EXPECT_EQ(1, r.zrangestore(d, z, 0, 0, {.desc = true}));
  EXPECT_EQ((Scores{{"d", 4}}), all(d));
  EXPECT_EQ(2, r.zrangestore(d, z, "(1", "+inf", {.byscore = true, .offset = 1, .num = 2}));
  EXPECT_EQ((Scores{{"c", 3}, {"d", 4}}), all(d));
  EXPECT_EQ(4, r.zrangestore(d, z, "-", "+", {.bylex = true}));
  EXPECT_EQ(0, r.zrangestore(d, together("missing"), 0, -1));
  EXPECT_EQ(0, r.exists(d));
  r.set(d, "v");
  EXPECT_WRONG_TYPE(zrangestore(z, d, 0, -1));
}

TEST_F(SortedSetCommandsTest, Algebra) {
  const Key a = together("a"), b = together("b"), missing = together("missing");
  EXPECT_EQ(Strings(), r.zunion({a, b}));
  r.zadd(a, {{"x", 1}, {"y", 2}, {binary, 3}});
  r.zadd(b, {{"y", 10}, {"z", 20}});
  EXPECT_EQ((Strings{"x", binary}), r.zdiff({a, b}));
  EXPECT_EQ((Scores{{"x", 1}, {binary, 3}}), r.zdiff_withscores({a, b}));
  EXPECT_EQ(Strings(), r.zdiff({missing, a}));
  EXPECT_EQ(Strings{"y"}, r.zinter({a, b}));
  EXPECT_EQ((Scores{{"y", 12}}), r.zinter_withscores({a, b}));
  EXPECT_EQ((Scores{{"y", 2}}), r.zinter_withscores({a, b}, {.aggregate = "MIN"}));
  EXPECT_EQ((Scores{{"y", 9}}), r.zinter_withscores({{a, 2}, {b, 0.5}}));
  EXPECT_EQ(Strings{"y"}, r.zinter({{a, 2}, {b, 0.5}}, {.aggregate = "MAX"}));
  EXPECT_EQ((Strings{"x", binary, "y", "z"}), r.zunion({a, b}));
  EXPECT_EQ((Scores{{"x", 1}, {binary, 3}, {"y", 10}, {"z", 20}}), r.zunion_withscores({a, b}, {.aggregate = "MAX"}));
  EXPECT_EQ((Strings{"z", binary, "y", "x"}), r.zunion({{a, -1}, {b, -1}}, {.aggregate = "MAX"}));
  EXPECT_EQ((Scores{{"z", 0}, {"x", 2}, {"y", 4}, {binary, 6}}), r.zunion_withscores({{a, 2}, {b, 0}}));
  EXPECT_EQ(1, r.zintercard(2, {a, b}));
  EXPECT_EQ(2, r.zintercard(1, a, 2));
  EXPECT_EQ(0, r.zintercard(2, {a, missing}));
  r.sadd(missing, "x");
  EXPECT_EQ((Scores{{"x", 2}}), r.zinter_withscores({a, missing})) << "a set counts as scores of 1";
  EXPECT_SERVER_ERROR(zunion({a, b}, {.aggregate = "AVERAGE"}));
  EXPECT_SERVER_ERROR(zunion(Strings()));
}

TEST_F(SortedSetCommandsTest, AlgebraStores) {
  const Key a = together("a"), b = together("b"), d = together("d"), missing = together("missing");
  r.zadd(a, {{"x", 1}, {"y", 2}});
  r.zadd(b, {{"y", 10}, {"z", 20}});
  r.set(d, "anything");
  EXPECT_EQ(1, r.zdiffstore(d, {a, b}));
  EXPECT_EQ((Scores{{"x", 1}}), all(d));
  EXPECT_EQ(1, r.zinterstore(d, {a, b}, {.aggregate = "MAX"}));
  EXPECT_EQ((Scores{{"y", 10}}), all(d));
  EXPECT_EQ(1, r.zinterstore(d, {{a, 10}, {b, 1}}));
  EXPECT_EQ((Scores{{"y", 30}}), all(d));
  EXPECT_EQ(3, r.zunionstore(d, {a, b}));
  EXPECT_EQ((Scores{{"x", 1}, {"y", 12}, {"z", 20}}), all(d));
  EXPECT_EQ(3, r.zunionstore(d, {{a, 10}, {b, 1}}, {.aggregate = "MIN"}));
  EXPECT_EQ((Scores{{"x", 10}, {"y", 10}, {"z", 20}}), all(d));
  EXPECT_EQ(0, r.zinterstore(d, {a, missing}));
  EXPECT_EQ(0, r.exists(d));
}

TEST_F(SortedSetCommandsTest, WrongType) {
  const Key text = together("text"), d = together("d");
  r.set(text, "v");
  EXPECT_WRONG_TYPE(zadd(text, {{"a", 1}}));
  EXPECT_WRONG_TYPE(zadd_incr(text, {{"a", 1}}));
  EXPECT_WRONG_TYPE(zcard(text));
  EXPECT_WRONG_TYPE(zcount(text, 0, 1));
  EXPECT_WRONG_TYPE(zdiff(text));
  EXPECT_WRONG_TYPE(zdiff_withscores(text));
  EXPECT_WRONG_TYPE(zdiffstore(d, text));
  EXPECT_WRONG_TYPE(zincrby(text, 1, "a"));
  EXPECT_WRONG_TYPE(zinter(text));
  EXPECT_WRONG_TYPE(zinter_withscores(text));
  EXPECT_WRONG_TYPE(zintercard(1, text));
  EXPECT_WRONG_TYPE(zinterstore(d, text));
  EXPECT_WRONG_TYPE(zlexcount(text, "-", "+"));
  EXPECT_WRONG_TYPE(zmscore(text, "a"));
  EXPECT_WRONG_TYPE(zpopmax(text));
  EXPECT_WRONG_TYPE(zpopmin(text));
  EXPECT_WRONG_TYPE(zrandmember(text));
  EXPECT_WRONG_TYPE(zrandmember_count(text, 1));
  EXPECT_WRONG_TYPE(zrandmember_withscores(text, 1));
  EXPECT_WRONG_TYPE(zrange(text, 0, 1));
  EXPECT_WRONG_TYPE(zrange_withscores(text, 0, 1));
  EXPECT_WRONG_TYPE(zrangebylex(text, "-", "+"));
  EXPECT_WRONG_TYPE(zrangebyscore(text, 0, 1));
  EXPECT_WRONG_TYPE(zrangebyscore_withscores(text, 0, 1));
  EXPECT_WRONG_TYPE(zrank(text, "a"));
  EXPECT_WRONG_TYPE(zrem(text, "a"));
  EXPECT_WRONG_TYPE(zremrangebylex(text, "-", "+"));
  EXPECT_WRONG_TYPE(zremrangebyrank(text, 0, 1));
  EXPECT_WRONG_TYPE(zremrangebyscore(text, 0, 1));
  EXPECT_WRONG_TYPE(zrevrange(text, 0, 1));
  EXPECT_WRONG_TYPE(zrevrange_withscores(text, 0, 1));
  EXPECT_WRONG_TYPE(zrevrangebylex(text, "+", "-"));
  EXPECT_WRONG_TYPE(zrevrangebyscore(text, 1, 0));
  EXPECT_WRONG_TYPE(zrevrangebyscore_withscores(text, 1, 0));
  EXPECT_WRONG_TYPE(zrevrank(text, "a"));
  EXPECT_WRONG_TYPE(zscore(text, "a"));
  EXPECT_WRONG_TYPE(zunion(text));
  EXPECT_WRONG_TYPE(zunion_withscores(text));
  EXPECT_WRONG_TYPE(zunionstore(d, text));
}

}  // namespace
}  // namespace rediscluster
