// Writes src/routing/command_table.inc from server_commands.tsv (what servers say) and overrides.tsv (what has to
// differ).
//
//   generate_command_table [--source DIR] [--check] [--refresh HOST:PORT ...]

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tools/command_table_refresh.h"
#include "tools/command_table_rules.h"
#include "tools/command_table_source.h"

namespace rediscluster::tools {
namespace {

constexpr std::string_view usage =
    "usage: generate_command_table [--source DIR] [--check] [--refresh HOST:PORT ...]\n"
    "  writes DIR/command_table.inc from DIR/server_commands.tsv and DIR/overrides.tsv\n"
    "  --source   DIR; without it src/routing below the current folder\n"
    "  --check    writes nothing; fails when the file is not what would be written\n"
    "  --refresh  first brings server_commands.tsv up to date with these running servers\n";

struct Arguments {
  std::string source = "src/routing";
  bool check = false;
  bool help = false;
  std::vector<std::string> servers;
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Arguments parse_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--help") {
      arguments.help = true;
    } else if (words[i] == "--check") {
      arguments.check = true;
    } else if (words[i] == "--source" && i + 1 < words.size()) {
      arguments.source = words[++i];
    } else if (words[i] == "--refresh" && i + 1 < words.size()) {
      while (i + 1 < words.size() && !words[i + 1].starts_with("--")) arguments.servers.push_back(words[++i]);
    } else {
      throw UsageError("bad argument " + words[i]);
    }
  }
  if (arguments.check && !arguments.servers.empty()) throw UsageError("--check does not go with --refresh");
  return arguments;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// What follows the first argument of the keys in the name of a key spec: "1", "2_to_end", "1_counted".
std::string place_name(const DerivedKeySpec& spec) {
  std::string name = spec.begin == "index" ? std::to_string(spec.begin_index) : lower_case(spec.keyword);
  if (spec.begin == "unknown") return "unknown";
  if (spec.find == "keynum") return name + "_counted";
  if (spec.find == "unknown") return name + "_unknown";
  if (spec.limit > 1) return name + "_part";
  if (spec.last == 0) return name;
  if (spec.last > 0) return name + "_and_" + std::to_string(spec.last) + "_more";
  if (spec.last == -1) name += "_to_end";
  if (spec.last < -1) name += "_to_last_but_" + std::to_string(-spec.last - 1);
  return spec.step > 1 ? name + "_step_" + std::to_string(spec.step) : name;
}

std::string specs_name(const std::vector<DerivedKeySpec>& specs) {
  std::string name;
  for (const auto& spec : specs) {
    name += name.empty() ? "" : "_";
    name += spec.not_key ? "channel_" : spec.write ? "write_" : "read_";
    name += place_name(spec);
  }
  return name;
}

// An initialiser of KeySpec, its fields that have their default value left out.
std::string spec_text(const DerivedKeySpec& spec) {
  std::string text = "{.begin = KeySpec::Begin::" + spec.begin;
  const auto number = [&](std::string_view name, int value) {
    if (value != 0) text += ", ." + std::string(name) + " = " + std::to_string(value);
  };
  const auto flag = [&](std::string_view name, bool value) {
    if (value) text += ", ." + std::string(name) + " = true";
  };
  number("begin_index", spec.begin_index);
  if (!spec.keyword.empty()) text += ", .keyword = \"" + spec.keyword + "\"";
  text += ", .find = KeySpec::Find::" + spec.find;
  number("last", spec.last);
  number("step", spec.step);
  number("limit", spec.limit);
  number("first", spec.first);
  flag("write", spec.write);
  flag("not_key", spec.not_key);
  flag("incomplete", spec.incomplete);
  return text + "}";
}

/** Key specs under names made of what they say; equal ones are stored once. */
class KeySpecNames {
 public:
  const std::string& name_of(const std::vector<DerivedKeySpec>& specs) {
    for (const auto& [name, known] : named_) {
      if (known == specs) return name;
    }
    const std::string wanted = specs_name(specs);
    std::string name = wanted;
    for (int i = 2; std::any_of(named_.begin(), named_.end(), [&](const auto& n) { return n.first == name; }); ++i) {
      name = wanted + "_" + std::to_string(i);
    }
    named_.emplace_back(name, specs);
    return named_.back().first;
  }

