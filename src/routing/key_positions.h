// Where the keys of a command lie among its arguments.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "routing/command_table.h"

namespace rediscluster::routing {

struct KeyPosition {
  std::size_t argument;  ///< index into argv, whose first word is the command's name
  bool write;            ///< the command may change the key

  bool operator==(const KeyPosition&) const = default;
};

/** Appends the positions of the keys to `positions`, in order of appearance; those that only look like keys (not_key,
    channels) as well, since they are routed by. `argv` are all words of the command, its name and subcommand included.

    None are appended when the server would not find any: too few arguments, a count of keys that is no number or
    greater than what follows, the last pair of MSET without its value. Such a command may go to any node, which answers
    with the right error. */
void find_key_positions(const CommandRow& row, std::span<const std::string_view> argv,
                        std::vector<KeyPosition>& positions);

/** The same as a value. */
std::vector<KeyPosition> key_positions(const CommandRow& row, std::span<const std::string_view> argv);

/** Whether the command also reads keys that no argument names: SORT and SORT_RO with a BY or GET pattern. Only where
    all keys are on one node does a server answer such a command right. */
bool reads_unnamed_keys(const CommandRow& row, std::span<const std::string_view> argv) noexcept;

}  // namespace rediscluster::routing
