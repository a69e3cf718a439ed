// Scripts, functions, publishing, modules, commands about commands: the words that are sent, and what is made of
// replies.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/command_info.h>
#include <rediscluster/commands/functions.h>
#include <rediscluster/commands/modules.h>
#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/partitioner.h>
#include <rediscluster/result.h>

#include "command_recorder.h"
#include "reply_text.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;

template <class Executor>
class ScriptCommandEncoding : public testing::Test {
 protected:
  Executor r;
};
using Executors = testing::Types<Recorder<ClusterValue>, Recorder<SingleValue>, Recorder<QueuedValue>>;
TYPED_TEST_SUITE(ScriptCommandEncoding, Executors);

TYPED_TEST(ScriptCommandEncoding, Scripts) {
  const std::string tag = std::to_string(crc32("tag"));
  EXPECT_SENT("EVAL x 0", eval("x"));
  EXPECT_SENT("EVAL x 1 [k]", eval("x", "k"));
  EXPECT_SENT("EVAL x 2 [k] [" + tag + ":l] a 1", eval("x", {"k", Key{"tag", "l"}}, {"a", 1}));
  EXPECT_SENT("EVAL x 0 a 1.5", eval("x", {}, {"a", 1.5}));
  EXPECT_SENT("EVAL x 0", eval("x", 0));
  EXPECT_SENT("EVAL x 2 [k] [7] a 8", eval("x", 2, "k", 7, std::string("a"), 8));
  EXPECT_SENT("EVAL x 1 [" + tag + ":k] l", eval("x", 1, Key{"tag", "k"}, Key{"tag", "l"}));
  EXPECT_SENT("EVAL x 3 [k]", eval("x", 3, "k"));
  EXPECT_SENT("EVAL x -1 k", eval("x", -1, "k"));
  EXPECT_SENT("EVAL x 1 [k]", template eval<long long>("x", {"k"}));
  EXPECT_SENT("EVAL x 1 [k]", template eval<long long>("x", 1, "k"));
  EXPECT_SENT("EVAL_RO x 1 [k] a", eval_ro("x", {"k"}, {"a"}));
  EXPECT_SENT("EVAL_RO x 1 [k] a", eval_ro("x", 1, "k", "a"));
  EXPECT_SENT("EVALSHA x 1 [k] a", evalsha("x", {"k"}, {"a"}));
  EXPECT_SENT("EVALSHA x 1 [k] a", evalsha("x", 1, "k", "a"));
  EXPECT_SENT("EVALSHA_RO x 1 [k] a", evalsha_ro("x", {"k"}, {"a"}));
  EXPECT_SENT("EVALSHA_RO x 1 [k] a", evalsha_ro("x", 1, "k", "a"));
  EXPECT_SENT("SCRIPT EXISTS a", script_exists("a"));
  EXPECT_SENT("SCRIPT EXISTS a b", script_exists("a", "b"));
  EXPECT_SENT("SCRIPT EXISTS a b", script_exists({"a", "b"}));
  EXPECT_SENT("SCRIPT FLUSH", script_flush());
  EXPECT_SENT("SCRIPT FLUSH ASYNC", script_flush("ASYNC"));
  EXPECT_SENT("SCRIPT KILL", script_kill());
  EXPECT_SENT("SCRIPT LOAD x", script_load("x"));
  EXPECT_SENT("SCRIPT SHOW a", script_show("a"));
}

TYPED_TEST(ScriptCommandEncoding, Functions) {
  EXPECT_SENT("FCALL f 0", fcall("f"));
  EXPECT_SENT("FCALL f 1 [k] a", fcall("f", {"k"}, {"a"}));
  EXPECT_SENT("FCALL f 1 [k] a", fcall("f", 1, "k", "a"));
  EXPECT_SENT("FCALL_RO f 1 [k] a", fcall_ro("f", {"k"}, {"a"}));
  EXPECT_SENT("FCALL_RO f 1 [k] a", fcall_ro("f", 1, "k", "a"));
  EXPECT_SENT("FUNCTION DELETE l", function_delete("l"));
  EXPECT_SENT("FUNCTION DUMP", function_dump());
  EXPECT_SENT("FUNCTION FLUSH SYNC", function_flush());
  EXPECT_SENT("FUNCTION FLUSH ASYNC", function_flush("ASYNC"));
  EXPECT_SENT("FUNCTION KILL", function_kill());
  EXPECT_SENT("FUNCTION LIST LIBRARYNAME *", function_list());
  EXPECT_SENT("FUNCTION LIST LIBRARYNAME l WITHCODE", function_list("l", {.withcode = true}));
  EXPECT_SENT("FUNCTION LOAD code", function_load("code"));
  EXPECT_SENT("FUNCTION LOAD REPLACE code", function_load("code", {.replace = true}));
  EXPECT_SENT("FUNCTION RESTORE p APPEND", function_restore("p"));
  EXPECT_SENT("FUNCTION RESTORE p FLUSH", function_restore("p", "FLUSH"));
  EXPECT_SENT("FUNCTION STATS", function_stats());
}

