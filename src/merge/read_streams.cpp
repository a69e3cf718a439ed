#include "merge/read_streams.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <exception>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/partial_reply_error.h>
#include <rediscluster/reply.h>

#include "merge/arguments.h"
#include "protocol/reply_error.h"
#include "routing/router.h"

namespace rediscluster::merge {

namespace {

using Indices = std::vector<std::uint32_t>;

// XREAD [COUNT n] STREAMS key ... id ..., XREADGROUP GROUP group consumer [COUNT n] [NOACK] STREAMS key ... id ...
class Streams {
 public:
  explicit Streams(const Command& command)
      : command_(command), first_(command.keys()[0].argument), count_(command.keys().size()) {}

  std::size_t count() const { return count_; }
  std::string_view name(std::size_t i) const { return command_[first_ + i]; }
  std::string_view id(std::size_t i) const { return command_[first_ + count_ + i]; }
  /** An id is missing, or the group: any server gives the error that one gives. */
  bool incomplete() const {
    constexpr std::string_view needed[] = {"XREADGROUP", "GROUP", "group", "consumer", "STREAMS"};
    const bool of_group = command_.name().size() == needed[0].size();
    return command_.size() != first_ + 2 * count_ || (of_group && first_ < std::size(needed));
  }
  bool blocks() const {
    for (std::size_t i = 1; i + 1 < first_; ++i) {
      if (is_word(command_[i], "BLOCK")) return true;
      if (is_word(command_[i], "GROUP")) {
        i += 2;
      } else if (is_word(command_[i], "COUNT")) {
        ++i;
      }
    }
    return false;
  }

  /** The command up to and with the word STREAMS. */
  Command begin() const {
    Command command(command_.name());
    for (std::size_t i = 1; i < first_; ++i) command.append_word(command_, i);
    return command;
  }
  /** The command for some of the streams. */
  Command part(const Indices& streams) const {
    Command command = begin();
    for (const std::uint32_t i : streams) command.append_key(command_, command_.keys()[i]);
    for (const std::uint32_t i : streams) command.append_word(command_, first_ + count_ + i);
    return command;
  }
  /** A command that fails as the original does on this stream, and if it does not, because of the id "$", which
      XREADGROUP never takes: whether it succeeds is found out without anything being delivered. */
  Command probe(std::size_t i) const {
    Command command = begin();
    command.append_key(command_, command_.keys()[i]).append_key(command_, command_.keys()[i]);
    return std::move(command.append_word(command_, first_ + count_ + i).arg("$"));
  }

 private:
  const Command& command_;
  const std::size_t first_;
  const std::size_t count_;
};

struct Id {
  std::uint64_t milliseconds = 0, number = 0;
  bool operator==(const Id&) const = default;
};

// Milliseconds and, perhaps, a number: no server refuses it.
std::optional<Id> plain_id(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto take_number = [&](std::uint64_t& number) {
    const auto [behind, error] = std::from_chars(at, end, number);
    at = behind;
    return error == std::errc();
  };
  Id id;
  if (!take_number(id.milliseconds)) return std::nullopt;
  if (at != end && !(*at++ == '-' && take_number(id.number) && at == end)) return std::nullopt;
  return id;
}

// Whether a group is asked for new entries, not for those that a consumer has. For servers ">" is the largest id.
bool is_for_new_entries(std::string_view id) {
  constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
  return id == ">" || plain_id(id) == Id{largest, largest};
}

// Which streams are asked for together.
using Groups = std::vector<Indices>;

Groups by_node(NodesOfKeys nodes) {
  Groups groups;
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    const auto same = std::ranges::find(groups, nodes[i], [&](const Indices& group) { return nodes[group[0]]; });
    if (same != groups.end()) {
      same->push_back(i);
    } else {
      groups.push_back({i});
    }
  }
  return groups;
}

Groups one_by_one(std::size_t count) {
  Groups groups;
  for (std::uint32_t i = 0; i < count; ++i) groups.push_back({i});
  return groups;
}

std::vector<std::string> names_of(const Streams& streams) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < streams.count(); ++i) names.emplace_back(streams.name(i));
  return names;
}

