// Commands on servers, on real ones. What ends servers, changes their roles or moves databases has a cluster of its
// own.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <rediscluster/pipeline.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"
#include "server/names.h"
#include "support/processes.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using rediscluster::testing::LocalCluster;
using tests::eventually;
using tests::has_command;
using tests::names_of;
using Names = std::vector<std::string>;

class ServerCommandsTest : public CommandsTest {
 protected:
  static int port(const LocalCluster& cluster, const std::string& server) {
    return cluster.config().nodes.at(server).port;
  }
  static StrictRedis server(const LocalCluster& cluster, const std::string& name) {
    return StrictRedis(cluster.config().nodes.at(name));
  }

  StrictRedis node_1 = r.node("node_1");
};

TEST_F(ServerCommandsTest, WhenAllWasSavedIsWhenTheFirstMasterWas) {
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(r.lastsave() - now), 1h);
  EXPECT_TRUE(r.save());
  const StrictRedis node_2 = r.node("node_2");
  ASSERT_TRUE(eventually([&] { return node_1.save() && node_1.lastsave() > node_2.lastsave(); }));
  EXPECT_EQ(node_2.lastsave(), r.lastsave());
  ASSERT_TRUE(eventually([&] { return node_2.save() && node_2.lastsave() > node_1.lastsave(); }));
  EXPECT_EQ(node_1.lastsave(), r.lastsave());
}

TEST_F(ServerCommandsTest, SavingInTheBackground) {
  LocalCluster cluster({.masters = 2, .slaves = 0});
  StrictRedisCluster all(cluster.config());
  const auto saved = [&](const std::string& server, int times) {
    const ServerInfo info = all.node(server).info("persistence");
    return info.integer("rdb_saves") == times && info.integer("rdb_bgsave_in_progress") == 0;
  };
  EXPECT_TRUE(all.bgsave());
  EXPECT_TRUE(eventually([&] { return saved("node_1", 1) && saved("node_2", 1); }));
  EXPECT_TRUE(all.bgsave({.schedule = false}));
  EXPECT_TRUE(eventually([&] { return saved("node_1", 2) && saved("node_2", 2); }));

  // A child that takes its time.
  StrictRedis one = all.node("node_1");
  one.set("k", "v");
  one.config_set("rdb-key-save-delay", 60'000'000);
  EXPECT_TRUE(one.bgsave());
  expect_error("ERR", [&] { one.bgsave(); });
  EXPECT_TRUE(one.flushall()) << "ends the child";
}

TEST_F(ServerCommandsTest, RewritingTheAppendOnlyFile) {
  LocalCluster cluster({.masters = 1, .slaves = 0});
  StrictRedisCluster all(cluster.config());
  const auto field = [&](const char* name) { return all.node("node_1").info("persistence").integer(name); };
  EXPECT_TRUE(all.bgrewriteaof());
  EXPECT_TRUE(eventually([&] { return field("aof_rewrites") == 1 && field("aof_rewrite_in_progress") == 0; }));

  all.set("k", "v");
  all.config_set("rdb-key-save-delay", 60'000'000);
  EXPECT_TRUE(all.bgrewriteaof());
  expect_error("ERR", [&] { all.bgrewriteaof(); });
  expect_error("ERR", [&] { all.bgsave({.schedule = false}); });
  EXPECT_TRUE(all.bgsave()) << "afterwards";
}

TEST_F(ServerCommandsTest, HowAValueIsHeld) {
  r.set("foo", "bar");
  const DebugObject value = r.debug_object("foo");
  EXPECT_TRUE(value.at.starts_with("0x")) << value.at;
  EXPECT_EQ(1, value.refcount);
  EXPECT_EQ("embstr", value.encoding);
  EXPECT_EQ(4, value.serializedlength);
  EXPECT_GT(value.lru, 0);
  EXPECT_GE(value.lru_seconds_idle, 0s);
  r.rpush("list", "a", "b");
  EXPECT_GT(r.debug_object("list").serializedlength, 0);
  EXPECT_SERVER_ERROR(debug_object("missing"));

  const Reply encoding = r.object("ENCODING", "foo");
  EXPECT_EQ("embstr", encoding.string());
  EXPECT_EQ(1, r.object("refcount", "foo").integer());
  EXPECT_GE(r.object("IDLETIME", "foo").integer(), 0);
  EXPECT_TRUE(r.object("ENCODING", "missing").is_nil());
  EXPECT_SERVER_ERROR(object("FREQ", "foo"));
  EXPECT_SERVER_ERROR(object("NOSUCH", "foo"));
}

