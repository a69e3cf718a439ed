// Which command with keys on several nodes is taken apart by which strategy.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** The node of each key of a command, in the order of Command::keys(). */
using NodesOfKeys = std::span<const std::uint32_t>;

/** For a command whose row says Merge::strategy. At least one of the two is there. */
struct Strategy {
  std::string_view command;
  /** Parts that can be sent all at once: for pipelines, and for all when there is no `run`. */
  Plan (*plan)(const Command& command, NodesOfKeys nodes) = nullptr;
  /** Takes several steps, which a call on its own can. Returns the reply that one server would give, an error reply
   * included. */
  Tape (*run)(const Command& command, NodesOfKeys nodes, PartRunner& runner) = nullptr;
};

/** By the name of the row, upper case; null when there is none: the command cannot be taken apart. */
const Strategy* strategy_of(std::string_view command) noexcept;

}  // namespace rediscluster::merge