// Which of the streams that were asked for together are in the reply. Those of one name that are missing in it are the
// last ones that may be: what a ">" has left over is for the next one of the same name.
std::vector<bool> present_in(TapeView reply, const Indices& asked, const std::vector<std::string>& names,
                             const std::vector<bool>& may_lack) {
  std::unordered_map<std::string_view, std::ptrdiff_t> missing;
  for (const std::uint32_t i : asked) ++missing[names[i]];
  if (!reply.is_nil()) {
    detail::expect_container(reply, "array of streams");
    reply.for_each([&](TapeView stream) {
      detail::expect_elements(stream, 2, "name of a stream and its entries");
      --missing[detail::decode_text(stream.first())];
    });
  }
  std::vector<bool> present(asked.size(), true);
  for (std::size_t k = asked.size(); k-- != 0;) {
    std::ptrdiff_t& absent = missing[names[asked[k]]];
    if (absent <= 0 || !may_lack[asked[k]]) continue;
    present[k] = false;
    --absent;
  }
  for (const auto& [name, left] : missing) {
    if (left != 0) throw InvalidResponse("the streams in the reply are not those that were asked for");
  }
  return present;
}

// What the parts have answered, in the order of the arguments; nil when no stream has anything. No errors among them.
Tape in_order(const Groups& groups, std::span<const TapeView> replies, const std::vector<std::string>& names,
              const std::vector<bool>& may_lack) {
  std::vector<std::optional<TapeView>> found(names.size());
  std::size_t count = 0;
  for (std::size_t part = 0; part < groups.size(); ++part) {
    const std::vector<bool> present = present_in(replies[part], groups[part], names, may_lack);
    if (replies[part].is_nil()) continue;
    std::size_t k = 0;
    replies[part].for_each([&](TapeView stream) {
      while (!present[k]) ++k;
      if (detail::decode_text(stream.first()) != names[groups[part][k]]) {
        throw InvalidResponse("the streams in the reply are not in the order in which they were asked for");
      }
      found[groups[part][k++]] = stream;
      ++count;
    });
  }
  Tape tape;
  if (count == 0) {
    tape.add_nil();
    return tape;
  }
  const std::size_t array = tape.open(ReplyType::array, count);
  for (const std::optional<TapeView>& stream : found) {
    if (stream) tape.add_copy(stream->tape(), stream->node());
  }
  tape.close(array);
  return tape;
}

[[noreturn]] void refuse_to_block(const Command& command, NodesOfKeys nodes) {
  routing::refuse_several_nodes(*routing::row_of(command), nodes);
}

// Whether a stream would be read: its probe has failed only because of the "$".
bool would_be_read(TapeView probed, std::string_view id) {
  if (!probed.is_error()) throw InvalidResponse("XREADGROUP of the id \"$\" was not refused");
  const std::string_view text = probed.text();
  if (!text.starts_with("ERR ")) return false;
  if (id == ">" || plain_id(id)) return true;  // and should the options be wrong, reading fails for each node
  return id != "$" && text.starts_with("ERR The $ ID");
}

// The error that one server gives, without anything being delivered; nothing when there is none.
std::optional<Tape> error_before_reading(const Streams& streams, NodesOfKeys nodes, PartRunner& runner) {
  std::vector<Part> probes;
  for (std::size_t i = 0; i < streams.count(); ++i) {
    probes.push_back({nodes[i], routing::Access::write, streams.probe(i)});
  }
  std::vector<Tape> tapes = runner.run(probes);
  for (std::size_t i = 0; i < tapes.size(); ++i) {
    if (!would_be_read(TapeView(tapes[i], 0), streams.id(i))) return std::move(tapes[i]);
  }
  return std::nullopt;
}

