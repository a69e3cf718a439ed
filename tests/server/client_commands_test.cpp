// Commands on connections, on real servers.
#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <rediscluster/pipeline.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"
#include "server/names.h"
#include "support/plain_client.h"
#include "support/processes.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;
using tests::eventually;
using tests::names_of;
using tests::PlainClient;
using Names = std::vector<std::string>;
using Clients = std::vector<ClientInfo>;

class ClientCommandsTest : public CommandsTest {
 protected:
  /** A connection to node_1 that is none of ours. */
  struct Stranger {
    PlainClient client{servers_->config().nodes.at("node_1")};
    long long id = std::stoll(client.run({"CLIENT", "ID"}));

    bool is_connected() { return client.run({"PING"}) == "PONG"; }
  };

  ClientInfo info_of(const Stranger& stranger) {
    const Clients found = node_1.client_list({.client_id = stranger.id});
    EXPECT_EQ(1U, found.size());
    return found.empty() ? ClientInfo() : found[0];
  }

  const Names all_servers{"node_1", "node_2", "node_3", "node_4"};
  StrictRedis node_1 = r.node("node_1");
};

TEST_F(ClientCommandsTest, OurOwnConnections) {
  StrictRedisCluster named(servers_->config(), {.db = 2, .client_name = "tester"});
  EXPECT_EQ("tester", named.client_getname());
  EXPECT_EQ(nullopt, r.client_getname());

  const std::map<std::string, long long> ids = named.client_id();
  EXPECT_EQ(all_servers, names_of(ids));
  for (const auto& [name, id] : ids) EXPECT_GT(id, 0) << name;

  const std::map<std::string, ClientInfo> infos = named.client_info();
  EXPECT_EQ(all_servers, names_of(infos));
  for (const auto& [name, info] : infos) {
    const Clients same = r.node(name).client_list({.client_id = {info.id, ids.at(name)}});
    EXPECT_TRUE(std::ranges::all_of(same, [](const ClientInfo& client) { return client.name == "tester"; })) << name;
    EXPECT_EQ("tester", info.name);
    EXPECT_EQ("client|info", info.cmd);
    EXPECT_EQ("default", info.user);
    EXPECT_EQ(2, info.db);
    EXPECT_EQ("N", info.flags);
    EXPECT_EQ(-1, info.multi);
    EXPECT_EQ(-1, info.redir);
    EXPECT_EQ(2, info.resp);
    EXPECT_GT(info.fd, 0);
    EXPECT_GT(info.tot_mem, 0);
    EXPECT_TRUE(info.addr.starts_with("127.0.0.1:")) << info.addr;
    EXPECT_EQ("127.0.0.1:" + std::to_string(servers_->config().nodes.at(name).port), info.laddr);
  }
}

