// Lua scripts, on real servers.
#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
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
using ::testing::StartsWith;
using tests::ask;
using tests::calls_of;
using tests::error_of;
using tests::eventually;
using tests::key_on;

constexpr const char* increase = "return redis.call('INCRBY', KEYS[1], ARGV[1])";

class ScriptCommandsTest : public CommandsTest {
 protected:
  void SetUp() override {
    CommandsTest::SetUp();
    r.script_flush();
  }
  static const ClusterConfig& config() { return servers_->config(); }
  static int calls(const std::string& server, const std::string& command) {
    return calls_of(config(), server, command);
  }

  const std::string a_ = key_on(1);
  const std::string b_ = key_on(2);
};

TEST_F(ScriptCommandsTest, Eval) {
  EXPECT_EQ(1, r.eval("return 1").integer());
  EXPECT_EQ(1, r.eval<long long>("return 1"));
  EXPECT_TRUE(r.eval("return nil").is_nil());
  EXPECT_EQ(nullopt, r.eval<std::optional<std::string>>("return redis.call('GET', KEYS[1])", "absent"));
  EXPECT_EQ("OK", r.eval<std::string>("return redis.call('SET', KEYS[1], ARGV[1])", {a_}, {binary}));
  EXPECT_EQ(binary, r.get(a_));
  EXPECT_EQ(2, r.eval<long long>("return #ARGV", {}, {"a", 1.5}));
  EXPECT_THAT(r.eval<std::vector<std::string>>("return {KEYS[1], ARGV[1], ARGV[2]}", {b_}, {"x", 2}),
              ElementsAre(b_, "x", "2"));
  const std::vector<std::string> keys{a_};
  EXPECT_EQ(1, r.eval<long long>("return redis.call('EXISTS', KEYS[1])", keys));
  const Reply nested = r.eval("return {1, {'two', redis.error_reply('BAD third')}}");
  EXPECT_EQ("two", decode<std::string>(nested[1][0].view()));
  EXPECT_TRUE(nested[1][1].is_error());
}

TEST_F(ScriptCommandsTest, EvalWithANumberOfKeysAsInRedisPy) {
  EXPECT_EQ(7, r.eval<long long>("return 7", 0));
  EXPECT_THAT(r.eval<std::vector<std::string>>("return {tostring(#KEYS), tostring(#ARGV), KEYS[1], ARGV[1]}", 1, b_, 5),
              ElementsAre("1", "1", b_, "5"));
  EXPECT_EQ("v", r.eval<std::string>("redis.call('SET', KEYS[1], ARGV[1]) return ARGV[1]", 1, Key{"bar", "foo"}, "v"));
  EXPECT_EQ("v", r.get(Key{"bar", "foo"}));
  EXPECT_THAT(r.eval<std::vector<std::string>>("return ARGV", 1, "k", Key{"tag", "no key"}), ElementsAre("no key"));
  EXPECT_EQ(2, r.eval_ro<long long>("return #KEYS", 2, together("a"), together("b")));
  EXPECT_SERVER_ERROR(eval("return 1", 2, "only one"));
  EXPECT_SERVER_ERROR(eval("return 1", -1));
}

TEST_F(ScriptCommandsTest, KeysOnSeveralNodes) {
  EXPECT_EQ(3, r.eval<long long>("return #KEYS", {together("a"), together("b"), together("c")}));
  EXPECT_THAT(error_of<DataError>([&] { r.eval("return 1", {a_, b_}); }), HasSubstr("node_1, node_2"));
  EXPECT_THAT(error_of<DataError>([&] { r.eval("return 1", 2, a_, b_); }), StartsWith("EVAL "));
  EXPECT_THAT(error_of<DataError>([&] { r.eval_ro("return 1", {a_, b_}); }), StartsWith("EVAL_RO "));
  EXPECT_THROW(r.evalsha("0", {a_, b_}), DataError);
  EXPECT_THROW(r.evalsha_ro("0", {a_, b_}), DataError);
  EXPECT_THROW(r.register_script("return 1").run({a_, b_}), DataError);
}

TEST_F(ScriptCommandsTest, EvalRunsOnTheMasterOfItsKeysWithoutKeysOnTheDefaultNode) {
  tests::reset_stats(config());
  for (int i = 0; i < 3; ++i) r.eval("return redis.call('GET', KEYS[1])", {b_});
  EXPECT_EQ(3, calls("node_2", "eval"));
  r.eval("return 1");
  EXPECT_EQ(1, calls("node_1", "eval"));
  EXPECT_EQ(0, calls("node_3", "eval") + calls("node_4", "eval"));
}

