#include "client/batch.h"

#include <algorithm>
#include <utility>

#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

std::shared_ptr<const QueuedReply> Batch::add(const Command& command) {
  merge::Plan plan = core_->plan(command);
  Entry entry;
  entry.queued = std::make_shared<QueuedReply>();
  entry.queued->command = command.name();
  entry.merge = std::move(plan.merge);
  entry.slots.reserve(plan.parts.size());
  if (entries_.size() == entries_.capacity()) entries_.reserve(2 * entries_.size() + 8);
  for (const merge::Part& part : plan.parts) entry.slots.push_back(append(part));
  entries_.push_back(std::move(entry));
  return entries_.back().queued;
}

Batch::Slot Batch::append(const merge::Part& part) {
  auto share = std::ranges::find(shares_, part.place, &Share::place);
  if (share == shares_.end()) share = shares_.insert(share, Share{part.place, {}});
  share->bytes += part.command.bytes();
  if (part.access == routing::Access::write) share->access = routing::Access::write;
  return {static_cast<std::size_t>(share - shares_.begin()), share->commands++};
}

void Batch::clear() noexcept {
  entries_.clear();
  shares_.clear();
}

std::vector<Batch::Outcome> Batch::run_shares() {
  std::vector<client::Request> requests;
  requests.reserve(shares_.size());
  for (const Share& share : shares_) {
    requests.push_back(core_->request_to(share.place, share.access, share.bytes, share.commands));
  }
  client::run_requests(requests, core_->settings_of(call_), client::WithoutMaster::send_the_others);
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    Outcome& outcome = outcomes.emplace_back();
    outcome.error = requests[i].error();
    if (outcome.error != nullptr) continue;
    outcome.tape = std::make_shared<const Tape>(std::move(requests[i].replies()));
    outcome.nodes.reserve(shares_[i].commands);
    for (std::size_t node = 0; node < outcome.tape->size(); node = outcome.tape->next(node)) {
      outcome.nodes.push_back(node);
    }
  }
  return outcomes;
}

void Batch::resolve(Entry& entry, std::span<const Outcome> outcomes) const {
  QueuedReply& queued = *entry.queued;
  std::vector<merge::PartReply> replies;
  for (const Slot& slot : entry.slots) {
    const Outcome& outcome = outcomes[slot.share];
    if (outcome.error != nullptr) {
      queued.error = outcome.error;
      return;
    }
    replies.push_back({core_->name_of(shares_[slot.share].place), TapeView(*outcome.tape, outcome.nodes[slot.reply])});
  }
  if (entry.merge) {
    try {
      queued.tape = std::make_shared<const Tape>(entry.merge(replies));
    } catch (const RedisError&) {
      queued.error = std::current_exception();
    }
    return;
  }
  const Slot& slot = entry.slots[0];
  queued.tape = outcomes[slot.share].tape;
  queued.node = outcomes[slot.share].nodes[slot.reply];
  if (replies[0].reply.is_error()) {
    queued.error = protocol::reply_error(replies[0].reply.text(), queued.command, replies[0].place);
  }
}

std::vector<std::shared_ptr<const QueuedReply>> Batch::execute() {
  const std::vector<Outcome> outcomes = run_shares();
  std::vector<std::shared_ptr<const QueuedReply>> replies;
  replies.reserve(entries_.size());
  for (Entry& entry : entries_) {
    resolve(entry, outcomes);
    replies.push_back(entry.queued);
  }
  clear();
  return replies;
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
