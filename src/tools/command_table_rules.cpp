#include "tools/command_table_rules.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>
#include <system_error>

namespace rediscluster::tools {

namespace {

const std::map<std::string, std::set<std::string>> allowed_values = {
    {"access", {"read", "other", "write"}},
    {"target", {"keys", "default_node", "all_nodes", "all_servers", "one_server"}},
    {"merge",
     {"one_node", "sum", "min", "max", "logical_and", "all_succeeded", "one_succeeded", "concatenate", "set_union",
      "argument_order", "per_node", "strategy", "special"}},
    {"connection", {"shared", "own", "busy", "refused"}},
};

const std::map<std::string, std::string> merge_of_response_policy = {
    {"agg_sum", "sum"},
    {"agg_min", "min"},
    {"agg_max", "max"},
    {"agg_logical_and", "logical_and"},
    {"all_succeeded", "all_succeeded"},
    {"one_succeeded", "one_succeeded"},
    {"special", "per_node"},  // whatever it is, it can be shown node by node
};

// "NAME(a,b)" -> NAME and a, b; "unknown" -> unknown and nothing.
std::pair<std::string, std::vector<std::string>> parse_call(const std::string& text) {
  const auto open = text.find('(');
  if (open == std::string::npos) return {text, {}};
  if (!text.ends_with(')')) throw std::runtime_error("bad key spec part " + text);
  return {text.substr(0, open), split(std::string_view(text).substr(open + 1, text.size() - open - 2), ",")};
}

// "last=-1" or "-1" -> -1; the name, if there is one, must be this.
int parse_number(std::string_view text, std::string_view name) {
  if (const auto equals = text.find('='); equals != std::string_view::npos) {
    if (text.substr(0, equals) != name) throw std::runtime_error("no " + std::string(name) + " in a key spec");
    text.remove_prefix(equals + 1);
  }
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::runtime_error("bad number " + std::string(text) + " in a key spec");
  }
  return number;
}

void expect_arguments(const std::vector<std::string>& arguments, std::size_t count, const std::string& text) {
  if (arguments.size() != count) throw std::runtime_error("wrong number of values in key spec " + text);
}

// FLAGS@begin/find
DerivedKeySpec parse_key_spec(const std::string& text) {
  const auto at = text.find('@');
  const auto slash = text.find('/', at == std::string::npos ? 0 : at);
  if (at == std::string::npos || slash == std::string::npos) throw std::runtime_error("bad key spec " + text);
  DerivedKeySpec spec;
  for (const auto& flag : split(std::string_view(text).substr(0, at), "+")) {
    if (flag == "RW" || flag == "OW" || flag == "RM") spec.write = true;
    if (flag == "not_key") spec.not_key = true;
    if (flag == "incomplete") spec.incomplete = true;
  }
  const auto [begin, begin_values] = parse_call(text.substr(at + 1, slash - at - 1));
  const auto [find, find_values] = parse_call(text.substr(slash + 1));
  spec.begin = begin;
  spec.find = find;
  if (begin == "index") {
    expect_arguments(begin_values, 1, text);
    spec.begin_index = parse_number(begin_values[0], "index");
  } else if (begin == "keyword") {
    expect_arguments(begin_values, 2, text);
    spec.keyword = begin_values[0];
    spec.begin_index = parse_number(begin_values[1], "from");
  } else if (begin != "unknown") {
    throw std::runtime_error("bad begin of key spec " + text);
  }
  if (find == "range") {
    expect_arguments(find_values, 3, text);
    spec.last = parse_number(find_values[0], "last");
    spec.step = parse_number(find_values[1], "step");
    spec.limit = parse_number(find_values[2], "limit");
  } else if (find == "keynum") {
    expect_arguments(find_values, 3, text);
    spec.last = parse_number(find_values[0], "at");
    spec.first = parse_number(find_values[1], "first");
    spec.step = parse_number(find_values[2], "step");
  } else if (find != "unknown") {
    throw std::runtime_error("bad end of key spec " + text);
  }
  return spec;
}

std::vector<DerivedKeySpec> parse_key_specs(const std::string& text) {
  std::vector<DerivedKeySpec> specs;
  if (text.empty()) return specs;
  for (const auto& spec : split(text, "; ")) specs.push_back(parse_key_spec(spec));
  return specs;
}

std::string upper_case(const std::string& name) {
  std::string upper = name;
  for (char& c : upper) c = c == '|' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

class Derivation {
 public:
  Derivation(const ServerCommand& command, const std::string& commands_file, const std::vector<Override>& overrides,
             const std::string& overrides_file, std::set<std::size_t>& effective)
      : command_(command), commands_file_(commands_file), overrides_file_(overrides_file), effective_(effective) {
    for (const auto& row : overrides) {
      if (!row.applies_to(command.name)) continue;
      auto& chosen = overrides_[row.field];
      if (chosen == nullptr || row.command == command.name) chosen = &row;  // a name wins over a pattern
    }
  }

  DerivedRow row() {
    DerivedRow row;
    row.name = upper_case(command_.name);
    row.arity = command_.arity;
    row.container = command_.kind == "container";
    row.keys = keys();
    row.connection = field("connection", command_.has_flag("blocking") ? "own" : "shared", row);
    row.access = field("access", access_by_flags(), row);
    row.target = field("target", target(row), row);
    row.merge = field("merge", merge(row), row);
    if (row.target.empty()) {
      fail("no rule says where " + command_.name + " runs: give it a row \"target\" in " + overrides_file_);
    }
    if (row.merge.empty()) {
      fail("no rule joins the replies to " + command_.name + ": give it a row \"merge\" in " + overrides_file_);
    }
    if (row.hint.empty() && (row.connection == "refused" || row.target == "one_server")) {
      fail(command_.name + " has no hint in " + overrides_file_);
    }
    return row;
  }

 private:
  [[noreturn]] void fail(const std::string& text) const { throw SourceError(commands_file_, command_.line, text); }

  std::string access_by_flags() const {
    if (command_.has_flag("write")) return "write";
    return command_.has_flag("readonly") ? "read" : "other";
  }

  std::string field(const std::string& name, const std::string& by_rule, DerivedRow& row) {
    const auto found = overrides_.find(name);
    if (found == overrides_.end()) return by_rule;
    const Override& override_row = *found->second;
    const bool takes_hint = override_row.value == "refused" || override_row.value == "one_server";
    if (takes_hint == override_row.hint.empty()) {
      throw SourceError(overrides_file_, override_row.line, takes_hint ? "no hint" : "a hint that nobody would see");
    }
    if (override_row.value != by_rule) effective_.insert(override_row.line);
    if (takes_hint) row.hint = override_row.hint;
    return override_row.value;
  }

  std::vector<DerivedKeySpec> keys() {
    const auto parsed = [](const std::string& text, const std::string& file, std::size_t line) {
      try {
        return parse_key_specs(text);
      } catch (const SourceError&) {
        throw;
      } catch (const std::runtime_error& error) {
        throw SourceError(file, line, error.what());
      }
    };
    auto by_rule = parsed(command_.key_specs, commands_file_, command_.line);
    const auto found = overrides_.find("key_specs");
    if (found == overrides_.end()) return by_rule;
    auto specs = parsed(found->second->value, overrides_file_, found->second->line);
    if (specs != by_rule) effective_.insert(found->second->line);
    return specs;
  }

  // In the servers' tips a shard is a master with its slaves, and a node is a server.
  std::string target(const DerivedRow& row) const {
    if (!row.keys.empty()) return "keys";
    if (command_.request_policy == "all_shards") return "all_nodes";
    if (command_.request_policy == "all_nodes") return "all_servers";
    const bool any_node = row.container || row.connection == "refused" || command_.name.ends_with("|help");
    return any_node ? "default_node" : "";
  }

  std::string merge(const DerivedRow& row) const {
    const bool split_by_keys = row.target == "keys" && command_.request_policy == "multi_shard";
    const bool everywhere = row.target == "all_nodes" || row.target == "all_servers";
    if (!split_by_keys && !everywhere) return "one_node";
    if (command_.response_policy.empty()) {
      if (split_by_keys) return "argument_order";
      return command_.request_policy.empty() || command_.request_policy == "special" ? "" : "concatenate";
    }
    const auto found = merge_of_response_policy.find(command_.response_policy);
    if (found == merge_of_response_policy.end()) fail("unknown response policy " + command_.response_policy);
    return found->second;
  }

  const ServerCommand& command_;
  const std::string& commands_file_;
  const std::string& overrides_file_;
  std::set<std::size_t>& effective_;
  std::map<std::string, const Override*> overrides_;
};

void check_override(const Override& row, const ServerCommands& commands, const std::string& file) {
  const bool matches =
      std::any_of(commands.begin(), commands.end(), [&](const auto& command) { return row.applies_to(command.first); });
  if (!matches) throw SourceError(file, row.line, "there is no command " + row.command);
  if (row.field == "key_specs") return;
  const auto values = allowed_values.find(row.field);
  if (values == allowed_values.end()) throw SourceError(file, row.line, "there is no field " + row.field);
  if (!values->second.contains(row.value)) throw SourceError(file, row.line, row.field + " cannot be " + row.value);
}

}  // namespace

std::vector<DerivedRow> derive_rows(const ServerCommands& commands, const std::string& commands_file,
                                    const std::vector<Override>& overrides, const std::string& overrides_file) {
  for (const auto& row : overrides) check_override(row, commands, overrides_file);
  std::set<std::size_t> effective;
  std::vector<DerivedRow> rows;
  for (const auto& [name, command] : commands) {
    rows.push_back(Derivation(command, commands_file, overrides, overrides_file, effective).row());
  }
  for (const auto& row : overrides) {
    if (!effective.contains(row.line)) {
      throw SourceError(overrides_file, row.line, "changes nothing: the rules say the same of " + row.command);
    }
  }
  return rows;
}

}  // namespace rediscluster::tools
