// Taking a command apart by the nodes of its keys.
#pragma once

#include <cstdint>
#include <span>

#include <rediscluster/command.h>

#include "merge/plan.h"
#include "routing/command_table.h"

namespace rediscluster::merge {

/** The plan of a command whose keys lie on several nodes and that can be split: each node is sent the command with its
    own keys (and what follows each of them, as the values of MSET), in their order. `node_of_key` gives the node of
   each of the command's keys. */
Plan split_by_keys(const Command& command, const routing::CommandRow& row, std::span<const std::uint32_t> node_of_key);

}  // namespace rediscluster::merge