TEST_F(ServerCommandsTest, InfoOfEveryServerBySections) {
  const std::map<std::string, ServerInfo> all = r.info();
  EXPECT_EQ((Names{"node_1", "node_2", "node_3", "node_4"}), names_of(all));
  for (const auto& [name, info] : all) {
    EXPECT_EQ(port(*servers_, name), info.integer("tcp_port")) << name;
    EXPECT_EQ(name == "node_1" || name == "node_2" ? "master" : "slave", info.section("Replication").at("role"))
        << name;
    EXPECT_FALSE(info.section("replication").contains("tcp_port"));
  }
  EXPECT_EQ((Names{"Replication"}), node_1.info("replication").sections());
}

TEST_F(ServerCommandsTest, RolesOfEveryServer) {
  servers_->wait_for_replication();
  ASSERT_TRUE(eventually([&] { return node_1.role().slaves.at(0).offset > 0; })) << "an acknowledgement takes a second";
  const std::map<std::string, ReplicationRole> all = r.role();
  EXPECT_EQ((Names{"node_1", "node_2", "node_3", "node_4"}), names_of(all));

  const ReplicationRole& master = all.at("node_1");
  EXPECT_EQ(ServerRole::master, master.role);
  EXPECT_GT(master.offset, 0);
  ASSERT_EQ(1U, master.slaves.size());
  EXPECT_EQ("127.0.0.1", master.slaves[0].host);
  EXPECT_EQ(port(*servers_, "node_3"), master.slaves[0].port);
  EXPECT_GT(master.slaves[0].offset, 0);
  EXPECT_EQ("", master.state);

  const ReplicationRole& slave = all.at("node_3");
  EXPECT_EQ(ServerRole::slave, slave.role);
  EXPECT_EQ("127.0.0.1", slave.master_host);
  EXPECT_EQ(port(*servers_, "node_1"), slave.master_port);
  EXPECT_EQ("connected", slave.state);
  EXPECT_GT(slave.offset, 0);
  EXPECT_TRUE(slave.slaves.empty());
  EXPECT_EQ(slave.master_port, r.node("node_3").role().master_port);
}

TEST_F(ServerCommandsTest, Art) {
  EXPECT_NE(std::string::npos, r.lolwut().find("ver"));
  EXPECT_NE(std::string::npos, r.lolwut(5).find("ver"));
  EXPECT_NE(r.lolwut({5, 10, 1, 1}), r.lolwut(5, 40, 1, 1));
  EXPECT_SERVER_ERROR(lolwut("five"));
}

TEST_F(ServerCommandsTest, MigrateToAServerElsewhere) {
  LocalCluster elsewhere({.masters = 1, .slaves = 0});
  const int to = port(elsewhere, "node_1");
  StrictRedis there = server(elsewhere, "node_1");
  const Key a = together("a"), b = together("b");

  EXPECT_EQ("NOKEY", r.migrate("127.0.0.1", to, {a, b}, 0, 5s));
  r.set(a, "1"), r.set(b, "2", {.ex = 100});
  EXPECT_EQ("OK", r.migrate("127.0.0.1", to, {a, b}, 0, 5s));
  EXPECT_EQ(0, r.exists(a, b));
  EXPECT_EQ("1", there.get("a"));
  expect_left(100, there.ttl("b"));

  r.set(a, "3");
  EXPECT_SERVER_ERROR(migrate("127.0.0.1", to, a, 0, 5s));
  EXPECT_EQ("3", r.get(a));
  EXPECT_EQ("OK", r.migrate("127.0.0.1", to, a, 0, 5000, {.copy = true, .replace = true}));
  EXPECT_EQ("3", r.get(a));
  EXPECT_EQ("3", there.get("a"));
  EXPECT_EQ("OK", r.migrate("127.0.0.1", to, a, 1, 5s));
  EXPECT_EQ("3", StrictRedis(elsewhere.config().nodes.at("node_1"), {.db = 1}).get("a"));

  r.set("foo", "1"), r.set("bar", "2");
  ASSERT_NE(r.getnodefor("foo").name, r.getnodefor("bar").name);
  EXPECT_THROW(r.migrate("127.0.0.1", to, {"foo", "bar"}, 0, 5s), DataError);
  elsewhere.kill("node_1");
  expect_error("IOERR", [&] { r.migrate("127.0.0.1", to, "foo", 0, 1s); });
  EXPECT_EQ("1", r.get("foo"));
}

TEST_F(ServerCommandsTest, MigrateToAServerWithAPassword) {
  LocalCluster elsewhere({.masters = 1, .slaves = 0, .password = "secret"});
  const int to = port(elsewhere, "node_1");
  r.set("foo", "bar");
  EXPECT_SERVER_ERROR(migrate("127.0.0.1", to, "foo", 0, 5s));
  EXPECT_EQ("OK", r.migrate("127.0.0.1", to, "foo", 0, 5s, {.auth = "secret"}));
  EXPECT_EQ(0, r.exists("foo"));
}

