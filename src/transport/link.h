// The way to one server.
#pragma once

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
    may block get connections of their own, from a stock. */
class Link {
 public:
  Link(ServerAddress address, ConnectionSettings settings);

  const ServerAddress& address() const noexcept { return address_; }

  /** Starts a call: sends what can be sent without blocking. What goes wrong is told by the call. */
  void submit(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing = Sharing::shared) noexcept;
  /** Starts a call and waits for it: faster than one after the other. */
  void run(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing = Sharing::shared) noexcept;
  /** What the server said of itself when a connection was last made. */
  Role role() const;
  /** Connections there are now. */
  std::size_t connections() const;

 private:
  friend void wait_all(std::span<Call* const> calls) noexcept;

  Lane* lane_for(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept;
  Lane& choose_lane() noexcept;
  std::unique_ptr<Lane> new_lane();
  std::unique_ptr<Lane> take_own_lane();
  void give_back(std::unique_ptr<Lane> lane) noexcept;

  const ServerAddress address_;
  const ConnectionSettings settings_;
  mutable std::mutex role_mutex_;  // is taken while a lane is locked
  Role role_;
  const std::unique_ptr<Lane> first_;
  const std::unique_ptr<Lane> second_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> own_lanes_;  // that nobody uses; guarded by mutex_
};

}  // namespace rediscluster::transport
