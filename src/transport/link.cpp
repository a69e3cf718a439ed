#include "transport/link.h"

#include <chrono>
#include <new>
#include <string>
#include <utility>

#include <rediscluster/errors.h>

#include "transport/backoff.h"

namespace rediscluster::transport {

namespace {

// With so few calls in flight a second connection is faster than waiting behind their round trip.
constexpr std::size_t few = 2;
constexpr Clock::rep never = Clock::time_point::max().time_since_epoch().count();

ConnectionSettings bare(ConnectionSettings settings) {
  settings.bare = true;
  return settings;
}

}  // namespace

Link::Link(ServerAddress address, ConnectionSettings settings)
    : address_(std::move(address)),
      settings_(std::move(settings)),
      bare_settings_(bare(settings_)),
      first_(new_lane(settings_)),
      second_(new_lane(settings_)),
      next_closing_(never) {}

std::unique_ptr<Lane> Link::new_lane(const ConnectionSettings& settings) {
  return std::make_unique<Lane>(
      address_, settings, [this](const Role& role) { heard(role); },
      [this](Lane& lane, Question question, Clock::time_point asked, TapeView reply) {
        const std::lock_guard lock(role_mutex_);
        if (on_answer_) on_answer_(lane, question, asked, reply);
      });
}

void Link::heard(const Role& role) {
  const std::lock_guard lock(role_mutex_);
  role_ = role;
  if (on_role_) on_role_(role);
}

void Link::listen(const void* owner, std::function<void(const Role&)> on_role) {
  const std::lock_guard lock(role_mutex_);
  listener_ = owner;
  on_role_ = std::move(on_role);
}

void Link::stop_listening(const void* owner) noexcept {
  const std::lock_guard lock(role_mutex_);
  if (listener_ != owner) return;
  listener_ = nullptr;
  on_role_ = nullptr;
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
  for (const IdleLane& idle : idle_lanes_) count += idle.lane->is_connected() ? 1 : 0;
  return count;
}

std::size_t Link::reconnects() const noexcept {
  std::size_t count = 0;
  for (const auto& lane : {first_.get(), second_.get()}) {
    const std::size_t made = lane->connections_made();
    count += made > 0 ? made - 1 : 0;
  }
  return count;
}

bool Link::is_behind(Clock::rep time) const noexcept {
  const Clock::rep first = first_->confirmed();
  const Clock::rep second = second_->confirmed();
  if (first < 0 && second < 0) return true;
  return (first >= 0 && first < time) || (second >= 0 && second < time);
}

Lane& Link::choose_confirmed_lane(Clock::rep required, Clock::time_point now) noexcept {
  // One that may not answer would refuse.
  if (second_->confirmed() < required) return *first_;
  if (first_->confirmed() < required) return *second_;
  return choose_lane(now);
}

Lane& Link::choose_lane(Clock::time_point now) noexcept {
  const std::size_t busy = first_->in_flight();
  const bool barred = first_->is_barred(now);
  if (busy == 0 && !barred) return *first_;
  const bool better = (busy <= few || first_->is_receiving_much()) && second_->nobody_waits();
  if ((better || barred) && !second_->is_barred(now)) return *second_;
  return *first_;
}

// Null when there are as many as there may be.
std::unique_ptr<Lane> Link::take_own_lane(Sharing sharing) {
  const std::lock_guard lock(mutex_);
  return take_own_lane_locked(sharing);
}

std::unique_ptr<Lane> Link::take_own_lane_locked(Sharing sharing) {
  if (sharing == Sharing::own && !idle_lanes_.empty()) {
    std::unique_ptr<Lane> lane = std::move(idle_lanes_.back().lane);
    idle_lanes_.pop_back();
    note_next_closing();
    ++own_lanes_in_use_;
    return lane;
  }
  if (own_lanes_in_use_ >= settings_.max_own_connections) return nullptr;
  std::unique_ptr<Lane> lane = new_lane(sharing == Sharing::bare ? bare_settings_ : settings_);
  idle_lanes_.reserve(own_lanes_in_use_ + 1);  // to be given back without fail
  ++own_lanes_in_use_;
  return lane;
}

std::unique_ptr<HeldConnection> Link::hold(Deadline deadline) {
  std::unique_lock lock(mutex_);
  std::unique_ptr<Lane> lane = take_own_lane_locked(Sharing::own);
  while (lane == nullptr) {
    if (deadline.is_never()) {
      own_lane_free_.wait(lock);
    } else if (own_lane_free_.wait_until(lock, deadline.when()) == std::cv_status::timeout) {
      throw TimeoutError(address_.described() + ": all " + std::to_string(settings_.max_own_connections) +
                         " connections for commands that may block are in use (max_own_connections)");
    }
    lane = take_own_lane_locked(Sharing::own);
  }
  return std::make_unique<HeldConnection>(*this, std::move(lane));
}

HeldConnection::HeldConnection(Link& link, std::unique_ptr<Lane> lane) noexcept : link_(link), lane_(std::move(lane)) {}

HeldConnection::~HeldConnection() {
  link_.give_back(std::move(lane_), released_);
}

void HeldConnection::stay() noexcept {
  made_ = lane_->connections_made();
}

void Link::give_back(std::unique_ptr<Lane> lane, bool to_be_kept) noexcept {
  const Clock::time_point now = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    --own_lanes_in_use_;
    own_lane_free_.notify_one();
    if (to_be_kept && lane->in_flight() == 0 && !lane->is_bare()) {  // else a late reply may still come
      idle_lanes_.push_back({std::move(lane), now});
      note_next_closing();
    }
  }
  close_idle_lanes(now);
}

