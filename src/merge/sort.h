// SORT and SORT_RO whose BY and GET patterns name keys of any node, or whose destination is on another node.
#pragma once

#include <cstdint>
#include <span>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** Reads the elements from the key's node, and the keys that the patterns name from theirs, many at once; sorts here
    where the server cannot do it, and stores the list on the node of the destination in one step. SORT reads from
    masters, SORT_RO from slaves too. Answers as the server does, its errors included, but for two things: what ALPHA
    compares with BY is compared byte by byte, whatever locale the servers have; and equal weights of ALPHA leave the
    elements in the order in which the key has them. Not atomic over nodes. */
Tape sort(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner);

}  // namespace rediscluster::merge
