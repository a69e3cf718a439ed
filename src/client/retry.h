// Whether a request that has failed is sent again, when, and to whom. No sockets here, and no clock: all is told.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "routing/command_table.h"
#include "transport/deadline.h"
#include "transport/failure.h"

namespace rediscluster::client {

/** What the user decides about it: Options::retries and Options::retry_backoff. */
struct RetryPolicy {
  int retries = 3;
  std::chrono::milliseconds backoff{8};
};

/** How one attempt has ended. */
struct Attempt {
  transport::Failure::Kind failure = transport::Failure::Kind::none;
  bool refused = false;         ///< there is an answer, but it says: not now, or not here (LOADING, MASTERDOWN)
  bool maybe_executed = false;  ///< a byte of it may have reached the server
};

/** Whether anything may be sent again after such an attempt, be it elsewhere or later. */
bool may_be_repeated(const Attempt& attempt, routing::Access access) noexcept;

/** What is to be done about it. */
struct Verdict {
  enum class What {
    done,     ///< nothing: there is an answer
    next,     ///< send it to the next candidate, now
    wait,     ///< a new round at `until`: choose candidates anew, and send it to the first
    give_up,  ///< what the attempt gave is the outcome
  };
  What what;
  transport::Clock::time_point until{};  // wait

  bool operator==(const Verdict&) const = default;
};

/** The memory of one request. Reads, and what certainly was not executed, go to all candidates at once, one after the
    other, and then again in further rounds, between which time passes: twice as much each time, up to 512 ms, of which
    the random half differs from caller to caller. Nothing is begun that cannot begin before the deadline. */
class Retry {
 public:
  static constexpr std::chrono::milliseconds longest_wait{512};

  /** After an attempt; `candidates_left` of this round. */
  Verdict after(const Attempt& attempt, routing::Access access, std::size_t candidates_left, const RetryPolicy& policy,
                transport::Clock::time_point now, transport::Deadline deadline, std::uint32_t random) noexcept;

 private:
  int rounds_ = 0;  // beyond the first
};

}  // namespace rediscluster::client
