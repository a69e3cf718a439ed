// Commands on keys of any type, servers and by name, on real servers.
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;

class KeyCommandsTest : public CommandsTest {
 protected:
  std::set<std::string> key_set(const Arg& pattern = "*") {
    const std::vector<std::string> keys = r.keys(pattern);
    return {keys.begin(), keys.end()};
  }
};

TEST_F(KeyCommandsTest, DelExistsTouchUnlinkAcrossNodes) {
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("key:" + std::to_string(i));
    r.set(names.back(), i);
  }
  EXPECT_EQ(40, r.exists(names));
  EXPECT_EQ(40, r.touch(names));
  EXPECT_EQ(2, r.exists("key:1", "missing", "key:2"));
  EXPECT_EQ(3, r.exists({"key:1", "key:1", "key:1"})) << "each time it is named";
  EXPECT_EQ(2, r.touch("key:1", "key:1", "missing"));
  EXPECT_EQ(1, r.exists("key:1"));
  EXPECT_EQ(1, r.touch("key:1"));
  EXPECT_EQ(0, r.exists("missing"));
  EXPECT_EQ(1, r.del("key:1", "key:1")) << "only once";
  EXPECT_EQ(0, r.del("key:1"));
  EXPECT_EQ(1, r.unlink("key:2"));
  EXPECT_EQ(2, r.unlink("key:2", "key:3", "key:4"));
  EXPECT_EQ(2, r.del({"key:5", "key:6", "missing"}));
  EXPECT_EQ(34, r.del(names));
  EXPECT_EQ(0, r.unlink(names));
  r.set(binary, 1);
  r.set(Key{"bar", "t"}, 1);
  EXPECT_EQ(1, r.del({Key{"bar", "t"}, Key{"foo", "t"}}));
  EXPECT_EQ(1, r.unlink({binary, "missing"}));
  EXPECT_SERVER_ERROR(del(std::vector<std::string>()));
  EXPECT_SERVER_ERROR(exists(std::vector<std::string>()));
}

TEST_F(KeyCommandsTest, KeysAndRandomkeyAndDbsizeOfAllNodes) {
  EXPECT_EQ(nullopt, r.randomkey());
  EXPECT_EQ(0, r.dbsize());
  EXPECT_TRUE(r.keys().empty());
  std::set<std::string> names{binary, "", "other"};
  for (int i = 0; i < 20; ++i) names.insert("key:" + std::to_string(i));
  for (const std::string& name : names) r.set(name, "v");
  EXPECT_EQ(names, key_set());
  EXPECT_EQ(23, r.dbsize());
  EXPECT_EQ((std::set<std::string>{"key:1", "key:11"}), key_set("key:*1"));
  EXPECT_TRUE(r.keys("nothing*").empty());
  for (int i = 0; i < 20; ++i) {
    const std::optional<std::string> any = r.randomkey();
    ASSERT_TRUE(any.has_value());
    EXPECT_TRUE(names.contains(*any));
  }
  EXPECT_TRUE(r.flushdb());
  EXPECT_EQ(0, r.dbsize());
}

TEST_F(KeyCommandsTest, Expire) {
  EXPECT_EQ(-2, r.ttl("k"));
  EXPECT_EQ(-2, r.pttl("k"));
  EXPECT_EQ(-2, r.expiretime("k"));
  EXPECT_EQ(-2, r.pexpiretime("k"));
  EXPECT_FALSE(r.expire("k", 10));
  EXPECT_FALSE(r.persist("k"));
  r.set("k", "v");
  EXPECT_EQ(-1, r.ttl("k"));
  EXPECT_EQ(-1, r.pttl("k"));
  EXPECT_EQ(-1, r.expiretime("k"));
  EXPECT_EQ(-1, r.pexpiretime("k"));
  EXPECT_FALSE(r.persist("k"));

  EXPECT_TRUE(r.expire("k", 100s));
  expect_left(100, r.ttl("k"));
  expect_left(100000, r.pttl("k"), 2000);
  EXPECT_TRUE(r.persist("k"));
  EXPECT_EQ(-1, r.ttl("k"));
  EXPECT_TRUE(r.pexpire("k", 50000));
  expect_left(50, r.ttl("k"));
  const auto when = std::chrono::system_clock::now() + 1h;
  EXPECT_TRUE(r.expireat("k", when));
  EXPECT_EQ(UnixSeconds(when).count(), r.expiretime("k"));
  EXPECT_TRUE(r.pexpireat("k", when));
  EXPECT_EQ(UnixMilliseconds(when).count(), r.pexpiretime("k"));

  EXPECT_TRUE(r.expire("k", 0)) << "deletes it";
  EXPECT_EQ(0, r.exists("k"));
  r.set("k", "v");
  EXPECT_TRUE(r.expireat("k", 1));
  EXPECT_EQ(0, r.exists("k"));
}

