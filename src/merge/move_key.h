// RENAME, RENAMENX and COPY between nodes.
#pragma once

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"
#include "merge/strategies.h"

namespace rediscluster::merge {

/** Copies the value, whatever its type, with its expiry to a temporary key on the destination's node, puts it in the
    place of the destination in one step, and then, unless it is a COPY, removes the source if nobody has changed it
    since it was read; else does so again with what it holds now. So the value is always on at least one node, and for a
    moment under both names. When there is no source any more, the destination gets back what it held before.

    Neither is done once somebody else has changed the destination meanwhile: then a ConnectionError whose
    maybe_executed() is true says where the copies are. */
Tape move_key(const Command& command, NodesOfKeys nodes, PartRunner& runner);

}  // namespace rediscluster::merge