TEST_F(ServerCommandsTest, WhatIsForOneServerNeedsItsName) {
  for (const std::string& error :
       {tests::error_of<DataError>([&] { r.shutdown(); }), tests::error_of<DataError>([&] { r.failover(); }),
        tests::error_of<DataError>([&] { r.replicaof("NO", "ONE"); }),
        tests::error_of<DataError>([&] { r.slaveof(); })}) {
    EXPECT_NE(std::string::npos, error.find("node(name)")) << error;
  }
}

TEST_F(ServerCommandsTest, Swapdb) {
  LocalCluster cluster({.masters = 2, .slaves = 0});
  StrictRedisCluster first(cluster.config());
  StrictRedisCluster second(cluster.config(), {.db = 1});
  first.set("foo", "1"), first.set("bar", "2");
  ASSERT_NE(first.getnodefor("foo").name, first.getnodefor("bar").name);
  EXPECT_TRUE(first.swapdb(0, 1));
  EXPECT_EQ(0, first.dbsize());
  EXPECT_EQ("1", second.get("foo"));
  EXPECT_EQ("2", second.get("bar"));
  expect_error("ERR", [&] { first.swapdb(0, 1000); });
}

TEST_F(ServerCommandsTest, Replicaof) {
  LocalCluster cluster({.masters = 1, .slaves = 2});
  StrictRedis other = server(cluster, "node_3");
  const auto has_master = [&](int master) {
    const ReplicationRole role = other.role();
    return role.role == ServerRole::slave && role.master_port == master;
  };
  ASSERT_TRUE(has_master(port(cluster, "node_1")));
  EXPECT_TRUE(other.replicaof("127.0.0.1", port(cluster, "node_2")));
  EXPECT_TRUE(has_master(port(cluster, "node_2")));
  EXPECT_TRUE(other.replicaof("NO", "ONE"));
  EXPECT_EQ(ServerRole::master, other.role().role);
  EXPECT_TRUE(other.slaveof("127.0.0.1", port(cluster, "node_1")));
  EXPECT_TRUE(has_master(port(cluster, "node_1")));
  EXPECT_TRUE(other.slaveof());
  EXPECT_EQ(ServerRole::master, other.role().role);
  expect_error("ERR", [&] { other.replicaof("127.0.0.1", "no port"); });
}

TEST_F(ServerCommandsTest, Failover) {
  LocalCluster cluster({.masters = 1, .slaves = 1});
  StrictRedis first = server(cluster, "node_1"), second = server(cluster, "node_2");
  const auto is_master = [](const StrictRedis& server) { return server.role().role == ServerRole::master; };
  first.set("k", "v");
  expect_error("ERR", [&] { first.failover({.abort = true}); });
  expect_error("ERR", [&] { first.failover({.to = FailoverTarget{"127.0.0.1", 1}}); });

  EXPECT_TRUE(first.failover());
  EXPECT_TRUE(eventually([&] { return is_master(second) && !is_master(first); }));
  EXPECT_EQ("v", second.get("k"));

  const FailoverTarget back{"127.0.0.1", port(cluster, "node_1")};
  ASSERT_TRUE(eventually([&] { return second.role().slaves.size() == 1; }));
  EXPECT_TRUE(second.failover({.to = back, .force = true, .timeout = 10s}));
  EXPECT_TRUE(eventually([&] { return is_master(first) && !is_master(second); }));

  // The slave hangs: it will never have everything.
  ASSERT_TRUE(eventually([&] { return first.role().slaves.size() == 1; }));
  cluster.stop("node_2");
  first.set("k", "w");
  EXPECT_TRUE(first.failover());
  EXPECT_TRUE(first.failover({.abort = true}));
  EXPECT_TRUE(is_master(first));
}

TEST_F(ServerCommandsTest, Shutdown) {
  LocalCluster cluster({.masters = 3, .slaves = 1});
  StrictRedisCluster all(cluster.config());
  const auto ends = [&](const std::string& server) { return eventually([&] { return !cluster.is_alive(server); }); };
  const auto snapshot = [&](const std::string& server) { return cluster.folder() + "/" + server + "/dump.rdb"; };
  for (const char* server : {"node_1", "node_2"}) std::filesystem::remove(snapshot(server));  // of their slaves
  expect_error("ERR", [&] { all.node("node_1").shutdown({.save = true, .nosave = true}); });
  expect_error("ERR", [&] { all.node("node_1").shutdown({.abort = true}); });
  EXPECT_TRUE(all.node("node_1").shutdown({.save = true}));
  EXPECT_TRUE(ends("node_1"));
  EXPECT_TRUE(std::filesystem::exists(snapshot("node_1")));
  EXPECT_THROW(all.node("node_1").shutdown(), ConnectionError) << "there is no such server";

  EXPECT_TRUE(all.node("node_4").shutdown());
  EXPECT_TRUE(ends("node_4"));
  EXPECT_TRUE(all.node("node_2").shutdown({.nosave = true, .now = true, .force = true}));
  EXPECT_TRUE(ends("node_2"));
  EXPECT_FALSE(std::filesystem::exists(snapshot("node_2")));
  EXPECT_TRUE(cluster.is_alive("node_3"));

  Pipeline p = all.node("node_3").pipeline();
  const auto before = p.echo("last words");
  const auto ended = p.shutdown({.nosave = true, .now = true});
  p.execute({.raise_on_error = false});
  EXPECT_THROW(ended.get(), ConnectionError);
  EXPECT_THROW(before.get(), ConnectionError) << "one request, one outcome";
  EXPECT_TRUE(ends("node_3"));
}

