#include "client/requests.h"

#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster::client {

using routing::Access;
using topology::Candidate;
using topology::Server;
using transport::Call;
using transport::Clock;
using transport::Failure;

namespace {

// More than one fail-over while a call is under way is not worth waiting for.
constexpr int promotions_followed = 2;
constexpr std::string_view multi = "*1\r\n$5\r\nMULTI\r\n";

// What a server says to a write because it is a slave; it has not executed it.
bool is_slaves_refusal(TapeView reply) {
  if (!reply.is_error()) return false;
  const std::string_view prefix = protocol::error_prefix(reply.text());
  return prefix == "READONLY" || prefix == "MASTERDOWN";
}

bool is_aborted(TapeView reply) {
  return reply.is_error() && protocol::error_prefix(reply.text()) == "EXECABORT";
}

struct Refusal {
  bool of_any = false;  ///< a command was refused because the server is a slave
  bool of_all = true;   ///< nothing of the request was executed
};

Refusal refusal_of(const Tape& replies) {
  Refusal refusal;
  for (std::size_t at = 0; at < replies.size(); at = replies.next(at)) {
    if (is_slaves_refusal(TapeView(replies, at))) {
      refusal.of_any = true;
    } else {
      refusal.of_all = false;
    }
  }
  return refusal;
}

// MULTI is answered by OK, each command by QUEUED or, as a write, by a refusal, and EXEC by EXECABORT, which repeats
// the refusal when the server has become a slave since the commands were queued.
Refusal refusal_of_transaction(const Tape& replies) {
  Refusal refusal;
  bool queueing = true;
  std::size_t last = 0;
  for (std::size_t at = 0; at < replies.size(); at = replies.next(at)) {
    const TapeView reply(replies, at);
    if (at != last && is_aborted(TapeView(replies, last))) queueing = false;  // there is something behind it
    last = at;
    if (is_slaves_refusal(reply)) {
      refusal.of_any = true;
    } else if (reply.type() != ReplyType::status && !is_aborted(reply)) {
      queueing = false;
    }
  }
  const TapeView executed(replies, last);
  if (is_aborted(executed) && executed.text().find(": READONLY") != std::string_view::npos) refusal.of_any = true;
  refusal.of_all = queueing && refusal.of_any && is_aborted(executed);
  return refusal;
}

}  // namespace

// Before it is sent to a master in doubt, it is found out who is master.
void Request::choose_servers(CallSettings& settings) {
  if (server_ != nullptr) {
    candidates_.push_back({server_, false});
  } else {
    if ((access_ != Access::read || settings.mastersonly) && node_->in_doubt()) {
      node_->look_for_master(settings.deadline);
      settings.now = Clock::now();
    }
    master_ = node_->known_master();
    if (access_ == Access::read) {
      candidates_ = node_->read_candidates(settings.mastersonly, settings.now);
    } else {
      candidates_.push_back({&node_->master(), false});
    }
  }
  if (access_ == Access::write && node_ != nullptr) node_->note_write(settings.now);
  // The last one is worth a second try: what failed may have been a connection that had lain idle.
  candidates_.push_back(candidates_[candidates_.size() - 1]);
}

void Request::submit(const CallSettings& settings) {
  const Candidate& candidate = candidates_[next_++];
  call_.emplace(bytes_, replies_);
  call_->require_in_sync(candidate.only_in_sync);
  candidate.server->link().submit(*call_, settings.deadline, settings.now, sharing_);
}

bool Request::is_refused_read() const noexcept {
  if (access_ != Access::read || next_ == candidates_.size() || replies_ != 1) return false;
  const TapeView reply(const_cast<Call&>(*call_).replies(), 0);
  if (!reply.is_error()) return false;
  const std::string_view prefix = protocol::error_prefix(reply.text());
  return prefix == "LOADING" || prefix == "MASTERDOWN";
}

// Whether it does no harm, and there is time. Where to is another question.
bool Request::may_try_again(const CallSettings& settings) const {
  if (settings.deadline.passed(Clock::now())) return false;
  if (access_ != Access::read && call_->maybe_executed()) return false;
  switch (call_->failure().kind) {
    case Failure::Kind::authentication:
      return access_ == Access::read;  // another server of the node may know us
    case Failure::Kind::connection:
    case Failure::Kind::loading:
    case Failure::Kind::timeout:  // of connecting: the call's own deadline has not passed
      return true;
    default:
      return false;  // an unreadable reply would be unreadable again
  }
}

