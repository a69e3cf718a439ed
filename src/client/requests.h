// Sending requests to nodes: choosing servers, waiting for all, trying elsewhere.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <rediscluster/tape.h>

#include "client/retry.h"
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
  RetryPolicy retry = {};
  Observer* observer = nullptr;  ///< null: nobody is told

  /** The same at a later time. */
  CallSettings at(transport::Clock::time_point later) const noexcept {
    return {later, deadline, mastersonly, retry, observer};
  }
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
      : node_(&node), bytes_(bytes), replies_(replies), access_(access) {}
  Request(topology::Server& server, routing::Access access, std::string_view bytes, std::size_t replies) noexcept
      : node_(server.node()), server_(&server), bytes_(bytes), replies_(replies), access_(access) {}

  /** A request can be moved until it is run. */
  Request(Request&& other) noexcept
      : node_(other.node_),
        server_(other.server_),
        bytes_(other.bytes_),
        replies_(other.replies_),
        touched_(other.touched_),
        access_(other.access_),
        sharing_(other.sharing_),
        held_(other.held_) {}

  /** What the commands touch, for own writes to be read back; whatever the node holds unless this is called. */
  void touches(const topology::Touched& touched) noexcept { touched_ = touched; }
  /** What the commands need: shared, unless this is called. */
  void use_connection(routing::Connection needed) noexcept {
    if (needed == routing::Connection::own) sharing_ = transport::Sharing::own;
    if (needed == routing::Connection::busy) sharing_ = transport::Sharing::bare;
  }
  /** Has it sent on this connection, to its server alone. */
  void use(transport::HeldConnection& held) noexcept { held_ = &held; }

  // What follows may be asked once the request has been run.

  /** What went wrong, if anything. */
  const transport::Failure& failure() const noexcept { return failure_; }
  bool maybe_executed() const noexcept { return maybe_executed_; }
  Tape& replies() noexcept { return call_->replies(); }
  /** Who has answered, when there is no failure. */
  topology::Server& server() const noexcept { return *candidates_[next_ - 1].server; }

 private:
  friend void run_requests(std::span<Request> requests, const CallSettings& settings, WithoutMaster without_master);

  void choose_candidates(CallSettings& settings);
  void choose_servers(CallSettings& settings);
  /** Makes the call for the next server. */
  transport::Link& next_link(const CallSettings& settings);
  void submit(const CallSettings& settings);
  /** The same as run_requests() does for several, faster. */
  void run_alone(CallSettings settings);
  /** Judges how the call has ended, and takes over its outcome. `alone`: no other request was waited for. */
  Verdict settle(const CallSettings& settings, bool alone);
  Verdict judge(const CallSettings& settings, bool alone);
  void tell_of_retry(const topology::Server& asked, const Verdict& verdict, const CallSettings& settings) noexcept;
  void tell_of_end(const CallSettings& settings) noexcept;
  /** Chooses servers for a new round. False when there are none, or no time: then the outcome is settled. */
  bool begin_round(CallSettings& settings);
  bool is_refused() const noexcept;
  Verdict take_answer(topology::Server& asked, const CallSettings& settings, bool alone);
  bool follow_refused_write(topology::Server& asked, const CallSettings& settings);
  transport::Failure failure_without_master() const;
  void note_failure(const topology::Candidate& asked, const CallSettings& settings) const;
  bool goes_to_new_master(topology::Server& asked, const CallSettings& settings, transport::Clock::time_point news);
  void see_to_own_writes(const topology::Candidate& candidate, const CallSettings& settings);
  transport::Failure missing_write() const;
  void conclude(const CallSettings& settings);

  topology::Node* node_ = nullptr;  // null for a server that is alone
  topology::Server* server_ = nullptr;
  const std::string_view bytes_;
  const std::size_t replies_;
  topology::Touched touched_;
  const routing::Access access_;
  transport::Sharing sharing_ = transport::Sharing::shared;
  transport::HeldConnection* held_ = nullptr;
  topology::Server* master_ = nullptr;  // of the node, when the candidates were chosen; null for one certain server
  topology::Candidates candidates_;
  topology::Moment needed_ = 0;  // what candidates must be confirmed for
  std::size_t next_ = 0;
  std::optional<transport::Call> call_;
  transport::Failure failure_;
  transport::Clock::time_point begun_;      // for an observer
  transport::Clock::time_point resume_at_;  // of a request that waits for a new round
  Retry retry_;
  int promotions_ = 0;  // that were followed
  bool maybe_executed_ = false;
  bool lacks_write_ = false;  // a slave was not asked because it may lack what this client has written
  bool asks_ = false;         // the call has Question::replication in front
};

/** Runs all requests at the same time: every node has been written to before the first reply is awaited. Reads are
   tried on other servers of their node when one fails, writes again when no byte of them was sent; and both in further
   rounds (see Retry), for which the caller sleeps here, with none of his calls under way. When a node's master has
   failed, or refuses a write because it is none, it is found out who is, and what was not executed goes there: of
   several commands for a node either all or, when any of them may have been executed, none. What goes wrong in the end
   is told by each request. */
void run_requests(std::span<Request> requests, const CallSettings& settings,
                  WithoutMaster without_master = WithoutMaster::send_nothing);

/** Throws the first error among the requests, with maybe_executed() of all of them together. */
void throw_first_error(std::span<Request> requests);

}  // namespace rediscluster::client
