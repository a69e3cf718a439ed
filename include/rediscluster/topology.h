// What a client knows of its servers: StrictRedisCluster::topology().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rediscluster {
inline namespace v0_1 {

enum class ServerRole {
  unknown,  ///< it has not been reached yet, or will not tell
  master,
  slave
};

/** One server, as this client sees it. */
struct ServerState {
  /** As configured; discovered slaves are called node_1_slave, node_1_slave_2 ... */
  std::string name;
  std::string host;
  int port = 0;
  /** What it said of itself when it was last heard. */
  ServerRole role = ServerRole::unknown;
  /** False while it is kept away from: it has failed, or is a slave out of step, and has not answered since. */
  bool healthy = true;
  /** Of its recent calls, smoothed, as far as they were measured (one of 64); zero before the first. */
  std::chrono::microseconds latency{0};
  /** Calls whose reply is awaited. */
  std::size_t in_flight = 0;
  /** Open connections to it. */
  std::size_t connections = 0;
  /** How often a connection had to be made again, since the client, or the configuration that brought the server, is
      there. */
  std::uint64_t reconnects = 0;
};

/** One node: a share of the keys. */
struct NodeState {
  std::string name;
  /** Name of the server that takes its writes; empty while several claim to be master, or none can be told. */
  std::string master;
  /** The first is the one configured as master. */
  std::vector<ServerState> servers;
};

/** A moment of a cluster; servers may have changed since, and are not all of the very same moment. */
struct Topology {
  /** node_1 ... node_N. */
  std::vector<NodeState> nodes;
  std::string default_node;
  /** How often the configuration was replaced. */
  std::uint64_t reloads = 0;
};

}  // namespace v0_1
}  // namespace rediscluster
