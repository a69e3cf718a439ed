// How calls end: by their reply, with their connection, at their deadline; and how connections begin.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "transport/lane.h"
#include "transport/observation.h"

namespace rediscluster::transport {

namespace {

// Larger buffers are given back rather than kept.
constexpr std::size_t kept_buffer = 1 << 20;

}  // namespace

void Lane::drop_if_large(std::string& buffer) noexcept {
  buffer.clear();
  if (buffer.capacity() > kept_buffer) std::string().swap(buffer);
}

void Lane::finish(Call& call) noexcept {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  wake(call, Call::done);
}

// Gives the word of a call a new value. When that is `done`, its owner may destroy it the next moment. To be woken
// comes after that, for it may happen at once: who is just falling asleep must not find the old value any more.
void Lane::wake(Call& call, std::uint32_t value) noexcept {
  if (call.waiter_ != nullptr) call.waiter_->notify();
  const Word& word = call.word_;
  const bool sleeps = word.load(std::memory_order_relaxed) == Call::asleep;
  call.word_.store(value, std::memory_order_release);
  if (sleeps) to_wake_.add(word);
}

void Lane::fail(Call& call, const Failure& failure, bool maybe_executed) noexcept {
  call.maybe_executed_ = maybe_executed;
  call.failure_ = failure;
  finish(call);
}

Failure Lane::too_late(const char* what, Clock::time_point since) const {
  const auto waited = std::chrono::round<std::chrono::milliseconds>(Clock::now() - since);
  return {Failure::Kind::timeout, what + address_.described() + " within " + std::to_string(waited.count()) + " ms"};
}

// In a catch block. Only what cannot be read does not name the server by itself.
Failure Lane::current_failure() const {
  const Failure failure = Failure::of_current_exception();
  if (failure.kind != Failure::Kind::invalid_response) return failure;
  return {failure.kind, address_.described() + ": " + failure.text()};
}

Failure Lane::lost(const char* why) const {
  return {Failure::Kind::connection, address_.described() + why};
}

// Unless an attempt has failed just now: then with its failure.
void Lane::connect(Clock::time_point now) {
  if (!reconnect_.may_connect(now)) std::rethrow_exception(last_failure_.exception(false));
  try {
    connection_ = std::make_shared<Connection>(address_, settings_, now);
  } catch (...) {
    note_failed_attempt(Failure::of_current_exception());
    throw;
  }
  connecting_since_ = now;
  confirmed_.store(0, std::memory_order_relaxed);
}

void Lane::note_failed_attempt(const Failure& why) noexcept {
  last_failure_ = why;
  reconnect_.failed(Clock::now(), random_bits());
  barred_until_.store(reconnect_.not_before().time_since_epoch().count(), std::memory_order_relaxed);
}

void Lane::note_attempt_succeeded() noexcept {
  last_failure_ = {};
  reconnect_.succeeded();
  barred_until_.store(reconnect_.not_before().time_since_epoch().count(), std::memory_order_relaxed);
  tell_observer(true, {});
}

void Lane::tell_observer(bool up, std::string_view reason) const noexcept {
  if (settings_.observer == nullptr) return;
  detail::Observation::keep(*settings_.observer, {address_.name, address_.host, address_.port, up, reason});
}

// The connection is lost, and with it everything in flight.
void Lane::fail_all(const Failure& of_first, const Failure& of_others) noexcept {
  if (connection_ != nullptr && !connection_->established() && of_first) note_failed_attempt(of_first);
  if (connection_ != nullptr && connection_->established()) {
    tell_observer(false, of_first.texts != nullptr ? of_first.text() : "the server closed it while it was idle");
  }
  if (connection_ != nullptr) connection_->shut_down();  // wakes who polls it; closed when the last lets go of it
  connection_.reset();
  confirmed_.store(-1, std::memory_order_relaxed);
  std::deque<Entry> lost;
  lost.swap(queue_);
  nominee_ = nullptr;  // it is among them
  const std::uint64_t sent = maybe_sent();
  bool is_first = true;
  for (const Entry& entry : lost) {
    if (entry.call != nullptr) {
      fail(*entry.call, is_first ? of_first : of_others, entry.begin < sent);
    } else if (entry.question == Question::none) {
      in_flight_.fetch_sub(1, std::memory_order_relaxed);
      given_up_.fetch_sub(1, std::memory_order_relaxed);
    }
    is_first = false;
  }
  forget_questions();
  sent_ = appended_;
  drop_if_large(waiting_);
  if (writing_) {
    in_hand_lost_ = true;  // the writer holds on to it
  } else {
    drop_if_large(sending_);
    sending_done_ = 0;
  }
  discarded_.clear();
  silent_since_.reset();
  receiving_much_.store(false, std::memory_order_relaxed);
}

void Lane::time_out(Call& call) {
  const bool connecting = connection_ == nullptr || !connection_->established();
  const Failure failure = too_late(connecting ? "could not connect to " : "no answer from ", call.submitted_);
  const auto at = static_cast<std::size_t>(std::ranges::find(queue_, &call, &Entry::call) - queue_.begin());
  if (withdraw(at)) {
    fail(call, failure, false);
    return;
  }
  leave_place(queue_[at]);
  if (!silent_since_ && last_received_ < call.submitted_) silent_since_ = call.submitted_;
  fail(call, failure, true);
}

// The call is given up, but its reply will still come: its place stays, and what has come of the reply already.
void Lane::leave_place(Entry& entry) noexcept {
  if (&entry == &queue_.front()) discarded_ = std::move(entry.call->tape_);
  entry.call->tape_.clear();
  entry.call = nullptr;
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  given_up_.fetch_add(1, std::memory_order_relaxed);
}

// Takes a call out of the queue whose bytes were not sent. False when it is too late.
bool Lane::withdraw(std::size_t at) {
  const Entry entry = queue_[at];
  if (entry.begin < sent_) return false;
  const std::uint64_t waiting_begin = appended_ - waiting_.size();
  const std::size_t size = entry.end - entry.begin;
  if (entry.begin >= waiting_begin) {
    waiting_.erase(entry.begin - waiting_begin, size);
  } else if (!writing_) {
    sending_.erase(sending_done_ + (entry.begin - sent_), size);
  } else {
    return false;
  }
  queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::size_t later = at; later < queue_.size(); ++later) {
    queue_[later].begin -= size;
    queue_[later].end -= size;
  }
  appended_ -= size;
  return true;
}

void Lane::take_lead() noexcept {
  leading_ = true;
  nominee_ = nullptr;
}

// Whoever leaves sees to it that somebody leads: wakes the first who sleeps, unless one was woken already. While nobody
// can lead, because of a writer, that is left to the writer.
void Lane::pass_on_lead(const Call* from) noexcept {
  if (leading_ || (nominee_ != nullptr && nominee_ != from)) return;
  nominee_ = nullptr;
  if (queue_.empty() || must_await_writer()) return;
  for (const Entry& entry : queue_) {
    if (entry.call == nullptr) continue;
    if (entry.call->waiter_ == nullptr && entry.call->word_.load(std::memory_order_relaxed) != Call::asleep) continue;
    nominee_ = entry.call;
    wake(*entry.call, Call::nominated);
    return;
  }
}

}  // namespace rediscluster::transport
