// Making a difference small enough to be understood.
#pragma once

#include <string>
#include <vector>

#include "oracle/contest.h"

namespace rediscluster::oracle {

/** The fewest commands of a history, all since both were empty, that still make the two differ; the difference itself
    behind them. Empty when it does not come again. */
std::string shrink(Contest& contest, std::vector<Contest::Played> history);

}  // namespace rediscluster::oracle
