#include "merge/sorted_set_algebra.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>

#include "merge/ask.h"
#include "merge/narrowing.h"
#include "merge/scores.h"
#include "merge/sorted_set_inputs.h"
#include "merge/sorted_set_request.h"
#include "protocol/reply_error.h"

namespace rediscluster::merge {

namespace {

using Request = SortedSetRequest;
using Operation = Request::Operation;
using Replies = std::span<const PartReply>;

std::size_t size_of(const InputReply& input) {
  return input.is_plain ? input.reply.elements() : input.reply.elements() / 2;
}

// The server's order: ascending by size, its sort being a stable one.
std::vector<std::size_t> by_size(std::span<const InputReply> inputs) {
  std::vector<std::size_t> order(inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return size_of(inputs[i]); });
  return order;
}

template <class Map, class Member>
std::vector<Scored> to_vector(const Map& map, Member scored) {
  std::vector<Scored> members;
  members.reserve(map.size());
  for (const auto& entry : map) scored(entry, members);
  return members;
}

std::vector<Scored> unite(const Request& request, std::span<const InputReply> inputs) {
  std::unordered_map<std::string_view, double> scores;
  for (const std::size_t i : by_size(inputs)) {
    for_each_scored(inputs[i], [&](std::string_view member, double score) {
      score = weighted(score, request.inputs[i].weight);
      const auto [entry, is_new] = scores.try_emplace(member, score);
      if (!is_new) aggregate(request.aggregate, entry->second, score);
    });
  }
  return to_vector(scores, [](const auto& entry, auto& members) { members.push_back({entry.first, entry.second}); });
}

// Only the first input's infinity times 0 is 0, as on the server; what comes later is left to aggregate().
std::vector<Scored> intersect(const Request& request, std::span<const InputReply> inputs) {
  struct Found {
    double score;
    std::size_t inputs;  // that have it
  };
  std::unordered_map<std::string_view, Found> found;
  const std::vector<std::size_t> order = by_size(inputs);
  for (std::size_t nth = 0; nth < order.size(); ++nth) {
    const double weight = request.inputs[order[nth]].weight;
    for_each_scored(inputs[order[nth]], [&](std::string_view member, double score) {
      if (nth == 0) {
        found.try_emplace(member, Found{weighted(score, weight), 1});
      } else if (const auto entry = found.find(member); entry != found.end()) {
        aggregate(request.aggregate, entry->second.score, score * weight);
        ++entry->second.inputs;
      }
    });
  }
  return to_vector(found, [&](const auto& entry, auto& members) {
    if (entry.second.inputs == order.size()) members.push_back({entry.first, entry.second.score});
  });
}

std::vector<Scored> subtract(std::span<const InputReply> inputs) {
  std::unordered_map<std::string_view, double> left;
  for_each_scored(inputs[0], [&](std::string_view member, double score) { left.try_emplace(member, score); });
  for (const InputReply& input : inputs.subspan(1)) {
    for_each_scored(input, [&](std::string_view member, double) { left.erase(member); });
  }
  return to_vector(left, [](const auto& entry, auto& members) { members.push_back({entry.first, entry.second}); });
}

std::vector<Scored> combine(const Request& request, std::span<const InputReply> inputs) {
  std::vector<Scored> members;
  switch (request.operation) {
    case Operation::set_union:
      members = unite(request, inputs);
      break;
    case Operation::intersection:
      members = intersect(request, inputs);
      break;
    case Operation::difference:
      members = subtract(inputs);
      break;
  }
  sort_by_score(members);
  return members;
}

// How many members all arrays have, until there are `limit`.
std::size_t count_common(Replies replies, std::size_t limit) {
  const auto smallest = std::ranges::min_element(replies, {}, [](const PartReply& part) {
    detail::expect_container(part.reply, "array of members");
    return part.reply.elements();
  });
  std::vector<std::unordered_set<std::string_view>> others;
  for (auto part = replies.begin(); part != replies.end(); ++part) {
    if (part == smallest) continue;
    auto& members = others.emplace_back();
    members.reserve(part->reply.elements());
    part->reply.for_each([&](TapeView member) { members.insert(detail::decode_text(member)); });
  }
  std::size_t count = 0;
  smallest->reply.for_each([&](TapeView reply) {
    if (limit != 0 && count == limit) return;
    const std::string_view member = detail::decode_text(reply);
    if (std::ranges::all_of(others, [&](const auto& members) { return members.contains(member); })) ++count;
  });
  return count;
}

Tape integer(std::size_t value) {
  Tape tape;
  tape.add_integer(static_cast<std::int64_t>(value));
  return tape;
}

// The inputs' types are asked for, since one that is wrong may be the error to be told.
Plan plan_of_error(const Command& command, Request request) {
  Plan plan;
  plan.parts = ask_sizes(command, request);
  plan.merge = [request = std::move(request)](Replies replies) -> Tape {
    if (!request.error_comes_first) answers_to(replies, request.name);
    protocol::throw_reply_error(request.error, request.name, {});
  };
  return plan;
}

// What each node has in all of its own inputs.
Plan plan_of_size(const Command& command, Request request) {
  Plan plan;
  for (const Request::Input& input : request.inputs) {
    if (std::ranges::find(plan.parts, input.node, &Part::place) != plan.parts.end()) continue;
    const auto is_there = [&](const Request::Input& other) { return other.node == input.node; };
    Command part(request.only_plain_sets ? "SINTER" : "ZINTER");
    if (!request.only_plain_sets) part.arg(std::ranges::count_if(request.inputs, is_there));
    for (const Request::Input& other : request.inputs) {
      if (is_there(other)) part.append_key(command, other.key);
    }
    plan.parts.push_back({input.node, routing::Access::read, std::move(part)});
  }
  plan.merge = [request = std::move(request)](Replies replies) {
    throw_if_failed(replies, request.name);
    return integer(count_common(replies, request.limit));
  };
  return plan;
}

Plan plan_of(const Command& command, Request request) {
  if (!request.error.empty()) return plan_of_error(command, std::move(request));
  if (request.only_size) return plan_of_size(command, std::move(request));
  Plan plan;
  plan.parts = read_inputs(command, request);
  plan.merge = [request = std::move(request)](Replies replies) {
    return tape_of(combine(request, answers_to(replies, request.name)), request.with_scores);
  };
  return plan;
}

bool on_one_node(const Request& request) {
  return std::ranges::all_of(request.inputs, [&](const auto& input) { return input.node == request.inputs[0].node; });
}

// The command that reads what the store stores.
Part whole_part(const Command& command, const Request& request) {
  constexpr std::string_view names[] = {"ZUNION", "ZINTER", "ZDIFF"};
  constexpr std::string_view aggregates[] = {"SUM", "MIN", "MAX"};
  Part part{request.inputs[0].node, routing::Access::read, Command(names[static_cast<int>(request.operation)])};
  part.command.arg(request.inputs.size());
  for (const Request::Input& input : request.inputs) part.command.append_key(command, input.key);
  if (request.operation != Operation::difference) {
    part.command.arg("WEIGHTS");
    for (const Request::Input& input : request.inputs) part.command.arg(input.weight);
    part.command.arg("AGGREGATE").arg(aggregates[static_cast<int>(request.aggregate)]);
  }
  part.command.arg("WITHSCORES");
  return part;
}

struct Result {
  std::vector<Scored> members;
  Answers memory;  // where they lie
};

Result compute_to_store(const Command& command, const Request& request, PartRunner& runner) {
  Result result;
  if (on_one_node(request)) {
    const Part part = whole_part(command, request);
    result.memory = ask(runner, Readers::masters, {&part, 1});
    throw_if_failed(result.memory.replies, request.name);
    result.members = scored_members(result.memory.replies[0].reply);
    return result;
  }
  if (request.operation != Operation::set_union) {
    if (std::optional<Narrowed> narrowed = narrow(request, command, runner, Readers::masters)) {
      result.members = std::move(narrowed->members);
      result.memory = std::move(narrowed->memory);
      sort_by_score(result.members);
      return result;
    }
  }
  result.memory = ask(runner, Readers::masters, read_inputs(command, request));
  result.members = combine(request, answers_to(result.memory.replies, request.name));
  return result;
}

}  // namespace

Plan plan_sorted_set_algebra(const Command& command, std::span<const std::uint32_t> nodes) {
  return plan_of(command, parse_sorted_set_request(command, nodes));
}

Tape run_sorted_set_algebra(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner) {
  const Request request = parse_sorted_set_request(command, nodes);
  if (request.error.empty()) {
    if (std::optional<Narrowed> narrowed = narrow(request, command, runner, Readers::any)) {
      if (request.only_size) return integer(narrowed->size);
      sort_by_score(narrowed->members);
      return tape_of(narrowed->members, request.with_scores);
    }
  }
  const Plan plan = plan_of(command, request);
  return plan.merge(ask(runner, Readers::any, plan.parts).replies);
}

Tape store_sorted_set_algebra(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner) {
  const Request request = parse_sorted_set_request(command, nodes);
  if (!request.error.empty()) {
    const Plan plan = plan_of_error(command, request);
    return plan.merge(ask(runner, Readers::masters, plan.parts).replies);
  }
  const Result result = compute_to_store(command, request, runner);
  replace_sorted_set(runner, nodes[0], command[command.keys()[0].argument], result.members);
  return integer(result.members.size());
}

}  // namespace rediscluster::merge
