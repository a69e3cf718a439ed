// Commands on settings, on real servers.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <rediscluster/pipeline.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"
#include "server/names.h"
#include "support/temporary_folder.h"

namespace rediscluster {
namespace {

using rediscluster::testing::LocalCluster;
using tests::names_of;
using Names = std::vector<std::string>;
using Settings = std::map<std::string, std::string>;

class ConfigurationCommandsTest : public CommandsTest {
 protected:
  std::map<std::string, std::string> values_of(const std::string& setting) {
    std::map<std::string, std::string> values;
    for (const auto& [server, settings] : r.config_get(setting)) values[server] = settings.at(setting);
    return values;
  }
  static std::map<std::string, std::string> everywhere(const std::string& value) {
    return {{"node_1", value}, {"node_2", value}, {"node_3", value}, {"node_4", value}};
  }

  StrictRedis node_1 = r.node("node_1");
};

TEST_F(ConfigurationCommandsTest, SettingsOfEveryServer) {
  const std::map<std::string, Settings> ports = r.config_get("port");
  EXPECT_EQ((Names{"node_1", "node_2", "node_3", "node_4"}), names_of(ports));
  for (const auto& [server, settings] : ports) {
    EXPECT_EQ((Settings{{"port", std::to_string(servers_->config().nodes.at(server).port)}}), settings);
  }
  const Settings two{{"port", ports.at("node_1").at("port")}, {"maxmemory", "0"}};
  EXPECT_EQ(two, node_1.config_get({"port", "maxmemory"}));
  EXPECT_EQ(two, node_1.config_get("port", "maxmemory"));
  EXPECT_TRUE(node_1.config_get("max*").contains("maxmemory-policy"));
  EXPECT_GT(node_1.config_get().size(), 100U);
  EXPECT_EQ(Settings(), r.config_get("nosuch").at("node_3"));
}

TEST_F(ConfigurationCommandsTest, SetOnEveryServer) {
  EXPECT_TRUE(r.config_set("lfu-log-factor", 12));
  EXPECT_EQ(everywhere("12"), values_of("lfu-log-factor"));
  EXPECT_TRUE(r.config_set({{"lfu-log-factor", 10}, {"lfu-decay-time", "2"}}));
  EXPECT_EQ(everywhere("10"), values_of("lfu-log-factor"));
  EXPECT_EQ(everywhere("2"), values_of("lfu-decay-time"));
  EXPECT_TRUE(r.config_set(Settings{{"lfu-decay-time", "1"}}));
  EXPECT_EQ(everywhere("1"), values_of("lfu-decay-time"));

  EXPECT_SERVER_ERROR(config_set("nosuch", 1));
  EXPECT_SERVER_ERROR(config_set({{"lfu-log-factor", 15}, {"lfu-decay-time", "bad"}}));
  EXPECT_EQ(everywhere("10"), values_of("lfu-log-factor")) << "all or none";
}

TEST_F(ConfigurationCommandsTest, ResetstatOnEveryServer) {
  for (const char* const server : {"node_1", "node_2", "node_3", "node_4"}) {
    r.node(server).echo("x");
    ASSERT_GT(tests::calls_of(servers_->config(), server, "echo"), 0);
  }
  EXPECT_TRUE(r.config_resetstat());
  for (const char* const server : {"node_1", "node_2", "node_3", "node_4"}) {
    EXPECT_EQ(0, tests::calls_of(servers_->config(), server, "echo")) << server;
  }
}

TEST_F(ConfigurationCommandsTest, Rewrite) {
  EXPECT_SERVER_ERROR(config_rewrite());

  // Servers that have a file each.
  tests::TemporaryFolder folder;
  const std::string program = folder.path() + "/server";
  std::ofstream(program)
      << "#!/bin/sh\nfile=$(mktemp " << folder.path() << "/conf.XXXXXX)\n"
      << "exec \"${REDIS_SERVER:-$(command -v redis-server || command -v valkey-server)}\" \"$file\" \"$@\"\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  LocalCluster cluster({.masters = 1, .slaves = 1, .server_program = program});
  StrictRedisCluster with_files(cluster.config());
  with_files.config_set("lfu-log-factor", 13);
  EXPECT_TRUE(with_files.config_rewrite());
  int rewritten = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    std::ifstream file(entry.path());
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (text.find("\nlfu-log-factor 13\n") != std::string::npos) ++rewritten;
  }
  EXPECT_EQ(2, rewritten);
}

TEST_F(ConfigurationCommandsTest, InAPipeline) {
  Pipeline p = r.pipeline();
  const auto set = p.config_set("lfu-log-factor", 11);
  const auto get = p.config_get("lfu-log-factor");
  const auto bad = p.config_set("nosuch", "x");
  const auto back = p.config_set("lfu-log-factor", 10);
  p.execute({.raise_on_error = false});
  EXPECT_TRUE(set.get());
  EXPECT_EQ("11", get.get().at("node_4").at("lfu-log-factor"));
  expect_error("ERR", [&] { bad.get(); });
  EXPECT_TRUE(back.get());
}

}  // namespace
}  // namespace rediscluster
