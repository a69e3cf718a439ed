#include "merge/replies.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster::merge {

namespace {

using routing::Merge;
using Replies = std::span<const PartReply>;

void expect_arrays(Replies replies) {
  for (const PartReply& part : replies) detail::expect_container(part.reply, "array");
}

std::int64_t combine(Merge rule, std::int64_t a, std::int64_t b) {
  switch (rule) {
    case Merge::sum:
      return a + b;
    case Merge::min:
      return std::min(a, b);
    case Merge::max:
      return std::max(a, b);
    default:  // logical_and
      return a != 0 && b != 0 ? 1 : 0;
  }
}

Tape merge_integers(Merge rule, Replies replies) {
  Tape merged;
  std::int64_t value = detail::decode_integer(replies[0].reply);
  for (const PartReply& part : replies.subspan(1)) value = combine(rule, value, detail::decode_integer(part.reply));
  merged.add_integer(value);
  return merged;
}

// Arrays of the same length, position by position. What is no integer (the channel names of PUBSUB NUMSUB) is taken
// from the first.
Tape merge_positions(Merge rule, Replies replies) {
  expect_arrays(replies);
  const std::size_t count = replies[0].reply.elements();
  for (const PartReply& part : replies) detail::expect_elements(part.reply, count, "array as long as the other nodes'");
  Tape merged;
  const std::size_t array = merged.open(ReplyType::array, count);
  std::vector<TapeView> at;
  for (const PartReply& part : replies) at.push_back(part.reply.first());
  for (std::size_t i = 0; i < count; ++i) {
    if (at[0].type() == ReplyType::integer) {
      std::int64_t value = at[0].integer();
      for (const TapeView& other : std::span(at).subspan(1))
        value = combine(rule, value, detail::decode_integer(other));
      merged.add_integer(value);
    } else {
      merged.add_copy(at[0].tape(), at[0].node());
    }
    if (i + 1 == count) break;
    for (TapeView& view : at) view = view.next();
  }
  merged.close(array);
  return merged;
}

Tape copy_of(TapeView reply) {
  Tape copy;
  copy.add_copy(reply.tape(), reply.node());
  return copy;
}

Tape merge_one_succeeded(Replies replies, std::string_view command) {
  const PartReply* failed = &replies[0];
  const auto is_idle = [](TapeView error) { return protocol::error_prefix(error.text()) == "NOTBUSY"; };
  for (const PartReply& part : replies) {
    if (!part.reply.is_error()) return copy_of(part.reply);
    if (is_idle(failed->reply) && !is_idle(part.reply)) failed = &part;
  }
  protocol::throw_reply_error(failed->reply.text(), command, failed->place);
}

Tape concatenate(Replies replies, bool without_duplicates) {
  expect_arrays(replies);
  Tape merged;
  std::unordered_set<std::string_view> seen;
  std::size_t count = 0;
  const std::size_t array = merged.open(ReplyType::array, 0);
  for (const PartReply& part : replies) {
    part.reply.for_each([&](TapeView element) {
      if (without_duplicates && !seen.insert(detail::decode_text(element)).second) return;
      merged.add_copy(element.tape(), element.node());
      ++count;
    });
  }
  merged.set_elements(array, count);
  merged.close(array);
  return merged;
}

// Where no server has anything to say but OK or an error (ACL LOG RESET), one answer is enough for all.
Tape merge_per_node(Replies replies, std::string_view command) {
  const auto tells = [](const PartReply& part) {
    return !part.reply.is_error() && part.reply.type() != ReplyType::status;
  };
  if (std::ranges::none_of(replies, tells)) {
    throw_if_failed(replies, command);
    return copy_of(replies[0].reply);
  }
  Tape merged;
  const std::size_t map = merged.open(ReplyType::map, 2 * replies.size());
  for (const PartReply& part : replies) {
    merged.add_text(ReplyType::string, part.place);
    merged.add_copy(part.reply.tape(), part.reply.node());
  }
  merged.close(map);
  return merged;
}

}  // namespace

void throw_if_failed(Replies replies, std::string_view command) {
  const auto is_error = [](const PartReply& part) { return part.reply.is_error(); };
  const auto failed = std::ranges::find_if(replies, is_error);
  if (failed == replies.end()) return;
  const bool others_ran = !std::ranges::all_of(replies, is_error);
  try {
    protocol::throw_reply_error(failed->reply.text(), command, failed->place);
  } catch (const AuthenticationError& error) {
    throw AuthenticationError(error.what(), others_ran);
  } catch (const BusyLoadingError& error) {
    throw BusyLoadingError(error.what(), others_ran);
  }
}

std::vector<PartOutcome> PartRunner::run_each(std::span<const Part> parts) {
  std::vector<PartOutcome> outcomes;
  for (const Part& part : parts) {
    PartOutcome& outcome = outcomes.emplace_back();
    try {
      outcome.reply = std::move(run({&part, 1})[0]);
    } catch (const RedisError&) {
      outcome.error = std::current_exception();
    }
  }
  return outcomes;
}

Tape merge_replies(Merge rule, Replies replies, std::string_view command) {
  if (rule == Merge::per_node) return merge_per_node(replies, command);
  if (rule == Merge::one_succeeded) return merge_one_succeeded(replies, command);
  throw_if_failed(replies, command);
  switch (rule) {
    case Merge::sum:
    case Merge::min:
    case Merge::max:
    case Merge::logical_and:
      return replies[0].reply.is_container() ? merge_positions(rule, replies) : merge_integers(rule, replies);
    case Merge::concatenate:
      return concatenate(replies, false);
    case Merge::set_union:
      return concatenate(replies, true);
    default:  // all_succeeded
      return copy_of(replies[0].reply);
  }
}

Tape merge_in_order(std::span<const std::uint32_t> part_of_key, Replies replies, std::string_view command) {
  throw_if_failed(replies, command);
  std::vector<TapeView> next;
  std::vector<std::size_t> left;
  for (const PartReply& part : replies) {
    detail::expect_container(part.reply, "array");
    left.push_back(part.reply.elements());
    next.push_back(part.reply.first());
  }
  Tape merged;
  const std::size_t array = merged.open(ReplyType::array, part_of_key.size());
  for (const std::uint32_t part : part_of_key) {
    if (left[part] == 0) detail::throw_misfit(replies[part].reply, "one element a key");
    merged.add_copy(next[part].tape(), next[part].node());
    if (--left[part] != 0) next[part] = next[part].next();
  }
  for (std::size_t part = 0; part < replies.size(); ++part) {
    if (left[part] != 0) detail::throw_misfit(replies[part].reply, "one element a key");
  }
  merged.close(array);
  return merged;
}

}  // namespace rediscluster::merge
