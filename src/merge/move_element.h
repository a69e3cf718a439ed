// RPOPLPUSH, LMOVE and SMOVE between nodes.
#pragma once

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"
#include "merge/strategies.h"

namespace rediscluster::merge {

/** Adds the element to the destination, and then removes it from the source: it is always in at least one of the two,
    and for a moment in both. A destination of the wrong type refuses it before anything is removed.

    Who moves elements between nodes in this way takes turns: a claim, a key of its own beside the source, which expires
    by itself, keeps others from moving the same element meanwhile. Others who just take it from the source in that
   moment are noticed: then it is taken back from the destination. Only when somebody has taken it there as well it
   exists twice, which a ConnectionError says whose maybe_executed() is true.

    A list's element is removed by its value, from the end it was read at: equal elements are the same. */
Tape move_list_element(const Command& command, NodesOfKeys nodes, PartRunner& runner);
Tape move_set_member(const Command& command, NodesOfKeys nodes, PartRunner& runner);

}  // namespace rediscluster::merge
