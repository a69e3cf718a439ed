// From the text of an error reply to the exception it becomes.
#include "protocol/reply_error.h"

#include <string>
#include <typeinfo>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>

namespace rediscluster::protocol {
namespace {

template <class E>
void expect_type(std::string_view text) {
  try {
    throw_reply_error(text, "GET", "node_1");
  } catch (const RedisError& error) {
    EXPECT_EQ(typeid(error), typeid(E)) << text;
    EXPECT_TRUE(std::string_view(error.what()).starts_with(text)) << error.what();
    EXPECT_THAT(error.what(), ::testing::EndsWith("(GET on node_1)"));
  }
}

TEST(ReplyErrorTest, PicksTheTypeByTheFirstWord) {
  expect_type<NoScriptError>("NOSCRIPT No matching script. Please use EVAL.");
  expect_type<ExecAbortError>("EXECABORT Transaction discarded because of previous errors.");
  expect_type<ReadOnlyError>("READONLY You can't write against a read only replica.");
  expect_type<NoPermissionError>("NOPERM this user has no permissions to run the 'get' command");
  expect_type<BusyLoadingError>("LOADING Redis is loading the dataset in memory");
  for (const char* const other :
       {"ERR unknown command 'FOO'", "WRONGTYPE Operation against a key holding the wrong kind of value",
        "OOM command not allowed when used memory > 'maxmemory'.", "BUSY Redis is busy running a script.",
        "MASTERDOWN Link with MASTER is down", "MISCONF Redis is configured to save RDB snapshots",
        "NOREPLICAS Not enough", "CLUSTERDOWN Hash slot not served", "ERR", "", "NOSCRIPTS are not NOSCRIPT",
        "noscript", "LOADINGS"}) {
    expect_type<ResponseError>(other);
  }
}

TEST(ReplyErrorTest, ArgumentsThatTheServerRepeatsAreLeftOut) {
  for (const char* const text : {"ERR unknown command 'FOO', with args beginning with: 'key' 'secret' ",
                                 "ERR unknown command `FOO`, with args beginning with: `key`, `secret`, "}) {
    try {
      throw_reply_error(text, "FOO", "node_1");
    } catch (const ResponseError& error) {
      EXPECT_THAT(error.what(), ::testing::StartsWith("ERR unknown command"));
      EXPECT_THAT(error.what(), ::testing::Not(::testing::HasSubstr("secret")));
    }
  }
}

TEST(ReplyErrorTest, EveryTextOfARefusedLogInIsAnAuthenticationError) {
  for (const char* const text :
       {"WRONGPASS invalid username-password pair or user is disabled.", "NOAUTH Authentication required.",
        "ERR invalid password", "ERR Client sent AUTH, but no password is set",
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?"}) {
    expect_type<AuthenticationError>(text);
  }
  expect_type<ResponseError>("ERR invalid password file");
  expect_type<ResponseError>("ERR AUTHOR unknown");
}

TEST(ReplyErrorTest, AResponseErrorKnowsItsParts) {
  try {
    throw_reply_error("WRONGTYPE Operation", "LPUSH", "node_2");
  } catch (const ResponseError& error) {
    EXPECT_EQ(error.prefix(), "WRONGTYPE");
    EXPECT_EQ(error.command(), "LPUSH");
    EXPECT_EQ(error.node(), "node_2");
    EXPECT_STREQ(error.what(), "WRONGTYPE Operation (LPUSH on node_2)");
  }
}

TEST(ReplyErrorTest, CommandAndNodeMayBeUnknown) {
  const auto what = [](std::string_view text, std::string_view command, std::string_view node) {
    try {
      throw_reply_error(text, command, node);
    } catch (const RedisError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(what("ERR no", "", ""), "ERR no");
  EXPECT_EQ(what("ERR no", "GET", ""), "ERR no (GET)");
  EXPECT_EQ(what("ERR no", "", "node_1"), "ERR no (node_1)");
  EXPECT_EQ(what("LOADING", "", ""), "LOADING");
}

TEST(ReplyErrorTest, InheritanceIsThatOfRedisPy) {
  EXPECT_THROW(throw_reply_error("NOAUTH", "", ""), ConnectionError);
  EXPECT_THROW(throw_reply_error("LOADING", "", ""), ConnectionError);
  EXPECT_THROW(throw_reply_error("NOPERM", "", ""), ResponseError);
  EXPECT_THROW(throw_reply_error("READONLY", "", ""), ResponseError);
  EXPECT_THROW(throw_reply_error("EXECABORT", "", ""), ResponseError);
  EXPECT_THROW(throw_reply_error("NOSCRIPT", "", ""), ResponseError);
  EXPECT_THROW(throw_reply_error("X", "", ""), RedisError);
}

TEST(ReplyErrorTest, PrefixIsTheFirstWord) {
  EXPECT_EQ(error_prefix("WRONGTYPE a b"), "WRONGTYPE");
  EXPECT_EQ(error_prefix("WRONGTYPE"), "WRONGTYPE");
  EXPECT_EQ(error_prefix(""), "");
  EXPECT_EQ(error_prefix(" x"), "");
}

}  // namespace
}  // namespace rediscluster::protocol
