// One connection that any number of callers share, their commands combined into few system calls.
//
// Callers append their bytes and their place in the queue of replies in one step. Whoever finds nobody writing writes
// for all until nothing is left; whoever finds nobody leading polls, reads and hands out replies for all until it has
// its own. Nobody else makes a system call. The writer never blocks: what the socket does not take is left for the
// leader.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <rediscluster/tape.h>

#include "transport/call.h"
#include "transport/connection.h"
#include "transport/deadline.h"
#include "transport/failure.h"
#include "transport/question.h"
#include "transport/reconnect.h"
#include "transport/server_address.h"
#include "transport/waiter.h"

namespace rediscluster::transport {

class Lane {
 public:
  /** `on_role` is told what the server says of its role: at each log-in, and when it was asked again. */
  Lane(const ServerAddress& address, const ConnectionSettings& settings, std::function<void(const Role&)> on_role,
       OnAnswer on_answer = {});
  ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /** Starts a call; never blocks. A failure is told by the call. */
  void submit(Call& call) noexcept;
  /** Waits for one call. */
  void wait(Call& call) noexcept;
  /** Both, for who has nothing to do in between: takes the mutex less often. */
  void run(Call& call) noexcept;

  /** Asks without a call: sends what can be sent without blocking and makes a connection when there is none (name
      resolution blocks, as in submit()). The answer is read by whoever leads, or by pump(). Nothing happens while the
      same question is still to be answered. When it is not answered for `silence_timeout`, the connection is replaced
      as if a call had been given up. */
  void ask(Question question, Clock::time_point now) noexcept;
  /** Reads what has come while nobody waits for a call, and goes on with connecting; never blocks. Costs next to
     nothing unless something was asked and is not yet answered. */
  void pump() noexcept;
  /** Questions that are still to be answered; a guess. */
  std::size_t unanswered() const noexcept { return unanswered_.load(std::memory_order_relaxed); }

  /** Until when everything that matters is contained in what this connection answers; 0: nothing is known, -1: there is
      no connection. Forgotten when the connection is lost and when the server's role changes. */
  Clock::rep confirmed() const noexcept { return confirmed_.load(std::memory_order_relaxed); }
  /** To be called by who is told an answer (OnAnswer): it proves this for the connection. */
  void confirm(Clock::rep time) noexcept;

  bool is_connected() const;
  /** Whether it does without what a busy server refuses; see Sharing::bare. */
  bool is_bare() const noexcept { return settings_.bare; }
  /** How many connections were made and logged in so far. */
  std::size_t connections_made() const noexcept { return connections_made_.load(std::memory_order_relaxed); }
  /** Replies that are still to come; a guess, for choosing a lane. */
  std::size_t in_flight() const noexcept { return in_flight_.load(std::memory_order_relaxed); }
  /** Whether those are only the late ones of calls that were given up; a guess too. */
  bool nobody_waits() const noexcept { return in_flight() <= given_up_.load(std::memory_order_relaxed); }
  /** Whether a large reply is on its way, so that others had better take another lane; a guess too. */
  bool is_receiving_much() const noexcept { return receiving_much_.load(std::memory_order_relaxed); }

  /** Whether it could not connect and does not try again yet: calls would fail at once. */
  bool is_barred(Clock::time_point now) const noexcept {
    return now.time_since_epoch().count() < barred_until_.load(std::memory_order_relaxed);
  }

  // For a thread that waits for calls on several lanes at once.

  enum class Standing { done, leading, following };
  /** Whether the call is done; else takes the lead if it is free; else `waiter`, when it is not null, will be notified
      when the call is done or the lead is offered. */
  Standing stand(Call& call, PollWaiter* waiter) noexcept;
  /** What a leader polls. */
  struct Poll {
    std::shared_ptr<Connection> connection;
    short events;
    Deadline deadline;   ///< of connecting
    bool awaits_writer;  ///< nothing is to be polled for until the writer has come further
  };
  /** `waiter`, when it is not null, will be notified when the writer has come further. */
  Poll to_poll(PollWaiter* waiter) noexcept;
  /** To be called by the leader when the connection is ready, or when `deadline` of to_poll() may have passed. True
     when its own call is done. */
  bool progress(const std::shared_ptr<Connection>& connection, bool ready, const Call& mine) noexcept;
  /** Gives the lead back, to the next who waits. */
  void stop_leading(const Call& mine) noexcept;
  /** Gives the call up when it is not done: its deadline has passed. It is done afterwards. */
  void give_up(Call& call) noexcept;

 private:
  // Holds the mutex. Who has been given something to wake up for is woken once the mutex is free: woken before, each
  // would have to sleep again, on the mutex.
  class Lock {
   public:
    explicit Lock(Lane& lane) noexcept : lane_(lane) { lock(); }
    ~Lock() {
      if (locked_) unlock();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    void lock() noexcept {
      lane_.mutex_.lock();
      locked_ = true;
    }
    void unlock() noexcept {
      locked_ = false;
      if (!lane_.to_wake_.empty()) {
        lane_.unlock_and_wake();
      } else {
        lane_.mutex_.unlock();
      }
    }

   private:
    Lane& lane_;
    bool locked_ = false;
  };
  void unlock_and_wake() noexcept;

  // A call's place in the stream. Bytes are counted from the beginning of the lane's life.
  struct Entry {
    Call* call;  // null: given up, or a question of ours; replies are still to come
    std::uint64_t begin;
    std::uint64_t end;
    std::size_t replies_left;
    Question question = Question::none;
  };

