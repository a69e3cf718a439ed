// NodeConfig::from_url: every form, and every mistake.
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/config.h>
#include <rediscluster/errors.h>
#include <rediscluster/strict_redis.h>
#include <rediscluster/strict_redis_cluster.h>

namespace rediscluster {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::string_literals;

std::string mistake(std::string_view url) {
  try {
    NodeConfig::from_url(url);
    return "no mistake";
  } catch (const DataError& error) {
    return error.what();
  }
}

TEST(UrlTest, HostAndPort) {
  EXPECT_EQ(NodeConfig::from_url("redis://example.com"), (NodeConfig{.host = "example.com", .tls = false}));
  EXPECT_EQ(NodeConfig::from_url("redis://example.com:7000"),
            (NodeConfig{.host = "example.com", .port = 7000, .tls = false}));
  EXPECT_EQ(NodeConfig::from_url("rediss://example.com:7000"),
            (NodeConfig{.host = "example.com", .port = 7000, .tls = true}));
  EXPECT_EQ(NodeConfig::from_url("RediSS://10.0.0.1:1"), (NodeConfig{.host = "10.0.0.1", .port = 1, .tls = true}));
  EXPECT_EQ(NodeConfig::from_url("redis://h:65535").port, 65535);
  EXPECT_EQ(NodeConfig::from_url("redis://h").port, 6379);
}

TEST(UrlTest, Ipv6StandsInBrackets) {
  EXPECT_EQ(NodeConfig::from_url("redis://[::1]:7000"), (NodeConfig{.host = "::1", .port = 7000, .tls = false}));
  EXPECT_EQ(NodeConfig::from_url("redis://u:p@[2001:db8::1]").host, "2001:db8::1");
  EXPECT_EQ(NodeConfig::from_url("redis://[fe80::1%25eth0]").host, "fe80::1%eth0");
  EXPECT_THAT(mistake("redis://::1"), HasSubstr("brackets"));
  EXPECT_THAT(mistake("redis://::1:7000"), HasSubstr("IPv6"));
  EXPECT_THAT(mistake("redis://a:1:2"), HasSubstr("brackets"));
  EXPECT_THAT(mistake("redis://[::1"), HasSubstr("not closed"));
  EXPECT_THAT(mistake("redis://[localhost]"), HasSubstr("no IPv6 address"));
  EXPECT_THAT(mistake("redis://[]"), HasSubstr("no IPv6 address"));
  EXPECT_THAT(mistake("redis://[::1%00]"), HasSubstr("no IPv6 address"));
  EXPECT_THAT(mistake("redis://[::1]7000"), HasSubstr("only a port"));
}

TEST(UrlTest, UserAndPassword) {
  const auto of = [](std::string_view url) {
    const NodeConfig node = NodeConfig::from_url(url);
    return std::pair(node.username, node.password);
  };
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(of("redis://u:p@h"), Pair("u", "p"));
  EXPECT_EQ(of("redis://:p@h"), Pair("", "p"));
  EXPECT_EQ(of("redis://u@h"), Pair("u", ""));
  EXPECT_EQ(of("redis://@h"), Pair("", ""));
  EXPECT_EQ(of("redis://u:p:q@h"), Pair("u", "p:q"));
  EXPECT_EQ(of("redis://u:p@q@h"), Pair("u", "p@q")) << "as Python reads it";
  EXPECT_EQ(of("rediss://a%3Ab:%40%2f%3F%23%25%00@h"), Pair("a:b", "@/?#%\0"s));
  EXPECT_EQ(of("redis://u:a+b@h"), Pair("u", "a+b"));
  EXPECT_EQ(of("redis://h?username=u&password=p%26"), Pair("u", "p&"));
  EXPECT_EQ(of("redis://u@h?password=a+b%2B"), Pair("u", "a b+")) << "in a query a + is a blank, as for Python";
  EXPECT_EQ(of("unix://u:p@/s"), Pair("u", "p"));
}

TEST(UrlTest, TheHostIsDecoded) {
  EXPECT_EQ(NodeConfig::from_url("redis://a%2Db").host, "a-b");
  EXPECT_THAT(mistake("redis://a%20b"), HasSubstr("blank"));
  EXPECT_THAT(mistake("redis://a%00b"), HasSubstr("control"));
  EXPECT_THAT(mistake("redis://a b"), HasSubstr("blank"));
  EXPECT_EQ(NodeConfig::from_url("redis://m\xc3\xbcller").host, "m\xc3\xbcller");
}

TEST(UrlTest, DatabaseZeroAndNoOther) {
  for (const char* const url : {"redis://h/", "redis://h/0", "redis://h:1/0", "redis://h?db=0", "redis://h/0?db=0"}) {
    EXPECT_EQ(NodeConfig::from_url(url).host, "h") << url;
  }
  for (const char* const url : {"redis://h/1", "redis://h/00", "redis://h/0/", "redis://h/name", "redis://h?db=1",
                                "redis://h?db=", "redis://h?db", "unix:///s?db=2"}) {
    EXPECT_THAT(mistake(url), HasSubstr("Options::db")) << url;
  }
}

TEST(UrlTest, UnixSockets) {
  EXPECT_EQ(NodeConfig::from_url("unix:///run/redis.sock"),
            (NodeConfig{.unix_socket_path = "/run/redis.sock", .tls = false}));
  EXPECT_EQ(NodeConfig::from_url("unix://:p@/run/a%20b?db=0"),
            (NodeConfig{.unix_socket_path = "/run/a b", .password = "p", .tls = false}));
  EXPECT_EQ(NodeConfig::from_url("unix:///s?password=p").password, "p");
  EXPECT_THAT(mistake("unix://run/redis.sock"), HasSubstr("must begin with a slash"));
  EXPECT_THAT(mistake("unix://"), HasSubstr("missing"));
  EXPECT_THAT(mistake("unix:///"), HasSubstr("missing"));
  EXPECT_THAT(mistake("unix:///a%00b"), HasSubstr("zero byte"));
}

TEST(UrlTest, OtherMistakes) {
  for (const char* const url : {"", "h", "h:6379", "http://h", "redis:/h", "redis:h", "redis//h", "://h", "tls://h"}) {
    EXPECT_THAT(mistake(url), HasSubstr("redis://, rediss:// or unix://")) << url;
  }
  for (const char* const url : {"redis://", "redis:///0", "redis://:6379", "redis://u:p@", "redis://u:p@:1"}) {
    EXPECT_THAT(mistake(url), HasSubstr("host is missing")) << url;
  }
  for (const char* const url :
       {"redis://h:", "redis://h:0", "redis://h:65536", "redis://h:-1", "redis://h:+1", "redis://h:1x", "redis://h:x",
        "redis://h: 1", "redis://h:99999999999", "redis://[::1]:"}) {
    EXPECT_THAT(mistake(url), HasSubstr("1 to 65535")) << url;
  }
  for (const char* const url : {"redis://%4@h", "redis://:%@h", "redis://%zz@h", "redis://:%+1@h", "redis://h%",
                                "unix:///%1", "redis://h?password=%"}) {
    EXPECT_THAT(mistake(url), HasSubstr("hexadecimal")) << url;
  }
  EXPECT_THAT(mistake("redis://h#x"), HasSubstr("fragment"));
  EXPECT_THAT(mistake("redis://h?protocol=3"), HasSubstr("parameter"));
  EXPECT_THAT(mistake("redis://u@h?username=v"), HasSubstr("user is given twice"));
  EXPECT_THAT(mistake("redis://:p@h?password=q"), HasSubstr("password is given twice"));
}

TEST(UrlTest, NoMessageHoldsAPartOfThePassword) {
  for (const char* const url :
       {"redis://u:secret@", "redis://u:secret@h:x", "redis://u:secret@h/7", "redis://u:secret@h?x=secret",
        "redis://u:secret%@h", "redis://u:secret/x@h", "redis://u:secret?x@h", "redis://u:secret#x@h", "u:secret@h",
        "secret://h", "redis://:secret@[secret]", "redis://h/secret", "redis://h:secret", "unix://u:secret@h",
        "redis://u:x@h?password=secret", "redis://h?secret=1", "redis://secret%zz@h", "redis://h?db=secret"}) {
    EXPECT_THAT(mistake(url), Not(HasSubstr("secret"))) << url;
    EXPECT_THAT(mistake(url), HasSubstr("NodeConfig::from_url: ")) << url;
  }
}

TEST(UrlTest, ToBeReachedEncryptedTheOptionsMustSayHow) {
  const NodeConfig node = NodeConfig::from_url("rediss://127.0.0.1:1");
  const auto mistake = [](const auto& construct) {
    try {
      construct();
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("no mistake");
  };
  EXPECT_THAT(mistake([&] { StrictRedis r(node); }), HasSubstr("the server: tls is set"));
  EXPECT_THAT(mistake([&] {
                StrictRedisCluster r({.nodes = {{"node_1", {.port = 2}}, {"node_2", node}}});
              }),
              HasSubstr("nodes[\"node_2\"]: tls is set"));
  EXPECT_EQ(mistake([&] { StrictRedis r(NodeConfig::from_url("redis://127.0.0.1:1")); }), "no mistake");
}

}  // namespace
}  // namespace rediscluster
