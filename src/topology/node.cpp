// Whom to ask for a read.
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>

#include "topology/topology.h"

namespace rediscluster::topology {

NodeState Node::state() const {
  NodeState state;
  state.name = name_;
  if (const Server* const master = known_master()) state.master = master->name();
  for (const Server* const server : servers_) state.servers.push_back(server->state());
  return state;
}

void Node::track_writes(std::shared_ptr<WriteTimes> times, ReadYourWrites rule, const Node* previous) {
  if (rule == ReadYourWrites::off) return;
  best_effort_ = rule == ReadYourWrites::best_effort;
  writes_ = previous != nullptr && previous->writes_ != nullptr ? previous->writes_
                                                                : std::make_shared<NodeWrites>(std::move(times));
  drop_marks();
  if (!tracks_writes()) return;
  for (Server* const server : servers_) NodeWrites::listen(writes_, server->link());
}

void Node::drop_marks() noexcept {
  if (writes_ != nullptr) {
    Server* const master = known_master();
    writes_->follow(master != nullptr ? &master->link() : nullptr, Clock::now());
  }
}

void Node::seek_confirmation(Clock::time_point now) noexcept {
  const Moment told = writes_->told();
  const Server* const master = known_master();
  for (Server* const server : servers_) {
    if (server != master) server->seek_confirmation(told, now, false);
  }
}

// Hashes nothing while everything that was ever written is confirmed.
Moment Node::needed_by(const Touched& touched, Clock::time_point now) noexcept {
  if (writes_ == nullptr) return 0;
  const Moment last = writes_->last();
  if (last == 0) return 0;
  const Server* const master = known_master();
  bool behind = false;
  for (Server* const server : servers_) {
    if (server == master || !server->link().is_behind(last)) continue;
    behind = true;
    server->seek_confirmation(writes_->told(), now, true);
  }
  return behind ? writes_->needed(touched) : last;
}

unsigned Node::next_choice() noexcept {
  if (rules_->slaves == SlavePolicy::round_robin) return turn_.fetch_add(1, std::memory_order_relaxed);
  // xorshift, from another point in each thread.
  thread_local std::uint32_t state =
      static_cast<std::uint32_t>(std::hash<std::thread::id>()(std::this_thread::get_id()) ^
                                 static_cast<std::size_t>(Clock::now().time_since_epoch().count())) |
      1U;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state >> 8;  // the lowest bits are the least random
}

Candidates Node::read_candidates(bool mastersonly, const Touched& touched, Clock::time_point now, Moment& needed) {
  Candidates candidates;
  if (mastersonly || servers_.size() == 1) {
    candidates.push_back({&this->master(), false, false});
    return candidates;
  }
  needed = needed_by(touched, now);
  Server* const master = known_master();
  const bool use_master = master != nullptr && master->may_be_asked(now);
  detail::InlineVector<Server*, 4> slaves;
  for (Server* const server : servers_) {
    if (server != master) slaves.push_back(server);
  }
  detail::InlineVector<Server*, 4> well;
  detail::InlineVector<Server*, 4> avoided;
  const unsigned begin = next_choice();
  for (std::size_t i = 0; i < slaves.size(); ++i) {
    Server* const server = slaves[(begin + i) % slaves.size()];
    if (!server->may_be_asked(now)) {
      avoided.push_back(server);
      continue;
    }
    well.push_back(server);
    if (needed != 0 && !server->link().may_answer(needed)) continue;
    if (use_master || server->link().role().link_up) candidates.push_back({server, true, true});
  }
  if (use_master) candidates.push_back({master, false, false});
  for (Server* const server : well) candidates.push_back({server, false, !best_effort_});
  if (!use_master && master != nullptr) candidates.push_back({master, false, false});
  for (Server* const server : avoided) candidates.push_back({server, false, !best_effort_});
  return candidates;
}

}  // namespace rediscluster::topology
