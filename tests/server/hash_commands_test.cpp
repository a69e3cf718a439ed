// Commands on hashes, on real servers.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using std::nullopt;
using Map = std::unordered_map<std::string, std::string>;
using Strings = std::vector<std::string>;
using Values = std::vector<std::optional<std::string>>;

class HashCommandsTest : public CommandsTest {};

Strings sorted(Strings values) {
  std::sort(values.begin(), values.end());
  return values;
}

TEST_F(HashCommandsTest, SetAndGet) {
  EXPECT_EQ(nullopt, r.hget("h", "f"));
  EXPECT_EQ(Map(), r.hgetall("h"));
  EXPECT_EQ(0, r.hlen("h"));
  EXPECT_EQ(Strings(), r.hkeys("h"));
  EXPECT_EQ(Strings(), r.hvals("h"));
  EXPECT_EQ(1, r.hset("h", "f", "v"));
  EXPECT_EQ(0, r.hset("h", "f", 5));
  EXPECT_EQ("5", r.hget("h", "f"));
  EXPECT_EQ(nullopt, r.hget("h", "missing"));
  EXPECT_EQ(2, r.hset("h", {{"f", 1}, {binary, binary}, {7, 2.5}}));
  EXPECT_EQ(1, r.hset("h", std::map<std::string, std::string>{{"", "empty name"}}));
  EXPECT_EQ((Map{{"f", "1"}, {binary, binary}, {"7", "2.5"}, {"", "empty name"}}), r.hgetall("h"));
  EXPECT_EQ(4, r.hlen("h"));
  EXPECT_EQ(sorted({"f", binary, "7", ""}), sorted(r.hkeys("h")));
  EXPECT_EQ(sorted({"1", binary, "2.5", "empty name"}), sorted(r.hvals("h")));
  EXPECT_SERVER_ERROR(hset("h", std::map<std::string, std::string>()));
}

TEST_F(HashCommandsTest, SetnxMsetMget) {
  EXPECT_EQ((Values{nullopt, nullopt}), r.hmget("h", "a", "b"));
  EXPECT_TRUE(r.hsetnx("h", "a", 1));
  EXPECT_FALSE(r.hsetnx("h", "a", 2));
  EXPECT_TRUE(r.hmset("h", {{"b", 2}, {binary, 3}}));
  EXPECT_EQ((Values{"2", nullopt, "1", "2"}), r.hmget("h", {"b", "missing", "a", "b"}));
  EXPECT_EQ((Values{"3", "1"}), r.hmget("h", binary, "a"));
  EXPECT_EQ(Values{"1"}, r.hmget("h", "a"));
}

TEST_F(HashCommandsTest, FieldsOneByOne) {
  EXPECT_FALSE(r.hexists("h", "a"));
  EXPECT_EQ(0, r.hstrlen("h", "a"));
  EXPECT_EQ(0, r.hdel("h", "a"));
  r.hset("h", {{"a", "abc"}, {"b", ""}, {"c", 1}, {"d", 2}, {binary, 3}});
  EXPECT_TRUE(r.hexists("h", binary));
  EXPECT_FALSE(r.hexists("h", "missing"));
  EXPECT_EQ(3, r.hstrlen("h", "a"));
  EXPECT_EQ(0, r.hstrlen("h", "b"));
  EXPECT_EQ(1, r.hdel("h", binary));
  EXPECT_EQ(2, r.hdel("h", "a", "b", "missing"));
  EXPECT_EQ(2, r.hdel("h", {"c", "d"}));
  EXPECT_EQ(0, r.exists("h"));
}

TEST_F(HashCommandsTest, Numbers) {
  EXPECT_EQ(1, r.hincrby("h", "n"));
  EXPECT_EQ(-4, r.hincrby("h", "n", -5));
  EXPECT_EQ(0.5, r.hincrbyfloat("h", "f", 0.5));
  EXPECT_EQ(1.5, r.hincrbyfloat("h", "f"));
  r.hset("h", "text", "x");
  EXPECT_SERVER_ERROR(hincrby("h", "text"));
  EXPECT_SERVER_ERROR(hincrbyfloat("h", "text"));
}

TEST_F(HashCommandsTest, RandomFields) {
  EXPECT_EQ(nullopt, r.hrandfield("h"));
  EXPECT_TRUE(r.hrandfield_count("h", 2).empty());
  EXPECT_TRUE(r.hrandfield_withvalues("h", 2).empty());
  const Map fields{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  r.hset("h", fields);
  EXPECT_TRUE(fields.contains(r.hrandfield("h").value()));
  EXPECT_EQ((Strings{"a", "b", "c"}), sorted(r.hrandfield_count("h", 5)));
  EXPECT_EQ(5U, r.hrandfield_count("h", -5).size());
  const std::vector<std::pair<std::string, std::string>> pairs = r.hrandfield_withvalues("h", 3);
  EXPECT_EQ(fields, Map(pairs.begin(), pairs.end()));
  EXPECT_EQ(5U, r.hrandfield_withvalues("h", -5).size());
}

TEST_F(HashCommandsTest, Large) {
  Map fields;
  for (int i = 0; i < 2000; ++i) fields["field:" + std::to_string(i)] = std::string(static_cast<std::size_t>(i), 'x');
  EXPECT_EQ(2000, r.hset("h", fields));
  EXPECT_EQ(fields, r.hgetall("h"));
}

TEST_F(HashCommandsTest, WrongType) {
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hdel("text", "f"));
  EXPECT_WRONG_TYPE(hexists("text", "f"));
  EXPECT_WRONG_TYPE(hget("text", "f"));
  EXPECT_WRONG_TYPE(hgetall("text"));
  EXPECT_WRONG_TYPE(hincrby("text", "f"));
  EXPECT_WRONG_TYPE(hincrbyfloat("text", "f"));
  EXPECT_WRONG_TYPE(hkeys("text"));
  EXPECT_WRONG_TYPE(hlen("text"));
  EXPECT_WRONG_TYPE(hmget("text", "f"));
  EXPECT_WRONG_TYPE(hmset("text", {{"f", "v"}}));
  EXPECT_WRONG_TYPE(hrandfield("text"));
  EXPECT_WRONG_TYPE(hrandfield_count("text", 1));
  EXPECT_WRONG_TYPE(hrandfield_withvalues("text", 1));
  EXPECT_WRONG_TYPE(hset("text", "f", "v"));
  EXPECT_WRONG_TYPE(hsetnx("text", "f", "v"));
  EXPECT_WRONG_TYPE(hstrlen("text", "f"));
  EXPECT_WRONG_TYPE(hvals("text"));
}

}  // namespace
}  // namespace rediscluster