TEST_F(ServerCommandsTest, ShutdownThatIsAborted) {
  LocalCluster cluster({.masters = 1, .slaves = 1});
  StrictRedis master = server(cluster, "node_1");
  cluster.stop("node_2");
  master.set("k", "what the slave lacks");
  std::string error;
  std::thread waiting([&] { error = tests::error_of<ResponseError>([&] { master.shutdown({.nosave = true}); }); });
  StrictRedis other = server(cluster, "node_1");
  EXPECT_TRUE(eventually([&] {
    try {
      return other.shutdown({.abort = true});
    } catch (const ResponseError&) {
      return false;  // not yet
    }
  }));
  waiting.join();
  EXPECT_TRUE(error.starts_with("ERR")) << error;
  EXPECT_EQ("what the slave lacks", master.get("k"));
}

TEST_F(ServerCommandsTest, WaitCountsWhatThePipelineHasWritten) {
  ASSERT_NE(r.getnodefor("foo").name, r.getnodefor("bar").name);
  Pipeline p = r.pipeline();
  p.set("foo", "1"), p.set("bar", "2");
  const auto all = p.wait(1, 10s);
  const auto read = p.get("foo");
  p.execute();
  EXPECT_EQ(1, all.get());
  EXPECT_EQ("1", read.get());

  const std::string hanging = r.getnodefor("foo").name == "node_1" ? "node_3" : "node_4";
  servers_->stop(hanging);
  p.set("foo", "3"), p.set("bar", "4");
  const auto one_lacks_it = p.wait(1, 50ms);
  p.execute();
  servers_->resume(hanging);
  EXPECT_EQ(0, one_lacks_it.get()) << "the smallest number";

  Pipeline one = r.node(r.getnodefor("foo").name).pipeline();
  one.set("foo", "5");
  const auto count = one.wait(1, 10000);
  one.execute();
  EXPECT_EQ(1, count.get());
}

TEST_F(ServerCommandsTest, WaitOutsideOfAPipeline) {
  EXPECT_NE(std::string::npos, tests::error_of<DataError>([&] { r.wait(1, 10ms); }).find("pipeline"));
  EXPECT_THROW(r.waitaof(0, 1, 10ms), DataError);
  EXPECT_EQ(1, node_1.wait(1, 10s)) << "its slaves";
  expect_error("ERR", [&] { r.node("node_3").wait(1, 10ms); });
}

TEST_F(ServerCommandsTest, Waitaof) {
  Pipeline p = r.pipeline();
  p.set("foo", "1"), p.set("bar", "2");
  const auto none = p.waitaof(0, 0, 10ms);
  const auto local = p.waitaof(1, 0, 10ms);
  p.execute({.raise_on_error = false});
  expect_error("ERR", [&] { local.get(); });  // without an append-only file, or without the command
  if (has_command(node_1, "WAITAOF")) {
    EXPECT_EQ((AofAcknowledgements{0, 0}), none.get());
  } else {
    EXPECT_NE(std::string::npos, tests::error_of<ResponseError>([&] { none.get(); }).find("unknown command"));
  }
}

TEST_F(ServerCommandsTest, InAPipeline) {
  r.set("foo", "bar");
  Pipeline p = r.pipeline();
  const auto role = p.role();
  const auto saved = p.lastsave();
  const auto value = p.debug_object("foo");
  const auto missing = p.debug_object("missing");
  const auto info = p.info("server");
  p.execute({.raise_on_error = false});
  EXPECT_EQ(4U, role.get().size());
  EXPECT_GT(saved.get().time_since_epoch(), 0s);
  EXPECT_EQ("embstr", value.get().encoding);
  expect_error("ERR", [&] { missing.get(); });
  EXPECT_EQ(4U, info.get().size());
  EXPECT_THROW(p.shutdown(), DataError);
}

}  // namespace
}  // namespace rediscluster