void Link::note_next_closing() noexcept {
  Clock::rep next = never;
  if (!idle_lanes_.empty())
    next = after(idle_lanes_.front().since, settings_.own_idle_timeout).time_since_epoch().count();
  next_closing_.store(next, std::memory_order_relaxed);
}

void Link::close_idle_lanes(Clock::time_point now) noexcept {
  while (now.time_since_epoch().count() >= next_closing_.load(std::memory_order_relaxed)) {
    std::unique_ptr<Lane> closed;  // outside the lock
    const std::lock_guard lock(mutex_);
    if (idle_lanes_.empty() || now < after(idle_lanes_.front().since, settings_.own_idle_timeout)) return;
    closed = std::move(idle_lanes_.front().lane);
    idle_lanes_.erase(idle_lanes_.begin());
    note_next_closing();
  }
}

void Link::submit(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept {
  if (Lane* const lane = lane_for(call, deadline, now, sharing)) lane->submit(call);
}

void Link::run(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept {
  if (Lane* const lane = lane_for(call, deadline, now, sharing)) lane->run(call);
}

// Null when there is none to be had, and the call has failed.
Lane* Link::lane_for(Call& call, Deadline deadline, Clock::time_point now, Sharing sharing) noexcept {
  call.link_ = this;
  call.deadline_ = deadline;
  call.submitted_ = now;
  close_idle_lanes(now);
  if (call.held_ != nullptr) {
    call.continues_ = call.held_->made_;
    return call.held_->lane_.get();
  }
  if (sharing == Sharing::shared) {
    return call.required_ == 0 ? &choose_lane(now) : &choose_confirmed_lane(call.required_, now);
  }
  try {
    call.own_lane_ = take_own_lane(sharing);
    if (call.own_lane_ == nullptr) {
      call.failure_ = Failure(Failure::Kind::none_free,
                              address_.described() + ": all " + std::to_string(settings_.max_own_connections) +
                                  " connections for commands that may block are in use (max_own_connections)");
      call.word_.store(Call::done, std::memory_order_release);
    }
  } catch (const std::bad_alloc&) {
    call.failure_ = Failure::out_of_memory();
    call.word_.store(Call::done, std::memory_order_release);
  }
  return call.own_lane_.get();
}

}  // namespace rediscluster::transport
