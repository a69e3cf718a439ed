// Functions, on real servers.
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "commands_fixture.h"
#include "server/cluster_support.h"
#include "support/processes.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;
using tests::ask;
using tests::error_of;
using tests::eventually;
using tests::key_on;

// Of a library "numbers": add(key, amount), look(key) and forever().
const std::string numbers = R"(#!lua name=numbers
local function add(keys, args) return redis.call('INCRBY', keys[1], args[1]) end
local function look(keys, args) return redis.call('GET', keys[1]) end
local function forever(keys, args) while true do end end
redis.register_function('add', add)
redis.register_function{function_name='look', callback=look, flags={'no-writes'}, description='what is there'}
redis.register_function{function_name='forever', callback=forever, flags={'no-writes'}}
)";
const std::string words = R"(#!lua name=words
redis.register_function('count', function(keys, args) return {#keys, #args} end)
)";

class FunctionCommandsTest : public CommandsTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    r.function_flush();
  }
  static const ClusterConfig& config() { return servers_->config(); }

  const std::string a_ = key_on(1);
  const std::string b_ = key_on(2);
};

TEST_F(FunctionCommandsTest, LoadGoesToAllMastersAndSoToTheirSlaves) {
  EXPECT_EQ("numbers", r.function_load(numbers));
  servers_->wait_for_replication();
  for (const auto& [name, server] : config().nodes) {
    EXPECT_THAT(ask(config(), name, {"FUNCTION", "LIST"}), HasSubstr("numbers")) << name;
  }
  EXPECT_SERVER_ERROR(function_load(numbers));
  EXPECT_EQ("numbers", r.function_load(numbers, {.replace = true}));
  EXPECT_SERVER_ERROR(function_load("return 1"));
  EXPECT_SERVER_ERROR(function_load("#!lua name=wrong\nthis is no Lua"));
}

TEST_F(FunctionCommandsTest, Fcall) {
  r.function_load(numbers);
  r.function_load(words);
  EXPECT_EQ(5, r.fcall<long long>("add", {a_}, {5}));
  EXPECT_EQ(3, r.fcall<long long>("add", {b_}, {3}));
  EXPECT_EQ(7, r.fcall<long long>("add", 1, a_, 2));
  EXPECT_EQ("7", r.fcall<std::string>("look", a_));
  EXPECT_TRUE(r.fcall("look", "absent").is_nil());
  EXPECT_EQ(1, r.fcall<long long>("add", {Key{"bar", "foo"}}, {1}));
  EXPECT_EQ("1", r.get(Key{"bar", "foo"}));
  EXPECT_THAT(r.fcall<std::vector<long long>>("count"), ElementsAre(0, 0));
  EXPECT_THAT(r.fcall<std::vector<long long>>("count", 0), ElementsAre(0, 0));
  EXPECT_THAT(r.fcall<std::vector<long long>>("count", {together("x"), together("y")}, {1, 2, 3}), ElementsAre(2, 3));
  EXPECT_THAT(error_of<DataError>([&] { r.fcall("count", {a_, b_}); }), StartsWith("FCALL "));
  EXPECT_THROW(r.fcall("count", 2, a_, b_), DataError);
  EXPECT_SERVER_ERROR(fcall("no such function", a_));
  EXPECT_SERVER_ERROR(fcall("count", 3, a_));
  r.rpush("list", "x");
  EXPECT_WRONG_TYPE(fcall("look", "list"));
}

TEST_F(FunctionCommandsTest, FcallRo) {
  r.function_load(numbers);
  r.set(a_, "v");
  EXPECT_EQ("v", r.fcall_ro<std::string>("look", {a_})) << "where neither library nor value is missing";
  EXPECT_EQ("v", r.fcall_ro<std::string>("look", 1, a_));
  EXPECT_EQ(nullopt, r.fcall_ro<std::optional<std::string>>("look", {b_}));
  EXPECT_SERVER_ERROR(fcall_ro("add", {a_}, {1}));
  EXPECT_THROW(r.fcall_ro("look", {a_, b_}), DataError);
  r.rpush("list", "x");
  EXPECT_WRONG_TYPE(fcall_ro("look", "list"));
}

TEST_F(FunctionCommandsTest, List) {
  EXPECT_THAT(r.function_list(), IsEmpty());
  r.function_load(numbers);
  r.function_load(words);
  EXPECT_EQ(2U, r.function_list().size());
  EXPECT_THAT(r.function_list("nothing*"), IsEmpty());
  const std::vector<FunctionLibrary> found = r.function_list("num*");
  ASSERT_EQ(1U, found.size());
  EXPECT_EQ("numbers", found[0].library_name);
  EXPECT_EQ("LUA", found[0].engine);
  EXPECT_EQ(nullopt, found[0].library_code);
  EXPECT_THAT(found[0].functions, UnorderedElementsAre(LibraryFunction{"add", nullopt, {}},
                                                       LibraryFunction{"look", "what is there", {"no-writes"}},
                                                       LibraryFunction{"forever", nullopt, {"no-writes"}}));
  EXPECT_EQ(words, r.function_list("words", {.withcode = true}).at(0).library_code);
}

