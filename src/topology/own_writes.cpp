#include "topology/own_writes.h"

#include <string_view>

#include "protocol/letter_case.h"

namespace rediscluster::topology {

namespace {

bool begins_with(std::string_view text, std::string_view upper_case) noexcept {
  return protocol::is_word(text.substr(0, upper_case.size()), upper_case);
}

}  // namespace

// Scripts reach keys that they do not name, in spite of what they are told; SORT_RO reads those of its BY and GET.
bool Touched::reaches_further(const Command& command) noexcept {
  const std::string_view name = command.name();
  return begins_with(name, "EVAL") || begins_with(name, "FCALL") || begins_with(name, "SORT_RO");
}

bool collect_keys(const Command& command, KeyHashes& hashes) {
  return Touched(command).for_each_key([&](std::uint32_t hash) { hashes.push_back(hash); });
}

void NodeWrites::mark(const Touched& touched, Clock::time_point when) noexcept {
  const Moment now = moment(when);
  if (touched.keys() > many || !touched.for_each_key([&](std::uint32_t hash) { times_->mark(hash, now); })) {
    WriteTimes::raise(whole_, now);
  }
  WriteTimes::raise(last_, now);
}

Moment NodeWrites::needed(const Touched& touched) const noexcept {
  const Moment last = this->last();
  Moment needed = whole_.load(std::memory_order_relaxed);
  if (!touched.for_each_key([&](std::uint32_t hash) { needed = std::max(needed, times_->of(hash)); })) return last;
  if (needed <= forgotten_.load(std::memory_order_relaxed)) return 0;
  // A later mark is that of a write to another node: there was none to this one since.
  return std::min(needed, last);
}

void NodeWrites::follow(const transport::Link* master, Clock::time_point now) noexcept {
  const std::lock_guard lock(mutex_);
  const transport::Link* const before = master_.load(std::memory_order_relaxed);
  if (master == nullptr || master == before) return;
  master_.store(master, std::memory_order_relaxed);
  if (before == nullptr) return;
  WriteTimes::raise(forgotten_, moment(now));
  told_.store(0, std::memory_order_relaxed);
}

bool NodeWrites::should_ask_master(Clock::time_point now) noexcept {
  if (last() <= told() && !renew_.load(std::memory_order_relaxed)) return false;
  Moment asked = asked_.load(std::memory_order_relaxed);
  if (now < Clock::time_point(Clock::duration(asked)) + asked_every) return false;
  return asked_.compare_exchange_strong(asked, moment(now), std::memory_order_relaxed);
}

void NodeWrites::master_connected() noexcept {
  const std::lock_guard lock(mutex_);
  told_.store(0, std::memory_order_relaxed);
}

void NodeWrites::master_answered(const Replication& master, Clock::time_point asked) {
  if (master.kind != Replication::Kind::master) return;
  const std::lock_guard lock(mutex_);
  // Of two connections' answers the later question counts; it may be answered first.
  if (moment(asked) <= told() || moment(asked) <= forgotten_.load(std::memory_order_relaxed)) return;
  history_ = master.history;
  offset_ = master.offset;
  told_.store(moment(asked), std::memory_order_relaxed);
  renew_.store(false, std::memory_order_relaxed);
}

Moment NodeWrites::confirmed_by(const Replication& slave) {
  if (slave.kind != Replication::Kind::slave || !slave.link_up) return 0;
  const std::lock_guard lock(mutex_);
  if (told() == 0) return 0;
  if (slave.history != history_) {
    renew_.store(true, std::memory_order_relaxed);  // a master's history may change while it runs
    return 0;
  }
  return slave.offset >= offset_ ? told() : 0;
}

// What listens belongs to the link and may outlive the node.
void NodeWrites::listen(const std::shared_ptr<NodeWrites>& writes, transport::Link& link) {
  link.set_on_answer([writes, from = &link](transport::Lane& lane, transport::Question question,
                                            Clock::time_point asked, TapeView reply) {
    const bool is_master = writes->master_.load(std::memory_order_relaxed) == from;
    if (question == transport::Question::none && is_master) writes->master_connected();
    if (question != transport::Question::replication || reply.type() != ReplyType::string) return;
    const Replication said = Replication::parse(reply.text());
    if (is_master) {
      writes->master_answered(said, asked);
    } else if (const Moment confirmed = writes->confirmed_by(said); confirmed != 0) {
      lane.confirm(confirmed);
    }
  });
}

}  // namespace rediscluster::topology
