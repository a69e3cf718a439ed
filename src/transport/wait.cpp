// Waiting for calls on several lanes at once.
#include <optional>
#include <poll.h>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <rediscluster/command.h>

#include "transport/call.h"
#include "transport/lane.h"
#include "transport/link.h"
#include "transport/waiter.h"

namespace rediscluster::transport {

// Takes every free lead among the lanes of the unfinished calls and polls them all, together with a descriptor through
// which the leaders of the other lanes wake it. Never sleeps elsewhere while it leads.
class ScatterWait {
 public:
  explicit ScatterWait(std::span<Call* const> calls) {
    waiting_.reserve(calls.size());
    for (Call* const call : calls) {
      if (call->lane_ != nullptr) waiting_.push_back({call});
    }
    polled_.reserve(waiting_.size() + 1);  // now, and not with leads in hand
  }

  void run() {
    while (take_stand()) poll_once();
  }
  /** When run() has failed for want of memory or descriptors: one after the other needs neither. */
  void run_one_by_one() noexcept {
    for (Member& member : waiting_) {
      if (member.leading) member.call->lane_->stop_leading(*member.call);
      member.leading = false;
    }
    for (Member& member : waiting_) member.call->lane_->wait(*member.call);
  }

 private:
  static PollWaiter& my_waiter() {
    thread_local std::optional<PollWaiter> mine;
    if (!mine || mine->fd() < 0) mine.emplace();
    return *mine;
  }

  struct Member {
    Call* call;
    bool leading = false;
    bool done = false;
    std::shared_ptr<Connection> connection = {};  // being polled
  };

  void leave(std::size_t i) {
    if (waiting_[i].leading) waiting_[i].call->lane_->stop_leading(*waiting_[i].call);
    waiting_[i] = std::move(waiting_.back());
    waiting_.pop_back();
  }

  // Drops what is done, takes the leads that are free. False when all is done.
  bool take_stand() {
    sleeping_ = false;
    for (std::size_t i = 0; i < waiting_.size();) {
      Member& member = waiting_[i];
      if (!member.leading) {
        Lane& lane = *member.call->lane_;
        Lane::Standing standing = lane.stand(*member.call, waiter_);
        if (standing == Lane::Standing::following && waiter_ == nullptr) {
          waiter_ = &my_waiter();
          standing = lane.stand(*member.call, waiter_);
        }
        if (standing == Lane::Standing::done) {
          leave(i);
          continue;
        }
        member.leading = standing == Lane::Standing::leading;
        sleeping_ = sleeping_ || !member.leading;
      }
      ++i;
    }
    return !waiting_.empty();
  }

  void poll_once() {
    polled_.clear();
    const Clock::time_point now = Clock::now();
    Deadline deadline = Deadline::never();
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      Member& member = waiting_[i];
      deadline = deadline.earlier(member.call->deadline_);
      if (!member.leading) continue;
      Lane::Poll poll = member.call->lane_->to_poll(waiter_);
      if (poll.awaits_writer && waiter_ == nullptr) {
        waiter_ = &my_waiter();
        poll = member.call->lane_->to_poll(waiter_);
      }
      deadline = deadline.earlier(poll.deadline);
      if (poll.awaits_writer) {
        sleeping_ = true;
      } else if (poll.connection == nullptr) {
        deadline = Deadline::at(now);  // lost meanwhile, and the call with it: to be seen at once
      } else {
        polled_.push_back({poll.connection->fd(), poll.events, 0});
      }
      member.connection = std::move(poll.connection);
    }
    const std::size_t lanes = polled_.size();
    if (sleeping_) polled_.push_back({waiter_->fd(), POLLIN, 0});
    const int ready = ::poll(polled_.data(), polled_.size(), deadline.poll_timeout(now));
    if (ready > 0 && polled_.size() > lanes && polled_[lanes].revents != 0) waiter_->clear();
    advance(ready > 0);
  }

  void advance(bool ready) {
    const Clock::time_point now = Clock::now();
    std::size_t next = 0;
    for (Member& member : waiting_) {
      Lane& lane = *member.call->lane_;
      if (member.leading) {
        const bool polled = member.connection != nullptr;
        const bool mine = polled && ready && polled_[next].revents != 0;
        if (polled) ++next;
        member.done = lane.progress(member.connection, mine, *member.call);
        member.connection.reset();
      }
      if (!member.done && member.call->deadline_.passed(now)) {
        lane.give_up(*member.call);
        member.done = true;
      }
    }
    for (std::size_t i = waiting_.size(); i-- > 0;) {
      if (waiting_[i].done) leave(i);
    }
  }

  std::vector<Member> waiting_;
  std::vector<pollfd> polled_;
  PollWaiter* waiter_ = nullptr;
  bool sleeping_ = false;  // somebody else's doing is waited for
};

void wait_all(std::span<Call* const> calls) noexcept {
  const auto wait_for = [](Call* call) {
    if (call->lane_ != nullptr) call->lane_->wait(*call);
  };
  if (calls.size() == 1) {
    wait_for(calls[0]);
  } else if (!calls.empty()) {
    try {
      ScatterWait wait(calls);
      try {
        wait.run();
      } catch (const std::exception&) {
        wait.run_one_by_one();
      }
    } catch (const std::bad_alloc&) {
      for (Call* const call : calls) wait_for(call);
    }
  }
  for (Call* const call : calls) {
    call->waited_ = true;
    if (call->own_lane_ != nullptr) call->link_->give_back(std::move(call->own_lane_));
  }
}

}  // namespace rediscluster::transport
