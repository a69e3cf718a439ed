// LMPOP and ZMPOP over keys on several nodes.
#pragma once

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"
#include "merge/strategies.h"

namespace rediscluster::merge {

/** LMPOP, ZMPOP: pops from the first key that is not empty, in the order of the arguments; a key of another type in
   front of it is an error, as on one server, and one behind it is not looked at. Nil when all are empty.

    Every key was empty when it was asked, in front of the one that is popped from or of the answer nil; that all were
   so at one moment cannot be told. */
Tape pop_first_nonempty(const Command& command, NodesOfKeys nodes, PartRunner& runner);

}  // namespace rediscluster::merge
