#include "tools/command_table_source.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <system_error>

namespace rediscluster::tools {

namespace {

constexpr std::string_view server_columns =
    "name\tkind\tarity\tflags\tkey_specs\trequest_policy\tresponse_policy\tservers\tdescribed_by";
constexpr std::string_view override_columns = "command\tfield\tvalue\thint\treason";

std::string or_empty(const std::string& field) {
  return field == "-" ? std::string() : field;
}
std::string or_dash(const std::string& field) {
  return field.empty() ? std::string("-") : field;
}

// Calls row(fields, line) for all rows behind the line with the names of the columns.
template <class Row>
void read_rows(const std::string& file, std::string_view columns, const Row& row) {
  std::istringstream text(read_text(file));
  const std::size_t count = split(columns, "\t").size();
  bool names_seen = false;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    if (!names_seen) {
      if (line != columns) throw SourceError(file, number, "the columns are not those expected");
      names_seen = true;
      continue;
    }
    const auto fields = split(line, "\t");
    if (fields.size() != count) {
      throw SourceError(file, number, std::to_string(fields.size()) + " fields instead of " + std::to_string(count));
    }
    if (std::any_of(fields.begin(), fields.end(), [](const std::string& field) { return field.empty(); })) {
      throw SourceError(file, number, "an empty field");
    }
    row(fields, number);
  }
  if (!names_seen) throw SourceError(file, 0, "has no line with the names of the columns");
}

}  // namespace

bool ServerCommand::has_flag(std::string_view flag) const {
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

bool Override::applies_to(const std::string& name) const {
  if (command.ends_with("|*")) return name.starts_with(std::string_view(command).substr(0, command.size() - 1));
  return command == name;
}

bool NameOrder::operator()(const std::string& a, const std::string& b) const {
  // As the table's names are compared: in upper case, with a space before the subcommand.
  const auto shown = [](char c) {
    return c == '|' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return shown(x) < shown(y); });
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) {
    if (&part != &parts.front()) text += separator;
    text += part;
  }
  return text;
}

std::string read_text(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) throw SourceError(file, 0, "cannot be read");
  return text.str();
}

void write_text(const std::string& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw SourceError(file, 0, "cannot be written");
}

ServerCommands read_server_commands(const std::string& file) {
  ServerCommands commands;
  read_rows(file, server_columns, [&](const std::vector<std::string>& fields, std::size_t line) {
    ServerCommand command;
    command.name = fields[0];
    command.kind = fields[1];
    if (command.kind != "command" && command.kind != "container" && command.kind != "subcommand") {
      throw SourceError(file, line, "unknown kind " + command.kind);
    }
    const char* const end = fields[2].data() + fields[2].size();
    if (const auto [parsed, error] = std::from_chars(fields[2].data(), end, command.arity);
        error != std::errc() || parsed != end || command.arity == 0) {
      throw SourceError(file, line, "bad arity " + fields[2]);
    }
    if (fields[3] != "-") command.flags = split(fields[3], ",");
    command.key_specs = or_empty(fields[4]);
    command.request_policy = or_empty(fields[5]);
    command.response_policy = or_empty(fields[6]);
    command.servers = split(fields[7], ",");
    command.described_by = fields[8];
    command.line = line;
    if (!commands.emplace(command.name, command).second) throw SourceError(file, line, command.name + " twice");
  });
  for (const auto& [name, command] : commands) {
    const auto bar = name.find('|');
    if ((command.kind == "subcommand") != (bar != std::string::npos)) {
      throw SourceError(file, command.line, "name and kind of " + name + " do not fit");
    }
    if (bar == std::string::npos) continue;
    const auto container = commands.find(name.substr(0, bar));
    if (container == commands.end() || container->second.kind != "container") {
      throw SourceError(file, command.line, name + " has no container");
    }
  }
  return commands;
}

std::string server_commands_text(const std::string& file, const ServerCommands& commands) {
  std::string text;
  std::istringstream old(read_text(file));
  for (std::string line; std::getline(old, line) && line.starts_with("#");) text += line + "\n";
  text += std::string(server_columns) + "\n";
  for (const auto& [name, command] : commands) {
    text += join({name, command.kind, std::to_string(command.arity), or_dash(join(command.flags, ",")),
                  or_dash(command.key_specs), or_dash(command.request_policy), or_dash(command.response_policy),
                  join(command.servers, ","), command.described_by},
                 "\t") +
            "\n";
  }
  return text;
}

std::vector<Override> read_overrides(const std::string& file) {
  std::vector<Override> overrides;
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  read_rows(file, override_columns, [&](const std::vector<std::string>& fields, std::size_t line) {
    if (fields[4] == "-") throw SourceError(file, line, "no reason");
    if (!seen.emplace(std::pair(fields[0], fields[1]), line).second) {
      throw SourceError(file, line, fields[0] + " " + fields[1] + " twice");
    }
    overrides.push_back({fields[0], fields[1], fields[2], or_empty(fields[3]), line});
  });
  return overrides;
}

}  // namespace rediscluster::tools
