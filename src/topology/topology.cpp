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
  settings.busy_poll = std::min<std::chrono::microseconds>(options.busy_poll, std::chrono::minutes(1));
  settings.silence_timeout = options.socket_timeout;
  return settings;
}

constexpr auto own_writes_may_be_missing = std::chrono::seconds(1);

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

Server& Node::master() const {
  if (master_ == nullptr) throw ConnectionError(why_no_master_);
  return *master_;
}

bool Node::written_recently(Clock::time_point now) const noexcept {
  const Clock::rep last = last_write_.load(std::memory_order_relaxed);
  return last != 0 && now.time_since_epoch().count() - last <
                          std::chrono::duration_cast<Clock::duration>(own_writes_may_be_missing).count();
}

Candidates Node::read_candidates(bool mastersonly, Clock::time_point now) {
  Candidates candidates;
  if (mastersonly || written_recently(now) || servers_.size() == 1) {
    candidates.push_back({&master(), false});
    return candidates;
  }
  detail::InlineVector<Server*, 4> slaves;
  for (Server* const server : servers_) {
    if (server != master_) slaves.push_back(server);
  }
  const std::size_t begin = turn_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < slaves.size(); ++i) {
    Server* const slave = slaves[(begin + i) % slaves.size()];
    // The one try of a server that has failed is not to be spent on a second choice, which is hardly ever asked.
    if (candidates.empty() ? slave->may_be_asked(now) : !slave->avoided()) candidates.push_back({slave, true});
  }
  if (master_ != nullptr) candidates.push_back({master_, false});
  for (Server* const slave : slaves) candidates.push_back({slave, false});
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