bool Request::settle(const CallSettings& settings, bool alone) {
  const Candidate asked = candidates_[next_ - 1];
  if (!call_->failure()) {
    if (is_refused_read()) {
      asked.server->avoid(Clock::now());
      return false;
    }
    asked.server->answered();
    if (asked.server->wants_latency() && alone && next_ == 1) asked.server->note_latency(Clock::now() - settings.now);
    if (access_ == Access::read || node_ == nullptr) return true;
    if (access_ == Access::write) node_->note_write(Clock::now());
    return server_ != nullptr || settle_refused_write(*asked.server, settings);
  }
  const bool is_news = !asked.server->avoided();
  asked.server->avoid(Clock::now());
  note_failure(asked, settings);
  if (may_try_again(settings)) {
    if (goes_to_new_master(*asked.server, settings, is_news ? settings.now : Clock::time_point::min())) return false;
    if (next_ != candidates_.size()) return false;
  }
  failure_ = call_->failure();
  maybe_executed_ = call_->maybe_executed();
  return true;
}

// True when the replies are to be delivered as they are.
bool Request::settle_refused_write(Server& asked, const CallSettings& settings) {
  const Tape& replies = call_->replies();
  Refusal refusal;
  if (replies_ == 1) {
    if (replies.type(0) != ReplyType::error) return true;
    refusal = refusal_of(replies);
  } else {
    refusal = bytes_.starts_with(multi) ? refusal_of_transaction(replies) : refusal_of(replies);
  }
  if (!refusal.of_any) return true;
  node_->doubt();
  if (refusal.of_all) {
    if (goes_to_new_master(asked, settings, settings.now)) return false;
    if (node_->known_master() == nullptr) failure_ = failure_without_master();
    return true;
  }
  // It is too late for this one, but not for the next.
  if (node_->known_master() == &asked) node_->look_for_master(settings.deadline, settings.now);
  return true;
}

Failure Request::failure_without_master() const {
  try {
    node_->master();
    return {};
  } catch (const ConnectionError&) {
    return Failure::of_current_exception();
  }
}

// What a failure tells about who is master.
void Request::note_failure(const Candidate& asked, const CallSettings& settings) const {
  if (node_ == nullptr) return;
  const bool is_unexpected_master =
      asked.only_in_sync && asked.server->link().role().kind == transport::Role::Kind::master;
  if (is_unexpected_master || asked.server == node_->known_master()) node_->doubt();
  if (is_unexpected_master && server_ == nullptr) node_->look_for_master(settings.deadline);
}

// Whether the master, which has failed or is none, has a successor, to which the request goes in place of all others.
bool Request::goes_to_new_master(Server& asked, const CallSettings& settings, Clock::time_point news) {
  if (&asked != master_ || promotions_ == promotions_followed || settings.deadline.passed(Clock::now())) return false;
  if (node_->known_master() == &asked) node_->look_for_master(settings.deadline, news);
  Server* const successor = node_->known_master();
  if (successor == nullptr || successor == &asked) return false;
  ++promotions_;
  master_ = successor;
  next_ = 0;
  candidates_.clear();
  for (int tries = 0; tries < 2; ++tries) candidates_.push_back({successor, false});
  return true;
}

void run_requests(std::span<Request> requests, const CallSettings& settings, WithoutMaster without_master) {
  CallSettings first = settings;
  detail::InlineVector<Call*, 16> calls;
  detail::InlineVector<Request*, 16> running;
  for (Request& request : requests) {
    try {
      request.choose_servers(first);
      running.push_back(&request);
    } catch (const ConnectionError&) {
      if (without_master == WithoutMaster::send_nothing) throw;
      request.failure_ = Failure::of_current_exception();
    }
  }
  calls.extend(running.size());  // now, and not when calls are under way
  for (Request* const request : running) request->submit(first);
  while (!running.empty()) {
    calls.clear();
    for (Request* const request : running) calls.push_back(&*request->call_);
    transport::wait_all({calls.data(), calls.size()});
    std::size_t left = 0;
    for (Request* const request : running) {
      if (request->settle(settings, requests.size() == 1)) continue;
      request->submit({Clock::now(), settings.deadline, settings.mastersonly});
      running[left++] = request;
    }
    running.truncate(left);
  }
}

void throw_first_error(std::span<Request> requests) {
  const Request* failed = nullptr;
  bool maybe_executed = false;
  for (const Request& request : requests) {
    // The command as a whole may have run when any part of it may have.
    if (!request.failure() || request.maybe_executed()) maybe_executed = true;
    if (failed == nullptr && request.failure()) failed = &request;
  }
  if (failed != nullptr) std::rethrow_exception(failed->failure().exception(maybe_executed));
}

}  // namespace rediscluster::client
