// One exchange with one server, from its submission until its replies are there.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <string_view>

#include <rediscluster/tape.h>

#include "transport/connection.h"
#include "transport/deadline.h"

namespace rediscluster::transport {

class Link;

/** Owned by the caller, who submits it to a link and waits for it; it must stay where it is in between. */
class Call {
 public:
  /** `request`: one or more commands in RESP, to which `replies` replies are expected. Must live until the call is done. */
  Call(std::string_view request, std::size_t replies) noexcept : request_(request), replies_(replies) {}
  /** Only a slave that is in step with its master may answer; any other server fails the call before it is sent. */
  void require_in_sync(bool required) noexcept { only_in_sync_ = required; }
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  bool done() const noexcept { return done_; }
  /** What went wrong, when it is done: ConnectionError, TimeoutError, InvalidResponse ...; null when all is well. */
  const std::exception_ptr& error() const noexcept { return error_; }
  /** True when the server may have run a part of the request. */
  bool maybe_executed() const noexcept { return maybe_executed_; }
  /** The replies, one behind the other, when it is done without an error. */
  Tape& replies() noexcept { return tape_; }

 private:
  friend class Link;
  friend void wait_all(std::span<Call* const> calls);

  const std::string_view request_;
  const std::size_t replies_;
  Tape tape_;
  Deadline deadline_ = Deadline::never();
  Clock::time_point submitted_;
  Link* link_ = nullptr;
  std::unique_ptr<Connection> connection_;
  std::exception_ptr error_;
  bool only_in_sync_ = false;
  bool done_ = false;
  bool maybe_executed_ = false;
};

/** Waits until every call is done, by its reply, its failure or its deadline; makes progress on all at the same time. */
void wait_all(std::span<Call* const> calls);

}  // namespace rediscluster::transport
