#include "merge/first_nonempty.h"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>

#include "merge/ask.h"

namespace rediscluster::merge {

namespace {

// Neighbouring keys of one node, which it can try by itself.
struct Run {
  Place node;
  std::size_t first;  // index among the keys
  std::size_t count;
};

std::vector<Run> runs_of(NodesOfKeys nodes) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (runs.empty() || runs.back().node != nodes[i]) runs.push_back({nodes[i], i, 0});
    ++runs.back().count;
  }
  return runs;
}

// LMPOP numkeys key ... LEFT|RIGHT [COUNT n]: the same for the keys of one run.
Tape pop(const Command& command, const Run& run, PartRunner& runner) {
  const auto& keys = command.keys();
  Command part(command.name());
  part.arg(run.count);
  for (std::size_t i = run.first; i < run.first + run.count; ++i) part.append_key(command, keys[i]);
  const std::size_t rest = 2 + keys.size();
  part.append_words(command, rest, command.size() - rest);
  const Part sent{run.node, routing::Access::write, std::move(part)};
  return std::move(runner.run({&sent, 1})[0]);
}

// Which of these runs have a key at all: an empty list or sorted set is none.
std::vector<bool> ask_which_exist(const Command& command, std::span<const Run> runs, PartRunner& runner) {
  std::vector<Part> parts;
  for (const Run& run : runs) {
    Command exists("EXISTS");
    for (std::size_t i = run.first; i < run.first + run.count; ++i) exists.append_key(command, command.keys()[i]);
    parts.push_back({run.node, routing::Access::read, std::move(exists)});
  }
  const Answers answers = ask(runner, Readers::masters, parts);
  throw_if_failed(answers.replies, "EXISTS");
  std::vector<bool> exist;
  for (const PartReply& answer : answers.replies) exist.push_back(detail::decode_integer(answer.reply) != 0);
  return exist;
}

// Whether the servers would not read the number of keys, or miss what follows the keys, so that any of them gives the
// error that one server gives.
bool is_refused(const Command& command) {
  const std::size_t keys = command.keys().size();
  return command[1] != std::to_string(keys) || command.size() == 2 + keys;
}

}  // namespace

Tape pop_first_nonempty(const Command& command, NodesOfKeys nodes, PartRunner& runner) {
  if (is_refused(command)) {
    const Part part{nodes[0], routing::Access::write, command};
    return std::move(runner.run({&part, 1})[0]);
  }
  const std::vector<Run> runs = runs_of(nodes);
  Tape popped = pop(command, runs[0], runner);
  if (!TapeView(popped, 0).is_nil()) return popped;
  const std::span<const Run> others = std::span(runs).subspan(1);
  // Not together with the first: whoever moves elements from there to the others must not be missed.
  std::vector<bool> exist(others.size(), true);
  if (others.size() > 1) exist = ask_which_exist(command, others, runner);
  for (std::size_t i = 0; i < others.size() && TapeView(popped, 0).is_nil(); ++i) {
    if (exist[i]) popped = pop(command, others[i], runner);
  }
  return popped;
}

}  // namespace rediscluster::merge
