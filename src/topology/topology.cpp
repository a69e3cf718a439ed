#include "topology/topology.h"

#include <algorithm>
#include <utility>

#include <rediscluster/errors.h>

#include "topology/config_check.h"
#include "topology/discovery.h"

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
  return settings;
}

// How often, at most, somebody looks whether a slave has answered, when nobody waits for it.
constexpr auto answers_read_every = std::chrono::milliseconds(1);

// True for one of those who ask, each time that `period` has passed.
bool is_due(std::atomic<Moment>& last, Clock::duration period, Clock::time_point now) noexcept {
  Moment then = last.load(std::memory_order_relaxed);
  if (moment(now) - then < period.count()) return false;
  return last.compare_exchange_strong(then, moment(now), std::memory_order_relaxed);
}

}  // namespace

Server::Server(std::string name, const NodeConfig& config, const Options& options)
    : name_(std::move(name)), config_(config), link_(address_of(name_, config), settings_of(config, options)) {}

Clock::duration Server::avoid_time() const noexcept {
  return std::chrono::seconds(1) * (1 << std::clamp(tries_.load(std::memory_order_relaxed), 0, 3));
}

void Server::avoid(Clock::time_point now) noexcept {
  avoid_until_.store((now + avoid_time()).time_since_epoch().count(), std::memory_order_relaxed);
}

bool Server::may_be_asked(Clock::time_point now) noexcept {
  Clock::rep until = avoid_until_.load(std::memory_order_relaxed);
  if (until == 0) return true;
  if (now.time_since_epoch().count() < until) return false;
  const Clock::rep next = (now + avoid_time()).time_since_epoch().count();
  if (!avoid_until_.compare_exchange_strong(until, next, std::memory_order_relaxed)) return false;
  tries_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void Server::seek_confirmation(Moment told, Clock::time_point now, bool may_connect) noexcept {
  if (link_.has_unanswered() && is_due(answers_read_, answers_read_every, now)) link_.pump();
  if (told == 0) return;
  if (!link_.is_behind(told)) {
    answered();
    return;
  }
  if (!may_connect && link_.connections() == 0) return;
  if (moment(now) - confirmation_asked_.load(std::memory_order_relaxed) <
      Clock::duration(NodeWrites::asked_every).count()) {
    return;
  }
  if (may_be_asked(now) && is_due(confirmation_asked_, NodeWrites::asked_every, now)) {
    link_.ask(transport::Question::replication, now);
  }
}

Server& Node::master() const {
  if (master_ == nullptr) throw ConnectionError(why_no_master_);
  return *master_;
}

void Node::track_writes(std::shared_ptr<WriteTimes> times, ReadYourWrites rule, const Node* previous) {
  if (rule == ReadYourWrites::off || servers_.size() == 1) return;
  best_effort_ = rule == ReadYourWrites::best_effort;
  writes_ = previous != nullptr && previous->writes_ != nullptr ? previous->writes_
                                                                : std::make_shared<NodeWrites>(std::move(times));
  drop_marks();
  for (Server* const server : servers_) NodeWrites::listen(writes_, server->link());
}

void Node::drop_marks() noexcept {
  if (writes_ != nullptr) writes_->follow(master_ != nullptr ? &master_->link() : nullptr, Clock::now());
}

void Node::seek_confirmation(Clock::time_point now) noexcept {
  const Moment told = writes_->told();
  for (Server* const server : servers_) {
    if (server != master_) server->seek_confirmation(told, now, false);
  }
}

// Hashes nothing while everything that was ever written is confirmed.
Moment Node::needed_by(const Touched& touched, Clock::time_point now) noexcept {
  if (writes_ == nullptr) return 0;
  const Moment last = writes_->last();
  if (last == 0) return 0;
  bool behind = false;
  for (Server* const server : servers_) {
    if (server == master_ || !server->link().is_behind(last)) continue;
    behind = true;
    server->seek_confirmation(writes_->told(), now, true);
  }
  return behind ? writes_->needed(touched) : last;
}

Candidates Node::read_candidates(bool mastersonly, const Touched& touched, Clock::time_point now, Moment& needed) {
  Candidates candidates;
  if (mastersonly || servers_.size() == 1) {
    candidates.push_back({&master(), false, false});
    return candidates;
  }
  needed = needed_by(touched, now);
  detail::InlineVector<Server*, 4> slaves;
  for (Server* const server : servers_) {
    if (server != master_) slaves.push_back(server);
  }
  const std::size_t begin = turn_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < slaves.size(); ++i) {
    Server* const slave = slaves[(begin + i) % slaves.size()];
    if (needed != 0 && !slave->link().may_answer(needed)) continue;
    // The one try of a server that has failed is not to be spent on a second choice, which is hardly ever asked.
    if (candidates.empty() ? slave->may_be_asked(now) : !slave->avoided()) candidates.push_back({slave, true, true});
  }
  if (master_ != nullptr) candidates.push_back({master_, false, false});
  for (Server* const slave : slaves) candidates.push_back({slave, false, !best_effort_});
  return candidates;
}

