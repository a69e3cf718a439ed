// One exchange with one server, from its submission until its replies are there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <rediscluster/tape.h>

#include "transport/deadline.h"
#include "transport/failure.h"
#include "transport/question.h"
#include "transport/waiter.h"

namespace rediscluster::transport {

class HeldConnection;
class Lane;
class Link;

/** Owned by the caller, who submits it to a link and waits for it; it must stay where it is in between. */
class Call {
 public:
  /** `request`: one or more commands in RESP, to which `replies` replies are expected. It is copied when submitted. */
  Call(std::string_view request, std::size_t replies) noexcept : request_(request), replies_(replies) {}
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /** Only a slave that is in step with its master may answer; any other server fails the call before it is sent. */
  void require_in_sync(bool required) noexcept { only_in_sync_ = required; }
  /** Only a connection that is confirmed for this time may answer, as Lane::confirm() says; 0: any. Another one fails
      the call before it is sent, as Failure::Kind::unconfirmed. */
  void require_confirmed(Clock::rep time) noexcept { required_ = time; }
  /** Has the server asked this in front of the request, on the same connection, as of the time of submission. */
  void ask_first(Question question) noexcept { question_ = question; }
  /** Has it made on this connection and no other; see HeldConnection. */
  void use(HeldConnection& held) noexcept { held_ = &held; }

  // What follows may be asked once the call has been waited for.

  /** What went wrong, if anything. */
  const Failure& failure() const noexcept { return failure_; }
  /** True when the server may have run a part of the request. */
  bool maybe_executed() const noexcept { return maybe_executed_; }
  /** The replies, one behind the other, when there is no failure. */
  Tape& replies() noexcept { return tape_; }

 private:
  friend class Lane;
  friend class Link;
  friend class ScatterWait;
  friend void wait_all(std::span<Call* const> calls) noexcept;

  const std::string_view request_;
  const std::size_t replies_;
  Deadline deadline_ = Deadline::never();
  Clock::time_point submitted_;
  Link* link_ = nullptr;
  Lane* lane_ = nullptr;
  std::unique_ptr<Lane> own_lane_;
  HeldConnection* held_ = nullptr;
  bool only_in_sync_ = false;
  Question question_ = Question::none;
  Clock::rep required_ = 0;
  std::size_t continues_ = 0;  // Lane::connections_made() when it was the connection to be used; 0: any
  bool waited_ = false;

  // What the owner is about. Changed under the lane's mutex only; `done` is the last value, and whoever sees it may
  // read what follows, and destroy the call, without the mutex.
  enum : std::uint32_t { awake, asleep, nominated, done };
  bool is_done() const noexcept { return word_.load(std::memory_order_acquire) == done; }
  Word word_{awake};

  // Guarded by the lane's mutex until done.
  Tape tape_;
  Failure failure_;
  PollWaiter* waiter_ = nullptr;  // of an owner that polls several lanes
  bool maybe_executed_ = false;
};

/** Waits until every call is done, by its reply, its failure or its deadline; makes progress on all at the same time.
 */
void wait_all(std::span<Call* const> calls) noexcept;

}  // namespace rediscluster::transport
