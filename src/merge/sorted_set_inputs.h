// Asking for sorted sets and plain sets alike, when nobody knows which a key is.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/decode.h>

#include "merge/plan.h"
#include "merge/scores.h"
#include "merge/sorted_set_request.h"

namespace rediscluster::merge {

/** What a key holds, by one of the two replies to questions() about it; a missing key is an empty set. */
struct InputReply {
  TapeView reply;
  bool is_plain;
};

/** Asks about each input as a sorted set and as a plain set, one of which is answered by WRONGTYPE. The commands that
   do with both kinds (ZUNION 1 key) take the server four to eight times as long. `sorted` and `plain` are the commands,
    which get the key and the arguments. */
std::vector<Part> questions(const Command& command, const SortedSetRequest& request, const Command& sorted,
                            const Command& plain);

/** The answers to questions(), in the order of the inputs. Throws the first error: a key that is neither, say. */
std::vector<InputReply> answers_to(std::span<const PartReply> replies, std::string_view command);

/** The parts that read all inputs. */
std::vector<Part> read_inputs(const Command& command, const SortedSetRequest& request);

/** The parts that ask for the number of members of each input. */
std::vector<Part> ask_sizes(const Command& command, const SortedSetRequest& request);

/** Calls `use` with each member and its score, that of a plain set being 1. */
template <class Use>
void for_each_scored(const InputReply& input, Use use) {
  if (!input.is_plain) return for_each_with_score(input.reply, use);
  detail::expect_container(input.reply, "array of members");
  input.reply.for_each([&](TapeView member) { use(detail::decode_text(member), 1.0); });
}

}  // namespace rediscluster::merge
