// Holds the command table against what the running server says of its commands.
#include "routing/command_table.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include <rediscluster/testing/local_cluster.h>

#include "routing/key_positions.h"

namespace rediscluster::routing {
namespace {

using ReplyOwner = std::unique_ptr<redisReply, void (*)(void*)>;
using Fields = std::vector<std::string>;

Fields split(const std::string& text, char separator) {
  Fields fields;
  std::istringstream in(text);
  for (std::string field; std::getline(in, field, separator);) fields.push_back(field);
  return fields;
}

// The rows of a table of tab separated values behind the line with the names of its columns.
std::vector<Fields> read_rows(const std::string& file) {
  std::ifstream in(file);
  std::vector<Fields> rows;
  bool names_seen = false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (names_seen) rows.push_back(split(line, '\t'));
    names_seen = true;
  }
  if (rows.empty()) throw std::runtime_error(file + " has no rows");
  return rows;
}

std::string table_name(std::string name) {
  for (char& c : name) c = c == '|' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

const CommandRow* find_row(const std::string& name) {
  const auto space = name.find(' ');
  return space == std::string::npos ? find_command(name, "")
                                    : find_command(name.substr(0, space), name.substr(space + 1));
}

struct Described {
  long long arity = 0;
  std::set<std::string> flags, tips;
  bool container = false;
};

class CommandTableOnServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster = std::make_unique<rediscluster::testing::LocalCluster>(
        rediscluster::testing::LocalClusterOptions{.masters = 1, .slaves = 0});
    const auto& node = cluster->config().nodes.at("node_1");
    context.reset(redisConnect(node.host.c_str(), node.port));
    if (context == nullptr || context->err != 0) throw std::runtime_error("cannot connect to the server");
    version = ask_version();
    const auto reply = ask({"COMMAND"});
    for (std::size_t i = 0; i < reply->elements; ++i) describe(*reply->element[i]);
    for (const auto& row : read_rows(TEST_DATA_DIR "/../../src/routing/server_commands.tsv")) {
      if (row.at(8) == version) described_by_this_version.insert(table_name(row.at(0)));
      const auto servers = split(row.at(7), ',');
      if (std::find(servers.begin(), servers.end(), version) != servers.end()) claimed.insert(table_name(row.at(0)));
    }
    for (const auto& row : read_rows(TEST_DATA_DIR "/../../src/routing/overrides.tsv")) {
      overridden.emplace(table_name(row.at(0)), row.at(1));
    }
  }
  static void TearDownTestSuite() {
    context.reset();
    cluster.reset();
  }

  static ReplyOwner ask(const Fields& words) {
    std::vector<const char*> argv;
    std::vector<std::size_t> sizes;
    for (const auto& word : words) {
      argv.push_back(word.data());
      sizes.push_back(word.size());
    }
    auto* reply = redisCommandArgv(context.get(), static_cast<int>(argv.size()), argv.data(), sizes.data());
    if (reply == nullptr) throw std::runtime_error(context->errstr);
    return {static_cast<redisReply*>(reply), freeReplyObject};
  }

  static bool is_overridden(const std::string& name, const std::string& field) {
    const std::string container = name.substr(0, name.find(' '));
    return overridden.contains({name, field}) || overridden.contains({container + " *", field});
  }

  // "redis7.0", as in server_commands.tsv
  static std::string ask_version() {
    const auto info = ask({"INFO", "server"});
    std::string name, number;
    for (const auto& line : split(info->str, '\n')) {
      if (line.starts_with("valkey_version:") || (line.starts_with("redis_version:") && name.empty())) {
        name = line.substr(0, line.find('_'));
        number = line.substr(line.find(':') + 1);
      }
    }
    const auto parts = split(number, '.');
    return name + parts.at(0) + "." + parts.at(1);
  }

  static void describe(const redisReply& reply) {
    if (reply.elements < 10) throw std::runtime_error("the server is older than 7.0");
    Described described;
    described.arity = reply.element[1]->integer;
    for (std::size_t i = 0; i < reply.element[2]->elements; ++i) {
      described.flags.insert(reply.element[2]->element[i]->str);
    }
    for (std::size_t i = 0; i < reply.element[7]->elements; ++i) {
      described.tips.insert(reply.element[7]->element[i]->str);
    }
    const redisReply& subcommands = *reply.element[9];
    described.container = subcommands.elements > 0;
    if (!described.flags.contains("module")) said[table_name(reply.element[0]->str)] = described;
    for (std::size_t i = 0; i < subcommands.elements; ++i) describe(*subcommands.element[i]);
  }

  static inline std::unique_ptr<rediscluster::testing::LocalCluster> cluster;
  static inline std::unique_ptr<redisContext, void (*)(redisContext*)> context{nullptr, redisFree};
  static inline std::string version;
  static inline std::map<std::string, Described> said;
  static inline std::set<std::string> claimed, described_by_this_version;
  static inline std::set<std::pair<std::string, std::string>> overridden;
};

TEST_F(CommandTableOnServer, HasEveryCommandOfTheServer) {
  ASSERT_GT(said.size(), 360U);
  for (const auto& [name, described] : said) {
    const CommandRow* row = find_row(name);
    ASSERT_NE(row, nullptr) << name << ": run generate_command_table --refresh";
    EXPECT_EQ(row->name, name);
    EXPECT_EQ(row->container, described.container) << name;
  }
}

TEST_F(CommandTableOnServer, ClaimsOnlyCommandsThatTheServerHas) {
  // A server newer than the table: the other tests still hold it against what it says.
  if (claimed.empty()) GTEST_SKIP() << "server_commands.tsv knows no " << version;
  for (const auto& name : claimed) {
    if (name.front() == 'V' && !said.contains("VADD")) continue;  // of a module that may not be loaded
    EXPECT_TRUE(said.contains(name)) << name;
  }
}

