// Commands on users, on real servers.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <rediscluster/pipeline.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"
#include "server/names.h"
#include "support/temporary_folder.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using rediscluster::testing::LocalCluster;
using std::nullopt;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using tests::names_of;
using Names = std::vector<std::string>;
using Entries = std::vector<AclLogEntry>;

class AclCommandsTest : public CommandsTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    r.acl_deluser("user", "other");
    r.acl_log_reset();
  }

  AclUser user() {
    const std::optional<AclUser> found = r.acl_getuser("user");
    EXPECT_TRUE(found.has_value());
    return found.value_or(AclUser());
  }
  static Options as_user() { return {.username = "user", .password = "secret"}; }

  const Names all_servers{"node_1", "node_2", "node_3", "node_4"};
};

TEST_F(AclCommandsTest, UsersOfEveryServer) {
  EXPECT_EQ("default", r.acl_whoami());
  EXPECT_THAT(r.acl_users(), ElementsAre("default"));
  EXPECT_EQ(nullopt, r.acl_getuser("user"));
  EXPECT_TRUE(r.acl_setuser("user"));
  EXPECT_THAT(r.acl_users(), UnorderedElementsAre("default", "user"));
  for (const std::string& server : all_servers) EXPECT_TRUE(r.node(server).acl_getuser("user").has_value()) << server;
  const std::vector<std::string> lines = r.acl_list();
  ASSERT_EQ(2U, lines.size());
  EXPECT_TRUE(std::ranges::any_of(lines, [](const std::string& line) { return line.starts_with("user user off"); }));

  r.node("node_1").acl_setuser("other");
  EXPECT_EQ(2, r.acl_deluser("user", "other")) << "the most on one server";
  EXPECT_EQ(0, r.acl_deluser("user"));
  EXPECT_EQ(0, r.acl_deluser({"user", "nobody"}));
  for (const std::string& server : all_servers) EXPECT_EQ(nullopt, r.node(server).acl_getuser("user")) << server;
  EXPECT_SERVER_ERROR(acl_deluser("default"));
}

TEST_F(AclCommandsTest, ANewUserMayDoNothing) {
  r.acl_setuser("user");
  const AclUser created = user();
  EXPECT_FALSE(created.enabled);
  EXPECT_THAT(created.flags, Contains("off"));
  EXPECT_THAT(created.passwords, IsEmpty());
  EXPECT_THAT(created.categories, ElementsAre("-@all"));
  EXPECT_THAT(created.commands, IsEmpty());
  EXPECT_THAT(created.keys, IsEmpty());
  EXPECT_THAT(created.channels, IsEmpty());
  EXPECT_THAT(created.selectors, IsEmpty());
}

TEST_F(AclCommandsTest, Rules) {
  EXPECT_TRUE(r.acl_setuser("user", {.enabled = true,
                                     .passwords = {"+secret", "+second"},
                                     .categories = {"+@hash", "+set", "-@dangerous", "-slow"},
                                     .commands = {"+get", "+mget", "-hset", "+config|get"},
                                     .keys = {"app:*", "%R~shared:*"},
                                     .channels = {"news.*"},
                                     .selectors = {{"+append", "%W~log:*"}, {"-@all", "x"}}}));
  AclUser found = user();
  EXPECT_TRUE(found.enabled);
  EXPECT_THAT(found.flags, Contains("on"));
  EXPECT_EQ(2U, found.passwords.size());
  for (const std::string& hash : found.passwords) EXPECT_EQ(64U, hash.size());
  EXPECT_THAT(found.categories, Contains("-@all"));
  EXPECT_THAT(found.categories, Contains("+@hash"));
  for (const char* command : {"+get", "+mget", "-hset", "+config|get"}) EXPECT_THAT(found.commands, Contains(command));
  // Servers may sum up the rules in other words.
  const auto may = [&](const std::vector<std::string>& command) { return r.acl_dryrun("user", command) == "OK"; };
  EXPECT_TRUE(may({"HGET", "app:1", "f"})) << "+@hash";
  EXPECT_TRUE(may({"SADD", "app:1", "m"})) << "+set";
  EXPECT_FALSE(may({"DBSIZE"})) << "of no category";
  EXPECT_FALSE(may({"HGETALL", "app:1"})) << "-slow";
  EXPECT_FALSE(may({"HSET", "app:1", "f", "v"})) << "-hset";
  EXPECT_TRUE(may({"CONFIG", "GET", "port"})) << "+config|get";
  EXPECT_FALSE(may({"CONFIG", "SET", "port", "1"}));
  EXPECT_TRUE(may({"GET", "shared:1"}));
  EXPECT_FALSE(may({"SADD", "shared:1", "m"})) << "%R~";

  EXPECT_THAT(found.keys, ElementsAre("~app:*", "%R~shared:*"));
  EXPECT_THAT(found.channels, ElementsAre("&news.*"));
  ASSERT_EQ(2U, found.selectors.size());
  EXPECT_THAT(found.selectors[0].categories, ElementsAre("-@all"));
  EXPECT_THAT(found.selectors[0].commands, ElementsAre("+append"));
  EXPECT_THAT(found.selectors[0].keys, ElementsAre("%W~log:*"));
  EXPECT_THAT(found.selectors[0].channels, IsEmpty());

  // Added to what there is.
  r.acl_setuser("user", {.enabled = true, .passwords = {"-second"}, .keys = {"more:*"}, .channels = {"all"}});
  found = user();
  EXPECT_EQ(1U, found.passwords.size());
  EXPECT_THAT(found.keys, ElementsAre("~app:*", "%R~shared:*", "~more:*"));
  EXPECT_THAT(found.channels, ElementsAre("&news.*", "&all"));

  r.acl_setuser("user", {.enabled = true, .reset_keys = true});
  EXPECT_THAT(user().keys, IsEmpty());
  EXPECT_FALSE(user().channels.empty());
  r.acl_setuser("user", {.enabled = true, .reset_channels = true});
  EXPECT_THAT(user().channels, IsEmpty());
  EXPECT_FALSE(user().passwords.empty());
  r.acl_setuser("user", {.enabled = true, .reset_passwords = true});
  EXPECT_THAT(user().passwords, IsEmpty());
  EXPECT_TRUE(user().enabled);
  r.acl_setuser("user");
  EXPECT_FALSE(user().enabled) << "as redis-py: off unless said";
  r.acl_setuser("user", {.keys = {"new"}, .reset = true});
  EXPECT_THAT(user().keys, ElementsAre("~new"));
  EXPECT_THAT(user().categories, ElementsAre("-@all"));
}