TYPED_TEST(ScriptCommandEncoding, PubSub) {
  EXPECT_SENT("PUBLISH [c] m", publish("c", "m"));
  EXPECT_SENT("SPUBLISH [c] 1", spublish("c", 1));
  EXPECT_SENT("PUBSUB CHANNELS *", pubsub_channels());
  EXPECT_SENT("PUBSUB CHANNELS c*", pubsub_channels("c*"));
  EXPECT_SENT("PUBSUB SHARDCHANNELS *", pubsub_shardchannels());
  EXPECT_SENT("PUBSUB SHARDCHANNELS c*", pubsub_shardchannels("c*"));
  EXPECT_SENT("PUBSUB NUMPAT", pubsub_numpat());
  EXPECT_SENT("PUBSUB NUMSUB", pubsub_numsub());
  EXPECT_SENT("PUBSUB NUMSUB a", pubsub_numsub("a"));
  EXPECT_SENT("PUBSUB NUMSUB a b", pubsub_numsub("a", "b"));
  EXPECT_SENT("PUBSUB SHARDNUMSUB a b", pubsub_shardnumsub({"a", "b"}));
  EXPECT_SENT("PUBSUB SHARDNUMSUB a b", pubsub_shardnumsub("a", "b"));
}

TYPED_TEST(ScriptCommandEncoding, Modules) {
  EXPECT_SENT("MODULE LIST", module_list());
  EXPECT_SENT("MODULE LOAD p", module_load("p"));
  EXPECT_SENT("MODULE LOAD p a", module_load("p", "a"));
  EXPECT_SENT("MODULE LOAD p a 1", module_load("p", "a", 1));
  EXPECT_SENT("MODULE LOADEX p", module_loadex("p"));
  EXPECT_SENT("MODULE LOADEX p CONFIG m.a 1 CONFIG m.b x ARGS y z",
              module_loadex("p", {{"m.a", 1}, {"m.b", "x"}}, {"y", "z"}));
  const std::map<std::string, std::string> settings{{"m.a", "1"}};
  EXPECT_SENT("MODULE LOADEX p CONFIG m.a 1", module_loadex("p", settings));
  EXPECT_SENT("MODULE UNLOAD m", module_unload("m"));
}

TYPED_TEST(ScriptCommandEncoding, CommandsAndRedisCluster) {
  EXPECT_SENT("COMMAND", command());
  EXPECT_SENT("COMMAND COUNT", command_count());
  EXPECT_SENT("COMMAND DOCS", command_docs());
  EXPECT_SENT("COMMAND DOCS get", command_docs("get"));
  EXPECT_SENT("COMMAND DOCS get set", command_docs("get", "set"));
  EXPECT_SENT("COMMAND GETKEYS GET k", command_getkeys("GET", "k"));
  EXPECT_SENT("COMMAND GETKEYSANDFLAGS SET k 1", command_getkeysandflags("SET", "k", 1));
  EXPECT_SENT("COMMAND INFO", command_info());
  EXPECT_SENT("COMMAND INFO get set", command_info("get", "set"));
  EXPECT_SENT("COMMAND LIST", command_list());
  EXPECT_SENT("COMMAND LIST FILTERBY MODULE m", command_list({.module = "m"}));
  EXPECT_SENT("COMMAND LIST FILTERBY ACLCAT c", command_list({.category = "c"}));
  EXPECT_SENT("COMMAND LIST FILTERBY PATTERN p*", command_list({.pattern = "p*"}));
  EXPECT_SENT("CLUSTER INFO", cluster("INFO"));
  EXPECT_SENT("CLUSTER GETKEYSINSLOT 1 2", template cluster<std::vector<std::string>>("GETKEYSINSLOT", 1, 2));
  EXPECT_SENT("READONLY", readonly());
  EXPECT_SENT("READWRITE", readwrite());
}

// Text of a reply: words are strings, but for integers and "nil"; [ and ] enclose arrays.
std::string resp(std::string_view text) {
  std::string bytes;
  std::vector<std::pair<std::size_t, int>> open;  // where the array's length belongs, and its elements so far
  const auto count = [&] {
    if (!open.empty()) ++open.back().second;
  };
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word == "[") {
      count();
      open.emplace_back(bytes.size(), 0);
    } else if (word == "]") {
      bytes.insert(open.back().first, "*" + std::to_string(open.back().second) + "\r\n");
      open.pop_back();
    } else {
      count();
      const bool number = word.find_first_not_of("-0123456789") == std::string_view::npos;
      if (word == "nil") {
        bytes += "$-1\r\n";
      } else if (number) {
        bytes += ":" + std::string(word) + "\r\n";
      } else {
        bytes += "$" + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
      }
    }
  }
  return bytes;
}

template <class T>
T decoded(std::string_view text) {
  const Tape tape = tests::tape_of(resp(text));
  return decode<T>(TapeView(tape, 0));
}

