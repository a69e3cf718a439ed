// Asking several places, and reading their answers.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** Replies with the names of who gave them. `replies` point into `tapes`: movable, not copyable. */
struct Answers {
  std::vector<Tape> tapes;
  std::vector<PartReply> replies;

  Answers() = default;
  Answers(Answers&&) = default;
  Answers& operator=(Answers&&) = default;
};

/** Who answers reads: masters when the result is going to be stored. */
enum class Readers { any, masters };

/** Error replies are left to the caller. */
inline Answers ask(PartRunner& runner, Readers readers, std::span<const Part> parts) {
  Answers answers;
  answers.tapes = readers == Readers::masters ? runner.run_on_masters(parts) : runner.run(parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    answers.replies.push_back({runner.name_of(parts[i].place), TapeView(answers.tapes[i], 0)});
  }
  return answers;
}

}  // namespace rediscluster::merge
