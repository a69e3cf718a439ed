#include "transport/link.h"

#include <new>
#include <utility>

namespace rediscluster::transport {

namespace {

// Connections of their own that are kept for the next blocking calls.
constexpr std::size_t kept_own_lanes = 16;
// With so few calls in flight a second connection is faster than waiting behind their round trip.
constexpr std::size_t few = 2;

}  // namespace

Link::Link(ServerAddress address, ConnectionSettings settings)
    : address_(std::move(address)), settings_(std::move(settings)), first_(new_lane()), second_(new_lane()) {}

std::unique_ptr<Lane> Link::new_lane() {
  return std::make_unique<Lane>(
      address_, settings_,
      [this](const Role& role) {
        const std::lock_guard lock(role_mutex_);
        role_ = role;
      },
      [this](Lane& lane, Question question, Clock::time_point asked, TapeView reply) {
        const std::lock_guard lock(role_mutex_);
        if (on_answer_) on_answer_(lane, question, asked, reply);
      });
}

void Link::set_on_answer(OnAnswer on_answer) {
  const std::lock_guard lock(role_mutex_);
  on_answer_ = std::move(on_answer);
}

void Link::ask(Question question, Clock::time_point now) noexcept {
  if (second_->is_connected()) {
    second_->ask(question, now);
    if (!first_->is_connected()) return;
  }
  first_->ask(question, now);
}

void Link::pump() noexcept {
  first_->pump();
  second_->pump();
}

Role Link::role() const {
  const std::lock_guard lock(role_mutex_);
  return role_;
}

std::size_t Link::connections() const {
  std::size_t count = 0;
  for (const auto& lane : {first_.get(), second_.get()}) count += lane->is_connected() ? 1 : 0;
  const std::lock_guard lock(mutex_);
  for (const auto& lane : own_lanes_) count += lane->is_connected() ? 1 : 0;
  return count;
}

bool Link::is_behind(Clock::rep time) const noexcept {
  const Clock::rep first = first_->confirmed();
  const Clock::rep second = second_->confirmed();
  if (first < 0 && second < 0) return true;
  return (first >= 0 && first < time) || (second >= 0 && second < time);
}

Lane& Link::choose_confirmed_lane(Clock::rep required) noexcept {
  // One that may not answer would refuse.
  if (second_->confirmed() < required) return *first_;
  if (first_->confirmed() < required) return *second_;
  return choose_lane();
}

Lane& Link::choose_lane() noexcept {
  const std::size_t busy = first_->in_flight();
  if (busy == 0) return *first_;
  if ((busy <= few || first_->is_receiving_much()) && second_->nobody_waits()) return *second_;
  return *first_;
}

std::unique_ptr<Lane> Link::take_own_lane() {
  {
    const std::lock_guard lock(mutex_);
    if (!own_lanes_.empty()) {
      std::unique_ptr<Lane> lane = std::move(own_lanes_.back());
      own_lanes_.pop_back();
      return lane;
    }
  }
  return new_lane();
}

void Link::give_back(std::unique_ptr<Lane> lane) noexcept {
  const std::lock_guard lock(mutex_);
  if (lane->in_flight() != 0 || own_lanes_.size() >= kept_own_lanes) return;  // a late reply may still come
  if (own_lanes_.capacity() == own_lanes_.size()) {
    try {
      own_lanes_.reserve(kept_own_lanes);
    } catch (const std::bad_alloc&) {
      return;
    }
  }
  own_lanes_.push_back(std::move(lane));
}

void Link::submit(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept {
  call.link_ = this;
  call.deadline_ = deadline;
  call.submitted_ = now;
  if (sharing == Sharing::shared) {
    (call.required_ == 0 ? choose_lane() : choose_confirmed_lane(call.required_)).submit(call);
    return;
  }
  try {
    call.own_lane_ = take_own_lane();
  } catch (const std::bad_alloc&) {
    call.failure_ = Failure::out_of_memory();
    call.done_ = true;
    return;
  }
  call.own_lane_->submit(call);
}

}  // namespace rediscluster::transport