  void submit(Lock& lock, Call& call) noexcept;
  void wait(Lock& lock, Call& call) noexcept;
  void prepare_connection(Clock::time_point now);
  void check_may_answer(const Call& call);
  void connect(Clock::time_point now);
  void note_failed_attempt(const Failure& why) noexcept;
  void note_attempt_succeeded() noexcept;
  void tell_observer(bool up, std::string_view reason) const noexcept;
  bool is_idle() const noexcept;
  void send_alone(Call& call);
  bool asks_for_role(const Call& call) const noexcept;
  bool asks_first(const Call& call) const noexcept;
  bool is_unanswered(Question question) const noexcept {
    return asked_[static_cast<std::size_t>(question)] != Clock::time_point();
  }
  bool nobody_is_in_queue() const noexcept {
    return queue_.size() == unanswered() + given_up_.load(std::memory_order_relaxed);
  }
  void push_question(Question question, Clock::time_point now);
  void answered(Question question);
  void tell_of_connection();
  void refuse_unconfirmed(Call& call) noexcept;
  void forget_questions() noexcept;
  void pump(Lock& lock) noexcept;
  void append(Call& call);
  void push(Call* call, std::string_view request, std::size_t replies);
  void write(Lock& lock, const Call* mine);
  bool write_some(Lock& lock, const std::shared_ptr<Connection>& connection);
  bool may_lead() const noexcept;
  void sleep(Lock& lock, Call& call) noexcept;
  void lead(Lock& lock, Call& call, Clock::time_point now);
  bool is_silent(Clock::time_point now) const noexcept;
  bool drop_what_is_lost() noexcept;
  // Bytes before this may have been sent. While a writer is at it, nobody can say how far it has come.
  std::uint64_t maybe_sent() const noexcept {
    return writing_ && !in_hand_lost_ ? sent_ + (sending_.size() - sending_done_) : sent_;
  }
  bool awaits_reply() const noexcept { return !queue_.empty() && queue_.front().begin < maybe_sent(); }
  bool is_reply_due() const noexcept { return !queue_.empty() && queue_.front().end <= sent_; }
  bool must_await_writer() const noexcept;
  void tell_leader_of_writing() noexcept;
  short events_to_poll() const noexcept;
  void progress(Lock& lock, const std::shared_ptr<Connection>& connection, bool ready, const Call* mine);
  void log_in(Lock& lock, const Call* mine);
  void read(Lock& lock, const std::shared_ptr<Connection>& connection, Deadline deadline, Clock::time_point now);
  std::string_view busy_receive(Connection& connection, char* buffer, Deadline deadline, Clock::time_point now) const;
  void hand_out_replies(std::string_view received);
  void learn_role(const Role& role);
  void fail_out_of_step();
  void finish(Call& call) noexcept;
  void fail(Call& call, const Failure& failure, bool maybe_executed) noexcept;
  void fail_all(const Failure& failure) noexcept { fail_all(failure, failure); }
  void fail_all(const Failure& of_first, const Failure& of_others) noexcept;
  void drop_connection() noexcept { fail_all({}); }
  Failure lost(const char* why) const;
  Failure current_failure() const;
  Failure too_late(const char* what, Clock::time_point since) const;
  static void drop_if_large(std::string& buffer) noexcept;
  void time_out(Call& call);
  void leave_place(Entry& entry) noexcept;
  bool withdraw(std::size_t at);
  void take_lead() noexcept;
  void pass_on_lead(const Call* from) noexcept;
  void wake(Call& call, std::uint32_t value) noexcept;
  bool has_unsent() const noexcept { return sent_ < appended_; }
  bool something_to_send() const noexcept { return has_unsent() || connection_->has_unsent(); }

  const ServerAddress& address_;
  const ConnectionSettings& settings_;
  const std::function<void(const Role&)> on_role_;
  const OnAnswer on_answer_;
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::size_t> given_up_{0};  // of in_flight_
  std::atomic<bool> receiving_much_{false};
  std::atomic<std::size_t> connections_made_{0};
  std::atomic<std::size_t> unanswered_{0};
  std::atomic<Clock::rep> confirmed_{-1};
  std::atomic<Clock::rep> barred_until_{Clock::time_point::min().time_since_epoch().count()};

  mutable std::mutex mutex_;  // guards all that follows
  std::shared_ptr<Connection> connection_;
  Clock::time_point connecting_since_;
  Reconnect reconnect_;
  Failure last_failure_;  // of connecting
  Clock::time_point last_used_;
  Clock::time_point last_received_;  // when the newest of the calls that were in flight then was submitted
  Role role_;
  Clock::time_point role_asked_;
  // Since when nothing at all has come, once a call was given up or something was asked without a call.
  std::optional<Clock::time_point> silent_since_;
  std::array<Clock::time_point, kinds_of_question> asked_{};  // what is still to be answered: when it was asked
  std::deque<Entry> queue_;
  std::uint64_t appended_ = 0;    // bytes of all calls so far
  std::uint64_t sent_ = 0;        // of these, handed to the kernel, or dropped with their connection
  std::string waiting_;           // bytes [appended_ - waiting_.size(), appended_)
  std::string sending_;           // the bytes before; the writer's alone while writing_
  std::size_t sending_done_ = 0;  // of sending_
  bool writing_ = false;
  bool in_hand_lost_ = false;  // while writing_: the connection was lost, and sending_ with it
  bool leading_ = false;
  PollWaiter* awaiting_writer_ = nullptr;  // of the leader
  const Call* nominee_ = nullptr;          // who was woken to take the lead and has not done so yet
  Sleepers to_wake_;                       // as soon as the mutex is free
  Tape discarded_;                         // of the first in the queue, when it was given up
};

}  // namespace rediscluster::transport
