// ReplicationRole: what ROLE says about a server.
#pragma once

#include <string>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/export.h>
#include <rediscluster/topology.h>

namespace rediscluster {
inline namespace v0_1 {

/** A slave, as its master knows it. */
struct ReplicationSlave {
  std::string host;
  int port = 0;
  /** The replication offset that it has acknowledged. */
  long long offset = 0;

  bool operator==(const ReplicationSlave&) const = default;
};

/** What a server is to others, and how far it is. */
struct ReplicationRole {
  /** unknown: neither, a sentinel. */
  ServerRole role = ServerRole::unknown;
  /** Of a master its replication offset; of a slave what it has received so far, -1 while it is not connected. */
  long long offset = 0;
  /** Of a master: the slaves that are connected to it. */
  std::vector<ReplicationSlave> slaves = {};
  /** Of a slave: its master. */
  std::string master_host = {};
  int master_port = 0;
  /** Of a slave: "connect", "connecting", "handshake", "sync" or "connected". */
  std::string state = {};

  bool operator==(const ReplicationRole&) const = default;
};

template <>
struct Decoder<ReplicationRole> {
  REDISCLUSTER_API static ReplicationRole decode(TapeView reply);
};

}  // namespace v0_1
}  // namespace rediscluster
