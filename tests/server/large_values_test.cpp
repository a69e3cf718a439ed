// Values, keys and replies at the limits of what servers take.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::HasSubstr;
using testing::LocalCluster;

class LargeValuesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { cluster_ = new LocalCluster({.masters = 2, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete cluster_;
    cluster_ = nullptr;
  }
  void SetUp() override { r_.flushall(); }

  static LocalCluster* cluster_;
  StrictRedisCluster r_{cluster_->config(), {.socket_timeout = 120s}};
};
LocalCluster* LargeValuesTest::cluster_ = nullptr;

long long available_megabytes() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  for (long long kilobytes = 0; file >> name; file.ignore(1000, '\n')) {
    if (file >> kilobytes && name == "MemAvailable:") return kilobytes / 1024;
  }
  return 0;
}

// Of its own suite, so that it can be filtered out: the value is in memory five times over.
class HugeValueTest : public LargeValuesTest {};

TEST_F(HugeValueTest, AValueOf512Megabytes) {
  const std::size_t size = sanitized ? 32U << 20 : 512U << 20;
  if (available_megabytes() < static_cast<long long>(size >> 20) * 7) GTEST_SKIP() << "not enough memory";
  {
    std::string value(size, 'x');
    for (std::size_t i = 0; i < size; i += 4093) value[i] = static_cast<char>(i);
    ASSERT_TRUE(r_.set("huge", value));
    EXPECT_EQ(r_.strlen("huge"), static_cast<long long>(size));
    const std::optional<std::string> got = r_.get("huge");
    ASSERT_TRUE(got);
    EXPECT_TRUE(*got == value);
  }
  EXPECT_EQ(r_.del("huge"), 1);
}

TEST_F(LargeValuesTest, AValueLargerThanTheServerTakesIsAnErrorThatSaysSo) {
  const std::string node = r_.getnodefor("large").name;
  ASSERT_EQ(ask(cluster_->config(), node, {"CONFIG", "SET", "proto-max-bulk-len", "1mb"}), "OK");
  const std::string value(8 << 20, 'x');
  for (int i = 0; i < 5; ++i) {
    const std::string message = error_of<RedisError>([&] { r_.set("large", value); });
    EXPECT_THAT(message, HasSubstr("invalid bulk length"));
    EXPECT_EQ(r_.get("large"), std::nullopt) << "usable afterwards";
  }
  ASSERT_EQ(ask(cluster_->config(), node, {"CONFIG", "SET", "proto-max-bulk-len", "512mb"}), "OK");
  EXPECT_TRUE(r_.set("large", value));
}

TEST_F(LargeValuesTest, EmptyValuesAndNames) {
  EXPECT_TRUE(r_.set("", ""));
  EXPECT_EQ(r_.get(""), "");
  EXPECT_EQ(r_.mget("", "none"), (std::vector<std::optional<std::string>>{"", std::nullopt}));
  EXPECT_EQ(r_.keys(), std::vector<std::string>{""});
  EXPECT_EQ(r_.sadd("s", ""), 1);
  EXPECT_EQ(r_.smembers("s").count(""), 1U);
  EXPECT_EQ(r_.echo(""), "");
}

TEST_F(LargeValuesTest, AnyBytesInNamesAndValues) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& bytes : {"\0"s, "\r\n"s, "a\nb"s, "$5\r\nhello\r\n"s, "*1\r\n"s, "\xff\xfe\x80"s, all}) {
    EXPECT_TRUE(r_.set(bytes, bytes));
    EXPECT_EQ(r_.get(bytes), bytes);
    EXPECT_EQ(r_.sadd("members", bytes), 1);
    EXPECT_TRUE(r_.sismember("members", bytes));
  }
  EXPECT_EQ(r_.keys("*").size(), 8U);
  EXPECT_EQ(r_.smembers("members").size(), 7U);
}

