#include "routing/command_table.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace rediscluster::routing {
namespace {

std::pair<std::string, std::string> split_name(std::string_view name) {
  const auto space = name.find(' ');
  if (space == std::string_view::npos) return {std::string(name), ""};
  return {std::string(name.substr(0, space)), std::string(name.substr(space + 1))};
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

TEST(CommandTable, FindsEveryRowInAnyLetterCase) {
  ASSERT_GT(command_table().size(), 366U);  // Redis 7.0 has so many
  for (const auto& row : command_table()) {
    const auto [name, subcommand] = split_name(row.name);
    EXPECT_EQ(find_command(name, subcommand), &row) << row.name;
    EXPECT_EQ(find_command(lower_case(name), lower_case(subcommand)), &row) << row.name;
    std::string mixed = name;
    mixed[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(mixed[0])));
    EXPECT_EQ(find_command(mixed, subcommand), &row) << row.name;
  }
}

TEST(CommandTable, RowsStandInTheOrderOfTheirNames) {
  const auto rows = command_table();
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(CommandTable, LooksAtSubcommandsOfContainersOnly) {
  EXPECT_EQ(find_command("GET", "anything")->name, "GET");
  EXPECT_EQ(find_command("CONFIG", "")->name, "CONFIG");
  EXPECT_EQ(find_command("config", "gEt")->name, "CONFIG GET");
  EXPECT_EQ(find_command("CONFIG", "NOSUCH"), nullptr);
  EXPECT_EQ(find_command("CONFIG", std::string(1000, 'x')), nullptr);
  EXPECT_EQ(find_command("COMMAND", "")->name, "COMMAND");
}

TEST(CommandTable, ComparesNamesExactly) {
  using namespace std::string_view_literals;
  for (const auto name : {""sv,
                          "G"sv,
                          "GE"sv,
                          "GETT"sv,
                          "GET "sv,
                          " GET"sv,
                          "GET\0"sv,
                          "\0GET"sv,
                          "G\0T"sv,
                          "\0"sv,
                          "CONFIG GET"sv,
                          "ACL CAT"sv,
                          "ACL\0CAT"sv,
                          "G@T"sv,
                          "G\xC5T"sv,
                          "\xC7\xC5\xD4"sv,
                          "\xE7\xE5\xF4"sv,
                          "EVAL\x7FRO"sv,
                          "RESTORE\rASKING"sv,
                          "GEORADIUSBYMEMBER_RO_"sv,
                          "GEORADIUSBYMEMBER_R"sv}) {
    EXPECT_EQ(find_command(name, ""), nullptr) << name;
    EXPECT_EQ(find_command(name, "GET"), nullptr) << name;
  }
  EXPECT_EQ(find_command("CONFIG", "GET "), nullptr);
  EXPECT_EQ(find_command("CONFIG", "\0GET"sv), nullptr);
  EXPECT_EQ(find_command(std::string(1000, 'G'), ""), nullptr);
  EXPECT_EQ(find_command("eval_ro", "")->name, "EVAL_RO");
  EXPECT_EQ(find_command("restore-asking", "")->name, "RESTORE-ASKING");
}

TEST(CommandTable, ReadsOnlyTheBytesOfTheName) {  // for AddressSanitizer
  for (std::size_t size = 0; size < 80; ++size) {
    const std::unique_ptr<char[]> exact(new char[size]);
    std::fill_n(exact.get(), size, 'X');
    EXPECT_EQ(find_command({exact.get(), size}, {exact.get(), size}), nullptr);
    EXPECT_EQ(find_command("CONFIG", {exact.get(), size}) == nullptr, size != 0);
  }
}

TEST(CommandTable, ColumnsFitTogether) {
  for (const auto& row : command_table()) {
    EXPECT_NE(row.arity, 0) << row.name;
    EXPECT_EQ(row.hint.empty(), row.connection != Connection::refused && row.target != Target::one_server) << row.name;
    if (row.target == Target::keys) {
      EXPECT_FALSE(row.keys.empty()) << row.name;
    }
    if (row.target == Target::all_nodes || row.target == Target::all_servers) {
      EXPECT_NE(row.merge, Merge::one_node) << row.name;
      EXPECT_TRUE(row.keys.empty()) << row.name;
    }
    if (row.target == Target::default_node || row.target == Target::one_server) {
      EXPECT_EQ(row.merge, Merge::one_node) << row.name;
    }
    if (row.merge == Merge::argument_order) {
      EXPECT_EQ(row.target, Target::keys) << row.name;
    }
    if (row.container) {
      EXPECT_TRUE(row.keys.empty()) << row.name;
    }
  }
}

struct Expected {
  const char* name;
  const char* subcommand;
  Access access;
  Target target;
  Merge merge;
  Connection connection;
};

// What DESIGN decides, spelled out: the table is generated, this is not.
TEST(CommandTable, RoutesAsDecided) {
  using enum Access;
  const Expected expected[] = {
      {"GET", "", read, Target::keys, Merge::one_node, Connection::shared},
      {"SET", "", write, Target::keys, Merge::one_node, Connection::shared},
      {"EVAL", "", write, Target::keys, Merge::one_node, Connection::shared},
      {"EVAL_RO", "", read, Target::keys, Merge::one_node, Connection::shared},
      {"FCALL", "", write, Target::keys, Merge::one_node, Connection::shared},
      {"PUBLISH", "", other, Target::keys, Merge::one_node, Connection::shared},
      {"TOUCH", "", other, Target::keys, Merge::sum, Connection::shared},
      {"OBJECT", "IDLETIME", other, Target::keys, Merge::one_node, Connection::shared},
      {"OBJECT", "FREQ", other, Target::keys, Merge::one_node, Connection::shared},
      {"OBJECT", "ENCODING", read, Target::keys, Merge::one_node, Connection::shared},
      {"PFCOUNT", "", other, Target::keys, Merge::strategy, Connection::shared},
      {"DEL", "", write, Target::keys, Merge::sum, Connection::shared},
      {"UNLINK", "", write, Target::keys, Merge::sum, Connection::shared},
      {"EXISTS", "", read, Target::keys, Merge::sum, Connection::shared},
      {"MGET", "", read, Target::keys, Merge::argument_order, Connection::shared},
      {"MSET", "", write, Target::keys, Merge::all_succeeded, Connection::shared},
      {"MSETNX", "", write, Target::keys, Merge::strategy, Connection::shared},
      {"SUNION", "", read, Target::keys, Merge::strategy, Connection::shared},
      {"SDIFF", "", read, Target::keys, Merge::strategy, Connection::shared},
      {"SINTERSTORE", "", write, Target::keys, Merge::strategy, Connection::shared},
      {"SMOVE", "", write, Target::keys, Merge::strategy, Connection::shared},
      {"ZUNIONSTORE", "", write, Target::keys, Merge::strategy, Connection::shared},
      {"BLPOP", "", write, Target::keys, Merge::one_node, Connection::own},
      {"XREAD", "", read, Target::keys, Merge::strategy, Connection::own},
      {"SCRIPT", "LOAD", other, Target::all_servers, Merge::all_succeeded, Connection::shared},
      {"FUNCTION", "LOAD", write, Target::all_nodes, Merge::all_succeeded, Connection::shared},
      {"SCRIPT", "KILL", other, Target::all_servers, Merge::one_succeeded, Connection::busy},
      {"FUNCTION", "KILL", other, Target::all_servers, Merge::one_succeeded, Connection::busy},
      {"FUNCTION", "STATS", other, Target::all_servers, Merge::per_node, Connection::busy},
      {"PUBLISH", "", other, Target::keys, Merge::one_node, Connection::shared},
      {"CLIENT", "LIST", other, Target::all_servers, Merge::per_node, Connection::shared},
      {"SLOWLOG", "GET", other, Target::all_servers, Merge::per_node, Connection::shared},
      {"ACL", "LOG", other, Target::all_servers, Merge::per_node, Connection::shared},
      {"LATENCY", "HISTORY", other, Target::all_servers, Merge::per_node, Connection::shared},
      {"INFO", "", other, Target::all_servers, Merge::per_node, Connection::shared},
      {"CONFIG", "GET", other, Target::all_servers, Merge::per_node, Connection::shared},
      {"PUBSUB", "NUMPAT", other, Target::all_nodes, Merge::max, Connection::shared},
      {"FLUSHALL", "", write, Target::all_nodes, Merge::all_succeeded, Connection::shared},
      {"FLUSHDB", "", write, Target::all_nodes, Merge::all_succeeded, Connection::shared},
      {"PING", "", other, Target::all_nodes, Merge::all_succeeded, Connection::shared},
      {"KEYS", "", read, Target::all_nodes, Merge::concatenate, Connection::shared},
      {"DBSIZE", "", read, Target::all_nodes, Merge::sum, Connection::shared},
      {"LASTSAVE", "", other, Target::all_nodes, Merge::min, Connection::shared},
      {"RANDOMKEY", "", read, Target::all_nodes, Merge::strategy, Connection::shared},
      {"SCAN", "", read, Target::all_nodes, Merge::special, Connection::shared},
      {"HSCAN", "", read, Target::keys, Merge::special, Connection::shared},
      {"SSCAN", "", read, Target::keys, Merge::special, Connection::shared},
      {"ZSCAN", "", read, Target::keys, Merge::special, Connection::shared},
      {"WAIT", "", other, Target::all_nodes, Merge::special, Connection::own},
      {"TIME", "", other, Target::default_node, Merge::one_node, Connection::shared},
      {"ECHO", "", other, Target::default_node, Merge::one_node, Connection::shared},
      {"COMMAND", "DOCS", other, Target::default_node, Merge::one_node, Connection::own},
      {"REPLICAOF", "", other, Target::one_server, Merge::one_node, Connection::shared},
      {"SHUTDOWN", "", other, Target::one_server, Merge::one_node, Connection::own},
  };
  for (const auto& want : expected) {
    const CommandRow* row = find_command(want.name, want.subcommand);
    ASSERT_NE(row, nullptr) << want.name;
    EXPECT_EQ(row->access, want.access) << row->name;
    EXPECT_EQ(row->target, want.target) << row->name;
    EXPECT_EQ(row->merge, want.merge) << row->name;
    EXPECT_EQ(row->connection, want.connection) << row->name;
  }
}

TEST(CommandTable, RefusesWhatWouldChangeASharedConnection) {
  std::set<std::string> refused;
  for (const auto& row : command_table()) {
    if (row.connection == Connection::refused) refused.emplace(row.name);
  }
  for (const char* name :
       {"MULTI",           "EXEC",           "DISCARD",        "WATCH",        "UNWATCH",      "SUBSCRIBE",
        "PSUBSCRIBE",      "SSUBSCRIBE",     "UNSUBSCRIBE",    "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR",
        "SELECT",          "AUTH",           "HELLO",          "RESET",        "QUIT",         "CLIENT REPLY",
        "CLIENT TRACKING", "CLIENT CACHING", "CLIENT SETNAME", "SYNC",         "PSYNC",        "REPLCONF",
        "READONLY",        "READWRITE",      "ASKING",         "SCRIPT DEBUG"}) {
    EXPECT_TRUE(refused.contains(name)) << name;
  }
  EXPECT_FALSE(refused.contains("GET"));
}

TEST(CommandTable, IsWhatTheGeneratorWrites) {
#ifdef GENERATE_COMMAND_TABLE
  const std::string command = "'" GENERATE_COMMAND_TABLE "' --check --source '" TEST_DATA_DIR "/../../src/routing'";
  EXPECT_EQ(std::system(command.c_str()), 0);
#else
  GTEST_SKIP() << "the generator was not built";
#endif
}

}  // namespace
}  // namespace rediscluster::routing
