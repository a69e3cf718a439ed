#include "transport/link.h"

#include <poll.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include <rediscluster/command.h>
#include <rediscluster/errors.h>

namespace rediscluster::transport {

namespace {

// A connection that was used a moment ago is not asked whether it still lives: that would cost each call of a busy
// caller a system call.
constexpr auto trusted_without_peek = std::chrono::milliseconds(1);

std::string in_milliseconds(Clock::duration time) {
  return std::to_string(std::chrono::round<std::chrono::milliseconds>(time).count()) + " ms";
}

}  // namespace

Call::~Call() = default;

Link::Link(ServerAddress address, ConnectionSettings settings)
    : address_(std::move(address)), settings_(std::move(settings)) {}

Role Link::role() const {
  const std::lock_guard lock(mutex_);
  return role_;
}

std::size_t Link::idle_connections() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

std::unique_ptr<Connection> Link::take_connection(Clock::time_point now) {
  while (true) {
    std::unique_ptr<Connection> connection;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) break;
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
    if (now - connection->last_used() < trusted_without_peek || !connection->broken()) return connection;
  }
  return std::make_unique<Connection>(address_, settings_, now);
}

void Link::submit(Call& call, Deadline deadline, Clock::time_point now) noexcept {
  call.link_ = this;
  call.deadline_ = deadline;
  call.submitted_ = now;
  try {
    call.connection_ = take_connection(now);
    call.connection_->begin(call.request_, call.replies_, call.tape_, call.only_in_sync_);
  } catch (...) {
    fail(call);
  }
}

void Link::advance(Call& call) noexcept {
  try {
    const bool was_established = call.connection_->established();
    const bool complete = call.connection_->advance();
    if (!was_established && call.connection_->established()) {
      const std::lock_guard lock(mutex_);
      role_ = call.connection_->role();
    }
    if (complete) finish(call);
  } catch (...) {
    fail(call);
  }
}

void Link::finish(Call& call) noexcept {
  call.done_ = true;
  call.connection_->set_last_used(call.submitted_);
  if (!call.connection_->in_step()) {
    call.connection_.reset();
    return;
  }
  try {
    call.connection_->release_memory();
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(call.connection_));
  } catch (const std::bad_alloc&) {
    call.connection_.reset();  // the call has its reply; the connection is not worth an error
  }
}

// In a catch block: the exception becomes the call's, and the connection is given up.
void Link::fail(Call& call) noexcept {
  call.error_ = std::current_exception();
  call.maybe_executed_ = call.connection_ != nullptr && call.connection_->request_begun();
  call.done_ = true;
  call.connection_.reset();
}

void Link::time_out(Call& call) noexcept {
  try {
    const bool connecting = !call.connection_->established();
    const auto waited = in_milliseconds(Clock::now() - call.submitted_);
    throw TimeoutError(connecting ? "could not connect to " + address_.described() + " within " + waited
                                  : "no answer from " + address_.described() + " within " + waited,
                       call.connection_->request_begun());
  } catch (...) {
    fail(call);
  }
}

void wait_all(std::span<Call* const> calls) {
  detail::InlineVector<pollfd, 16> polled;
  detail::InlineVector<Call*, 16> waiting;
  for (Clock::time_point now{}; true; now = Clock::now()) {
    polled.clear();
    waiting.clear();
    Deadline deadline = Deadline::never();
    for (Call* const call : calls) {
      if (call->done()) continue;
      // The first round trusts the time of submission: asking for the time costs too.
      const Clock::time_point at = now == Clock::time_point{} ? call->submitted_ : now;
      Deadline mine = call->deadline_;
      if (!call->connection_->established()) mine = mine.earlier(call->connection_->connect_deadline());
      if (mine.passed(at)) {
        call->link_->time_out(*call);
        continue;
      }
      polled.push_back({call->connection_->fd(), call->connection_->events(), 0});
      waiting.push_back(call);
      deadline = deadline.earlier(mine);
    }
    if (waiting.empty()) return;
    const int timeout = deadline.poll_timeout(now == Clock::time_point{} ? waiting[0]->submitted_ : now);
    if (::poll(polled.data(), polled.size(), timeout) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (polled[i].revents != 0) waiting[i]->link_->advance(*waiting[i]);
    }
  }
}

}  // namespace rediscluster::transport
