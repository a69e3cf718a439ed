// The way to one server, shared by all callers.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "transport/call.h"
#include "transport/connection.h"
#include "transport/deadline.h"
#include "transport/role.h"
#include "transport/server_address.h"

namespace rediscluster::transport {

/** Thread-safe. For now each call in flight has a connection of its own, taken from and given back to a stock. */
class Link {
 public:
  Link(ServerAddress address, ConnectionSettings settings);

  const ServerAddress& address() const noexcept { return address_; }

  /** Starts a call: sends what can be sent without blocking. What goes wrong is told by the call, which is then done. */
  void submit(Call& call, Deadline deadline, Clock::time_point now) noexcept;
  /** What the server said of itself when a connection was last made. */
  Role role() const;
  /** Connections that wait to be used again. */
  std::size_t idle_connections() const;

 private:
  friend void wait_all(std::span<Call* const> calls);

  std::unique_ptr<Connection> take_connection(Clock::time_point now);
  void advance(Call& call) noexcept;
  void time_out(Call& call) noexcept;
  void finish(Call& call) noexcept;
  void fail(Call& call) noexcept;

  const ServerAddress address_;
  const ConnectionSettings settings_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<Connection>> idle_;
  Role role_;
};

}  // namespace rediscluster::transport
