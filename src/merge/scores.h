// Members with their scores, as servers read, order and write them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <rediscluster/decode.h>
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

/** Calls `use` with each member and its score in the reply to a command WITHSCORES, an array of both by turns. */
template <class Use>
void for_each_with_score(TapeView reply, Use use) {
  detail::expect_container(reply, "array of members and scores");
  if (reply.elements() % 2 != 0) detail::throw_misfit(reply, "a score for each member");
  TapeView at = reply.first();
  for (std::size_t left = reply.elements(); left != 0; left -= 2) {
    const std::string_view member = detail::decode_text(at);
    const TapeView score = at.next();
    use(member, detail::decode_number(score));
    at = score.next();
  }
}

/** The members with their scores in such a reply. */
std::vector<Scored> scored_members(TapeView reply);

/** By score, then by member. */
void sort_by_score(std::vector<Scored>& members);

/** An array of the members, each followed by its score when these are wanted. */
Tape tape_of(std::span<const Scored> members, bool with_scores);

/** Makes `key` a sorted set of just these members, as replace_key() does. */
void replace_sorted_set(PartRunner& runner, Place node, std::string_view key, std::span<const Scored> members);

}  // namespace rediscluster::merge
