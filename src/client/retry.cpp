#include "client/retry.h"

#include <algorithm>

#include "transport/backoff.h"

namespace rediscluster::client {

using routing::Access;
using transport::Clock;
using transport::Failure;
using What = Verdict::What;

namespace {

// Where it may be tried again after such a failure.
enum class Again { nowhere, elsewhere, everywhere };

Again after_failure(const Attempt& attempt, Access access) noexcept {
  if (attempt.refused) return Again::everywhere;  // it was not executed, whatever it was
  if (access != Access::read && attempt.maybe_executed) return Again::nowhere;
  switch (attempt.failure) {
    case Failure::Kind::connection:
    case Failure::Kind::loading:
    case Failure::Kind::unconfirmed:
    case Failure::Kind::timeout:  // of connecting, or the deadline would have passed
      return Again::everywhere;
    case Failure::Kind::authentication:
    case Failure::Kind::none_free:
      // Another server of the node may know us, or have a connection for us; the same one will not, however often
      // asked.
      return access == Access::read ? Again::elsewhere : Again::nowhere;
    case Failure::Kind::none:
    case Failure::Kind::invalid_response:  // would be unreadable again
    case Failure::Kind::response:
    case Failure::Kind::out_of_memory:
      break;
  }
  return Again::nowhere;
}

}  // namespace

bool may_be_repeated(const Attempt& attempt, Access access) noexcept {
  return after_failure(attempt, access) != Again::nowhere;
}

Verdict Retry::after(const Attempt& attempt, Access access, std::size_t candidates_left, const RetryPolicy& policy,
                     Clock::time_point now, transport::Deadline deadline, std::uint32_t random) noexcept {
  if (attempt.failure == Failure::Kind::none && !attempt.refused) return {What::done};
  const Again again = after_failure(attempt, access);
  if (again == Again::nowhere || deadline.passed(now)) return {What::give_up};
  if (candidates_left != 0) return {What::next};
  if (again == Again::elsewhere || rounds_ >= policy.retries) return {What::give_up};
  // Compared in milliseconds: the other way round it would be the backoff that is converted, and overflows.
  const Clock::duration first = std::min(policy.backoff, longest_wait);
  const Clock::duration most = transport::doubled(first, static_cast<unsigned>(rounds_), longest_wait);
  const Clock::time_point until = transport::after(now, most / 2 + transport::share(most - most / 2, random));
  if (deadline.passed(until)) return {What::give_up};
  ++rounds_;
  return {What::wait, until};
}

}  // namespace rediscluster::client