TEST_F(ScriptCommandsTest, EvalErrors) {
  r.rpush(a_, "x");
  EXPECT_WRONG_TYPE(eval("return redis.call('GET', KEYS[1])", {a_}));
  EXPECT_WRONG_TYPE(eval_ro("return redis.call('GET', KEYS[1])", {a_}));
  EXPECT_SERVER_ERROR(eval("this is no Lua"));
  expect_error("MINE", [&] { r.eval("return redis.error_reply('MINE is this')"); });
  EXPECT_THROW(r.eval<long long>("return 'text'"), InvalidResponse);
}

TEST_F(ScriptCommandsTest, EvalRo) {
  r.set(a_, "v");
  EXPECT_EQ("v", r.eval_ro<std::string>("return redis.call('GET', KEYS[1])", {a_})) << "own writes are read back";
  EXPECT_SERVER_ERROR(eval_ro("return redis.call('SET', KEYS[1], 'w')", {a_}));
  EXPECT_EQ("v", r.get(a_));
}

TEST_F(ScriptCommandsTest, EvalshaNeedsAScriptTheServerHasSeen) {
  const std::string sha = r.register_script(increase).sha();
  EXPECT_THROW(r.evalsha(sha, {a_}, {1}), NoScriptError);
  EXPECT_EQ(sha, r.script_load(increase));
  EXPECT_EQ(5, r.evalsha<long long>(sha, {a_}, {5}));
  EXPECT_EQ(6, r.evalsha<long long>(sha, 1, a_, 1));
  EXPECT_EQ(3, r.evalsha<long long>(sha, {b_}, {3}));
  r.rpush("list", "x");
  EXPECT_WRONG_TYPE(evalsha(sha, {"list"}, {1}));
}

TEST_F(ScriptCommandsTest, ScriptLoadReachesSlaves) {
  const std::string read = "return redis.call('GET', KEYS[1])";
  const std::string sha = r.script_load(read);
  for (const auto& [name, server] : config().nodes) {
    EXPECT_EQ("1", ask(config(), name, {"SCRIPT", "EXISTS", sha})) << name;
  }
  r.set(a_, "v");
  EXPECT_EQ("v", r.evalsha_ro<std::optional<std::string>>(sha, {a_}));
  EXPECT_EQ("v", r.evalsha_ro<std::optional<std::string>>(sha, 1, a_));
  EXPECT_THROW(r.evalsha_ro("0000000000000000000000000000000000000000", {a_}), NoScriptError);
  r.rpush(b_, "x");
  EXPECT_WRONG_TYPE(evalsha_ro(sha, {b_}));
  EXPECT_SERVER_ERROR(script_load("this is no Lua"));
}

TEST_F(ScriptCommandsTest, ScriptExistsWhereEveryServerHasIt) {
  const std::string everywhere = r.script_load("return 1");
  const Script somewhere = r.register_script("return 2");
  somewhere.run({a_});
  EXPECT_THAT(r.script_exists(everywhere, somewhere.sha(), "no sha"), ElementsAre(true, false, false));
  EXPECT_THAT(r.script_exists({everywhere}), ElementsAre(true));
  EXPECT_THAT(r.node("node_1").script_exists(somewhere.sha()), ElementsAre(true));
  EXPECT_THAT(r.node("node_2").script_exists(somewhere.sha()), ElementsAre(false));
  EXPECT_SERVER_ERROR(script_exists({}));
}

TEST_F(ScriptCommandsTest, ScriptFlush) {
  for (const std::optional<Arg>& how :
       {std::optional<Arg>(), std::optional<Arg>("SYNC"), std::optional<Arg>("ASYNC")}) {
    const std::string sha = r.script_load("return 1");
    EXPECT_TRUE(r.script_flush(how));
    for (const auto& [name, server] : config().nodes) {
      EXPECT_EQ("0", ask(config(), name, {"SCRIPT", "EXISTS", sha})) << name;
    }
  }
  EXPECT_SERVER_ERROR(script_flush("SOMETIMES"));
}

TEST_F(ScriptCommandsTest, ScriptShow) {
  const std::string sha = r.register_script("return 'shown'").sha();
  if (r.execute_command("COMMAND", "INFO", "script|show")[0].is_nil()) {
    EXPECT_SERVER_ERROR(script_show(sha));
    return;
  }
  expect_error("NOSCRIPT", [&] { r.script_show(sha); });
  r.eval("return 'shown'", {b_});
  EXPECT_EQ("return 'shown'", r.script_show(sha));
}