TEST_F(FunctionCommandsTest, DeleteAndFlush) {
  r.function_load(numbers);
  r.function_load(words);
  EXPECT_TRUE(r.function_delete("words"));
  EXPECT_SERVER_ERROR(function_delete("words"));
  for (const std::string node : {"node_1", "node_2"}) {
    EXPECT_EQ(1U, r.node(node).function_list().size()) << node;
  }
  EXPECT_TRUE(r.function_flush());
  for (const std::string node : {"node_1", "node_2"}) EXPECT_THAT(r.node(node).function_list(), IsEmpty()) << node;
  r.function_load(words);
  EXPECT_TRUE(r.function_flush("ASYNC"));
  EXPECT_THAT(r.function_list(), IsEmpty());
  EXPECT_SERVER_ERROR(function_flush("SOMETIMES"));
}

TEST_F(FunctionCommandsTest, DumpAndRestore) {
  const std::string nothing = r.function_dump();
  r.function_load(numbers);
  const std::string dump = r.function_dump();
  EXPECT_GT(dump.size(), nothing.size());
  r.function_flush();
  EXPECT_TRUE(r.function_restore(dump));
  EXPECT_EQ(1, r.fcall<long long>("add", {a_}, {1}));
  EXPECT_EQ(1, r.fcall<long long>("add", {b_}, {1}));
  EXPECT_SERVER_ERROR(function_restore(dump));
  EXPECT_TRUE(r.function_restore(dump, "REPLACE"));
  r.function_load(words);
  EXPECT_TRUE(r.function_restore(dump, "FLUSH"));
  EXPECT_EQ(1U, r.function_list().size());
  EXPECT_TRUE(r.function_restore(nothing));
  EXPECT_SERVER_ERROR(function_restore("no dump"));
  EXPECT_SERVER_ERROR(function_restore(dump, "SOMEHOW"));
}

TEST_F(FunctionCommandsTest, StatsByServer) {
  std::map<std::string, FunctionStats> stats = r.function_stats();
  ASSERT_EQ(4U, stats.size());
  EXPECT_EQ((FunctionStats{nullopt, {{"LUA", {0, 0}}}}), stats.at("node_1"));
  r.function_load(numbers);
  r.function_load(words);
  servers_->wait_for_replication();
  stats = r.function_stats();
  for (const auto& [name, of_server] : stats) EXPECT_EQ((FunctionEngine{2, 4}), of_server.engines.at("LUA")) << name;
  EXPECT_EQ(stats.at("node_2"), r.node("node_2").function_stats());
}

TEST_F(FunctionCommandsTest, InAPipeline) {
  Pipeline p = r.pipeline();
  auto loaded = p.function_load(numbers);
  auto added = p.fcall<long long>("add", {a_}, {2});
  auto elsewhere = p.fcall<long long>("add", 1, b_, 3);
  auto listed = p.function_list();
  auto stats = p.function_stats();
  auto missing = p.fcall("no such function");
  p.execute({.raise_on_error = false});
  EXPECT_EQ("numbers", loaded.get());
  EXPECT_EQ(2, added.get());
  EXPECT_EQ(3, elsewhere.get());
  EXPECT_EQ(1U, listed.get().size());
  EXPECT_EQ(4U, stats.get().size());
  expect_error("ERR", [&] { missing.get(); });
}

TEST_F(FunctionCommandsTest, KillEndsWhatRunsOnAnyNode) {
  for (const auto& [name, server] : config().nodes) ask(config(), name, {"CONFIG", "SET", "lua-time-limit", "20"});
  expect_error("NOTBUSY", [&] { r.function_kill(); });
  r.function_load(numbers);
  std::string error;
  std::thread caller([&] {
    error = error_of<ResponseError>([&] { r.with({.timeout = 60s}).fcall("forever", {b_}, {"an argument"}); });
  });
  const bool busy = eventually([] { return ask(config(), "node_2", {"PING"}).starts_with("BUSY"); });
  EXPECT_TRUE(busy);
  if (busy) {
    const std::map<std::string, FunctionStats> stats = r.function_stats();
    EXPECT_EQ(nullopt, stats.at("node_1").running_script);
    const std::optional<RunningFunction>& running = stats.at("node_2").running_script;
    EXPECT_TRUE(running.has_value());
    if (running) {
      EXPECT_EQ("forever", running->name);
      EXPECT_THAT(running->command, ElementsAre("FCALL", "forever", "1", b_, "an argument"));
      EXPECT_GT(running->duration, 0ms);
    }
    const StrictRedis other(config().nodes.at("node_2"), {.db = 2, .client_name = "other"});
    EXPECT_TRUE(other.function_kill());
  }
  caller.join();
  EXPECT_THAT(error, HasSubstr("killed by user"));
  for (const auto& [name, server] : config().nodes) ask(config(), name, {"CONFIG", "SET", "lua-time-limit", "5000"});
}

}  // namespace
}  // namespace rediscluster
