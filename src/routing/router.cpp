#include "routing/router.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include <rediscluster/errors.h>

#include "routing/key_positions.h"

namespace rediscluster::routing {

const CommandRow* row_of(const Command& command) {
  if (command.size() == 0 || command.name().empty()) throw DataError("a command has no name");
  const CommandRow* const row = find_command(command.name(), {});
  return row != nullptr && row->container && command.size() > 1 ? find_command(command.name(), command[1]) : row;
}

void refuse(const CommandRow& row) {
  throw DataError(std::string(row.name) +
                  " would change the state of a connection that others share: " + std::string(row.hint));
}

void mark_keys(Command& command, const CommandRow& row) {
  std::vector<std::string_view> words;
  words.reserve(command.size());
  for (std::size_t i = 0; i < command.size(); ++i) words.push_back(command[i]);
  detail::InlineVector<Command::KeyMark, 4> marks;
  const auto given = command.keys();
  for (const KeyPosition& position : key_positions(row, words)) {
    const auto argument = static_cast<std::uint32_t>(position.argument);
    const Command::KeyMark* const tagged = std::find_if(
        given.begin(), given.end(), [&](const Command::KeyMark& mark) { return mark.argument == argument; });
    marks.push_back(tagged != given.end() ? *tagged : Command::KeyMark{argument, 0, false});
  }
  command.set_keys(marks);
}

bool has_legacy_tags(const Command& command) {
  return std::any_of(command.keys().begin(), command.keys().end(), [&](const Command::KeyMark& mark) {
    return !mark.tagged && command[mark.argument].find('{') != std::string_view::npos;
  });
}

Command without_legacy_tags(const Command& command) {
  Command cut = Command::of_user();
  const Command::KeyMark* mark = command.keys().begin();
  for (std::uint32_t i = 0; i < command.size(); ++i) {
    if (mark == command.keys().end() || mark->argument != i) {
      cut.append_word(command, i);
      continue;
    }
    const KeyName name = parse_key_name(command[i], KeyTags::legacy);
    if (mark->tagged || name.stored.size() == command[i].size()) {
      cut.append_key(command, *mark);
    } else {
      cut.key(Key(name.hashed, name.stored));
    }
    ++mark;
  }
  cut.set_keys(cut.keys());
  return cut;
}

KeyNodes nodes_of(const Command& command, const Partitioner& partitioner) {
  KeyNodes nodes;
  for (const Command::KeyMark& key : command.keys()) {
    nodes.push_back(static_cast<std::uint32_t>(node_of(command, key, partitioner)));
  }
  return nodes;
}

bool on_one_node(std::span<const std::uint32_t> nodes) noexcept {
  return std::ranges::all_of(nodes, [&](std::uint32_t node) { return node == nodes[0]; });
}

void refuse_several_nodes(const CommandRow& row, std::span<const std::uint32_t> nodes) {
  std::string what = std::string(row.name) + " needs all its keys on one node, but they are on ";
  std::string_view separator;
  for (const std::uint32_t node : std::set<std::uint32_t>(nodes.begin(), nodes.end())) {
    what += separator;
    what += "node_" + std::to_string(node + 1);
    separator = ", ";
  }
  throw DataError(what + "; keys with one tag, Key{\"tag\", \"name\"}, share a node");
}

}  // namespace rediscluster::routing
