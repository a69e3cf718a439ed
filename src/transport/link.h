// The way to one server.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "transport/call.h"
#include "transport/deadline.h"
#include "transport/lane.h"
#include "transport/role.h"
#include "transport/server_address.h"

namespace rediscluster::transport {

/** Which connection a call needs. */
enum class Sharing {
  shared,  ///< any, together with others
  own,     ///< one that nobody else waits for: the command may block
  bare     ///< a new one with no database chosen, nor anything else: a server that is busy with a script refuses that
};

/** A connection of one caller's own, kept for several calls, one after the other: see Link::hold(). It must not outlive
    the link. */
class HeldConnection {
 public:
  HeldConnection(Link& link, std::unique_ptr<Lane> lane) noexcept;
  /** Closes the connection, unless it was released. */
  ~HeldConnection();
  HeldConnection(const HeldConnection&) = delete;
  HeldConnection& operator=(const HeldConnection&) = delete;

  /** From now on calls fail, unsent, when this connection has been lost: to be called when there was an answer. */
  void stay() noexcept;
  /** Others may use the connection when this one's time is over: nothing is left in it that they would notice. */
  void release() noexcept { released_ = true; }
  void keep_from_others() noexcept { released_ = false; }

 private:
  friend class Link;

  Link& link_;
  std::unique_ptr<Lane> lane_;
  std::size_t made_ = 0;  // Lane::connections_made() of the connection to stay with; 0: there is none yet
  bool released_ = false;
};

/** Thread-safe. All callers share one connection, or two while they are few or a large reply is on its way. Calls that
    may block get connections of their own, from a stock that is limited: who finds none free is told so at once
    (Failure::Kind::none_free). */
class Link {
 public:
  Link(ServerAddress address, ConnectionSettings settings);

  const ServerAddress& address() const noexcept { return address_; }

  /** Starts a call: sends what can be sent without blocking. What goes wrong is told by the call. */
  void submit(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing = Sharing::shared) noexcept;
  /** Starts a call and waits for it: faster than one after the other. */
  void run(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing = Sharing::shared) noexcept;
  /** A connection of its own from the same stock, for calls that `use()` it. Waits until one is free; TimeoutError when
      none is until the deadline. Who needs several, of several links, must take them in an order that all keep to. */
  std::unique_ptr<HeldConnection> hold(Deadline deadline);
  /** Asks on every shared connection there is, else on a new one; nobody waits. See Lane::ask(). */
  void ask(Question question, Clock::time_point now) noexcept;
  /** Whether a call that requires this confirmation may be submitted; a guess, until the call has ended. */
  bool may_answer(Clock::rep required) const noexcept {
    return first_->confirmed() >= required || second_->confirmed() >= required;
  }
  /** Whether there is a connection that is not confirmed for this time, or none at all. */
  bool is_behind(Clock::rep time) const noexcept;
  bool has_unanswered() const noexcept { return first_->unanswered() + second_->unanswered() != 0; }
  /** Reads answers that have come while nobody waited for a call; see Lane::pump(). */
  void pump() noexcept;
  /** Has each answer told to `on_answer`, in place of whom it was told before; who is replaced is not being told any
      more when this returns. */
  void set_on_answer(OnAnswer on_answer);
  /** Has what the server says of its role told to `on_role`, in place of whom it was told before, while a connection is
      locked: it must be quick and must not use the link. */
  void listen(const void* owner, std::function<void(const Role&)> on_role);
  /** Nothing more is told to what `owner` has given, when this returns. */
  void stop_listening(const void* owner) noexcept;
  /** What the server last said of itself: when a connection was made, or when it was asked. */
  Role role() const;
  /** To be told what it has said in answer to a call. */
  void heard(const Role& role);
  /** Connections there are now. */
  std::size_t connections() const;
  /** How often a shared connection was made again after one that was lost. */
  std::size_t reconnects() const noexcept;
  /** Replies that are still to come on shared connections; a guess. */
  std::size_t in_flight() const noexcept { return first_->in_flight() + second_->in_flight(); }

 private:
  friend class Call;
  friend class HeldConnection;
  friend void wait_all(std::span<Call* const> calls) noexcept;

  Lane* lane_for(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept;
  Lane& choose_lane(Clock::time_point now) noexcept;
  Lane& choose_confirmed_lane(Clock::rep required, Clock::time_point now) noexcept;
  // A connection that nobody uses.
  struct IdleLane {
    std::unique_ptr<Lane> lane;
    Clock::time_point since;
  };

  std::unique_ptr<Lane> new_lane(const ConnectionSettings& settings);
  std::unique_ptr<Lane> take_own_lane(Sharing sharing);
  std::unique_ptr<Lane> take_own_lane_locked(Sharing sharing);
  void give_back(std::unique_ptr<Lane> lane, bool to_be_kept = true) noexcept;
  void close_idle_lanes(Clock::time_point now) noexcept;
  void note_next_closing() noexcept;

  const ServerAddress address_;
  const ConnectionSettings settings_;
  const ConnectionSettings bare_settings_;
  mutable std::mutex role_mutex_;  // is taken while a lane is locked
  Role role_;
  OnAnswer on_answer_;                        // guarded by role_mutex_
  std::function<void(const Role&)> on_role_;  // guarded by role_mutex_
  const void* listener_ = nullptr;            // guarded by role_mutex_
  const std::unique_ptr<Lane> first_;
  const std::unique_ptr<Lane> second_;
  std::atomic<Clock::rep> next_closing_;  // when the first of idle_lanes_ is to be closed
  mutable std::mutex mutex_;              // guards what follows
  std::vector<IdleLane> idle_lanes_;      // of their own; longest idle first
  std::size_t own_lanes_in_use_ = 0;
  std::condition_variable own_lane_free_;
};

}  // namespace rediscluster::transport