TEST_F(LargeValuesTest, AMillionElements) {
  constexpr int count = sanitized ? 100000 : 1000000;
  std::vector<std::string> elements;
  elements.reserve(count);
  for (int i = 0; i < count; ++i) elements.push_back(std::to_string(i));
  EXPECT_EQ(r_.rpush("list", elements), count);
  EXPECT_EQ(r_.lrange("list", 0, -1), elements);
  const Reply reply = r_.execute_command("LRANGE", "list", 0, -1);
  ASSERT_EQ(reply.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(std::distance(reply.begin(), reply.end()), count);
}

TEST_F(LargeValuesTest, AMillionKeys) {
  constexpr int count = sanitized ? 100000 : 1000000;
  std::vector<std::pair<std::string, int>> pairs;
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) {
    keys.push_back("k" + std::to_string(i));
    pairs.emplace_back(keys.back(), i);
  }
  ASSERT_TRUE(r_.mset(pairs));
  EXPECT_EQ(r_.dbsize(), count);
  std::ranges::reverse(keys);
  const auto values = r_.mget(keys);
  ASSERT_EQ(values.size(), keys.size());
  for (int i = 0; i < count; ++i) ASSERT_EQ(values[static_cast<std::size_t>(i)], std::to_string(count - 1 - i));
  EXPECT_EQ(r_.exists(keys), count);
  EXPECT_EQ(r_.unlink(keys), count);
}

// A script whose reply is `depth` arrays within each other.
std::string nested(int depth) {
  return "return " + std::string(static_cast<std::size_t>(depth), '{') + "1" +
         std::string(static_cast<std::size_t>(depth), '}');
}

TEST_F(LargeValuesTest, RepliesNestedUpToEightAreRead) {
  for (int depth = 1; depth <= 8; ++depth) {
    Reply reply = r_.execute_command("EVAL", nested(depth), 0);
    for (int i = 0; i < depth; ++i) {
      ASSERT_EQ(reply.size(), 1U);
      const Reply inner = reply[0];
      reply = inner;
    }
    EXPECT_EQ(reply.integer(), 1);
  }
}

TEST_F(LargeValuesTest, RepliesNestedDeeperAreInvalidAndTheObjectStaysUsable) {
  for (const int depth : {9, 10, 50}) {
    const std::string message = error_of<InvalidResponse>([&] { r_.execute_command("EVAL", nested(depth), 0); });
    EXPECT_THAT(message, HasSubstr("node_1 (127.0.0.1:"));
    EXPECT_TRUE(r_.set("k", depth));
    EXPECT_EQ(r_.get("k"), std::to_string(depth));
  }
}

TEST_F(LargeValuesTest, DeepRepliesOfOneCallDoNotTouchOthers) {
  Pipeline p = r_.pipeline();
  auto on_other = p.set(key_on(2), "fine");
  auto deep = p.execute_command("EVAL", nested(9), 0);  // on node_1
  p.execute({.raise_on_error = false});
  EXPECT_TRUE(on_other.get());
  EXPECT_THROW(deep.get(), InvalidResponse);
}

TEST_F(LargeValuesTest, RepliesThatDoNotFitAreInvalidAndNameTheCommand) {
  r_.set("k", "text");
  r_.rpush("list", "a", "b");
  EXPECT_THAT(error_of<InvalidResponse>([&] { r_.execute_command<long long>("GET", "k"); }), HasSubstr("GET"));
  EXPECT_THAT(error_of<InvalidResponse>([&] { r_.execute_command<std::string>("LRANGE", "list", 0, -1); }),
              HasSubstr("LRANGE"));
  EXPECT_THAT(error_of<InvalidResponse>([&] { r_.execute_command<std::vector<std::string>>("GET", "k"); }),
              HasSubstr("GET"));
  EXPECT_THROW((r_.execute_command<std::pair<int, int>>("LRANGE", "list", 0, 0)), InvalidResponse);
  EXPECT_THROW((r_.execute_command<std::vector<int>>("LRANGE", "list", 0, -1)), InvalidResponse);
  EXPECT_THROW(r_.execute_command<std::string>("GET", "none"), InvalidResponse);
  EXPECT_EQ(r_.get("k"), "text");
}

}  // namespace
}  // namespace rediscluster::tests
