// XREAD and XREADGROUP of streams on several nodes.
#pragma once

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"
#include "merge/strategies.h"

namespace rediscluster::merge {

/** XREAD without BLOCK: each node reads its streams; the answer has them in the order of the arguments. With BLOCK:
    DataError. */
Plan plan_read_streams(const Command& command, NodesOfKeys nodes);

/** XREADGROUP without BLOCK. That the streams and their groups are there, and what else is an error on one server, is
    found out before anything is delivered. When a node fails all the same, and others have delivered something:
    PartialReplyError. With BLOCK: DataError. */
Tape read_streams_of_group(const Command& command, NodesOfKeys nodes, PartRunner& runner);

}  // namespace rediscluster::merge
