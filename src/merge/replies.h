// Merging the replies of several servers by the rule of the command table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <rediscluster/tape.h>

#include "merge/plan.h"
#include "routing/command_table.h"

namespace rediscluster::merge {

/** Applies one of the rules that need nothing but the replies: sum, min, max, logical_and, all_succeeded,
   one_succeeded, concatenate, set_union, per_node. Errors as those rules say; InvalidResponse when a reply does not fit
   the rule. There is at least one reply. */
Tape merge_replies(routing::Merge rule, std::span<const PartReply> replies, std::string_view command);

/** argument_order: one element for each key; `part_of_key` says which part asked for it. */
Tape merge_in_order(std::span<const std::uint32_t> part_of_key, std::span<const PartReply> replies,
                    std::string_view command);

}  // namespace rediscluster::merge
