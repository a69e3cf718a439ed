// The way to one server.
#pragma once

#include <atomic>
#include <cstddef>
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
  own      ///< one that nobody else waits for: the command may block
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
  /** What the server said of itself when a connection was last made. */
  Role role() const;
  /** Connections there are now. */
  std::size_t connections() const;

 private:
  friend class Call;
  friend void wait_all(std::span<Call* const> calls) noexcept;

  // A connection that nobody uses.
  struct IdleLane {
    std::unique_ptr<Lane> lane;
    Clock::time_point since;
  };

  Lane& choose_lane(Clock::time_point now) noexcept;
  std::unique_ptr<Lane> new_lane();
  std::unique_ptr<Lane> take_own_lane();
  void give_back(std::unique_ptr<Lane> lane) noexcept;
  void close_idle_lanes(Clock::time_point now) noexcept;
  void note_next_closing() noexcept;

  const ServerAddress address_;
  const ConnectionSettings settings_;
  mutable std::mutex role_mutex_;  // is taken while a lane is locked
  Role role_;
  const std::unique_ptr<Lane> first_;
  const std::unique_ptr<Lane> second_;
  std::atomic<Clock::rep> next_closing_;  // when the first of idle_lanes_ is to be closed
  mutable std::mutex mutex_;              // guards what follows
  std::vector<IdleLane> idle_lanes_;      // of their own; longest idle first
  std::size_t own_lanes_in_use_ = 0;
};

}  // namespace rediscluster::transport
