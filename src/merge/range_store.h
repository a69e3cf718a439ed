// ZRANGESTORE, GEOSEARCHSTORE, GEORADIUS and GEORADIUSBYMEMBER with STORE, from one node to another.
#pragma once

#include <cstdint>
#include <span>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** ZRANGESTORE: reads the range from the source's master, then replaces the destination in one step on its node; an
   empty range deletes it. Returns the integer reply, the size of the range. A range by members, the scores of which
   nobody tells, and what this reader does not understand, goes the way of store_search(). */
Tape store_range(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner);

/** GEOSEARCHSTORE, GEORADIUS and GEORADIUSBYMEMBER with STORE or STOREDIST: the source's master stores the result under
   a random temporary key, tells it and deletes it again, in one transaction, so that nothing is ever left of it; the
   answers of the commands that only read have not all digits of the scores. Then as store_range(). */
Tape store_search(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner);

}  // namespace rediscluster::merge
