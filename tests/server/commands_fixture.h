// A cluster for the tests of one suite of commands: two masters with a slave each, emptied before each test.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <rediscluster/errors.h>
#include <rediscluster/key.h>
#include <rediscluster/strict_redis_cluster.h>
#include <rediscluster/testing/local_cluster.h>

namespace rediscluster {

class CommandsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    servers_ = std::make_unique<rediscluster::testing::LocalCluster>(
        rediscluster::testing::LocalClusterOptions{.masters = 2, .slaves = 1});
    client_ = std::make_unique<StrictRedisCluster>(servers_->config());
  }
  static void TearDownTestSuite() {
    client_.reset();
    servers_.reset();
  }
  void SetUp() override { r.flushall(); }

  /** The call fails with a server's error that begins with this word. */
  template <class Call>
  static void expect_error(std::string_view prefix, const Call& call) {
    try {
      call();
      ADD_FAILURE() << "no error, expected " << prefix;
    } catch (const ResponseError& error) {
      EXPECT_EQ(prefix, error.prefix()) << error.what();
    }
  }

  /** A time to live that was `expected` a moment ago. */
  static void expect_left(long long expected, long long left, long long moment = 2) {
    EXPECT_LE(left, expected);
    EXPECT_GE(left, expected - moment);
  }

  /** A key that shares its node with all others made so. */
  static Key together(std::string_view name) { return Key{"together", name}; }

  static inline std::unique_ptr<rediscluster::testing::LocalCluster> servers_;
  static inline std::unique_ptr<StrictRedisCluster> client_;

  StrictRedisCluster& r = *client_;
  /** Text with bytes that must not matter. */
  const std::string binary{"a\0b\r\n\xff*1\r\n", 10};
};

/** EXPECT_WRONG_TYPE(get("list")) */
#define EXPECT_WRONG_TYPE(...) expect_error("WRONGTYPE", [&] { static_cast<void>(r.__VA_ARGS__); })
/** EXPECT_SERVER_ERROR(set("k", "v", {.nx = true, .xx = true})) */
#define EXPECT_SERVER_ERROR(...) expect_error("ERR", [&] { static_cast<void>(r.__VA_ARGS__); })

}  // namespace rediscluster