TEST(ScriptCommandReplies, FieldsAreReadByTheirNamesWhateverTheirOrder) {
  EXPECT_EQ(decoded<FunctionLibrary>("[ engine LUA new [ 1 ] library_name l functions [ [ flags [ f ] name g ] ] ]"),
            (FunctionLibrary{"l", "LUA", {{"g", nullopt, {"f"}}}, nullopt}));
  EXPECT_EQ(decoded<FunctionLibrary>("[ ]"), FunctionLibrary());
  EXPECT_EQ(decoded<FunctionStats>("[ engines [ LUA [ functions_count 2 libraries_count 1 ] ] running_script "
                                   "[ duration_ms 5 name f command [ FCALL f ] ] ]"),
            (FunctionStats{RunningFunction{"f", {"FCALL", "f"}, 5ms}, {{"LUA", {1, 2}}}}));
  EXPECT_EQ(decoded<FunctionStats>("[ running_script nil ]"), FunctionStats());
  EXPECT_EQ(decoded<ModuleInfo>("[ ver 2 name m ]"), (ModuleInfo{"m", 2, "", {}}));
}

TEST(ScriptCommandReplies, WhatDoesNotFit) {
  for (const char* const text :
       {"5", "text", "[ engine ]", "[ 1 2 ]", "[ functions 1 ]", "[ functions [ [ name ] ] ]"}) {
    EXPECT_THROW(decoded<FunctionLibrary>(text), InvalidResponse) << text;
  }
  EXPECT_THROW(decoded<FunctionStats>("[ running_script [ duration_ms x ] ]"), InvalidResponse);
  EXPECT_THROW(decoded<ModuleInfo>("[ ver [ ] ]"), InvalidResponse);
  for (const char* const text :
       {"nil", "[ ]", "[ get 2 [ ] 1 1 ]", "[ get 2 [ ] 1 1 x ]", "[ get 2 [ ] 1 1 1 [ ] [ ] [ 5 ] ]"}) {
    EXPECT_THROW(decoded<CommandInfo>(text), InvalidResponse) << text;
  }
  EXPECT_THROW((decoded<std::map<std::string, CommandInfo>>("[ 1 ]")), InvalidResponse);
  EXPECT_THROW((decoded<std::map<std::string, CommandDocs>>("[ get ]")), InvalidResponse);
  EXPECT_THROW(decoded<CommandDocs>("[ history [ 1 ] ]"), InvalidResponse);
  EXPECT_THROW(decoded<CommandArgument>("[ arguments [ nil ] ]"), InvalidResponse);
  EXPECT_THROW(decoded<KeyAndFlags>("[ k ]"), InvalidResponse);
}

TEST(ScriptCommandReplies, CommandInfoOfOlderAndNewerServers) {
  const CommandInfo old = decoded<CommandInfo>("[ get 2 [ readonly ] 1 1 1 ]");
  EXPECT_EQ(old.name, "get");
  EXPECT_EQ(old.step_count, 1);
  EXPECT_TRUE(old.acl_categories.empty());
  const CommandInfo newer = decoded<CommandInfo>(
      "[ x -2 [ ] 0 0 0 [ @c ] [ tip ] [ [ notes n flags [ RW ] begin_search [ type keyword spec [ keyword W startfrom "
      "-1 ] ] "
      "find_keys [ type keynum spec [ keynumidx 0 firstkey 1 keystep 2 ] ] ] ] [ [ x|y 3 [ ] 0 0 0 ] ] future ]");
  EXPECT_EQ(newer.tips, std::vector<std::string>{"tip"});
  ASSERT_EQ(newer.key_specifications.size(), 1U);
  CommandKeySpec spec;
  spec.notes = "n";
  spec.flags = {"RW"};
  spec.begin_search = "keyword";
  spec.keyword = "W";
  spec.startfrom = -1;
  spec.find_keys = "keynum";
  spec.firstkey = 1;
  spec.keystep = 2;
  EXPECT_EQ(newer.key_specifications[0], spec);
  ASSERT_EQ(newer.subcommands.size(), 1U);
  EXPECT_EQ(newer.subcommands[0].name, "x|y");
}

TEST(ScriptCommandReplies, CommandDocs) {
  const auto docs = decoded<std::map<std::string, CommandDocs>>(
      "[ x [ summary s future 1 history [ [ 1.0 old ] ] arguments [ [ name a type block arguments [ [ name b token B ] "
      "] ] ] "
      "subcommands [ x|y [ since v2 ] ] ] ]");
  ASSERT_EQ(docs.size(), 1U);
  const CommandDocs& x = docs.at("x");
  EXPECT_EQ(x.name, "x");
  EXPECT_EQ(x.summary, "s");
  EXPECT_EQ(x.history.at(0).second, "old");
  EXPECT_EQ(x.arguments.at(0).arguments.at(0).token, "B");
  ASSERT_EQ(x.subcommands.size(), 1U);
  EXPECT_EQ(x.subcommands[0].name, "x|y");
  EXPECT_EQ(x.subcommands[0].since, "v2");
}

}  // namespace
}  // namespace rediscluster
