// LCS of two strings on different nodes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** What is asked about the longest common subsequence. */
struct LcsOptions {
  bool length = false;         ///< LEN
  bool matches = false;        ///< IDX
  bool match_lengths = false;  ///< WITHMATCHLEN
  std::int64_t least = 0;      ///< MINMATCHLEN
};

/** Reads both strings and computes the answer here: nothing is written anywhere. All errors as the server gives them,
    with the proto-max-bulk-len that servers have by default. */
Plan plan_lcs(const Command& command, std::span<const std::uint32_t> node_of_key);

/** The server's answer for two strings, whose lengths multiplied are at most 128 Mi: of all the longest common
    subsequences the same one, the matches from the last to the first. Takes time as that product, and an eighth of it
    in bytes. */
Tape longest_common_subsequence(std::string_view a, std::string_view b, const LcsOptions& options);

}  // namespace rediscluster::merge
