// What servers tell of their commands, and commands of Redis Cluster mode, on real servers.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"
#include "support/fake_server.h"

namespace rediscluster {
namespace {

using std::nullopt;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using tests::error_of;

class CommandInfoTest : public CommandsTest {
 protected:
  CommandInfo info(const std::string& name) const { return r.command_info(name).at(0).value(); }
  CommandDocs docs(const std::string& name) const { return r.command_docs(name).at(name); }
};

TEST_F(CommandInfoTest, Info) {
  const CommandInfo get = info("get");
  EXPECT_EQ("get", get.name);
  EXPECT_EQ(2, get.arity);
  EXPECT_THAT(get.flags, UnorderedElementsAre("readonly", "fast"));
  EXPECT_EQ(1, get.first_key_pos);
  EXPECT_EQ(1, get.last_key_pos);
  EXPECT_EQ(1, get.step_count);
  EXPECT_THAT(get.acl_categories, UnorderedElementsAre("@read", "@string", "@fast"));
  EXPECT_THAT(get.tips, IsEmpty());
  EXPECT_THAT(get.subcommands, IsEmpty());
  ASSERT_EQ(1U, get.key_specifications.size());
  const CommandKeySpec& key = get.key_specifications[0];
  EXPECT_THAT(key.flags, UnorderedElementsAre("RO", "access"));
  EXPECT_EQ("index", key.begin_search);
  EXPECT_EQ(1, key.index);
  EXPECT_EQ("range", key.find_keys);
  EXPECT_EQ(0, key.lastkey);
  EXPECT_EQ(1, key.keystep);
  EXPECT_EQ(0, key.limit);
  EXPECT_THAT(info("mget").tips, Contains("request_policy:multi_shard"));
}

TEST_F(CommandInfoTest, InfoOfAllKindsOfKeySpecs) {
  const CommandInfo eval = info("eval");
  ASSERT_EQ(1U, eval.key_specifications.size());
  EXPECT_EQ("keynum", eval.key_specifications[0].find_keys);
  EXPECT_EQ(2, eval.key_specifications[0].index);
  EXPECT_EQ(0, eval.key_specifications[0].keynumidx);
  EXPECT_EQ(1, eval.key_specifications[0].firstkey);
  EXPECT_EQ(1, eval.key_specifications[0].keystep);
  const CommandInfo xread = info("xread");
  ASSERT_EQ(1U, xread.key_specifications.size());
  EXPECT_EQ("keyword", xread.key_specifications[0].begin_search);
  EXPECT_EQ("STREAMS", xread.key_specifications[0].keyword);
  EXPECT_EQ(1, xread.key_specifications[0].startfrom);
  EXPECT_EQ(-1, xread.key_specifications[0].lastkey);
  EXPECT_EQ(2, xread.key_specifications[0].limit);
  const CommandInfo sort = info("sort");
  EXPECT_THAT(sort.key_specifications, Contains(Field(&CommandKeySpec::find_keys, "unknown")));
  EXPECT_THAT(sort.key_specifications, Contains(Field(&CommandKeySpec::notes, Not(IsEmpty()))));
}

TEST_F(CommandInfoTest, InfoOfSeveral) {
  const std::vector<std::optional<CommandInfo>> infos = r.command_info("object", "no such command", "config|get");
  ASSERT_EQ(3U, infos.size());
  EXPECT_EQ(nullopt, infos[1]);
  EXPECT_EQ("config|get", infos[2].value().name);
  const std::vector<CommandInfo>& subcommands = infos[0].value().subcommands;
  const auto encoding = std::ranges::find(subcommands, "object|encoding", &CommandInfo::name);
  ASSERT_NE(encoding, subcommands.end());
  EXPECT_EQ(3, encoding->arity);
  ASSERT_EQ(1U, encoding->key_specifications.size()) << "the innermost of all";
  EXPECT_EQ(2, encoding->key_specifications[0].index);
  EXPECT_EQ(r.command_count(), static_cast<long long>(r.command_info().size()));
  EXPECT_EQ(nullopt, r.command_info({"none"}).at(0));
}

TEST_F(CommandInfoTest, AllByTheirNames) {
  const std::map<std::string, CommandInfo> all = r.command();
  EXPECT_EQ(r.command_count(), static_cast<long long>(all.size()));
  EXPECT_GT(all.size(), 200U);
  EXPECT_EQ(info("zadd"), all.at("zadd"));
  for (const auto& [name, command] : all) EXPECT_EQ(name, command.name);
  EXPECT_EQ(all.size(), r.node("node_2").command().size());
}

TEST_F(CommandInfoTest, Count) {
  EXPECT_GT(r.command_count(), 200);
}

TEST_F(CommandInfoTest, Getkeys) {
  EXPECT_THAT(r.command_getkeys("MSET", "a", 1, "b", 2), ElementsAre("a", "b"));
  const std::vector<std::string> command{"EVAL", "return 1", "2", "k1", "k2", "arg"};
  EXPECT_THAT(r.command_getkeys(command), ElementsAre("k1", "k2"));
  EXPECT_SERVER_ERROR(command_getkeys("PING", "x"));
  EXPECT_SERVER_ERROR(command_getkeys("no such command", "x"));
}

TEST_F(CommandInfoTest, Getkeysandflags) {
  const std::vector<KeyAndFlags> keys = r.command_getkeysandflags("LMOVE", "from", "to", "LEFT", "LEFT");
  ASSERT_EQ(2U, keys.size());
  EXPECT_EQ("from", keys[0].key);
  EXPECT_THAT(keys[0].flags, UnorderedElementsAre("RW", "access", "delete"));
  EXPECT_EQ("to", keys[1].key);
  EXPECT_THAT(keys[1].flags, UnorderedElementsAre("RW", "insert"));
  EXPECT_THAT(r.command_getkeysandflags({"GET", "k"}), ElementsAre(KeyAndFlags{"k", {"RO", "access"}}));
  EXPECT_SERVER_ERROR(command_getkeysandflags("PING", "x"));
}

TEST_F(CommandInfoTest, List) {
  EXPECT_THAT(r.command_list(), IsSupersetOf({"get", "set", "config"}));
  const std::vector<std::string> geo = r.command_list({.category = "geo"});
  EXPECT_THAT(geo, Contains("geoadd"));
  EXPECT_THAT(geo, Not(Contains("get")));
  EXPECT_THAT(r.command_list({.pattern = "xread*"}), UnorderedElementsAre("xread", "xreadgroup"));
  EXPECT_THAT(r.command_list({.module = "no such module"}), IsEmpty());
  EXPECT_SERVER_ERROR(command_list({.category = "geo", .pattern = "x"}));
}

TEST_F(CommandInfoTest, Docs) {
  const CommandDocs set = docs("set");
  EXPECT_EQ("set", set.name);
  EXPECT_THAT(set.summary, StartsWith("Set"));
  EXPECT_EQ("1.0.0", set.since);
  EXPECT_EQ("string", set.group);
  EXPECT_EQ("O(1)", set.complexity);
  EXPECT_EQ(nullopt, set.module);
  EXPECT_THAT(set.doc_flags, IsEmpty());
  EXPECT_THAT(set.history, Contains(Pair("6.0.0", HasSubstr("KEEPTTL"))));
  ASSERT_GE(set.arguments.size(), 2U);
  EXPECT_EQ("key", set.arguments[0].name);
  EXPECT_EQ("key", set.arguments[0].type);
  EXPECT_EQ(0, set.arguments[0].key_spec_index);
  EXPECT_EQ("string", set.arguments[1].type);
  EXPECT_EQ(nullopt, set.arguments[1].key_spec_index);
  const auto condition = std::ranges::find(set.arguments, "condition", &CommandArgument::name);
  ASSERT_NE(condition, set.arguments.end());
  EXPECT_EQ("oneof", condition->type);
  EXPECT_THAT(condition->flags, ElementsAre("optional"));
  EXPECT_EQ("2.6.12", condition->since);
  ASSERT_GE(condition->arguments.size(), 2U);
  EXPECT_EQ("NX", condition->arguments[0].token);
}

TEST_F(CommandInfoTest, DocsOfOthers) {
  EXPECT_THAT(r.command_docs("no such command"), IsEmpty());
  const std::map<std::string, CommandDocs> both = r.command_docs("get", "getset");
  ASSERT_EQ(2U, both.size());
  EXPECT_THAT(both.at("getset").doc_flags, ElementsAre("deprecated"));
  EXPECT_EQ("6.2.0", both.at("getset").deprecated_since);
  EXPECT_THAT(both.at("getset").replaced_by.value(), HasSubstr("SET"));
  const CommandDocs config = docs("config");
  EXPECT_THAT(config.subcommands,
              Contains(AllOf(Field(&CommandDocs::name, "config|get"), Field(&CommandDocs::summary, Not(IsEmpty())))));
  EXPECT_EQ("config|get", docs("config|get").name);
}

TEST_F(CommandInfoTest, DocsThatAreNestedTooDeepHurtNobodyElse) {
  try {
    EXPECT_EQ("client", docs("client").name);
  } catch (const InvalidResponse& error) {
    EXPECT_THAT(error.what(), HasSubstr("nest"));
  }
  EXPECT_EQ("client|getname", docs("client|getname").name);
  EXPECT_TRUE(r.set("k", "v"));
}

TEST_F(CommandInfoTest, InAPipeline) {
  Pipeline p = r.pipeline();
  auto count = p.command_count();
  auto get = p.command_info("get");
  auto keys = p.command_getkeys("GET", "k");
  auto get_docs = p.command_docs("get");
  auto wrong = p.command_getkeys("PING", "x");
  p.execute({.raise_on_error = false});
  EXPECT_EQ(r.command_count(), count.get());
  EXPECT_EQ(info("get"), get.get().at(0));
  EXPECT_THAT(keys.get(), ElementsAre("k"));
  EXPECT_EQ(docs("get"), get_docs.get().at("get"));
  expect_error("ERR", [&] { wrong.get(); });
}

TEST_F(CommandInfoTest, ClusterModeIsNotForTheseServers) {
  EXPECT_THAT(error_of<DataError>([&] { r.cluster("INFO"); }), HasSubstr("node(name)"));
  EXPECT_THAT(error_of<DataError>([&] { r.cluster("KEYSLOT", {"k"}); }), HasSubstr("CLUSTER KEYSLOT"));
  EXPECT_THAT(error_of<DataError>([&] { r.readonly(); }), HasSubstr("Redis Cluster"));
  EXPECT_THROW(r.readwrite(), DataError);
  EXPECT_THROW(r.node("node_1").readonly(), DataError);
  EXPECT_THROW(r.pipeline().cluster("INFO"), DataError);
  expect_error("ERR", [&] { r.node("node_1").cluster("INFO"); });
}

// A server in Redis Cluster mode needs a second port, which nobody keeps free for it.
TEST(ClusterCommandsTest, OnAServerInClusterMode) {
  tests::FakeServer server([](const tests::Received& command) {
    return command[0] == "CLUSTER" ? tests::reply(":12182\r\n") : tests::default_reply();
  });
  const StrictRedis one({.host = "127.0.0.1", .port = server.port()});
  EXPECT_EQ(12182, one.cluster("KEYSLOT", {"foo"}).integer());
  EXPECT_EQ(12182, one.cluster<long long>("COUNTKEYSINSLOT", 5));
  EXPECT_EQ(12182, one.cluster<long long>("GETKEYSINSLOT", 5, 10));
  EXPECT_THAT(server.commands(), IsSupersetOf({tests::Received{"CLUSTER", "KEYSLOT", "foo"},
                                               tests::Received{"CLUSTER", "COUNTKEYSINSLOT", "5"},
                                               tests::Received{"CLUSTER", "GETKEYSINSLOT", "5", "10"}}));
}

}  // namespace
}  // namespace rediscluster