TEST_F(ScriptCommandsTest, ScriptDebugIsRefused) {
  EXPECT_THAT(error_of<DataError>([&] { r.execute_command("SCRIPT", "DEBUG", "YES"); }), HasSubstr("redis-cli"));
}

// A script that runs until it is killed, and how it ended.
class Endless {
 public:
  Endless(const StrictRedisCluster& client, const std::string& key, const std::string& first = {})
      : thread_([this, r = client.with({.timeout = 60s}), key, first] {
          try {
            r.eval(first + " while true do end", {key});
          } catch (const ResponseError& error) {
            error_ = error.text();
          } catch (const std::exception& error) {
            error_ = std::string("another error: ") + error.what();
          }
        }) {}
  ~Endless() {
    if (thread_.joinable()) thread_.join();
  }
  Endless(const Endless&) = delete;
  Endless& operator=(const Endless&) = delete;

  std::string error() {
    thread_.join();
    return error_;
  }

 private:
  std::string error_;
  std::thread thread_;
};

class ScriptKillTest : public ScriptCommandsTest {
 protected:
  void SetUp() override {
    ScriptCommandsTest::SetUp();
    // lua-time-limit is what all versions know busy-reply-threshold by.
    for (const auto& [name, server] : config().nodes) ask(config(), name, {"CONFIG", "SET", "lua-time-limit", "20"});
  }
  void TearDown() override {
    for (const auto& [name, server] : config().nodes) ask(config(), name, {"CONFIG", "SET", "lua-time-limit", "5000"});
  }
  static bool is_busy(const std::string& server) { return ask(config(), server, {"PING"}).starts_with("BUSY"); }
};

TEST_F(ScriptKillTest, NothingToKill) {
  expect_error("NOTBUSY", [&] { r.script_kill(); });
}

TEST_F(ScriptKillTest, EndsWhatRunsOnAnyNode) {
  Endless script(r, b_);
  ASSERT_TRUE(eventually([] { return is_busy("node_2"); }));
  EXPECT_TRUE(r.script_kill()) << "by the very client that is waiting for the script";
  EXPECT_THAT(script.error(), HasSubstr("Script killed by user"));
  EXPECT_EQ(nullopt, r.get(b_));
}

TEST_F(ScriptKillTest, WorksFromAClientThatMustChooseADatabaseFirst) {
  const StrictRedis other(config().nodes.at("node_2"), {.db = 2, .client_name = "other"});
  Endless script(r, b_);
  ASSERT_TRUE(eventually([] { return is_busy("node_2"); }));
  expect_error("BUSY", [&] { other.get("k"); });
  EXPECT_TRUE(other.script_kill());
  EXPECT_THAT(script.error(), HasSubstr("Script killed by user"));
  EXPECT_EQ(nullopt, other.get("k"));
}

TEST_F(ScriptKillTest, WhatHasWrittenCannotBeKilled) {
  Endless script(r, b_, "redis.call('SET', KEYS[1], 'written')");
  ASSERT_TRUE(eventually([] { return is_busy("node_2"); }));
  expect_error("UNKILLABLE", [&] { r.script_kill(); });
  servers_->restart("node_2");
  EXPECT_THAT(script.error(), StartsWith("another error"));
}

class RegisteredScriptTest : public ScriptCommandsTest {};

TEST_F(RegisteredScriptTest, SendsTheTextOnlyWhenTheServerDoesNotHaveIt) {
  const Script script = r.register_script(increase);
  EXPECT_EQ(increase, script.script());
  EXPECT_EQ(40U, script.sha().size());
  tests::reset_stats(config());
  EXPECT_EQ(5, script.run<long long>({a_}, {5}));
  EXPECT_EQ(1, calls("node_1", "eval"));
  EXPECT_EQ(6, script.run<long long>({a_}, {1}));
  EXPECT_EQ(16, script({a_}, {10}).integer());
  EXPECT_EQ(1, calls("node_1", "eval"));
  EXPECT_EQ(3, calls("node_1", "evalsha")) << "with the one that the server did not know";
  EXPECT_EQ(0, calls("node_2", "evalsha")) << "no other server is bothered";
  EXPECT_EQ("16", r.get(a_));
  EXPECT_EQ(script.sha(), r.script_load(increase));
}

TEST_F(RegisteredScriptTest, KeepsTheOrderOfEffects) {
  const Script append = r.register_script("return redis.call('RPUSH', KEYS[1], ARGV[1])");
  for (int i = 0; i < 6; i += 2) {
    append({a_}, {i});
    r.rpush(a_, {std::to_string(i + 1)});
    r.script_flush();
  }
  EXPECT_THAT(r.lrange(a_, 0, -1), ElementsAre("0", "1", "2", "3", "4", "5"));
}