TEST_F(KeyCommandsTest, ExpireOptions) {
  r.set("k", "v");
  EXPECT_FALSE(r.expire("k", 100, {.xx = true}));
  EXPECT_FALSE(r.expire("k", 100, {.gt = true}));
  EXPECT_TRUE(r.expire("k", 100, {.nx = true}));
  EXPECT_FALSE(r.expire("k", 200, {.nx = true}));
  EXPECT_TRUE(r.expire("k", 200, {.gt = true}));
  EXPECT_FALSE(r.expire("k", 150, {.gt = true}));
  EXPECT_TRUE(r.expire("k", 150, {.lt = true}));
  EXPECT_FALSE(r.pexpire("k", 300s, {.lt = true}));
  EXPECT_TRUE(r.pexpire("k", 300s, {.xx = true}));
  expect_left(300, r.ttl("k"));
  const auto when = std::chrono::system_clock::now() + 1h;
  EXPECT_FALSE(r.expireat("k", when, {.lt = true}));
  EXPECT_TRUE(r.expireat("k", when, {.xx = true}));
  EXPECT_FALSE(r.pexpireat("k", when, {.nx = true}));
  EXPECT_TRUE(r.pexpireat("k", when + 1s, {.gt = true}));
  EXPECT_SERVER_ERROR(expire("k", 1, {.nx = true, .xx = true}));
}

TEST_F(KeyCommandsTest, Contains) {
  EXPECT_FALSE(r.contains("foo"));
  r.set("foo", "");
  EXPECT_TRUE(r.contains("foo"));
  r.rpush(Key{"foo", "bar"}, 1);
  EXPECT_TRUE(r.contains(Key{"foo", "bar"}));
  EXPECT_FALSE(r.contains(Key{"bar", "bar"}));
}

TEST_F(KeyCommandsTest, Object) {
  EXPECT_EQ(nullopt, r.object_encoding("k"));
  EXPECT_EQ(nullopt, r.object_idletime("k"));
  EXPECT_EQ(nullopt, r.object_freq("k"));
  EXPECT_EQ(nullopt, r.object_refcount("k"));
  r.set("k", 5);
  EXPECT_EQ("int", r.object_encoding("k"));
  r.set("k", "v");
  EXPECT_EQ("embstr", r.object_encoding("k"));
  EXPECT_EQ(1, r.object_refcount("k"));
  EXPECT_LT(r.object_idletime("k").value(), 10s);
  r.restore("idle", 0, r.dump("k").value(), {.idletime = 1000});
  EXPECT_GE(r.object_idletime("idle").value(), 1000s);
  EXPECT_SERVER_ERROR(object_freq("k"));

  const StrictRedis node = r.node(r.getnodefor("k").name);
  node.execute_command("CONFIG SET", "maxmemory-policy", "allkeys-lfu");
  r.restore("k", 0, r.dump("k").value(), {.replace = true, .frequency = 5});
  const std::optional<long long> frequency = r.object_freq("k");
  const auto of_idletime = [&] { r.object_idletime("k"); };
  expect_error("ERR", of_idletime);
  node.execute_command("CONFIG SET", "maxmemory-policy", "noeviction");
  EXPECT_GE(frequency.value(), 4) << "it decays by the minute";
  EXPECT_LE(frequency.value(), 5);

  Pipeline p = r.pipeline();
  const Queued<std::optional<std::string>> encoding = p.object_encoding("k");
  const Queued<bool> contained = p.contains("missing");
  p.execute();
  EXPECT_EQ("embstr", encoding.get());
  EXPECT_FALSE(contained.get());
}

