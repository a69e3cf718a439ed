#include "topology/topology.h"

#include <algorithm>
#include <utility>

#include "topology/config_check.h"
#include "topology/discovery.h"

namespace rediscluster::topology {

namespace {
// The name of the node that a server of the configuration belongs to; its own, when none is said to have it.
std::string_view node_of(const ClusterConfig& cluster, const std::string& name) {
  for (const auto& [master, slaves] : cluster.master_of) {
    if (std::ranges::find(slaves.names(), name) != slaves.names().end()) return master;
  }
  return name;
}
}  // namespace

Topology::Topology(const ClusterConfig& cluster, const Options& options, const Topology* previous)
    : rules_(std::make_shared<NodeRules>(NodeRules{options.socket_connect_timeout, options.slaves, {}})) {
  check_form(cluster);
  check_options(options);
  for (const auto& [name, server] : cluster.nodes) check_tls(name, server, options);
  const bool discover = cluster.master_of.empty();
  const Making making{cluster, options, previous};
  for (const auto& [name, config] : cluster.nodes) {
    servers_.push_back(make_server(making, name, config, node_of(cluster, name)));
  }
  const std::size_t masters = discover ? cluster.nodes.size() : cluster.master_of.size();
  for (std::size_t i = 0; i < masters; ++i) {
    Node& node = *nodes_.emplace_back(std::make_unique<Node>(node_name(i), rules_));
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
        found.push_back(make_server(making, name, config, node->name()));
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
  for (const auto& node : nodes_) {
    settle(*node, answers, options);
    // Who takes the writes keeps them, whoever else claims to be master.
    const Node* const same = same_node(making, node->name());
    const Server* const followed = same == nullptr ? nullptr : same->known_master();
    const auto answer = std::ranges::find_if(answers, [&](const Answer& one) {
      return followed != nullptr && one.server->node() == node.get() && one.server->name() == followed->name() &&
             one.role.kind == transport::Role::Kind::master;
    });
    if (answer != answers.end()) node->follow(*answer->server);
  }
  // Nothing goes wrong any more: connections that are shared with a previous topology may be taken over.
  for (const auto& server : servers_) server->listen();
  if (options.read_your_writes == ReadYourWrites::off) return;
  const bool known = previous != nullptr && previous->write_times_ != nullptr;
  write_times_ = known ? previous->write_times_ : std::make_shared<WriteTimes>();
  for (const auto& node : nodes_) {
    const Node* const same = same_node(making, node->name());
    node->track_writes(write_times_, options.read_your_writes, same);
    if (previous != nullptr && (same == nullptr || !same->tracks_writes())) node->distrust_slaves();
  }
}

Server* Topology::find(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(servers_, name, [](const auto& server) { return std::string_view(server->name()); });
  return found == servers_.end() ? nullptr : found->get();
}

// Where a connection's confirmations and the marks of writes go on to be true.
const Node* Topology::same_node(const Making& making, std::string_view name) {
  if (making.previous == nullptr) return nullptr;
  const auto& nodes = making.previous->nodes_;
  const auto node = std::ranges::find(nodes, name, [](const auto& one) { return std::string_view(one->name()); });
  if (node == nodes.end()) return nullptr;
  const auto master = making.cluster.nodes.find(std::string(name));
  return master != making.cluster.nodes.end() && (*node)->servers()[0]->config() == master->second ? node->get()
                                                                                                   : nullptr;
}

std::unique_ptr<Server> Topology::make_server(const Making& making, const std::string& name, const NodeConfig& config,
                                              std::string_view node) {
  const Server* const same = making.previous == nullptr ? nullptr : making.previous->find(name);
  if (same != nullptr && same->config() == config && same->node() != nullptr && same->node()->name() == node &&
      same_node(making, node) != nullptr) {
    return std::make_unique<Server>(*same);
  }
  return std::make_unique<Server>(name, config, making.options);
}

}  // namespace rediscluster::topology