TEST_F(CommandTableOnServer, AgreesOnArity) {
  for (const auto& name : described_by_this_version) {
    if (said.contains(name)) {
      EXPECT_EQ(find_row(name)->arity, said.at(name).arity) << name;
    }
  }
}

TEST_F(CommandTableOnServer, AgreesOnAccess) {
  for (const auto& [name, described] : said) {
    const CommandRow* row = find_row(name);
    ASSERT_NE(row, nullptr) << name;
    if (described.flags.contains("write")) {
      EXPECT_EQ(row->access, Access::write) << name;
    }
    Access by_flag = described.flags.contains("readonly") ? Access::read : Access::other;
    if (described.flags.contains("write")) by_flag = Access::write;
    EXPECT_EQ(row->access != by_flag, is_overridden(name, "access")) << name;
  }
}

TEST_F(CommandTableOnServer, AgreesOnConnections) {
  for (const auto& [name, described] : said) {
    const CommandRow* row = find_row(name);
    ASSERT_NE(row, nullptr) << name;
    if (described.flags.contains("blocking")) {
      EXPECT_NE(row->connection, Connection::shared) << name;
    }
  }
}

TEST_F(CommandTableOnServer, AgreesOnRequestPolicies) {
  const std::map<std::string, Target> targets = {{"request_policy:all_shards", Target::all_nodes},
                                                 {"request_policy:all_nodes", Target::all_servers},
                                                 {"request_policy:multi_shard", Target::keys}};
  for (const auto& [name, described] : said) {
    const CommandRow* row = find_row(name);
    ASSERT_NE(row, nullptr) << name;
    for (const auto& [tip, target] : targets) {
      if (!described.tips.contains(tip) || is_overridden(name, "target") || row->connection == Connection::refused) {
        continue;
      }
      EXPECT_EQ(row->target, target) << name;
    }
  }
}

TEST_F(CommandTableOnServer, AgreesOnResponsePolicies) {
  const std::map<std::string, Merge> merges = {{"response_policy:agg_sum", Merge::sum},
                                               {"response_policy:agg_min", Merge::min},
                                               {"response_policy:agg_max", Merge::max},
                                               {"response_policy:agg_logical_and", Merge::logical_and},
                                               {"response_policy:all_succeeded", Merge::all_succeeded},
                                               {"response_policy:one_succeeded", Merge::one_succeeded},
                                               {"response_policy:special", Merge::per_node}};
  for (const auto& [name, described] : said) {
    const CommandRow* row = find_row(name);
    ASSERT_NE(row, nullptr) << name;
    for (const auto& [tip, merge] : merges) {
      if (!described.tips.contains(tip) || is_overridden(name, "merge") || is_overridden(name, "target") ||
          row->connection == Connection::refused) {
        continue;
      }
      EXPECT_EQ(row->merge, merge) << name;
    }
  }
}

TEST_F(CommandTableOnServer, FindsTheKeysThatTheServerFinds) {
  std::size_t compared = 0;
  for (const auto& example : read_rows(TEST_DATA_DIR "/command_examples.tsv")) {
    const std::string& name = example.at(0);
    if (!said.contains(name)) continue;
    Fields words = split(example.at(1), ' ');
    for (auto& word : words) word = word == "\"\"" ? std::string() : word;
    const CommandRow* row = find_row(name);
    ASSERT_NE(row, nullptr) << name;
    const std::vector<std::string_view> argv(words.begin(), words.end());
    const auto positions = key_positions(*row, argv);

    Fields ask_words = {"COMMAND", "GETKEYSANDFLAGS"};
    ask_words.insert(ask_words.end(), words.begin(), words.end());
    const auto reply = ask(ask_words);
    if (reply->type == REDIS_REPLY_ERROR) {
      const bool no_keys = std::all_of(row->keys.begin(), row->keys.end(), [](auto& spec) { return spec.not_key; });
      const bool known = no_keys || is_overridden(name, "key_specs");
      EXPECT_TRUE(known && std::string(reply->str).find("no key arguments") != std::string::npos)
          << example.at(1) << ": " << reply->str;
      continue;
    }
    ASSERT_EQ(reply->type, REDIS_REPLY_ARRAY) << name;
    ASSERT_EQ(reply->elements, positions.size()) << example.at(1);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const redisReply& key = *reply->element[i];
      EXPECT_EQ(std::string(key.element[0]->str, static_cast<std::size_t>(key.element[0]->len)),
                words[positions[i].argument])
          << example.at(1);
      bool write = false;
      for (std::size_t j = 0; j < key.element[1]->elements; ++j) {
        const std::string_view flag = key.element[1]->element[j]->str;
        write = write || flag == "RW" || flag == "OW" || flag == "RM";
      }
      EXPECT_EQ(write, positions[i].write) << example.at(1);
    }
    ++compared;
  }
  EXPECT_GT(compared, 170U);
}

// Examples are to be good ones: the server must not find their number of arguments wrong.
TEST_F(CommandTableOnServer, ExamplesHaveTheRightNumberOfArguments) {
  for (const auto& example : read_rows(TEST_DATA_DIR "/command_examples.tsv")) {
    const auto found = said.find(example.at(0));
    if (found == said.end()) continue;
    const auto words = static_cast<long long>(split(example.at(1), ' ').size());
    const long long arity = found->second.arity;
    EXPECT_TRUE(arity < 0 ? words >= -arity : words == arity) << example.at(1);
  }
}

}  // namespace
}  // namespace rediscluster::routing
