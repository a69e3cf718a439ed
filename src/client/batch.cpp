#include "client/batch.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

namespace {

// The first command of a batch's bytes, which we have encoded ourselves; takes it away from them.
Command take_command(std::string_view& bytes) {
  const auto take_number = [&] {
    std::size_t number = 0;
    const char* const end = std::from_chars(bytes.data() + 1, bytes.data() + bytes.size(), number).ptr;
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()) + 2);
    return number;
  };
  Command command = Command::of_user();
  for (std::size_t words = take_number(); words != 0; --words) {
    const std::size_t size = take_number();
    command.arg(bytes.substr(0, size));
    bytes.remove_prefix(size + 2);
  }
  return command;
}

bool has_tags(const Command& command) {
  return std::ranges::any_of(command.keys(), &Command::KeyMark::tagged);
}

}  // namespace

std::shared_ptr<QueuedReply> Batch::new_queued() {
  if (block_ == nullptr || used_ == block_->size()) {
    block_ = std::make_shared<Block>();
    used_ = 0;
  }
  return {block_, &(*block_)[used_++]};
}

std::shared_ptr<const QueuedReply> Batch::add(const Command& command) {
  if (entries_.empty()) core_ = present_();
  if (entries_.size() == entries_.capacity()) entries_.reserve(2 * entries_.size() + 16);
  Entry entry{new_queued()};
  entry.queued->command = command.name();
  place(entry, command);
  entries_.push_back(std::move(entry));
  return entries_.back().queued;
}

void Batch::place(Entry& entry, const Command& command) {
  std::optional<Command> rewritten;
  auto planned = core_->plan(command, rewritten);
  if (!std::holds_alternative<merge::Single>(planned) || rewritten || has_tags(command)) {
    entry.original = std::make_unique<const Command>(command);
  }
  if (const auto* const single = std::get_if<merge::Single>(&planned)) {
    entry.slot = append(*single);
    return;
  }
  auto& plan = std::get<merge::Plan>(planned);
  entry.parts = std::make_unique<Parts>();
  entry.parts->merge = std::move(plan.merge);
  for (const merge::Part& part : plan.parts) {
    entry.parts->slots.push_back(append({part.place, part.access, part.connection, &part.command}));
  }
}

// The configuration has been replaced since the commands were collected.
void Batch::place_anew() {
  const std::vector<Share> shares = std::exchange(shares_, {});
  std::vector<std::string_view> rest(shares.size());
  std::ranges::transform(shares, rest.begin(), &Share::bytes);
  for (Entry& entry : entries_) {
    std::optional<Command> sent;
    const std::unique_ptr<Parts> parts = std::move(entry.parts);
    if (parts == nullptr) sent = take_command(rest[entry.slot.share]);
    for (std::size_t i = 0; parts != nullptr && i < parts->slots.size(); ++i) take_command(rest[parts->slots[i].share]);
    const std::unique_ptr<const Command> original = std::move(entry.original);
    try {
      place(entry, original != nullptr ? *original : *sent);
    } catch (const RedisError&) {
      entry.queued->error = std::current_exception();  // its keys are on several nodes now, say
    }
  }
}

Batch::Slot Batch::append(const merge::Single& part) {
  auto share = std::ranges::find(shares_, part.place, &Share::place);
  if (share == shares_.end()) {
    share = shares_.insert(share, Share{part.place, {}});
    share->bytes.reserve(1024);
  }
  share->bytes += part.command->bytes();
  if (core_->tracks_writes(part.place)) share->add_keys(part);
  share->access = std::max(share->access, part.access);
  // With other commands there is no way to a server that is busy: it would refuse them.
  if (part.connection != routing::Connection::shared) share->own_connection = true;
  return {static_cast<std::size_t>(share - shares_.begin()), share->commands++};
}

// To be called before `access` is that of the part too. A share with a write goes to the master, so that its reads need
// nothing.
void Batch::Share::add_keys(const merge::Single& part) {
  using routing::Access;
  if (part.access == Access::other || (access == Access::write && part.access == Access::read)) return;
  if (part.access == Access::write && access != Access::write) {
    keys.clear();
    any_key = false;
  }
  if (!any_key && !topology::collect_keys(*part.command, keys)) any_key = true;
}

void Batch::clear() noexcept {
  entries_.clear();
  shares_.clear();
  block_.reset();
}

std::vector<Batch::Outcome> Batch::run(std::span<const Share> shares) const {
  std::vector<client::Request> requests;
  requests.reserve(shares.size());
  for (const Share& share : shares) {
    requests.push_back(core_->request_to(share.place, share.access, share.bytes, share.commands));
    if (!share.any_key) requests.back().touches(topology::Touched(share.keys));
    if (share.own_connection) requests.back().use_connection(routing::Connection::own);
  }
  client::run_requests(requests, core_->settings_of(call_), client::WithoutMaster::send_the_others);
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Outcome& outcome = outcomes.emplace_back();
    outcome.error = requests[i].failure().exception(requests[i].maybe_executed());
    if (outcome.error != nullptr) continue;
    outcome.tape = std::make_shared<const Tape>(std::move(requests[i].replies()));
    outcome.nodes.reserve(shares[i].commands);
    for (std::size_t node = 0; node < outcome.tape->size(); node = outcome.tape->next(node)) {
      outcome.nodes.push_back(node);
    }
  }
  return outcomes;
}

void Batch::resolve(const Entry& entry, std::span<const Share> shares, std::span<const Outcome> outcomes) const {
  if (entry.parts != nullptr) {
    resolve_parts(entry, shares, outcomes);
    return;
  }
  QueuedReply& queued = *entry.queued;
  if (queued.error != nullptr) return;
  const Outcome& outcome = outcomes[entry.slot.share];
  if (outcome.error != nullptr) {
    queued.error = outcome.error;
    return;
  }
  queued.tape = outcome.tape;
  queued.node = outcome.nodes[entry.slot.reply];
  if (queued.tape->type(queued.node) == ReplyType::error) {
    queued.error = protocol::reply_error(queued.tape->text(queued.node), queued.command,
                                         core_->name_of(shares[entry.slot.share].place));
  }
}

void Batch::resolve_parts(const Entry& entry, std::span<const Share> shares, std::span<const Outcome> outcomes) const {
  QueuedReply& queued = *entry.queued;
  std::vector<merge::PartReply> replies;
  for (const Slot& slot : entry.parts->slots) {
    const Outcome& outcome = outcomes[slot.share];
    if (outcome.error != nullptr) {
      queued.error = outcome.error;
      return;
    }
    replies.push_back({core_->name_of(shares[slot.share].place), TapeView(*outcome.tape, outcome.nodes[slot.reply])});
  }
  try {
    queued.tape = std::make_shared<const Tape>(entry.parts->merge(replies));
  } catch (const RedisError&) {
    queued.error = std::current_exception();
  }
}

std::vector<std::shared_ptr<const QueuedReply>> Batch::execute() {
  if (entries_.empty()) return {};
  if (const std::shared_ptr<Core> present = present_(); present != core_) {
    core_ = present;
    place_anew();
  }
  // What is executed is not in the batch any more, whatever happens: nothing is to be sent twice.
  std::vector<Entry> entries = std::exchange(entries_, {});
  const std::vector<Share> shares = std::exchange(shares_, {});
  block_.reset();
  const std::vector<Outcome> outcomes = run(shares);
  std::vector<std::shared_ptr<const QueuedReply>> replies;
  replies.reserve(entries.size());
  for (Entry& entry : entries) {
    resolve(entry, shares, outcomes);
    replies.push_back(std::move(entry.queued));
  }
  return replies;
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
