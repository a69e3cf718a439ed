// SINTER, SUNION, SDIFF and their stores over sets on several nodes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** The plan of SINTER, SUNION or SDIFF: each node combines the sets it has, the results are combined here. A key that
   is no set is an error in every position, as on one server. */
Plan plan_set_algebra(const Command& command, std::span<const std::uint32_t> node_of_key);

/** SINTERSTORE, SUNIONSTORE, SDIFFSTORE: reads the sources from the masters, then replaces the destination, whatever it
    was, in one step on its node; an empty result deletes it. Returns the integer reply, the size of the result. */
Tape store_set_algebra(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner);

}  // namespace rediscluster::merge
