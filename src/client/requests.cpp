#include "client/requests.h"

#include <algorithm>
#include <thread>

#include <rediscluster/errors.h>

#include "protocol/reply_error.h"
#include "transport/backoff.h"

namespace rediscluster::client {

using routing::Access;
using topology::Candidate;
using transport::Call;
using transport::Clock;
using transport::Failure;

void Request::choose_candidates(const CallSettings& settings) {
  candidates_.clear();
  next_ = 0;
  if (server_ != nullptr) {
    candidates_.push_back({server_, false});
  } else if (access_ == Access::read) {
    candidates_ = node_->read_candidates(settings.mastersonly, settings.now);
  } else {
    candidates_.push_back({&node_->master(), false});
  }
  if (access_ == Access::write && node_ != nullptr) node_->note_write(settings.now);
}

void Request::choose_servers(const CallSettings& settings) {
  choose_candidates(settings);
  // The last one is worth a second try: what failed may have been a connection that had lain idle.
  candidates_.push_back(candidates_[candidates_.size() - 1]);
}

void Request::submit(const CallSettings& settings) {
  const Candidate& candidate = candidates_[next_++];
  call_.emplace(bytes_, replies_);
  call_->require_in_sync(candidate.only_in_sync);
  candidate.server->link().submit(*call_, settings.deadline, settings.now, sharing_);
}

bool Request::begin_round(const CallSettings& settings) {
  if (settings.deadline.passed(settings.now)) {  // others of the caller's requests have taken all the time
    failure_ = call_->failure();
    return false;
  }
  try {
    choose_candidates(settings);
    return true;
  } catch (const ConnectionError&) {
    failure_ = Failure::of_current_exception();
    return false;
  }
}

bool Request::is_refused() const noexcept {
  if (replies_ != 1) return false;
  const TapeView reply(const_cast<Call&>(*call_).replies(), 0);
  if (!reply.is_error()) return false;
  const std::string_view prefix = protocol::error_prefix(reply.text());
  return prefix == "LOADING" || (prefix == "MASTERDOWN" && access_ == Access::read);
}

Verdict Request::settle(const CallSettings& settings) {
  topology::Server& server = *candidates_[next_ - 1].server;
  Attempt attempt{call_->failure().kind, !call_->failure() && is_refused(), call_->maybe_executed()};
  if (attempt.failure == Failure::Kind::none && !attempt.refused) {
    server.answered();
    if (access_ == Access::write && node_ != nullptr) node_->note_write(Clock::now());
    return {Verdict::What::done};
  }
  const Clock::time_point now = Clock::now();
  if (attempt.failure != Failure::Kind::none_free) server.avoid(now);
  maybe_executed_ = maybe_executed_ || call_->maybe_executed();
  const Verdict verdict = retry_.after(attempt, access_, candidates_.size() - next_, settings.retry, now,
                                       settings.deadline, transport::random_bits());
  if (verdict.what == Verdict::What::wait) resume_at_ = verdict.until;
  if (verdict.what == Verdict::What::give_up) failure_ = call_->failure();
  return verdict;
}

namespace {

// Keeps those requests for which `keep` holds, in their order.
template <class F>
void keep_if(detail::InlineVector<Request*, 16>& requests, F keep) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (keep(requests[i])) requests[kept++] = requests[i];
  }
  requests.truncate(kept);
}

}  // namespace

void run_requests(std::span<Request> requests, const CallSettings& settings, WithoutMaster without_master) {
  detail::InlineVector<Call*, 16> calls;
  detail::InlineVector<Request*, 16> running;
  detail::InlineVector<Request*, 16> resting;  // until a new round
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
  resting.extend(running.size());
  resting.clear();
  for (Request* const request : running) request->submit(settings);
  while (!running.empty()) {
    calls.clear();
    for (Request* const request : running) calls.push_back(&*request->call_);
    transport::wait_all({calls.data(), calls.size()});
    keep_if(running, [&](Request* request) {
      const Verdict verdict = request->settle(settings);
      if (verdict.what == Verdict::What::next) request->submit(settings.at(Clock::now()));
      if (verdict.what == Verdict::What::wait) resting.push_back(request);
      return verdict.what == Verdict::What::next;
    });
    // Nobody sleeps while calls of his are under way: he may be the one who has to read the replies.
    if (!running.empty() || resting.empty()) continue;
    const auto wakes = std::ranges::min(resting, {}, &Request::resume_at_)->resume_at_;
    std::this_thread::sleep_until(wakes);
    const CallSettings settings_now = settings.at(Clock::now());
    keep_if(resting, [&](Request* request) {
      if (request->resume_at_ > settings_now.now) return true;
      if (!request->begin_round(settings_now)) return false;
      request->submit(settings_now);
      running.push_back(request);
      return false;
    });
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
