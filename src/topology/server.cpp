#include <algorithm>
#include <chrono>
#include <utility>

#include <rediscluster/encryption.h>

#include "topology/topology.h"

namespace rediscluster::topology {

namespace {

transport::ServerAddress address_of(const std::string& name, const NodeConfig& config) {
  return {name, config.host, config.port, config.unix_socket_path};
}

transport::ConnectionSettings settings_of(const NodeConfig& config, const Options& options) {
  const bool own = !config.username.empty() || !config.password.empty();
  transport::ConnectionSettings settings;
  settings.username = own ? config.username : options.username;
  settings.password = own ? config.password : options.password;
  settings.db = options.db;
  settings.client_name = options.client_name;
  settings.connect_timeout = options.socket_connect_timeout;
  settings.silence_timeout = options.socket_timeout;
  settings.max_own_connections = options.max_own_connections;
  settings.observer = options.observer;
  settings.busy_poll = std::min<std::chrono::microseconds>(options.busy_poll, std::chrono::minutes(1));
  if (options.tls != nullptr && config.tls.value_or(true)) {
    settings.transform = [tls = options.tls, host = config.host] { return tls->new_connection(host); };
  }
  return settings;
}

// How often, at most, somebody looks whether a server has answered when nobody waits for it.
constexpr auto answers_read_every = std::chrono::milliseconds(1);

// True for one of those who ask, each time that `period` has passed.
bool is_due(std::atomic<Moment>& last, Clock::duration period, Clock::time_point now) noexcept {
  Moment then = last.load(std::memory_order_relaxed);
  if (moment(now) - then < period.count()) return false;
  return last.compare_exchange_strong(then, moment(now), std::memory_order_relaxed);
}

}  // namespace

Server::Server(std::string name, const NodeConfig& config, const Options& options)
    : name_(std::move(name)),
      config_(config),
      link_(std::make_shared<transport::Link>(address_of(name_, config), settings_of(config, options))) {}

void Server::listen() {
  link_->listen(this, [this](const transport::Role& role) { note_role(role); });
}

// Called while a connection is locked, at each log-in and for each answer to a probe.
void Server::note_role(const transport::Role& role) noexcept {
  using Kind = transport::Role::Kind;
  Node* const mine = node();
  const bool is_master = mine == nullptr || mine->known_master() == this;
  if (mine != nullptr && role.kind == (is_master ? Kind::slave : Kind::master)) mine->doubt();
  if (is_master ? role.kind != Kind::slave : role.link_up || role.kind == Kind::unknown) answered();
}

Clock::duration Server::avoid_time() const noexcept {
  return std::chrono::seconds(1) * (1 << std::clamp(tries_.load(std::memory_order_relaxed), 0, 3));
}

void Server::avoid(Clock::time_point now) noexcept {
  if (!avoided()) failing_since_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  avoid_until_.store((now + avoid_time()).time_since_epoch().count(), std::memory_order_relaxed);
}

Clock::duration Server::failing_for(Clock::time_point now) const noexcept {
  if (!avoided()) return Clock::duration::zero();
  return now - Clock::time_point(Clock::duration(failing_since_.load(std::memory_order_relaxed)));
}

void Server::probe(Clock::time_point now) noexcept {
  if (!is_due(answers_read_, answers_read_every, now)) return;
  link_->pump();
  Clock::rep until = avoid_until_.load(std::memory_order_relaxed);
  if (until == 0 || moment(now) < until) return;
  if (!avoid_until_.compare_exchange_strong(until, moment(now + avoid_time()), std::memory_order_relaxed)) return;
  tries_.fetch_add(1, std::memory_order_relaxed);
  link_->ask(transport::Question::role, now);
}

void Server::note_latency(Clock::duration took) noexcept {
  const Clock::rep before = latency_.load(std::memory_order_relaxed);
  latency_.store(before == 0 ? took.count() : before + (took.count() - before) / 8, std::memory_order_relaxed);
}

void Server::seek_confirmation(Moment told, Clock::time_point now, bool may_connect) noexcept {
  if (link_->has_unanswered() && is_due(answers_read_, answers_read_every, now)) link_->pump();
  if (told == 0) return;
  if (!link_->is_behind(told)) {
    answered();
    return;
  }
  if (!may_connect && link_->connections() == 0) return;
  if (moment(now) - confirmation_asked_.load(std::memory_order_relaxed) <
      Clock::duration(NodeWrites::asked_every).count()) {
    return;
  }
  if (may_be_asked(now) && is_due(confirmation_asked_, NodeWrites::asked_every, now)) {
    link_->ask(transport::Question::replication, now);
  }
}

ServerState Server::state() const {
  ServerState state;
  state.name = name_;
  state.host = config_.host;
  state.port = config_.port;
  switch (link_->role().kind) {
    case transport::Role::Kind::master:
      state.role = ServerRole::master;
      break;
    case transport::Role::Kind::slave:
      state.role = ServerRole::slave;
      break;
    case transport::Role::Kind::unknown:
      break;
  }
  state.healthy = !avoided();
  state.latency = std::chrono::duration_cast<std::chrono::microseconds>(latency());
  state.in_flight = link_->in_flight();
  state.connections = link_->connections();
  state.reconnects = link_->reconnects();
  return state;
}

}  // namespace rediscluster::topology
