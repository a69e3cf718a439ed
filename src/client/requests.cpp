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
    candidates_.push_back({server_, false});
  } else if (access_ == Access::read) {
    candidates_ = node_->read_candidates(settings.mastersonly, settings.now);
  } else {
    candidates_.push_back({&node_->master(), false});
  }
  if (access_ == Access::write && node_ != nullptr) node_->note_write(settings.now);
  // The last one is worth a second try: what failed may have been a connection that had lain idle.
  candidates_.push_back(candidates_[candidates_.size() - 1]);
}

transport::Link& Request::next_link() {
  const Candidate& candidate = candidates_[next_++];
  call_.emplace(bytes_, replies_);
  call_->require_in_sync(candidate.only_in_sync);
  return candidate.server->link();
}

void Request::submit(const CallSettings& settings) {
  next_link().submit(*call_, settings.deadline, settings.now, sharing_);
}

void Request::run_alone(const CallSettings& settings) {
  choose_servers(settings);
  Clock::time_point now = settings.now;
  while (true) {
    next_link().run(*call_, settings.deadline, now, sharing_);
    Call* const call = &*call_;
    transport::wait_all({&call, 1});
    if (settle(settings)) return;
    now = Clock::now();
  }
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
    if (access_ == Access::write && node_ != nullptr) node_->note_write(Clock::now());
    return true;
  }
  candidates_[next_ - 1].server->avoid(Clock::now());
  if (may_try_again(settings)) return false;
  failure_ = call_->failure();
  maybe_executed_ = call_->maybe_executed();
  return true;
}

void run_requests(std::span<Request> requests, const CallSettings& settings, WithoutMaster without_master) {
  if (requests.size() == 1 && without_master == WithoutMaster::send_nothing) {
    requests[0].run_alone(settings);
    return;
  }
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
