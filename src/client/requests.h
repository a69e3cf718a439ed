// Sending requests to nodes: choosing servers, waiting for all, trying elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <rediscluster/tape.h>

#include "routing/command_table.h"
#include "topology/topology.h"
#include "transport/call.h"
#include "transport/deadline.h"
#include "transport/failure.h"
#include "transport/link.h"

namespace rediscluster::client {

/** How one call of the user's is to be made. */
struct CallSettings {
  transport::Clock::time_point now;
  transport::Deadline deadline;
  bool mastersonly;
};

/** What becomes of the other requests when a node has no master to write to. */
enum class WithoutMaster {
  send_nothing,     ///< throw, before anything is sent: a command that is only run in part is worse than none
  send_the_others,  ///< they do not depend on each other: only that request fails
};

/** One or more commands for one node, or for one server, and what becomes of them. */
class Request {
 public:
  /** `bytes` are `replies` commands in RESP; they must live until the request has been run. */
  Request(topology::Node& node, routing::Access access, std::string_view bytes, std::size_t replies) noexcept
      : node_(&node), access_(access), bytes_(bytes), replies_(replies) {}
  Request(topology::Server& server, routing::Access access, std::string_view bytes, std::size_t replies) noexcept
      : node_(server.node()), server_(&server), access_(access), bytes_(bytes), replies_(replies) {}

  /** A request can be moved until it is run. */
  Request(Request&& other) noexcept
      : node_(other.node_),
        server_(other.server_),
        access_(other.access_),
        bytes_(other.bytes_),
        replies_(other.replies_),
        sharing_(other.sharing_) {}

  /** The commands may block, or their replies break the connection: nobody else is to wait behind them. */
  void use_own_connection() noexcept { sharing_ = transport::Sharing::own; }

  // What follows may be asked once the request has been run.

  /** What went wrong, if anything. */
  const transport::Failure& failure() const noexcept { return failure_; }
  bool maybe_executed() const noexcept { return maybe_executed_; }
  Tape& replies() noexcept { return call_->replies(); }

 private:
  friend void run_requests(std::span<Request> requests, const CallSettings& settings, WithoutMaster without_master);

  void choose_servers(const CallSettings& settings);
  /** Makes the call for the next server. */
  transport::Link& next_link();
  void submit(const CallSettings& settings);
  /** The same as run_requests() does for several, faster. */
  void run_alone(const CallSettings& settings);
  /** Takes over the outcome of the call. False when another server is to be tried. */
  bool settle(const CallSettings& settings);
  bool may_try_again(const CallSettings& settings) const;
  bool is_refused_read() const noexcept;

  topology::Node* node_ = nullptr;  // null for a server that is alone
  topology::Server* server_ = nullptr;
  const routing::Access access_;
  const std::string_view bytes_;
  const std::size_t replies_;
  transport::Sharing sharing_ = transport::Sharing::shared;
  topology::Candidates candidates_;
  std::size_t next_ = 0;
  std::optional<transport::Call> call_;
  transport::Failure failure_;
  bool maybe_executed_ = false;
};

/** Runs all requests at the same time: every node has been written to before the first reply is awaited. Reads are
   tried on other servers of their node when one fails, writes again when no byte of them was sent. What goes wrong in
   the end is told by each request. */
void run_requests(std::span<Request> requests, const CallSettings& settings,
                  WithoutMaster without_master = WithoutMaster::send_nothing);

/** Throws the first error among the requests, with maybe_executed() of all of them together. */
void throw_first_error(std::span<Request> requests);

}  // namespace rediscluster::client