TEST_F(KeyCommandsTest, TypeOfEach) {
  EXPECT_EQ("none", r.type("missing"));
  r.set("string", "v");
  r.rpush("list", "v");
  r.sadd("set", "v");
  r.zadd("zset", {{"v", 1}});
  r.hset("hash", "f", "v");
  r.execute_command("XADD", "stream", "*", "f", "v");
  for (const std::string_view type : {"string", "list", "set", "zset", "hash", "stream"}) EXPECT_EQ(type, r.type(type));
}

TEST_F(KeyCommandsTest, DumpAndRestore) {
  EXPECT_EQ(nullopt, r.dump("missing"));
  r.rpush("list", "a", binary);
  const std::optional<std::string> value = r.dump("list");
  ASSERT_TRUE(value.has_value());
  EXPECT_TRUE(r.restore("copy", 0, *value));
  EXPECT_EQ((std::vector<std::string>{"a", binary}), r.lrange("copy", 0, -1));
  EXPECT_EQ(-1, r.ttl("copy"));
  expect_error("BUSYKEY", [&] { r.restore("copy", 0, *value); });
  EXPECT_TRUE(r.restore("copy", 100s, *value, {.replace = true}));
  expect_left(100, r.ttl("copy"));
  const auto when = UnixMilliseconds(std::chrono::system_clock::now() + 1h);
  EXPECT_TRUE(r.restore("copy", when.count(), *value, {.replace = true, .absttl = true, .idletime = 1000}));
  EXPECT_EQ(when.count(), r.pexpiretime("copy"));
  EXPECT_GE(r.execute_command<long long>("OBJECT", "IDLETIME", "copy"), 1000);
  EXPECT_TRUE(r.restore("other", 0, *value, {.frequency = 5}));
  EXPECT_SERVER_ERROR(restore("bad", 0, "no dump"));
  EXPECT_SERVER_ERROR(restore("bad", -1, *value));
}

TEST_F(KeyCommandsTest, RenameAndCopyOnOneNode) {
  const Key a = together("a"), b = together("b"), c = together("c");
  EXPECT_SERVER_ERROR(rename(a, b));
  EXPECT_SERVER_ERROR(renamenx(a, b));
  EXPECT_FALSE(r.copy(a, b));
  r.set(a, "v", {.ex = 100});
  r.set(b, "w");
  EXPECT_TRUE(r.rename(a, b));
  EXPECT_EQ("v", r.get(b));
  expect_left(100, r.ttl(b));
  EXPECT_EQ(0, r.exists(a));
  EXPECT_TRUE(r.renamenx(b, a));
  r.set(b, "w");
  EXPECT_FALSE(r.renamenx(a, b));

  EXPECT_TRUE(r.copy(a, c));
  EXPECT_EQ("v", r.get(c));
  expect_left(100, r.ttl(c));
  EXPECT_FALSE(r.copy(a, b));
  EXPECT_TRUE(r.copy(a, b, {.replace = true}));
  EXPECT_EQ("v", r.get(b));
  EXPECT_TRUE(r.copy(a, c, {.destination_db = 1}));
  EXPECT_FALSE(r.copy(a, c, {.destination_db = 1}));
  EXPECT_TRUE(r.copy(a, c, {.destination_db = 1, .replace = true}));
}

TEST_F(KeyCommandsTest, MoveToAnotherDatabase) {
  EXPECT_FALSE(r.move("k", 1));
  r.set("k", "v");
  EXPECT_TRUE(r.move("k", 1));
  EXPECT_EQ(0, r.exists("k"));
  StrictRedisCluster other(servers_->config(), {.db = 1});
  EXPECT_EQ("v", other.get("k"));
  r.set("k", "w");
  EXPECT_FALSE(r.move("k", 1));
  EXPECT_TRUE(r.flushdb({.asynchronous = true}));
  EXPECT_EQ(0, r.exists("k"));
  EXPECT_EQ(1, other.dbsize());
  EXPECT_TRUE(r.flushall({.asynchronous = true}));
  EXPECT_EQ(0, other.dbsize());
}

