#include "merge/split.h"

#include <limits>
#include <string>
#include <vector>

#include "merge/replies.h"

namespace rediscluster::merge {

namespace {

constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

// Numbers the parts: the index of the part for each key, and the node of each part, by first appearance.
struct Numbering {
  std::vector<std::uint32_t> part_of_key;
  std::vector<std::uint32_t> node_of_part;

  explicit Numbering(std::span<const std::uint32_t> node_of_key) {
    std::vector<std::uint32_t> part_of_node;
    part_of_key.reserve(node_of_key.size());
    for (const std::uint32_t node : node_of_key) {
      if (node >= part_of_node.size()) part_of_node.resize(node + 1, none);
      if (part_of_node[node] == none) {
        part_of_node[node] = static_cast<std::uint32_t>(node_of_part.size());
        node_of_part.push_back(node);
      }
      part_of_key.push_back(part_of_node[node]);
    }
  }
};

}  // namespace

Plan split_by_keys(const Command& command, const routing::CommandRow& row, std::span<const std::uint32_t> node_of_key) {
  Numbering numbering(node_of_key);
  Plan plan;
  plan.parts.reserve(numbering.node_of_part.size());
  for (const std::uint32_t node : numbering.node_of_part) {
    plan.parts.push_back({node, row.access, Command(command.name())});
  }
  const auto step = static_cast<std::size_t>(row.keys[0].step);
  for (std::size_t i = 0; i < node_of_key.size(); ++i) {
    const Command::KeyMark& mark = command.keys()[i];
    Command& part = plan.parts[numbering.part_of_key[i]].command;
    part.append_key(command, mark);
    for (std::size_t word = 1; word < step; ++word) part.append_word(command, mark.argument + word);
  }
  if (row.merge == routing::Merge::argument_order) {
    plan.merge = [parts = std::move(numbering.part_of_key), name = row.name](std::span<const PartReply> replies) {
      return merge_in_order(parts, replies, name);
    };
  } else {
    plan.merge = [rule = row.merge, name = row.name](std::span<const PartReply> replies) {
      return merge_replies(rule, replies, name);
    };
  }
  return plan;
}

}  // namespace rediscluster::merge
