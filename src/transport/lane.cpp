#include "transport/lane.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <sched.h>
#include <utility>

#include <rediscluster/errors.h>

namespace rediscluster::transport {

namespace {

// A connection that was used a moment ago is not asked whether it still lives: that would cost each call of a busy
// caller a system call.
constexpr auto trusted_without_peek = std::chrono::milliseconds(1);
// How long a slave that was in step is taken to be so still.
constexpr auto role_holds = std::chrono::seconds(1);
constexpr std::size_t receive_size = 64 * 1024;
constexpr std::size_t much = 1 << 20;

// Why a server must not answer a call that only a slave in step may answer; null when it may.
const char* out_of_step(const Role& role) {
  if (role.kind == Role::Kind::master) return ": is a master where a slave was expected";
  if (role.kind == Role::Kind::slave && !role.link_up) return ": is not in step with its master";
  return nullptr;
}

}  // namespace

Lane::Lane(const ServerAddress& address, const ConnectionSettings& settings, std::function<void(const Role&)> on_role,
           OnAnswer on_answer)
    : address_(address), settings_(settings), on_role_(std::move(on_role)), on_answer_(std::move(on_answer)) {}

Lane::~Lane() {
  if (connection_ != nullptr && connection_->established()) tell_observer(false, {});
}

bool Lane::is_connected() const {
  const std::lock_guard lock(mutex_);
  return connection_ != nullptr;
}

// ---- Submitting and writing

void Lane::unlock_and_wake() noexcept {
  Sleepers to_wake;
  to_wake.take(to_wake_);
  mutex_.unlock();
  to_wake.wake();
}

void Lane::submit(Call& call) noexcept {
  Lock lock(*this);
  submit(lock, call);
  // Those who came while we wrote left the lead to us, but nobody knows when we shall take it.
  pass_on_lead(nullptr);
}

void Lane::run(Call& call) noexcept {
  Lock lock(*this);
  submit(lock, call);
  wait(lock, call);
}

void Lane::submit(Lock& lock, Call& call) noexcept {
  call.lane_ = this;
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  try {
    if (!queue_.empty() && nobody_is_in_queue()) pump(lock);  // perhaps it has all come by now
    prepare_connection(call.submitted_);
    check_may_answer(call);
    if (call.required_ > confirmed()) {
      refuse_unconfirmed(call);
      return;
    }
    if (is_idle() && !asks_first(call)) {
      send_alone(call);
      return;
    }
    append(call);
  } catch (...) {
    fail(call, Failure::of_current_exception(), false);
    return;
  }
  if (connection_->established() && !writing_) write(lock, &call);
}

void Lane::prepare_connection(Clock::time_point now) {
  if (connection_ != nullptr && is_silent(now)) fail_all(lost(": has been silent for too long"));
  if (connection_ != nullptr && queue_.empty() && now - last_used_ > trusted_without_peek &&
      connection_->established() && connection_->broken()) {
    drop_connection();
  }
  if (connection_ != nullptr && !connection_->established() && nobody_is_in_queue() &&
      connection_->connect_deadline().passed(now)) {
    drop_connection();  // an attempt that everybody has given up
  }
  if (connection_ == nullptr) connect(now);
}

void Lane::check_may_answer(const Call& call) {
  if (call.continues_ != 0 && (!connection_->established() || connections_made() != call.continues_)) {
    throw ConnectionError(address_.described() + ": the connection was lost between two steps that need the same one");
  }
  if (call.only_in_sync_ && connection_->established()) {
    if (const char* const why = out_of_step(role_)) {
      if (queue_.empty()) drop_connection();  // so that the next one asks for the role anew
      throw ConnectionError(address_.described() + why);
    }
  }
}

// Nothing at all has come for so long that the connection is taken for dead; but somebody who has chosen to wait longer
// for a slow command, and the only one whose reply can be due, is left his time.
bool Lane::is_silent(Clock::time_point now) const noexcept {
  if (!silent_since_ || settings_.silence_timeout.count() == 0) return false;
  if (now - *silent_since_ < settings_.silence_timeout) return false;
  return queue_.empty() || queue_.front().call == nullptr || queue_.front().call->deadline_.is_never();
}

bool Lane::is_idle() const noexcept {
  return queue_.empty() && !writing_ && !has_unsent() && connection_->established() && !connection_->has_unsent();
}

// The short way for a caller who has the connection to itself: no copy of the request, no dance with the mutex.
void Lane::send_alone(Call& call) {
  queue_.push_back({&call, appended_, appended_ + call.request_.size(), call.replies_});
  appended_ += call.request_.size();
  last_used_ = call.submitted_;
  try {
    const std::size_t taken = connection_->send(call.request_);
    if (taken != call.request_.size()) waiting_ += call.request_.substr(taken);
    sent_ += taken;
  } catch (...) {
    sent_ = appended_;  // nobody knows how much of it
    fail_all(Failure::of_current_exception());
  }
}

bool Lane::asks_for_role(const Call& call) const noexcept {
  return call.only_in_sync_ && connection_->established() && role_.kind == Role::Kind::slave &&
         call.submitted_ - role_asked_ > role_holds;
}

bool Lane::asks_first(const Call& call) const noexcept {
  return call.question_ != Question::none || asks_for_role(call);
}

void Lane::append(Call& call) {
  if (asks_for_role(call)) push_question(Question::role, call.submitted_);
  if (call.question_ != Question::none) push_question(call.question_, call.submitted_);
  push(&call, call.request_, call.replies_);
  last_used_ = call.submitted_;
}

void Lane::push(Call* call, std::string_view request, std::size_t replies) {
  queue_.push_back({call, appended_, appended_ + request.size(), replies});
  try {
    waiting_ += request;
  } catch (...) {
    queue_.pop_back();
    throw;
  }
  appended_ += request.size();
}

// Writes for all until nothing is left, the socket takes no more, or the connection is lost.
void Lane::write(Lock& lock, const Call* mine) {
  writing_ = true;
  if (mine != nullptr && queue_.size() > 1) {
    // There are others: let them join in.
    lock.unlock();
    ::sched_yield();
    lock.lock();
    drop_what_is_lost();
  }
  while (connection_ != nullptr && connection_->established() && something_to_send() && !connection_->takes_no_more()) {
    if (!write_some(lock, std::shared_ptr<Connection>(connection_))) break;
    // Not for ever: when our own call is done and a reply is due that will wake the leader, the leader writes on.
    if ((mine == nullptr || mine->is_done()) && leading_ && is_reply_due()) break;
    if (has_unsent()) pass_on_lead(nullptr);  // we shall not lead for a while yet
  }
  writing_ = false;
  tell_leader_of_writing();
}

// False when the socket takes no more.
bool Lane::write_some(Lock& lock, const std::shared_ptr<Connection>& connection) {
  if (sending_done_ == sending_.size()) {
    drop_if_large(sending_);
    sending_done_ = 0;
    sending_.swap(waiting_);
  }
  const std::string_view bytes = std::string_view(sending_).substr(sending_done_);
  std::size_t taken = 0;
  Failure failure;
  lock.unlock();
  try {
    taken = connection->send(bytes);
  } catch (...) {
    failure = Failure::of_current_exception();
  }
  lock.lock();
  if (drop_what_is_lost()) return true;
  sending_done_ += taken;
  sent_ += taken;
  if (failure) {
    fail_all(failure);  // as the writer that we still are: a part of what is in hand may have been sent
    drop_what_is_lost();
    return false;
  }
  tell_leader_of_writing();
  return taken == bytes.size() && !connection->has_unsent();
}

// To be called by the writer whenever it has the mutex again.
bool Lane::drop_what_is_lost() noexcept {
  if (!in_hand_lost_) return false;
  in_hand_lost_ = false;
  drop_if_large(sending_);
  sending_done_ = 0;
  return true;
}

// ---- Waiting and leading

void Lane::wait(Call& call) noexcept {
  if (call.is_done()) return;
  Lock lock(*this);
  wait(lock, call);
}

void Lane::wait(Lock& lock, Call& call) noexcept {
  // Asking for the time costs too: who has not slept yet trusts the time of submission.
  Clock::time_point now = call.submitted_;
  while (!call.is_done()) {
    if (call.deadline_.passed(now)) {
      time_out(call);
      break;
    }
    if (may_lead()) {
      take_lead();
      lead(lock, call, now);
      leading_ = false;
    } else {
      sleep(lock, call);
      if (call.is_done()) return;
      lock.lock();
      if (call.word_.load(std::memory_order_relaxed) != Call::done)
        call.word_.store(Call::awake, std::memory_order_relaxed);
      if (nominee_ == &call) nominee_ = nullptr;
    }
    now = Clock::now();
  }
  pass_on_lead(&call);
}

// Whoever comes by leads at once, also when another has been woken for it: that one may be long in coming on a busy
// machine. While nobody can read, because a writer is at the first bytes, nobody leads: the writer will.
bool Lane::may_lead() const noexcept {
  return !leading_ && !must_await_writer();
}

// Returns without the mutex.
void Lane::sleep(Lock& lock, Call& call) noexcept {
  call.word_.store(Call::asleep, std::memory_order_relaxed);
  lock.unlock();
  sleep_on(call.word_, Call::asleep, call.deadline_);
}

// Polls and reads for all until the call is done, or its bytes are another's to write.
void Lane::lead(Lock& lock, Call& call, Clock::time_point now) {
  for (; !call.is_done() && !must_await_writer(); now = Clock::now()) {
    if (call.deadline_.passed(now)) {
      time_out(call);
      return;
    }
    const std::shared_ptr<Connection> connection = connection_;
    Deadline deadline = call.deadline_;
    if (!connection->established()) deadline = deadline.earlier(connection->connect_deadline());
    const short events = events_to_poll();
    if (events == POLLIN && connection->established()) {
      read(lock, connection, deadline, now);
      continue;
    }
    lock.unlock();
    pollfd polled{connection->fd(), events, 0};
    const int ready = ::poll(&polled, 1, deadline.poll_timeout(now));
    lock.lock();
    progress(lock, connection, ready > 0, &call);
  }
}

// A leader that only waits for input must be sure that some comes: that a whole request is with the server. While a
// writer is still at the first one, that is not so, and should the socket take no more, the leader has to go on
// writing.
bool Lane::must_await_writer() const noexcept {
  return writing_ && connection_ != nullptr && connection_->established() &&
         (!is_reply_due() || connection_->has_unsent());
}

void Lane::tell_leader_of_writing() noexcept {
  if (awaiting_writer_ != nullptr) awaiting_writer_->notify();
}

short Lane::events_to_poll() const noexcept {
  if (!connection_->established()) return connection_->login_events();
  return static_cast<short>(something_to_send() && !writing_ && !connection_->takes_no_more() ? POLLIN | POLLOUT
                                                                                              : POLLIN);
}

void Lane::progress(Lock& lock, const std::shared_ptr<Connection>& connection, bool ready, const Call* mine) {
  if (connection == nullptr || connection != connection_) return;
  if (!connection->established()) {
    if (ready) {
      log_in(lock, mine);
    } else if (connection->connect_deadline().passed(Clock::now())) {
      fail_all(too_late("could not connect to ", connecting_since_));
    }
    return;
  }
  if (!ready) return;
  if (something_to_send() && !writing_) write(lock, mine);
  if (connection == connection_) read(lock, connection, Deadline::at(Clock::time_point::min()), {});
}

void Lane::log_in(Lock& lock, const Call* mine) {
  try {
    connection_->log_in();
    if (!connection_->established()) return;
    connections_made_.fetch_add(1, std::memory_order_relaxed);
    note_attempt_succeeded();
    role_asked_ = last_used_;
    if (!is_bare()) learn_role(connection_->role());
    tell_of_connection();
  } catch (...) {
    fail_all(current_failure());
    return;
  }
  if (!writing_ && has_unsent()) write(lock, mine);
}

void Lane::learn_role(const Role& role) {
  if (role.kind != role_.kind || role.master_port != role_.master_port || role.master_host != role_.master_host) {
    confirmed_.store(0, std::memory_order_relaxed);
  }
  role_ = role;
  on_role_(role_);
  if (out_of_step(role_) != nullptr) fail_out_of_step();
}

// Calls that only a slave in step may answer go elsewhere, whether they were sent or not: they are reads.
void Lane::fail_out_of_step() {
  const Failure failure = lost(out_of_step(role_));
  for (std::size_t i = 0; i < queue_.size();) {
    Call* const call = queue_[i].call;
    if (call == nullptr || !call->only_in_sync_) {
      ++i;
      continue;
    }
    if (!withdraw(i)) {
      leave_place(queue_[i]);
      ++i;
    }
    fail(*call, failure, false);
  }
}

// Waits until the deadline at most, reads once, and hands out what is complete.
void Lane::read(Lock& lock, const std::shared_ptr<Connection>& connection, Deadline deadline, Clock::time_point now) {
  char buffer[receive_size];
  std::string_view received;
  Failure failure;
  lock.unlock();
  try {
    if (deadline.passed(now)) {
      received = connection->receive(buffer, sizeof buffer);
    } else if (settings_.busy_poll.count() == 0) {
      received = connection->receive_waiting(buffer, sizeof buffer, deadline.poll_timeout(now));
    } else {
      received = busy_receive(*connection, buffer, deadline, now);
    }
  } catch (...) {
    failure = Failure::of_current_exception();
  }
  lock.lock();
  if (connection != connection_) return;
  if (failure) {
    fail_all(failure);
    return;
  }
  if (received.empty()) return;
  last_received_ = last_used_;
  silent_since_.reset();
  try {
    hand_out_replies(received);
  } catch (...) {
    // Whose reply could not be read is told so; the others only lose their connection.
    fail_all(current_failure(), lost(": the connection was lost by a reply to another caller that could not be read"));
  }
}

// Called without the mutex. Looks again and again for a while, as long as nobody else has a call here; then sleeps.
std::string_view Lane::busy_receive(Connection& connection, char* buffer, Deadline deadline,
                                    Clock::time_point now) const {
  const Deadline spin = Deadline::at(now + settings_.busy_poll).earlier(deadline);
  while (in_flight() == 1 && !spin.passed(now)) {
    const std::string_view received = connection.receive(buffer, receive_size);
    if (!received.empty()) return received;
    now = Clock::now();
  }
  if (deadline.passed(now)) return {};
  return connection.receive_waiting(buffer, receive_size, deadline.poll_timeout(now));
}

void Lane::hand_out_replies(std::string_view received) {
  while (awaits_reply()) {
    Entry& first = queue_.front();
    Tape& tape = first.call != nullptr ? first.call->tape_ : discarded_;
    if (!connection_->parse_plain(received, tape)) {
      if (!received.empty()) connection_->feed(std::exchange(received, {}));
      if (!connection_->parse(tape)) break;
    }
    if (--first.replies_left != 0) continue;
    Call* const call = first.call;
    const Question question = first.question;
    queue_.pop_front();
    if (call != nullptr) {
      finish(*call);
    } else if (question != Question::none) {
      answered(question);
    } else {
      discarded_ = Tape();
      in_flight_.fetch_sub(1, std::memory_order_relaxed);
      given_up_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  const std::size_t unparsed = connection_->unparsed() + received.size();
  receiving_much_.store(unparsed > much, std::memory_order_relaxed);
  if (awaits_reply()) return;
  if (unparsed != 0) {
    fail_all(lost(": sent a reply that nobody asked for"));
  } else if (queue_.empty()) {
    connection_->release_memory();
  }
}

// ---- For a thread that waits on several lanes

Lane::Standing Lane::stand(Call& call, PollWaiter* waiter) noexcept {
  const Lock lock(*this);
  call.waiter_ = nullptr;
  if (call.is_done()) {
    pass_on_lead(&call);
    return Standing::done;
  }
  if (leading_) {
    call.waiter_ = waiter;
    return Standing::following;
  }
  take_lead();
  return Standing::leading;
}

Lane::Poll Lane::to_poll(PollWaiter* waiter) noexcept {
  const Lock lock(*this);
  awaiting_writer_ = nullptr;
  if (connection_ == nullptr) return {nullptr, 0, Deadline::never(), false};
  if (must_await_writer()) {
    awaiting_writer_ = waiter;
    return {nullptr, 0, Deadline::never(), true};
  }
  return {connection_, events_to_poll(),
          connection_->established() ? Deadline::never() : connection_->connect_deadline(), false};
}

bool Lane::progress(const std::shared_ptr<Connection>& connection, bool ready, const Call& mine) noexcept {
  Lock lock(*this);
  progress(lock, connection, ready, &mine);
  return mine.is_done();
}

void Lane::stop_leading(const Call& mine) noexcept {
  const Lock lock(*this);
  leading_ = false;
  awaiting_writer_ = nullptr;
  pass_on_lead(&mine);
}

void Lane::give_up(Call& call) noexcept {
  const Lock lock(*this);
  call.waiter_ = nullptr;
  if (!call.is_done()) time_out(call);
  pass_on_lead(&call);
}

}  // namespace rediscluster::transport
