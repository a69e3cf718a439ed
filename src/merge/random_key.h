// RANDOMKEY over several nodes.
#pragma once

#include "merge/strategies.h"

namespace rediscluster::merge {

/** A key of any node, each key about as likely as any other: a node is drawn by its number of keys. Nil only when all
    nodes are empty. */
Tape random_key(const Command& command, NodesOfKeys nodes, PartRunner& runner);

}  // namespace rediscluster::merge
