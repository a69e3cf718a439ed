#include "merge/sorted_set_algebra.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>

#include "merge/ask.h"
#include "merge/member_map.h"
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
  if (!input.reply.is_container()) return 0;
  return input.is_plain ? input.reply.elements() : input.reply.elements() / 2;
}

// The server's order: ascending by size, its sort being a stable one.
std::vector<std::size_t> by_size(std::span<const InputReply> inputs) {
  std::vector<std::size_t> order(inputs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return size_of(inputs[i]); });
  return order;
}

struct Found {
  double score;
  std::size_t inputs;  // that have it
};
using Members = MemberMap<Found>;

std::vector<Scored> those_of(const Members& members, std::size_t inputs) {
  std::vector<Scored> those;
  those.reserve(members.members().size());
  for (const Members::Member& member : members.members()) {
    if (member.value.inputs == inputs) those.push_back({member.text, member.value.score});
  }
  return those;
}

std::vector<Scored> unite(const Request& request, std::span<const InputReply> inputs) {
  const std::vector<std::size_t> order = by_size(inputs);
  Members members(size_of(inputs[order.back()]));
  for (const std::size_t i : order) {
    for_each_scored(inputs[i], [&](std::string_view member, double score) {
      score = weighted(score, request.inputs[i].weight);
      const auto [found, is_new] = members.try_emplace(member, {score, 1});
      if (!is_new) aggregate(request.aggregate, found.score, score);
    });
  }
  return those_of(members, 1);
}

// Only the first input's infinity times 0 is 0, as on the server; what comes later is left to aggregate().
std::vector<Scored> intersect(const Request& request, std::span<const InputReply> inputs) {
  const std::vector<std::size_t> order = by_size(inputs);
  Members members(size_of(inputs[order[0]]));
  for (std::size_t nth = 0; nth < order.size(); ++nth) {
    const double weight = request.inputs[order[nth]].weight;
    for_each_scored(inputs[order[nth]], [&](std::string_view member, double score) {
      if (nth == 0) {
        members.try_emplace(member, {weighted(score, weight), 1});
      } else if (Found* const found = members.find(member)) {
        aggregate(request.aggregate, found->score, score * weight);
        ++found->inputs;
      }
    });
  }
  return those_of(members, order.size());
}

std::vector<Scored> subtract(std::span<const InputReply> inputs) {
  Members members(size_of(inputs[0]));
  for_each_scored(inputs[0], [&](std::string_view member, double score) { members.try_emplace(member, {score, 1}); });
  for (const InputReply& input : inputs.subspan(1)) {
    for_each_scored(input, [&](std::string_view member, double) {
      if (Found* const found = members.find(member)) ++found->inputs;
    });
  }
  return those_of(members, 1);
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

// How many members all arrays have; at most `limit`, which 0 is not.
std::size_t count_common(Replies replies, std::size_t limit) {
  const auto smallest = std::ranges::min_element(replies, {}, [](const PartReply& part) {
    detail::expect_container(part.reply, "array of members");
    return part.reply.elements();
  });
  using Seen = MemberMap<std::size_t>;
  Seen seen(smallest->reply.elements());
  smallest->reply.for_each([&](TapeView member) { seen.try_emplace(detail::decode_text(member), 1); });
  for (auto part = replies.begin(); part != replies.end(); ++part) {
    if (part == smallest) continue;
    part->reply.for_each([&](TapeView member) {
      if (std::size_t* const inputs = seen.find(detail::decode_text(member))) ++*inputs;
    });
  }
  const auto count = static_cast<std::size_t>(std::ranges::count(seen.members(), replies.size(), &Seen::Member::value));
  return limit == 0 ? count : std::min(count, limit);
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
