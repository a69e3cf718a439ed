// Modules, on real servers that load one of ours.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"

namespace rediscluster {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using tests::ask;
using tests::calls_of;
using tests::key_on;

class ModuleCommandsTest : public CommandsTest {
 protected:
  static void SetUpTestSuite() {
    std::vector<std::string> arguments;
    if (takes_setting()) arguments = {"--enable-module-command", "yes"};
    servers_ = std::make_unique<testing::LocalCluster>(
        testing::LocalClusterOptions{.masters = 2, .slaves = 1, .server_arguments = arguments});
    client_ = std::make_unique<StrictRedisCluster>(servers_->config());
  }
  void TearDown() override {
    for (const auto& [name, node] : servers_->config().nodes)
      ask(servers_->config(), name, {"MODULE", "UNLOAD", "testmod"});
  }
  // Before Redis 7.0 servers take the commands anyway.
  static bool takes_setting() {
    const testing::LocalCluster one({.masters = 1, .slaves = 0});
    return !ask(one.config(), "node_1", {"CONFIG", "GET", "enable-module-command"}).empty();
  }
  std::vector<ModuleInfo> loaded(const std::string& server) const {
    std::vector<ModuleInfo> found;
    const std::map<std::string, std::vector<ModuleInfo>> all = r.module_list();
    for (const ModuleInfo& module : all.at(server)) {
      if (module.name == "testmod") found.push_back(module);
    }
    return found;
  }

  const std::string a_ = key_on(1);
  const std::string b_ = key_on(2);
};

TEST_F(ModuleCommandsTest, LoadListUnload) {
  EXPECT_EQ(4U, r.module_list().size());
  EXPECT_TRUE(loaded("node_1").empty());
  EXPECT_TRUE(r.module_load(TEST_MODULE));
  for (const auto& [name, node] : servers_->config().nodes) {
    EXPECT_THAT(loaded(name), ElementsAre(ModuleInfo{"testmod", 3, TEST_MODULE, {}})) << name;
  }
  EXPECT_THAT(r.node("node_2").module_list(), Contains(Field(&ModuleInfo::name, "testmod")));
  EXPECT_SERVER_ERROR(module_load(TEST_MODULE));
  EXPECT_TRUE(r.module_unload("testmod"));
  EXPECT_TRUE(loaded("node_4").empty());
  EXPECT_SERVER_ERROR(module_unload("testmod"));
  EXPECT_SERVER_ERROR(module_load("/there is no such file.so"));
}

TEST_F(ModuleCommandsTest, LoadWithArguments) {
  EXPECT_TRUE(r.module_load(TEST_MODULE, "one", 2));
  EXPECT_THAT(loaded("node_3"), ElementsAre(ModuleInfo{"testmod", 3, TEST_MODULE, {"one", "2"}}));
  r.module_unload("testmod");
  EXPECT_TRUE(r.module_load(TEST_MODULE, "only one"));
  EXPECT_THAT(loaded("node_3"), ElementsAre(ModuleInfo{"testmod", 3, TEST_MODULE, {"only one"}}));
}

TEST_F(ModuleCommandsTest, LoadexTakesSettings) {
  if (r.execute_command("COMMAND", "INFO", "module|loadex")[0].is_nil()) {
    EXPECT_SERVER_ERROR(module_loadex(TEST_MODULE));
    return;
  }
  EXPECT_TRUE(r.module_loadex(TEST_MODULE));
  EXPECT_EQ("testmod.size 1", ask(servers_->config(), "node_1", {"CONFIG", "GET", "testmod.size"}));
  r.module_unload("testmod");
  EXPECT_TRUE(r.module_loadex(TEST_MODULE, {{"testmod.size", 5}}, {"a", "b"}));
  for (const auto& [name, node] : servers_->config().nodes) {
    EXPECT_EQ("testmod.size 5", ask(servers_->config(), name, {"CONFIG", "GET", "testmod.size"})) << name;
    EXPECT_THAT(loaded(name), ElementsAre(ModuleInfo{"testmod", 3, TEST_MODULE, {"a", "b"}})) << name;
  }
  r.module_unload("testmod");
  EXPECT_SERVER_ERROR(module_loadex(TEST_MODULE, {{"testmod.unknown", 5}}));
}

TEST_F(ModuleCommandsTest, CommandsOfAModuleAreRoutedByTheirKeys) {
  EXPECT_SERVER_ERROR(execute_command("TESTMOD.WHICH", b_));
  r.module_load(TEST_MODULE);
  tests::reset_stats(servers_->config());
  EXPECT_EQ(b_, r.execute_command<std::string>("TESTMOD.WHICH", b_));
  EXPECT_EQ(a_, r.execute_command<std::string>("TESTMOD.WHICH", a_));
  EXPECT_EQ("foo", r.execute_command<std::string>("testmod.which", Key{b_, "foo"}));
  const auto calls = [](const std::string& server) { return calls_of(servers_->config(), server, "testmod.which"); };
  EXPECT_EQ(1, calls("node_1") + calls("node_3"));
  EXPECT_EQ(2, calls("node_2") + calls("node_4"));
}

TEST_F(ModuleCommandsTest, InAPipeline) {
  Pipeline p = r.pipeline();
  auto load = p.module_load(TEST_MODULE);
  auto list = p.module_list();
  auto again = p.module_load(TEST_MODULE);
  auto unload = p.module_unload("testmod");
  p.execute({.raise_on_error = false});
  EXPECT_TRUE(load.get());
  EXPECT_EQ(4U, list.get().size());
  expect_error("ERR", [&] { again.get(); });
  EXPECT_TRUE(unload.get());
}

}  // namespace
}  // namespace rediscluster
