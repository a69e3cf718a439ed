#include "topology/config_check.h"

#include <map>
#include <string>
#include <sys/un.h>
#include <tuple>

#include <rediscluster/errors.h>

namespace rediscluster::topology {

namespace {

std::string quoted(std::string_view name) {
  return "\"" + std::string(name) + "\"";
}

std::string entry_of(std::string_view name) {
  return name.empty() ? "the server" : "nodes[" + quoted(name) + "]";
}

const NodeConfig& known(const ClusterConfig& cluster, const std::string& name, const std::string& where) {
  const auto found = cluster.nodes.find(name);
  if (found == cluster.nodes.end()) throw DataError(where + " names " + quoted(name) + ", which is not in nodes");
  return found->second;
}

// Entries of `masters` (a map by name) must be node_1 ... node_N, since keys are placed by these numbers.
template <class Map>
void check_master_names(const Map& masters, const std::string& where) {
  for (std::size_t i = 0; i < masters.size(); ++i) {
    if (masters.contains(node_name(i))) continue;
    std::string odd;
    for (const auto& [name, ignored] : masters) {
      bool numbered = false;
      for (std::size_t j = 0; j < masters.size() && !numbered; ++j) numbered = name == node_name(j);
      if (!numbered) odd = name;
    }
    throw DataError(where + ": masters must be called node_1 to " + node_name(masters.size() - 1) + ", but " +
                    quoted(node_name(i)) + " is missing and " + quoted(odd) + " is there");
  }
}

auto address_of(const NodeConfig& server) {
  const bool tcp = server.unix_socket_path.empty();
  return std::tuple(server.unix_socket_path, tcp ? server.host : std::string(), tcp ? server.port : 0);
}

void check_masters_differ(const ClusterConfig& cluster, std::size_t masters) {
  std::map<std::tuple<std::string, std::string, int>, std::string> seen;
  for (std::size_t i = 0; i < masters; ++i) {
    const auto [first, is_new] = seen.emplace(address_of(cluster.nodes.at(node_name(i))), node_name(i));
    if (!is_new) {
      throw DataError("nodes: the masters " + quoted(first->second) + " and " + quoted(node_name(i)) +
                      " have the same address");
    }
  }
}

void check_slaves(const ClusterConfig& cluster) {
  std::map<std::string, std::string> master_of_slave;
  for (const auto& [master, slaves] : cluster.master_of) {
    known(cluster, master, "master_of");
    for (const std::string& slave : slaves.names()) {
      known(cluster, slave, "master_of[" + quoted(master) + "]");
      if (slave == master) continue;  // says that it has none
      if (cluster.master_of.contains(slave)) {
        throw DataError("master_of: " + quoted(slave) + " is a master and also a slave of " + quoted(master));
      }
      const auto [other, is_new] = master_of_slave.emplace(slave, master);
      if (is_new) continue;
      throw DataError(other->second == master ? "master_of[" + quoted(master) + "] names " + quoted(slave) + " twice"
                                              : "master_of: " + quoted(slave) + " is a slave of both " +
                                                    quoted(other->second) + " and " + quoted(master));
    }
  }
}

}  // namespace

std::string node_name(std::size_t index) {
  return "node_" + std::to_string(index + 1);
}

void check_address(std::string_view name, const NodeConfig& server) {
  const std::string entry = entry_of(name);
  if (!server.unix_socket_path.empty()) {
    if (server.unix_socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
      throw DataError(entry + ": unix_socket_path is longer than the system allows");
    }
    return;
  }
  if (server.host.empty()) throw DataError(entry + ": host is empty");
  if (server.port < 1 || server.port > 65535) {
    throw DataError(entry + ": port " + std::to_string(server.port) + " is not in 1 to 65535");
  }
}

void check_tls(std::string_view name, const NodeConfig& server, const Options& options) {
  if (server.tls.value_or(false) && options.tls == nullptr) {
    throw DataError(entry_of(name) + ": tls is set, but Options::tls does not say how to encrypt (see make_tls())");
  }
}

void check_form(const ClusterConfig& cluster) {
  if (cluster.nodes.empty()) throw DataError("nodes is empty: a cluster has at least one master");
  for (const auto& [name, server] : cluster.nodes) check_address(name, server);
  const bool discover = cluster.master_of.empty();
  if (discover) {
    check_master_names(cluster.nodes, "nodes (all are masters, as master_of is empty)");
  } else {
    check_slaves(cluster);
    check_master_names(cluster.master_of, "master_of");
  }
  check_masters_differ(cluster, discover ? cluster.nodes.size() : cluster.master_of.size());
  if (cluster.default_node.empty()) return;
  known(cluster, cluster.default_node, "default_node");
  if (!discover && !cluster.master_of.contains(cluster.default_node)) {
    throw DataError("default_node: " + quoted(cluster.default_node) + " is not a master");
  }
}

void check_options(const Options& options) {
  if (options.db < 0) throw DataError("Options: db is negative");
  if (options.socket_timeout.count() < 0) throw DataError("Options: socket_timeout is negative");
  if (options.socket_connect_timeout.count() < 0) throw DataError("Options: socket_connect_timeout is negative");
  if (options.retries < 0) throw DataError("Options: retries is negative");
  if (options.retry_backoff.count() < 0) throw DataError("Options: retry_backoff is negative");
  if (options.max_own_connections == 0) throw DataError("Options: max_own_connections is zero");
  if (options.busy_poll.count() < 0) throw DataError("Options: busy_poll is negative");
}

void check_options(const CallOptions& options) {
  if (options.timeout && options.timeout->count() < 0) throw DataError("CallOptions: timeout is negative");
}

}  // namespace rediscluster::topology
