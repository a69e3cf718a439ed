#include "client/requests.h"

#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster::client {

using routing::Access;
using topology::Candidate;
using transport::Call;
using transport::Clock;
using transport::Failure;

void Request::choose_servers(const CallSettings& settings) {
  if (server_ != nullptr) {
    candidates_.push_back({server_, false, false});
  } else if (access_ == Access::read) {
    candidates_ = node_->read_candidates(settings.mastersonly, touched_, settings.now, needed_);
  } else {
    candidates_.push_back({&node_->master(), false, false});
  }
  // The last one is worth a second try: what failed may have been a connection that had lain idle.
  candidates_.push_back(candidates_[candidates_.size() - 1]);
}

void Request::submit(const CallSettings& settings) {
  const Candidate& candidate = candidates_[next_++];
  call_.emplace(bytes_, replies_);
  call_->require_in_sync(candidate.only_in_sync);
  if (node_ != nullptr && node_->tracks_writes()) see_to_own_writes(candidate, settings);
  candidate.server->link().submit(*call_, settings.deadline, settings.now, sharing_);
}

void Request::see_to_own_writes(const Candidate& candidate, const CallSettings& settings) {
  if (candidate.confirmed) call_->require_confirmed(needed_);
  // A client that never reads from slaves needs to know nothing of them.
  asks_ = !settings.mastersonly && node_->is_to_be_asked(*candidate.server, settings.now);
  if (asks_) call_->ask_first(transport::Question::replication);
}

bool Request::is_refused_read() const noexcept {
  if (access_ != Access::read || next_ == candidates_.size() || replies_ != 1) return false;
  const TapeView reply(const_cast<Call&>(*call_).replies(), 0);
  if (!reply.is_error()) return false;
  const std::string_view prefix = protocol::error_prefix(reply.text());
  return prefix == "LOADING" || prefix == "MASTERDOWN";
}

bool Request::may_try_again(const CallSettings& settings) const {
  if (next_ == candidates_.size() || settings.deadline.passed(Clock::now())) return false;
  if (access_ != Access::read && call_->maybe_executed()) return false;
  switch (call_->failure().kind) {
    case Failure::Kind::authentication:
      return access_ == Access::read;  // another server of the node may know us
    case Failure::Kind::connection:
    case Failure::Kind::loading:
    case Failure::Kind::unconfirmed:
    case Failure::Kind::timeout:  // of connecting: the call's own deadline has not passed
      return true;
    default:
      return false;  // an unreadable reply would be unreadable again
  }
}

bool Request::settle(const CallSettings& settings) {
  if (!call_->failure()) {
    if (is_refused_read()) {
      candidates_[next_ - 1].server->avoid(Clock::now());
      return false;
    }
    candidates_[next_ - 1].server->answered();
    if (access_ == Access::write && node_ != nullptr) node_->note_write(touched_);
    if (asks_) node_->seek_confirmation(settings.now);
    if (failure_) failure_ = {};
    return true;
  }
  const bool unconfirmed = call_->failure().kind == Failure::Kind::unconfirmed;
  if (!unconfirmed) candidates_[next_ - 1].server->avoid(Clock::now());
  const bool again = may_try_again(settings);
  if (!unconfirmed) failure_ = call_->failure();
  if (again) return false;
  if (unconfirmed) failure_ = missing_write();
  maybe_executed_ = call_->maybe_executed();
  if (maybe_executed_ && access_ == Access::write && node_ != nullptr) node_->note_write(touched_);
  return true;
}

// No server that can be asked is known to have what this client has written.
Failure Request::missing_write() const {
  return {Failure::Kind::connection, (failure_ ? failure_.text() : node_->name() + " has no master that can be asked") +
                                         "; the slaves may lack a write of this client (read_your_writes)"};
}

void run_requests(std::span<Request> requests, const CallSettings& settings, WithoutMaster without_master) {
  detail::InlineVector<Call*, 16> calls;
  detail::InlineVector<Request*, 16> running;
  for (Request& request : requests) {
    try {
      request.choose_servers(settings);
      running.push_back(&request);
    } catch (const ConnectionError&) {
      if (without_master == WithoutMaster::send_nothing) throw;
      request.failure_ = Failure::of_current_exception();
    }
  }
  calls.extend(running.size());  // now, and not when calls are under way
  for (Request* const request : running) request->submit(settings);
  while (!running.empty()) {
    calls.clear();
    for (Request* const request : running) calls.push_back(&*request->call_);
    transport::wait_all({calls.data(), calls.size()});
    std::size_t left = 0;
    for (Request* const request : running) {
      if (request->settle(settings)) continue;
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
