// From a command to the nodes of its keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <rediscluster/command.h>
#include <rediscluster/partitioner.h>

#include "routing/command_table.h"

namespace rediscluster::routing {

/** The node of each key of a command, in the order of Command::keys(). */
using KeyNodes = detail::InlineVector<std::uint32_t, 16>;

/** The row of a command; null when the table has none. DataError for a command without a name. */
const CommandRow* row_of(const Command& command);

/** DataError that names a command which may not be sent by us at all, and what to use instead. */
[[noreturn]] void refuse(const CommandRow& row);
inline void check_not_refused(const CommandRow& row) {
  if (row.connection == Connection::refused) refuse(row);
}

/** Marks the keys of a command that came without marks, as the row says. Tags that the user gave stay. */
void mark_keys(Command& command, const CommandRow& row);

/** For KeyTags::legacy: whether a key of the command has a tag in its name, which must not be sent. */
bool has_legacy_tags(const Command& command);
/** The command with the names of its keys cut, and their tags as marks. */
Command without_legacy_tags(const Command& command);

/** Index of the node of one key. */
inline std::size_t node_of(const Command& command, const Command::KeyMark& key, const Partitioner& partitioner) {
  return key.tagged ? partitioner.node_of_hash(key.tag_hash) : partitioner.node_of(Key(command[key.argument]));
}
/** The nodes of all keys. */
KeyNodes nodes_of(const Command& command, const Partitioner& partitioner);
/** Whether all are the same; true for none. */
bool on_one_node(std::span<const std::uint32_t> nodes) noexcept;

/** DataError: the command has keys on several nodes and cannot be taken apart. Names the command and the nodes. */
[[noreturn]] void refuse_several_nodes(const CommandRow& row, std::span<const std::uint32_t> nodes);

}  // namespace rediscluster::routing