TEST_F(AclCommandsTest, Passwords) {
  r.acl_setuser("user", {.enabled = true, .passwords = {"+secret"}, .categories = {"+@all"}, .keys = {"*"}});
  StrictRedisCluster by_password(servers_->config(), as_user());
  EXPECT_EQ("user", by_password.acl_whoami());
  EXPECT_TRUE(by_password.set("foo", "bar"));

  const std::string hash = user().passwords.at(0);
  r.acl_setuser("other", {.enabled = true, .hashed_passwords = {"+" + hash}, .categories = {"+@all"}});
  EXPECT_EQ("other", StrictRedisCluster(servers_->config(), {.username = "other", .password = "secret"}).acl_whoami());
  r.acl_setuser("other", {.enabled = true, .hashed_passwords = {"-" + hash}});
  EXPECT_THAT(r.acl_getuser("other").value().passwords, IsEmpty());
  r.acl_setuser("other", {.enabled = true, .nopass = true});
  EXPECT_THAT(r.acl_getuser("other").value().flags, Contains("nopass"));
  EXPECT_EQ("other", StrictRedisCluster(servers_->config(), {.username = "other", .password = "any"}).acl_whoami());
}

TEST_F(AclCommandsTest, WrongRules) {
  EXPECT_THROW(r.acl_setuser("user", {.nopass = true, .passwords = {"+a"}}), DataError);
  EXPECT_THROW(r.acl_setuser("user", {.nopass = true, .hashed_passwords = {"+a"}}), DataError);
  EXPECT_THROW(r.acl_setuser("user", {.categories = {"@read"}}), DataError);
  EXPECT_THROW(r.acl_setuser("user", {.commands = {"get"}}), DataError);
  EXPECT_THROW(r.acl_setuser("user", {.selectors = {{"get", "k"}}}), DataError);
  EXPECT_THROW(r.acl_setuser("user", {.passwords = {""}}), DataError);
  const std::string error = tests::error_of<DataError>([&] { r.acl_setuser("user", {.passwords = {"+a", "secret"}}); });
  EXPECT_NE(std::string::npos, error.find("password 1")) << error;
  EXPECT_EQ(std::string::npos, error.find("secret")) << error;
  EXPECT_EQ(nullopt, r.acl_getuser("user")) << "nothing was sent";

  EXPECT_SERVER_ERROR(acl_setuser("user", {.categories = {"+@nosuch"}}));
  EXPECT_SERVER_ERROR(acl_setuser("user", {.hashed_passwords = {"+no hash"}}));
}

TEST_F(AclCommandsTest, Dryrun) {
  r.acl_setuser("user", {.enabled = true, .commands = {"+get"}, .keys = {"app:*"}});
  EXPECT_EQ("OK", r.acl_dryrun("user", "GET", "app:1"));
  EXPECT_EQ("OK", r.acl_dryrun("user", {"GET", "app:1"}));
  EXPECT_NE(std::string::npos, r.acl_dryrun("user", "GET", "other").find("no permissions"));
  EXPECT_NE(std::string::npos, r.acl_dryrun("user", "DBSIZE").find("no permissions"));
  EXPECT_SERVER_ERROR(acl_dryrun("nobody", "GET", "k"));
  EXPECT_SERVER_ERROR(acl_dryrun("user", "NOSUCH"));
}