[[noreturn]] void throw_partial(Tape delivered, const std::exception_ptr& cause) {
  try {
    std::rethrow_exception(cause);
  } catch (const RedisError& error) {
    throw PartialReplyError(std::string(error.what()) + "; other nodes have delivered entries, which reply() has",
                            Reply(std::move(delivered)), cause);
  }
}

// Reads, for good: what some nodes have delivered is not lost when another one fails.
Tape deliver(const Command& command, const Streams& streams, const Groups& groups, NodesOfKeys nodes,
             PartRunner& runner) {
  std::vector<Part> parts;
  for (const Indices& group : groups) {
    parts.push_back({nodes[group[0]], routing::Access::write, streams.part(group)});
  }
  const std::vector<PartOutcome> outcomes = runner.run_each(parts);
  Groups answered;
  std::vector<TapeView> replies;
  std::exception_ptr failure;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    std::exception_ptr error = outcomes[i].error;
    if (error == nullptr) {
      const TapeView reply(outcomes[i].reply, 0);
      if (reply.is_error()) {
        error = protocol::reply_error(reply.text(), command.name(), runner.name_of(parts[i].place));
      } else {
        answered.push_back(groups[i]);
        replies.push_back(reply);
      }
    }
    if (failure == nullptr) failure = error;
  }
  std::vector<bool> may_lack(streams.count());
  for (std::size_t i = 0; i < streams.count(); ++i) may_lack[i] = is_for_new_entries(streams.id(i));
  Tape delivered = in_order(answered, replies, names_of(streams), may_lack);
  if (failure == nullptr) return delivered;
  if (TapeView(delivered, 0).is_nil()) std::rethrow_exception(failure);
  throw_partial(std::move(delivered), failure);
}

}  // namespace

Plan plan_read_streams(const Command& command, NodesOfKeys nodes) {
  const Streams streams(command);
  Plan plan;
  if (streams.incomplete()) {
    plan.parts.push_back({nodes[0], routing::Access::read, command});
    plan.merge = [name = std::string(command.name())](std::span<const PartReply> replies) {
      throw_if_failed(replies, name);
      Tape copy;
      copy.add_copy(replies[0].reply.tape(), replies[0].reply.node());
      return copy;
    };
    return plan;
  }
  if (streams.blocks()) refuse_to_block(command, nodes);
  // Where an id may be refused, the first error in the order of the arguments is the answer; and of a stream that is
  // asked for twice nobody could tell which of the two is left out.
  std::unordered_set<std::string_view> names;
  bool together = true;
  for (std::size_t i = 0; i < streams.count(); ++i) {
    together = together && names.insert(streams.name(i)).second;
    together = together && (streams.id(i) == "$" || plain_id(streams.id(i)));
  }
  Groups groups = together ? by_node(nodes) : one_by_one(nodes.size());
  for (const Indices& group : groups) {
    plan.parts.push_back({nodes[group[0]], routing::Access::read, streams.part(group)});
  }
  plan.merge = [groups = std::move(groups), names = names_of(streams),
                name = std::string(command.name())](std::span<const PartReply> replies) {
    throw_if_failed(replies, name);
    std::vector<TapeView> views;
    for (const PartReply& part : replies) views.push_back(part.reply);
    return in_order(groups, views, names, std::vector<bool>(names.size(), true));
  };
  return plan;
}

Tape read_streams_of_group(const Command& command, NodesOfKeys nodes, PartRunner& runner) {
  const Streams streams(command);
  if (streams.incomplete()) {
    const Part part{nodes[0], routing::Access::write, command};
    return std::move(runner.run({&part, 1})[0]);
  }
  if (streams.blocks()) refuse_to_block(command, nodes);
  if (std::optional<Tape> error = error_before_reading(streams, nodes, runner)) return std::move(*error);
  return deliver(command, streams, by_node(nodes), nodes, runner);
}

}  // namespace rediscluster::merge