TEST_F(ClientCommandsTest, OurOwnConnectionsAreNotTracked) {
  const std::map<std::string, long long> redirections = r.client_getredir();
  EXPECT_EQ(all_servers, names_of(redirections));
  EXPECT_EQ(-1, redirections.at("node_3"));
  const std::map<std::string, ClientTrackingInfo> tracking = r.client_trackinginfo();
  EXPECT_EQ(all_servers, names_of(tracking));
  EXPECT_EQ((ClientTrackingInfo{.flags = {"off"}}), tracking.at("node_1"));

  Stranger stranger, listener;
  stranger.client.run({"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(listener.id)});
  EXPECT_EQ(listener.id, info_of(stranger).redir);
}

TEST_F(ClientCommandsTest, WhatWouldChangeASharedConnectionIsRefused) {
  for (const char* const command :
       {"CLIENT SETNAME", "CLIENT SETINFO", "CLIENT REPLY", "CLIENT TRACKING", "CLIENT CACHING", "CLIENT NO-EVICT",
        "CLIENT NO-TOUCH", "AUTH", "SELECT", "QUIT", "RESET", "HELLO", "SYNC", "PSYNC"}) {
    EXPECT_THROW(r.execute_command(command, "x"), DataError) << command;
  }
}

TEST_F(ClientCommandsTest, ListsOfClients) {
  const std::map<std::string, Clients> all = r.client_list();
  EXPECT_EQ(all_servers, names_of(all));
  for (const auto& [name, clients] : all) EXPECT_FALSE(clients.empty()) << name;

  const std::map<std::string, Clients> slaves = r.client_list({._type = "replica"});
  EXPECT_EQ(all_servers, names_of(slaves));
  ASSERT_EQ(1U, slaves.at("node_1").size());
  EXPECT_NE(std::string::npos, slaves.at("node_1")[0].flags.find('S'));
  EXPECT_TRUE(slaves.at("node_3").empty());
  EXPECT_EQ(1U, r.client_list({._type = "master"}).at("node_4").size());

  Stranger one, two;
  one.client.run({"CLIENT", "SETNAME", "first"});
  two.client.run({"SUBSCRIBE", "a"});
  const Clients both = node_1.client_list({.client_id = {one.id, two.id}});
  ASSERT_EQ(2U, both.size());
  EXPECT_EQ("first", both[0].name);
  EXPECT_EQ(1, both[1].sub);
  EXPECT_EQ(two.id, both[1].id);
  const Clients subscribed = node_1.client_list({._type = "pubsub"});
  ASSERT_EQ(1U, subscribed.size());
  EXPECT_EQ(two.id, subscribed[0].id);
  EXPECT_TRUE(node_1.client_list({.client_id = 1'000'000'000}).empty());
  expect_error("ERR", [&] { node_1.client_list({._type = "nosuch"}); });
}

TEST_F(ClientCommandsTest, KillByAddress) {
  Stranger victim;
  const std::string address = info_of(victim).addr;
  EXPECT_TRUE(node_1.client_kill(address));
  EXPECT_FALSE(victim.is_connected());
  expect_error("ERR", [&] { node_1.client_kill(address); });
  EXPECT_THROW(r.client_kill(address), DataError) << "of which server?";
}

TEST_F(ClientCommandsTest, KillByConditions) {
  Stranger victim, witness;
  const ClientInfo of_victim = info_of(victim);
  EXPECT_EQ(0, node_1.client_kill_filter({._id = victim.id, ._type = "pubsub"}));
  EXPECT_EQ(0, node_1.client_kill_filter({._id = victim.id, .laddr = "127.0.0.1:1", .user = "default"}));
  EXPECT_TRUE(victim.is_connected());
  EXPECT_EQ(1, node_1.client_kill_filter({._id = victim.id,
                                          ._type = "normal",
                                          .addr = of_victim.addr,
                                          .skipme = true,
                                          .laddr = of_victim.laddr,
                                          .user = "default"}));
  EXPECT_FALSE(victim.is_connected());
  EXPECT_TRUE(witness.is_connected());
  EXPECT_EQ(0, node_1.client_kill_filter({._id = victim.id}));

  StrictRedis alone(servers_->config().nodes.at("node_1"));
  EXPECT_EQ(1, alone.client_kill_filter({._id = alone.client_id(), .skipme = false})) << "the call's own connection";
  EXPECT_EQ(nullopt, alone.get("foo")) << "by another connection";

  expect_error("ERR", [&] { node_1.client_kill_filter({}); });
  expect_error("ERR", [&] { node_1.client_kill_filter({._type = "nosuch"}); });
  EXPECT_THROW(r.client_kill_filter({._type = "pubsub"}), DataError);
}

TEST_F(ClientCommandsTest, KillByAge) {
  Stranger young;
  try {
    EXPECT_EQ(0, node_1.client_kill_filter({._id = young.id, .maxage = 1h}));
  } catch (const ResponseError& error) {  // a server that does not know it
    EXPECT_TRUE(error.text().starts_with("ERR syntax error")) << error.what();
  }
  EXPECT_TRUE(young.is_connected());
}

TEST_F(ClientCommandsTest, Unblock) {
  const auto unblocked = [&](const ClientUnblockOptions& options) {
    Stranger waiting;
    waiting.client.set_timeout(60000);
    std::string reply;
    std::thread thread([&] { reply = waiting.client.run({"BLPOP", "nothing", "0"}); });
    EXPECT_TRUE(eventually([&] { return node_1.client_unblock(waiting.id, options); }));
    thread.join();
    return reply;
  };
  EXPECT_EQ("nil", unblocked({}));
  EXPECT_TRUE(unblocked({.error = true}).starts_with("UNBLOCKED"));
  Stranger idle;
  EXPECT_FALSE(node_1.client_unblock(idle.id));
  EXPECT_FALSE(node_1.client_unblock(1'000'000'000));
  EXPECT_THROW(r.client_unblock(1), DataError);
}

TEST_F(ClientCommandsTest, PausedWritesWaitUntilTheyMayGoOn) {
  r.set("foo", "old");
  servers_->wait_for_replication();
  EXPECT_TRUE(r.client_pause(1min, {.all = false}));
  StrictRedisCluster other(servers_->config());
  EXPECT_EQ("old", other.get("foo"));
  for (int i = 0; i < 4; ++i) EXPECT_THROW(r.with({.timeout = 50ms}).set("foo", "new"), TimeoutError);
  EXPECT_TRUE(r.client_unpause()) << "although the connections of the writes wait";
  EXPECT_TRUE(r.set("foo", "new"));
  EXPECT_EQ("new", r.get("foo"));
}

TEST_F(ClientCommandsTest, PausedServersDoNothingAtAll) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(r.client_pause(100ms));
  EXPECT_EQ(nullopt, r.get("foo"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 90ms);
  EXPECT_TRUE(r.client_unpause());
  expect_error("ERR", [&] { r.client_pause(-1); });
}

TEST_F(ClientCommandsTest, InAPipeline) {
  Pipeline p = r.pipeline();
  const auto clients = p.client_list({._type = "replica"});
  const auto unknown = p.client_list({._type = "nosuch"});
  const auto info = p.client_info();
  const auto name = p.client_getname();
  p.execute({.raise_on_error = false});
  EXPECT_EQ(1U, clients.get().at("node_2").size());
  expect_error("ERR", [&] { unknown.get(); });
  EXPECT_EQ(4U, info.get().size());
  EXPECT_EQ(nullopt, name.get());
}

}  // namespace
}  // namespace rediscluster
