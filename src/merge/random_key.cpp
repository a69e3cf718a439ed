#include "merge/random_key.h"

#include <random>
#include <vector>

#include <rediscluster/decode.h>

namespace rediscluster::merge {

namespace {

std::vector<Tape> ask(PartRunner& runner, std::span<const Place> nodes, std::string_view command) {
  std::vector<Part> parts;
  for (const Place node : nodes) parts.push_back({node, routing::Access::read, Command(command)});
  std::vector<Tape> tapes = runner.run(parts);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const PartReply reply{runner.name_of(nodes[i]), TapeView(tapes[i], 0)};
    throw_if_failed({&reply, 1}, command);
  }
  return tapes;
}

}  // namespace

Tape random_key(const Command& command, NodesOfKeys, PartRunner& runner) {
  if (command.size() != 1) {
    // Any server has the right error.
    const Part part{0, routing::Access::read, command};
    return std::move(runner.run({&part, 1})[0]);
  }
  std::vector<Place> nodes;
  for (Place node = 0; node < runner.nodes(); ++node) nodes.push_back(node);
  std::vector<double> keys;
  double total = 0;
  for (const Tape& size : ask(runner, nodes, "DBSIZE")) {
    total += keys.emplace_back(static_cast<double>(detail::decode_integer(TapeView(size, 0))));
  }
  thread_local std::mt19937_64 generator{std::random_device{}()};
  while (total > 0) {
    const Place drawn = std::discrete_distribution<Place>(keys.begin(), keys.end())(generator);
    std::vector<Tape> key = ask(runner, {&drawn, 1}, "RANDOMKEY");
    if (!TapeView(key[0], 0).is_nil()) return std::move(key[0]);
    total -= keys[drawn];  // its keys have expired or were deleted meanwhile
    keys[drawn] = 0;
  }
  Tape nil;
  nil.add_nil();
  return nil;
}

}  // namespace rediscluster::merge
