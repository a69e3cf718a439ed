#include "client/requests.h"

#include <algorithm>
#include <thread>

#include <rediscluster/errors.h>

#include "client/observe.h"
#include "client/refusal.h"
#include "protocol/reply_error.h"
#include "transport/backoff.h"
#include "transport/observation.h"

namespace rediscluster::client {

using routing::Access;
using topology::Candidate;
using topology::Server;
using transport::Call;
using transport::Clock;
using transport::Failure;
using What = Verdict::What;

namespace {

// More than one fail-over while a call is under way is not worth waiting for.
constexpr int promotions_followed = 2;

}  // namespace

// Before anything is sent to a master in doubt, it is found out who is master.
void Request::choose_candidates(CallSettings& settings) {
  candidates_.clear();
  next_ = 0;
  if (server_ != nullptr) {
    candidates_.push_back({server_, false, false});
    return;
  }
  if ((access_ != Access::read || settings.mastersonly) && node_->in_doubt()) {
    node_->look_for_master(settings.deadline);
    settings.now = Clock::now();
  }
  master_ = node_->known_master();
  if (access_ == Access::read) {
    candidates_ = node_->read_candidates(settings.mastersonly, touched_, settings.now, needed_);
  } else {
    candidates_.push_back({&node_->master(), false, false});
  }
}

void Request::choose_servers(CallSettings& settings) {
  if (settings.observer != nullptr) begun_ = settings.now;
  choose_candidates(settings);
  // The last one is worth a second try: what failed may have been a connection that had lain idle.
  candidates_.push_back(candidates_[candidates_.size() - 1]);
}

transport::Link& Request::next_link(const CallSettings& settings) {
  const Candidate& candidate = candidates_[next_++];
  call_.emplace(bytes_, replies_);
  call_->require_in_sync(candidate.only_in_sync);
  if (held_ != nullptr) call_->use(*held_);
  if (node_ != nullptr && node_->tracks_writes()) see_to_own_writes(candidate, settings);
  return candidate.server->link();
}

void Request::submit(const CallSettings& settings) {
  next_link(settings).submit(*call_, settings.deadline, settings.now, sharing_);
}

void Request::run_alone(CallSettings settings) {
  choose_servers(settings);
  while (true) {
    next_link(settings).run(*call_, settings.deadline, settings.now, sharing_);
    Call* const call = &*call_;
    transport::wait_all({&call, 1});
    const Verdict verdict = settle(settings, true);
    if (verdict.what == What::done || verdict.what == What::give_up) return;
    if (verdict.what == What::wait) std::this_thread::sleep_until(resume_at_);
    settings.now = Clock::now();
    if (verdict.what == What::wait && !begin_round(settings)) return;
  }
}

void Request::see_to_own_writes(const Candidate& candidate, const CallSettings& settings) {
  if (candidate.confirmed) call_->require_confirmed(needed_);
  // A client that never reads from slaves needs to know nothing of them.
  asks_ = !settings.mastersonly && node_->is_to_be_asked(*candidate.server, settings.now);
  if (asks_) call_->ask_first(transport::Question::replication);
}

bool Request::begin_round(CallSettings& settings) {
  if (settings.deadline.passed(settings.now)) {  // others of the caller's requests have taken all the time
    conclude(settings);
    if (settings.observer != nullptr) tell_of_end(settings);
    return false;
  }
  const Candidate asked = candidates_[next_ - 1];
  try {
    choose_candidates(settings);
    return true;
  } catch (const ConnectionError&) {
    failure_ = Failure::of_current_exception();
  }
  candidates_.push_back(asked);
  next_ = candidates_.size();
  if (settings.observer != nullptr) tell_of_end(settings);
  return false;
}

bool Request::is_refused() const noexcept {
  if (replies_ != 1 && access_ != Access::read) return false;  // a part of it may have been executed
  const TapeView reply(const_cast<Call&>(*call_).replies(), 0);
  if (!reply.is_error()) return false;
  const std::string_view prefix = protocol::error_prefix(reply.text());
  return prefix == "LOADING" || (prefix == "MASTERDOWN" && access_ == Access::read);
}

Verdict Request::settle(const CallSettings& settings, bool alone) {
  if (settings.observer == nullptr) return judge(settings, alone);
  topology::Server& asked = *candidates_[next_ - 1].server;
  const Verdict verdict = judge(settings, alone);
  if (verdict.what == What::done || verdict.what == What::give_up) {
    tell_of_end(settings);
  } else {
    tell_of_retry(asked, verdict, settings);
  }
  return verdict;
}

void Request::tell_of_retry(const Server& asked, const Verdict& verdict, const CallSettings& settings) noexcept {
  RetryEvent event;
  event.command = command_name(bytes_);
  if (node_ != nullptr) event.node = node_->name();
  event.from = asked.name();
  if (verdict.what == What::next) event.to = candidates_[next_].server->name();
  event.reason = error_of(call_->failure(), &call_->replies());
  detail::Observation::tell_kept(*settings.observer);
  detail::Observation::tell(*settings.observer, event);
}

void Request::tell_of_end(const CallSettings& settings) noexcept {
  Server& asked = *candidates_[next_ - 1].server;
  const Tape* const replies = failure_ ? nullptr : &call_->replies();
  CommandEvent event;
  event.command = command_name(bytes_);
  event.commands = replies_;
  if (node_ != nullptr) event.node = node_->name();
  event.server = asked.name();
  event.role = role_of(asked.link());
  event.latency = Clock::now() - begun_;
  event.sent = bytes_.size();
  event.received = replies != nullptr ? replies->text_size() : 0;
  event.outcome = outcome_of(failure_, replies);
  event.error = error_of(failure_, replies);
  detail::Observation::tell_kept(*settings.observer);
  detail::Observation::tell(*settings.observer, event);
}

Verdict Request::judge(const CallSettings& settings, bool alone) {
  const Candidate asked = candidates_[next_ - 1];
  const Attempt attempt{call_->failure().kind, !call_->failure() && is_refused(), call_->maybe_executed()};
  if (attempt.failure == Failure::Kind::none && !attempt.refused) {
    failure_ = {};
    return take_answer(*asked.server, settings, alone);
  }
  const Clock::time_point now = Clock::now();
  maybe_executed_ = maybe_executed_ || attempt.maybe_executed;
  if (attempt.maybe_executed && access_ == Access::write && node_ != nullptr) node_->note_write(touched_);
  const bool was_well = !asked.server->avoided();
  // These two say nothing about the server.
  if (attempt.failure != Failure::Kind::unconfirmed && attempt.failure != Failure::Kind::none_free) {
    asked.server->avoid(now);
    note_failure(asked, settings);
    if (may_be_repeated(attempt, access_) &&
        goes_to_new_master(*asked.server, settings, was_well ? settings.now : Clock::time_point::min())) {
      return {What::next};
    }
  }
  const Verdict verdict = retry_.after(attempt, access_, candidates_.size() - next_, settings.retry, now,
                                       settings.deadline, transport::random_bits());
  if (verdict.what == What::wait) resume_at_ = verdict.until;
  if (attempt.failure == Failure::Kind::unconfirmed) {
    lacks_write_ = true;
  } else {
    failure_ = call_->failure();  // none when it was refused: then the reply tells
  }
  if (verdict.what == What::give_up) conclude(settings);
  return verdict;
}

// There will be no further attempt.
void Request::conclude(const CallSettings& settings) {
  const bool has_reply = !call_->failure();
  // Nothing is wrong with a master that had too little time.
  const bool too_late = failure_.kind == Failure::Kind::timeout && settings.deadline.passed(Clock::now());
  if (lacks_write_ && !has_reply && !too_late) failure_ = missing_write();
}

Verdict Request::take_answer(Server& asked, const CallSettings& settings, bool alone) {
  asked.answered();
  if (asked.wants_latency() && alone && next_ == 1) asked.note_latency(Clock::now() - settings.now);
  if (node_ == nullptr) return {What::done};
  if (access_ == Access::write) node_->note_write(touched_);
  if (asks_) node_->seek_confirmation(settings.now);
  if (access_ == Access::read || server_ != nullptr) return {What::done};
  return {follow_refused_write(asked, settings) ? What::next : What::done};
}

// True when the request goes to another server than the one that has refused it for being a slave.
bool Request::follow_refused_write(Server& asked, const CallSettings& settings) {
  if (replies_ == 1 && call_->replies().type(0) != ReplyType::error) return false;
  const Refusal refusal = refusal_of(call_->replies(), bytes_);
  if (!refusal.of_any) return false;
  node_->doubt();
  if (refusal.of_all) {
    if (goes_to_new_master(asked, settings, settings.now)) return true;
    if (node_->known_master() == nullptr) failure_ = failure_without_master();
    return false;
  }
  // It is too late for this one, but not for the next.
  if (node_->known_master() == &asked) node_->look_for_master(settings.deadline, settings.now);
  return false;
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
  for (int tries = 0; tries < 2; ++tries) candidates_.push_back({successor, false, false});
  return true;
}

// No server that can be asked is known to have what this client has written.
Failure Request::missing_write() const {
  return {Failure::Kind::connection, node_->name() + " has no master that can be asked" +
                                         (failure_ ? " (" + failure_.text() + ")" : std::string()) +
                                         "; its slaves may lack a write of this client (read_your_writes)"};
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
  if (requests.size() == 1 && without_master == WithoutMaster::send_nothing) {
    requests[0].run_alone(settings);
    return;
  }
  detail::InlineVector<Call*, 16> calls;
  detail::InlineVector<Request*, 16> running;
  detail::InlineVector<Request*, 16> resting;  // until a new round
  CallSettings first = settings;
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
  resting.extend(running.size());
  resting.clear();
  for (Request* const request : running) request->submit(first);
  while (!running.empty()) {
    calls.clear();
    for (Request* const request : running) calls.push_back(&*request->call_);
    transport::wait_all({calls.data(), calls.size()});
    keep_if(running, [&](Request* request) {
      const Verdict verdict = request->settle(settings, requests.size() == 1);
      if (verdict.what == Verdict::What::next) request->submit(settings.at(Clock::now()));
      if (verdict.what == Verdict::What::wait) resting.push_back(request);
      return verdict.what == Verdict::What::next;
    });
    // Nobody sleeps while calls of his are under way: he may be the one who has to read the replies.
    if (!running.empty() || resting.empty()) continue;
    const auto wakes = std::ranges::min(resting, {}, &Request::resume_at_)->resume_at_;
    std::this_thread::sleep_until(wakes);
    CallSettings settings_now = settings.at(Clock::now());
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