  std::string text() const {
    std::string text;
    for (const auto& [name, specs] : named_) {
      text += "constexpr KeySpec " + name + "[] = {\n";
      for (const auto& spec : specs) text += "    " + spec_text(spec) + ",\n";
      text += "};\n";
    }
    return text;
  }

 private:
  std::vector<std::pair<std::string, std::vector<DerivedKeySpec>>> named_;
};

std::string quoted(const std::string& text) {
  if (text.find_first_of("\"\\\n") != std::string::npos) throw std::runtime_error("cannot quote " + text);
  return "\"" + text + "\"";
}

std::string table_text(const std::vector<DerivedRow>& rows) {
  KeySpecNames names;
  std::vector<std::vector<std::string>> table;
  for (const auto& row : rows) {
    table.push_back({quoted(row.name), std::to_string(row.arity), "Access::" + row.access, "Target::" + row.target,
                     "Merge::" + row.merge, "Connection::" + row.connection, row.container ? "true" : "false",
                     row.keys.empty() ? "{}" : names.name_of(row.keys), quoted(row.hint)});
  }
  std::vector<std::size_t> widths(table.front().size());
  for (const auto& cells : table) {
    for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  }
  std::string text =
      "// Written by generate_command_table from server_commands.tsv and overrides.tsv; do not edit.\n"
      "// clang-format off\n\n" +
      names.text() +
      "\n// name, arity, access, target, merge, connection, container, keys, hint\n"
      "constexpr CommandRow rows[] = {\n";
  for (const auto& cells : table) {
    text += "    {";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool last = i + 1 == cells.size();
      text += cells[i] + (last ? "},\n" : "," + std::string(widths[i] - cells[i].size() + 1, ' '));
    }
  }
  return text + "};\n\n// clang-format on\n";
}

// Where two texts differ first, as a line number.
std::size_t first_difference(const std::string& a, const std::string& b) {
  const auto [at, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(std::count(a.begin(), at, '\n')) + 1;
}

void run(const Arguments& arguments) {
  const std::string commands_file = arguments.source + "/server_commands.tsv";
  const std::string overrides_file = arguments.source + "/overrides.tsv";
  const std::string table_file = arguments.source + "/command_table.inc";
  auto commands = read_server_commands(commands_file);
  for (const auto& server : arguments.servers) {
    std::cout << server << ": " << refresh_from_server(server, commands) << "\n";
  }
  if (!arguments.servers.empty()) {
    write_text(commands_file, server_commands_text(commands_file, commands));
    commands = read_server_commands(commands_file);  // for errors with the new lines
  }
  const auto rows = derive_rows(commands, commands_file, read_overrides(overrides_file), overrides_file);
  if (rows.empty()) throw SourceError(commands_file, 0, "has no commands");
  const std::string text = table_text(rows);
  if (!arguments.check) {
    write_text(table_file, text);
  } else if (const std::string old = read_text(table_file); old != text) {
    throw SourceError(table_file, first_difference(old, text), "is not what generate_command_table writes: run it");
  }
}

}  // namespace
}  // namespace rediscluster::tools

int main(int argc, char** argv) {
  using namespace rediscluster::tools;
  try {
    const Arguments arguments = parse_arguments({argv + 1, argv + argc});
    if (arguments.help) {
      std::cout << usage;
    } else {
      run(arguments);
    }
    return 0;
  } catch (const UsageError& error) {
    std::cerr << "generate_command_table: " << error.what() << "\n" << usage;
    return 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