Topology::Topology(const ClusterConfig& cluster, const Options& options) {
  check_form(cluster);
  check_options(options);
  const bool discover = cluster.master_of.empty();
  for (const auto& [name, config] : cluster.nodes) add_server(name, config, options);
  const std::size_t masters = discover ? cluster.nodes.size() : cluster.master_of.size();
  for (std::size_t i = 0; i < masters; ++i) {
    Node& node = *nodes_.emplace_back(std::make_unique<Node>(node_name(i)));
    node.add(*find(node.name()));
    if (node.name() == cluster.default_node) default_node_ = i;
    if (discover) continue;
    for (const std::string& slave : cluster.master_of.at(node.name()).names()) {
      // A slave at its master's address is that master: it has none.
      if (find(slave)->config() != find(node.name())->config()) node.add(*find(slave));
    }
  }

  std::vector<Server*> asked;
  for (const auto& server : servers_) asked.push_back(server.get());
  std::vector<Answer> answers = ask_roles(asked, options);
  if (discover) {
    std::vector<std::unique_ptr<Server>> found;
    std::vector<Node*> found_by;
    for (const auto& node : nodes_) {
      const auto answer = std::ranges::find(answers, node->servers()[0], &Answer::server);
      std::size_t number = 0;
      for (const transport::Role::Slave& slave : answer->role.slaves) {
        NodeConfig config = node->servers()[0]->config();
        config.unix_socket_path.clear();
        config.host = slave.host;
        config.port = slave.port;
        const std::string name = node->name() + "_slave" + (++number == 1 ? "" : "_" + std::to_string(number));
        found.push_back(std::make_unique<Server>(name, config, options));
        found_by.push_back(node.get());
      }
    }
    asked.clear();
    for (const auto& server : found) asked.push_back(server.get());
    const std::vector<Answer> of_found = ask_roles(asked, options);
    for (std::size_t i = 0; i < found.size(); ++i) {
      // A master may know its slaves by addresses that mean nothing, or another server, to us.
      if (of_found[i].role.kind != transport::Role::Kind::slave) continue;
      found_by[i]->add(*servers_.emplace_back(std::move(found[i])));
      answers.push_back(of_found[i]);
    }
  }
  for (const auto& node : nodes_) settle(*node, answers, options);
  if (options.read_your_writes == ReadYourWrites::off) return;
  write_times_ = std::make_shared<WriteTimes>();
  for (const auto& node : nodes_) node->track_writes(write_times_, options.read_your_writes);
}

Server* Topology::find(std::string_view name) noexcept {
  const auto found =
      std::ranges::find(servers_, name, [](const auto& server) { return std::string_view(server->name()); });
  return found == servers_.end() ? nullptr : found->get();
}

Server& Topology::add_server(const std::string& name, const NodeConfig& config, const Options& options) {
  return *servers_.emplace_back(std::make_unique<Server>(name, config, options));
}

}  // namespace rediscluster::topology
