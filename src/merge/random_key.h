// RANDOMKEY over several nodes.
#pragma once

#include "merge/plan.h"

namespace rediscluster::merge {

/** A key of any node, each key about as likely as any other: a node is drawn by its number of keys. Nil only when all
    nodes are empty. */
Tape random_key(PartRunner& runner);

}  // namespace rediscluster::merge
