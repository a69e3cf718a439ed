// Members with their scores, as servers read, order and write them.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** The member's text lies in the reply it came with. */
struct Scored {
  std::string_view member;
  double score;
};

/** A number among the arguments of a command as the server reads it, hexadecimal and "+inf" included; nothing when it
    finds it "not a float". */
std::optional<double> parse_double(std::string_view text);

/** The array of members and scores, by turns, of a command WITHSCORES. */
std::vector<Scored> scored_members(TapeView reply);

/** By score, then by member. */
void sort_by_score(std::vector<Scored>& members);

/** An array of the members, each followed by its score when these are wanted. */
Tape tape_of(std::span<const Scored> members, bool with_scores);

/** Makes `key` a sorted set of just these members, as replace_key() does. */
void replace_sorted_set(PartRunner& runner, Place node, std::string_view key, std::span<const Scored> members);

}  // namespace rediscluster::merge