TEST_F(KeyCommandsTest, KeysOnSeveralNodesAreRefusedWhereTheyMustShareOne) {
  r.set("foo", "1");
  r.set("bar", "2");
  ASSERT_NE(r.getnodefor("foo").name, r.getnodefor("bar").name);
  EXPECT_THROW(r.zunionstore("d", {"foo", "bar"}), DataError);
  EXPECT_EQ("1", r.get("foo"));
  EXPECT_EQ("2", r.get("bar"));
}

TEST_F(KeyCommandsTest, ServerCommands) {
  EXPECT_TRUE(r.ping());
  EXPECT_EQ(binary, r.echo(binary));
  EXPECT_EQ("5", r.echo(5));
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(r.time() - now), 10s);
  EXPECT_LT(std::chrono::abs(r.node("node_2").time() - now), 10s);

  r.set("foo", 1);
  const std::map<std::string, ServerInfo> all = r.info();
  EXPECT_GE(all.size(), 2U);
  for (const auto& [node, info] : all) EXPECT_GT(info.integer("process_id"), 0) << node;
  EXPECT_EQ("1", all.at(r.getnodefor("foo").name).parts("db0").at("keys"));
  const ServerInfo replication = r.node("node_2").info("replication");
  EXPECT_EQ("master", replication["role"]);
  EXPECT_EQ(1, replication.integer("connected_slaves"));
  EXPECT_FALSE(replication.contains("process_id"));
  const ServerInfo two = r.node("node_1").info({"server", "clients"});
  EXPECT_TRUE(two.contains("process_id"));
  EXPECT_TRUE(two.contains("connected_clients"));
  EXPECT_FALSE(two.contains("role"));
  EXPECT_TRUE(r.node("node_1").info("server", "replication").contains("role"));
}

TEST_F(KeyCommandsTest, ExecuteCommand) {
  const Reply ok = r.execute_command("SET", "foo", binary);
  EXPECT_EQ(Reply::Type::status, ok.type());
  EXPECT_EQ("OK", ok.string());
  EXPECT_EQ(binary, r.execute_command<std::string>({"GET", "foo"}));
  EXPECT_TRUE(r.execute_command("GET", "missing").is_nil());
  EXPECT_EQ(3, r.execute_command("RPUSH", "list", "a", 1, 2.5).integer());
  const Reply range = r.execute_command("LRANGE", "list", 0, -1);
  ASSERT_EQ(3U, range.size());
  const Reply last = range[2];
  EXPECT_EQ("2.5", last.string());
  EXPECT_EQ((std::vector<std::string>{"a", "1", "2.5"}),
            r.execute_command<std::vector<std::string>>("LRANGE", "list", 0, -1));
  r.execute_command("SET", Key{"bar", "foo"}, "tagged");
  EXPECT_EQ("tagged", r.node("node_1").get("foo"));
  EXPECT_EQ("tagged", r.execute_command<std::string>("GET", Key{"bar", "foo"}));
  EXPECT_EQ(2, r.execute_command<long long>(std::vector<std::string>{"EXISTS", "foo", "list", "missing"}));
  EXPECT_EQ("embstr", r.execute_command<std::string>("OBJECT ENCODING", "foo"));
  expect_error("WRONGTYPE", [&] { r.execute_command("LPUSH", "foo", "x"); });
  expect_error("ERR", [&] { r.execute_command("GET"); });
  EXPECT_THROW(r.execute_command("SELECT", 1), DataError);
  EXPECT_THROW(r.execute_command("SUBSCRIBE", "channel"), DataError);
  EXPECT_EQ(binary, r.get("foo"));
}

}  // namespace
}  // namespace rediscluster
