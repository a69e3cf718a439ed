// Intersections and differences over nodes that ask the others only for what is still in question.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/ask.h"
#include "merge/plan.h"
#include "merge/scores.h"
#include "merge/sorted_set_request.h"

namespace rediscluster::merge {

struct Narrowed {
  std::vector<Scored> members;  ///< in no order; none when only their number was asked for
  std::size_t size = 0;
  Answers memory;  ///< where the members lie
};

/** First the sizes, then the members of what cannot be larger than the result: of an intersection those that the node
   of the smallest input has in all its inputs, of a difference what is left on the node of the first. These are looked
   up in the other inputs, some thousand at a time, until there are enough for the limit. Memory is that of those
   members.

    Nothing when it is better to read the inputs at once: they are small, too many members are in question, or a key has
   changed its type meanwhile.
   Throws WRONGTYPE when a key is no set (for SINTERCARD: no plain one). */
std::optional<Narrowed> narrow(const SortedSetRequest& request, const Command& command, PartRunner& runner,
                               Readers readers);

}  // namespace rediscluster::merge
