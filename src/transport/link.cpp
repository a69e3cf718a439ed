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
  return std::make_unique<Lane>(address_, settings_, [this](const Role& role) {
    const std::lock_guard lock(role_mutex_);
    role_ = role;
  });
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
  if (Lane* const lane = lane_for(call, deadline, now, sharing)) lane->submit(call);
}

void Link::run(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept {
  if (Lane* const lane = lane_for(call, deadline, now, sharing)) lane->run(call);
}

// Null when there is no memory for one, and the call has failed.
Lane* Link::lane_for(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept {
  call.link_ = this;
  call.deadline_ = deadline;
  call.submitted_ = now;
  if (sharing == Sharing::shared) return &choose_lane();
  try {
    call.own_lane_ = take_own_lane();
  } catch (const std::bad_alloc&) {
    call.failure_ = Failure::out_of_memory();
    call.word_.store(Call::done, std::memory_order_release);
  }
  return call.own_lane_.get();
}

}  // namespace rediscluster::transport
