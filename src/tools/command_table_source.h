// The two tables that command_table.inc is made of, read with the place of each row, so that errors can name it.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::tools {

/** "FILE:LINE: text"; without a line, "FILE: text". */
class SourceError : public std::runtime_error {
 public:
  SourceError(const std::string& file, std::size_t line, const std::string& text)
      : std::runtime_error(file + (line == 0 ? "" : ":" + std::to_string(line)) + ": " + text) {}
};

/** A row of server_commands.tsv. "-" in the file is empty here. */
struct ServerCommand {
  std::string name;  ///< lower case, subcommands as "config|get"
  std::string kind;  ///< command, container, subcommand
  int arity = 0;
  std::vector<std::string> flags;  ///< sorted
  std::string key_specs;
  std::string request_policy;
  std::string response_policy;
  std::vector<std::string> servers;
  std::string described_by;
  std::size_t line = 0;

  bool has_flag(std::string_view flag) const;
};

/** A row of overrides.tsv. */
struct Override {
  std::string command;  ///< as ServerCommand::name, or "cluster|*"
  std::string field;
  std::string value;
  std::string hint;
  std::size_t line = 0;

  bool applies_to(const std::string& name) const;
};

/** In the order of their names, a container before its subcommands. */
struct NameOrder {
  bool operator()(const std::string& a, const std::string& b) const;
};
using ServerCommands = std::map<std::string, ServerCommand, NameOrder>;

std::vector<std::string> split(std::string_view text, std::string_view separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/** The whole file; SourceError when it cannot be read. */
std::string read_text(const std::string& file);
/** Replaces the file; SourceError when it cannot be written. */
void write_text(const std::string& file, const std::string& text);

ServerCommands read_server_commands(const std::string& file);
/** The text of the file with these commands; its leading comment is kept. */
std::string server_commands_text(const std::string& file, const ServerCommands& commands);
std::vector<Override> read_overrides(const std::string& file);

}  // namespace rediscluster::tools