TEST_F(RegisteredScriptTest, RunsOnceWhateverItReturns) {
  const Script own_error =
      r.register_script("redis.call('INCR', KEYS[1]) return redis.error_reply('NOSCRIPT of mine')");
  EXPECT_THROW(own_error({a_}), NoScriptError);
  EXPECT_EQ("1", r.get(a_)) << "by EVAL";
  EXPECT_THROW(own_error({a_}), NoScriptError);
  EXPECT_EQ("2", r.get(a_)) << "by EVALSHA";
  EXPECT_THROW(own_error.run({a_}, {}, r), NoScriptError);
  EXPECT_EQ("3", r.get(a_));
  const Script wrong = r.register_script("this is no Lua");
  EXPECT_THAT(error_of<ResponseError>([&] { wrong({a_}); }), StartsWith("ERR"));
}

TEST_F(RegisteredScriptTest, WithoutKeysAndWithOtherTypes) {
  EXPECT_EQ("text", r.register_script("return 'text'").run<std::string>());
  EXPECT_THAT(r.register_script("return ARGV").run<std::vector<std::string>>({}, {1, 2}), ElementsAre("1", "2"));
  EXPECT_THROW(r.register_script("return 'text'").run<long long>(), InvalidResponse);
  r.rpush(a_, "x");
  const Script script = r.register_script(increase);
  expect_error("WRONGTYPE", [&] { script({a_}, {1}); });
}

TEST_F(RegisteredScriptTest, OnAnotherClient) {
  const Script script = r.register_script(increase);
  const StrictRedis one = r.node("node_2");
  EXPECT_EQ(1, script.run<long long>({a_}, {1}, one)) << "no routing there";
  EXPECT_EQ(2, script({a_}, {1}, one).integer());
  EXPECT_EQ(nullopt, r.get(a_));
  one.del(a_);
  const Script of_one = one.register_script("return 1");
  EXPECT_EQ(1, of_one.run<long long>());
  EXPECT_THAT(one.script_exists(of_one.sha()), ElementsAre(true));
}

TEST_F(RegisteredScriptTest, OutlivesTheClientItWasMadeOf) {
  std::optional<Script> script;
  {
    const StrictRedisCluster other(config());
    script = other.register_script(increase);
  }
  EXPECT_EQ(1, script->run<long long>({a_}, {1}));
}

TEST_F(RegisteredScriptTest, InAPipelineInItsPlace) {
  const Script script = r.register_script(increase);
  Pipeline p = r.pipeline();
  p.set(a_, 10);
  auto first = script.run<long long>({a_}, {1}, p);
  auto between = p.getset(a_, 100);
  auto second = script({a_}, {1}, p);
  auto other = script.run<long long>({b_}, {7}, p);
  auto last = p.get(a_);
  p.execute();
  EXPECT_EQ(11, first.get());
  EXPECT_EQ("11", between.get());
  EXPECT_EQ(101, second.get().integer());
  EXPECT_EQ(7, other.get());
  EXPECT_EQ("101", last.get());

  script.run({a_}, {1}, p);
  p.script_flush();
  auto flushed = script.run<long long>({a_}, {1}, p);
  p.execute();
  EXPECT_EQ(103, flushed.get());
  EXPECT_THROW(script.run({a_, b_}, {1}, p), DataError);
  p.reset();
}

TEST_F(ScriptCommandsTest, InAPipeline) {
  const std::string sha = r.script_load(increase);
  Pipeline p = r.pipeline();
  auto evaluated = p.eval<long long>(increase, {a_}, {1});
  auto by_sha = p.evalsha<long long>(sha, {a_}, {1});
  auto by_number = p.evalsha<long long>(sha, 1, b_, 4);
  auto exists = p.script_exists(sha, "0");
  auto loaded = p.script_load(increase);
  auto missing = p.evalsha("0000000000000000000000000000000000000000", {a_});
  p.execute({.raise_on_error = false});
  EXPECT_EQ(1, evaluated.get());
  EXPECT_EQ(2, by_sha.get());
  EXPECT_EQ(4, by_number.get());
  EXPECT_THAT(exists.get(), ElementsAre(true, false));
  EXPECT_EQ(sha, loaded.get());
  EXPECT_THROW(missing.get(), NoScriptError);
}

}  // namespace
}  // namespace rediscluster
