// MSETNX over nodes.
#pragma once

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"
#include "merge/strategies.h"

namespace rediscluster::merge {

/** Looks whether one of the keys exists, and then makes them node by node, in ascending order, so that of two callers
    with keys in common one always succeeds. When one of them exists by then, those that were made are taken back, but
   for what others have changed meanwhile. */
Tape set_if_none(const Command& command, NodesOfKeys nodes, PartRunner& runner);

}  // namespace rediscluster::merge
