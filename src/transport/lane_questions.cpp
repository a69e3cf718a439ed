// What a lane asks by itself: in front of a call, or alone.
#include <poll.h>
#include <utility>

#include "transport/lane.h"

namespace rediscluster::transport {

std::string_view request_of(Question question) noexcept {
  switch (question) {
    case Question::none:
      break;
    case Question::role:
      return "*1\r\n$4\r\nROLE\r\n";
    case Question::replication:
      return "*2\r\n$4\r\nINFO\r\n$11\r\nreplication\r\n";
    case Question::ping:
      return "*1\r\n$4\r\nPING\r\n";
  }
  return {};
}

// It goes where the queue ends: what is submitted next comes behind it.
void Lane::push_question(Question question, Clock::time_point now) {
  if (is_unanswered(question)) return;
  push(nullptr, request_of(question), 1);
  queue_.back().question = question;
  asked_[static_cast<std::size_t>(question)] = now;
  unanswered_.fetch_add(1, std::memory_order_relaxed);
  if (question == Question::role) role_asked_ = now;
}

void Lane::ask(Question question, Clock::time_point now) noexcept {
  Lock lock(*this);
  try {
    if (!queue_.empty() && nobody_is_in_queue()) pump(lock);
    prepare_connection(now);
    if (is_unanswered(question)) return;
    push_question(question, now);
  } catch (...) {
    return;  // there is no connection to be had: nobody waits, and the next call will find out why
  }
  // A question in front of a call needs no such clock, since the call has a deadline of its own.
  if (!silent_since_ && connection_->established()) silent_since_ = now;  // connecting has a time of its own
  last_used_ = now;
  if (connection_->established() && !writing_) write(lock, nullptr);
  pass_on_lead(nullptr);
}

void Lane::pump() noexcept {
  if (unanswered() == 0) return;
  Lock lock(*this);
  pump(lock);
}

// Callers who come meanwhile find the lead taken and sleep, but not for long: nothing here waits.
void Lane::pump(Lock& lock) noexcept {
  if (leading_ || connection_ == nullptr || must_await_writer()) return;
  take_lead();
  const std::shared_ptr<Connection> connection = connection_;
  bool ready = true;
  if (!connection->established()) {
    pollfd polled{connection->fd(), connection->login_events(), 0};
    ready = ::poll(&polled, 1, 0) > 0;
  }
  progress(lock, connection, ready, nullptr);
  leading_ = false;
  pass_on_lead(nullptr);
}

void Lane::answered(Question question) {
  const Tape tape = std::exchange(discarded_, Tape());
  const TapeView reply(tape, 0);
  const Clock::time_point asked = std::exchange(asked_[static_cast<std::size_t>(question)], Clock::time_point());
  // What else was asked has not been waited for since before this answer came.
  if (unanswered_.fetch_sub(1, std::memory_order_relaxed) > 1) silent_since_ = Clock::now();
  if (question == Question::role) learn_role(Role::parse(reply));
  if (on_answer_) on_answer_(*this, question, asked, reply);
}

void Lane::confirm(Clock::rep time) noexcept {
  if (time > confirmed()) confirmed_.store(time, std::memory_order_relaxed);
}

void Lane::refuse_unconfirmed(Call& call) noexcept {
  try {
    fail(call, {Failure::Kind::unconfirmed, address_.described() + ": may lack an own write"}, false);
  } catch (...) {
    fail(call, Failure::of_current_exception(), false);
  }
}

void Lane::tell_of_connection() {
  if (unanswered() != 0) silent_since_ = Clock::now();
  if (!on_answer_) return;
  Tape nil;
  nil.add_nil();
  on_answer_(*this, Question::none, last_used_, TapeView(nil, 0));
}

void Lane::forget_questions() noexcept {
  asked_ = {};
  unanswered_.store(0, std::memory_order_relaxed);
}

}  // namespace rediscluster::transport
