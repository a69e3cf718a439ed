// ZUNION, ZINTER, ZDIFF, ZINTERCARD, SINTERCARD and the stores of the first three over keys on several nodes.
#pragma once

#include <cstdint>
#include <span>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** All inputs are read at once, of ZINTERCARD and SINTERCARD what each node has in all of its own, and combined here:
   sorted sets and plain sets alike, in the order in which the server adds scores up (the smallest input first, those of
   the same size in the order of the keys). A key that is neither is an error in every position; other errors in the
   arguments come, as the server's do, before it (SINTERCARD) or after it. */
Plan plan_sorted_set_algebra(const Command& command, std::span<const std::uint32_t> nodes);

/** ZINTER, ZDIFF, ZINTERCARD, SINTERCARD in several steps, so that of large inputs only what can be in the result is
   read: see narrow(). Small inputs are read at once. Not of one moment: what is changed between the steps may be seen
   as it was in one input and as it is in another. */
Tape run_sorted_set_algebra(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner);

/** ZUNIONSTORE, ZINTERSTORE, ZDIFFSTORE: reads the sources from the masters (by one command, when they share a node),
   then replaces the destination, whatever it was, in one step on its node; an empty result deletes it. Returns the
   integer reply, the size of the result. */
Tape store_sorted_set_algebra(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner);

}  // namespace rediscluster::merge