TEST_F(AclCommandsTest, Words) {
  EXPECT_THAT(r.acl_cat(), Contains("hyperloglog"));
  EXPECT_THAT(r.acl_cat("hash"), Contains("hset"));
  EXPECT_SERVER_ERROR(acl_cat("nosuch"));
  EXPECT_EQ(64U, r.acl_genpass().size());
  EXPECT_EQ(8U, r.acl_genpass(32).size());
  EXPECT_NE(r.acl_genpass(), r.acl_genpass());
  EXPECT_SERVER_ERROR(acl_genpass(-1));
  EXPECT_GT(r.acl_help().size(), 10U);
}

TEST_F(AclCommandsTest, WhatWasRefused) {
  EXPECT_EQ(all_servers, names_of(r.acl_log()));
  EXPECT_THAT(r.acl_log().at("node_3"), IsEmpty());
  r.acl_setuser("user", {.enabled = true,
                         .passwords = {"+secret"},
                         .categories = {"+@all"},
                         .commands = {"-echo"},
                         .keys = {"app:*"},
                         .channels = {"*"}});
  StrictRedis limited(servers_->config().nodes.at("node_1"), as_user());
  EXPECT_THROW(limited.echo("x"), NoPermissionError);
  EXPECT_THROW(limited.echo("x"), NoPermissionError);
  EXPECT_THROW(limited.get("foo"), NoPermissionError);

  const std::map<std::string, Entries> all = r.acl_log();
  EXPECT_THAT(all.at("node_2"), IsEmpty());
  const Entries& entries = all.at("node_1");
  ASSERT_EQ(2U, entries.size());
  const AclLogEntry& key = entries[0];
  EXPECT_EQ(1, key.count);
  EXPECT_EQ("key", key.reason);
  EXPECT_EQ("toplevel", key.context);
  EXPECT_EQ("foo", key.object);
  EXPECT_EQ("user", key.username);
  EXPECT_GE(key.age, 0s);
  EXPECT_LT(key.age, 1h);
  EXPECT_EQ("get", key.client_info.cmd);
  EXPECT_EQ("user", key.client_info.user);
  if (key.timestamp_created != decltype(key.timestamp_created)()) {  // a server that tells it
    EXPECT_LT(std::chrono::abs(key.timestamp_created - std::chrono::system_clock::now()), 1h);
    EXPECT_GE(key.timestamp_last_updated, key.timestamp_created);
    EXPECT_GT(key.entry_id, entries[1].entry_id);
  }
  EXPECT_EQ("command", entries[1].reason);
  EXPECT_EQ("echo", entries[1].object);
  EXPECT_EQ(2, entries[1].count);

  EXPECT_EQ(1U, r.acl_log(1).at("node_1").size());
  EXPECT_EQ(1U, r.node("node_1").acl_log(1).size());
  EXPECT_TRUE(r.acl_log_reset());
  EXPECT_THAT(r.acl_log().at("node_1"), IsEmpty());
  EXPECT_TRUE(r.node("node_1").acl_log_reset());
  EXPECT_EQ("OK", r.execute_command("ACL LOG", "RESET").view().text());
}

TEST_F(AclCommandsTest, Files) {
  EXPECT_SERVER_ERROR(acl_save());
  EXPECT_SERVER_ERROR(acl_load());

  tests::TemporaryFolder folder;
  const std::string path = folder.path() + "/users.acl";
  std::ofstream(path) << "user default on nopass ~* &* +@all\n";
  // No slaves: that of a server of the Valkey 8.0 family is ended by ACL LOAD.
  LocalCluster cluster({.masters = 2, .slaves = 0, .server_arguments = {"--aclfile", path}});
  StrictRedisCluster with_file(cluster.config());
  with_file.acl_setuser("user", {.keys = {"saved"}});
  EXPECT_TRUE(with_file.acl_save());
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(std::string::npos, text.find("user user off")) << text;

  with_file.acl_deluser("user");
  EXPECT_TRUE(with_file.acl_load());
  for (const char* server : {"node_1", "node_2"}) {
    EXPECT_THAT(with_file.node(server).acl_getuser("user").value_or(AclUser()).keys, ElementsAre("~saved")) << server;
  }
  std::ofstream(path) << "no user at all\n";
  expect_error("ERR", [&] { with_file.acl_load(); });
}

TEST_F(AclCommandsTest, InAPipeline) {
  Pipeline p = r.pipeline();
  const auto set = p.acl_setuser("user", {.enabled = true});
  const auto get = p.acl_getuser("nobody");
  const auto log = p.acl_log();
  const auto reset = p.acl_log_reset();
  const auto wrong = p.acl_deluser("default");
  p.execute({.raise_on_error = false});
  EXPECT_TRUE(set.get());
  EXPECT_EQ(nullopt, get.get());
  EXPECT_EQ(4U, log.get().size());
  EXPECT_TRUE(reset.get());
  expect_error("ERR", [&] { wrong.get(); });
}

}  // namespace
}  // namespace rediscluster
