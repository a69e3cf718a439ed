#include "merge/set_algebra.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/decode.h>

#include "merge/ask.h"
#include "merge/member_map.h"
#include "merge/replace_key.h"
#include "merge/replies.h"

namespace rediscluster::merge {

namespace {

using Replies = std::span<const PartReply>;

enum class Operation { intersection, set_union, difference };

// By the second letter of SINTER, SUNION, SDIFF and of the names of their stores; letter case does not matter.
Operation operation_of(std::string_view name) {
  switch (name[1] & ~0x20) {
    case 'I':
      return Operation::intersection;
    case 'U':
      return Operation::set_union;
    default:
      return Operation::difference;
  }
}

template <class Use>
void for_each_member(TapeView reply, Use use) {
  detail::expect_container(reply, "array of members");
  reply.for_each([&](TapeView member) { use(detail::decode_text(member)); });
}

using Members = std::vector<std::string_view>;
// How many of the sets seen so far have a member.
using Counted = MemberMap<std::uint32_t>;

Counted members_of(TapeView reply) {
  Counted members(reply.is_container() ? reply.elements() : 0);
  for_each_member(reply, [&](std::string_view member) { members.try_emplace(member, 1); });
  return members;
}

Members those_of(const Counted& members, std::uint32_t count) {
  Members those;
  those.reserve(members.members().size());
  for (const Counted::Member& member : members.members()) {
    if (member.value == count) those.push_back(member.text);
  }
  return those;
}

Members unite(Replies replies) {
  std::size_t largest = 0;
  for (const PartReply& part : replies) {
    if (part.reply.is_container()) largest = std::max(largest, part.reply.elements());
  }
  Counted result(largest);
  for (const PartReply& part : replies) {
    for_each_member(part.reply, [&](std::string_view member) { result.try_emplace(member, 1); });
  }
  return those_of(result, 1);
}

// Begins with the smallest: the result cannot be larger.
Members intersect(Replies replies) {
  std::vector<TapeView> sets;
  for (const PartReply& part : replies) {
    detail::expect_container(part.reply, "array of members");
    sets.push_back(part.reply);
  }
  std::ranges::sort(sets, {}, &TapeView::elements);
  Counted result = members_of(sets[0]);
  std::uint32_t seen = 1;
  for (const TapeView& set : std::span(sets).subspan(1)) {
    for_each_member(set, [&](std::string_view member) {
      std::uint32_t* const count = result.find(member);
      if (count != nullptr && *count == seen) ++*count;
    });
    ++seen;
  }
  return those_of(result, seen);
}

Members subtract(Replies replies) {
  Counted result = members_of(replies[0].reply);
  for (const PartReply& part : replies.subspan(1)) {
    for_each_member(part.reply, [&](std::string_view member) {
      if (std::uint32_t* const count = result.find(member)) *count = 2;
    });
  }
  return those_of(result, 1);
}

Members combine(Operation operation, Replies replies) {
  switch (operation) {
    case Operation::intersection:
      return intersect(replies);
    case Operation::set_union:
      return unite(replies);
    case Operation::difference:
      break;
  }
  return subtract(replies);
}

// What each node is asked: the same operation on its own sets; but of a difference only the node of the first set can
// subtract, the others unite what is to be subtracted.
std::vector<Part> parts_of(Operation operation, const Command& command, std::span<const Command::KeyMark> keys,
                           std::span<const std::uint32_t> node_of_key) {
  std::vector<Part> parts;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto part = std::ranges::find(parts, node_of_key[i], &Part::place);
    if (part == parts.end()) {
      std::string_view name = "SINTER";
      if (operation == Operation::set_union) name = "SUNION";
      if (operation == Operation::difference) name = parts.empty() ? "SDIFF" : "SUNION";
      part = parts.insert(part, {node_of_key[i], routing::Access::read, Command(name)});
    }
    part->command.append_key(command, keys[i]);
  }
  return parts;
}

Tape tape_of(const Members& members) {
  Tape tape;
  const std::size_t array = tape.open(ReplyType::array, members.size());
  for (const std::string_view member : members) tape.add_text(ReplyType::string, member);
  tape.close(array);
  return tape;
}

std::span<const Command::KeyMark> marks_of(const Command& command) {
  return {command.keys().data(), command.keys().size()};
}

}  // namespace

Plan plan_set_algebra(const Command& command, std::span<const std::uint32_t> node_of_key) {
  const Operation operation = operation_of(command.name());
  Plan plan;
  plan.parts = parts_of(operation, command, marks_of(command), node_of_key);
  plan.merge = [operation, name = std::string(command.name())](Replies replies) {
    throw_if_failed(replies, name);
    return tape_of(combine(operation, replies));
  };
  return plan;
}

Tape store_set_algebra(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner) {
  const Operation operation = operation_of(command.name());
  const std::vector<Part> parts = parts_of(operation, command, marks_of(command).subspan(1), node_of_key.subspan(1));
  const Answers answers = ask(runner, Readers::masters, parts);
  throw_if_failed(answers.replies, command.name());
  const Members members = combine(operation, answers.replies);
  replace_key(runner, node_of_key[0], command[command.keys()[0].argument], "SADD", members);
  Tape size;
  size.add_integer(static_cast<std::int64_t>(members.size()));
  return size;
}

}  // namespace rediscluster::merge
