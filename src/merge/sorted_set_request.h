// What ZUNION, ZINTER, ZDIFF, ZINTERCARD, SINTERCARD and the stores of the first three ask for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/command.h>

#include "merge/plan.h"

namespace rediscluster::merge {

struct SortedSetRequest {
  enum class Operation { set_union, intersection, difference };
  enum class Aggregate { sum, min, max };

  struct Input {
    Command::KeyMark key;
    Place node;
    double weight = 1;
  };

  std::string name;  ///< of the command, as it was given
  Operation operation = Operation::set_union;
  std::vector<Input> inputs;
  Aggregate aggregate = Aggregate::sum;
  bool with_scores = false;
  bool only_size = false;        ///< ZINTERCARD, SINTERCARD
  bool only_plain_sets = false;  ///< SINTERCARD
  std::size_t limit = 0;         ///< of only_size; 0: none
  /** Nothing, or the error that the server finds in the arguments. */
  std::string_view error;
  /** Whether it finds that error before it looks at the keys' types. */
  bool error_comes_first = false;
};

/** Reads the arguments as the server does. `nodes` are those of all keys, the destination of a store included. */
SortedSetRequest parse_sorted_set_request(const Command& command, std::span<const std::uint32_t> nodes);

/** Adds one more score to a member's, as the server does. */
void aggregate(SortedSetRequest::Aggregate how, double& score, double more) noexcept;

/** A score times a weight, where that is a number; 0 otherwise (infinity times 0). */
double weighted(double score, double weight) noexcept;

}  // namespace rediscluster::merge
