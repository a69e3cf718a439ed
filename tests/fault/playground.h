// The servers that faults are played on, and the faults.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <rediscluster/config.h>
#include <rediscluster/encryption.h>
#include <rediscluster/testing/local_cluster.h>

#include "fault/workload.h"
#include "support/certificates.h"
#include "support/relay.h"
#include "support/temporary_folder.h"

namespace rediscluster::tests {

/** What clients talk to the servers over. */
enum class Channel { plain, tls };

/** Three masters, node_1 to node_3, with a slave each, node_4 to node_6. Clients reach node_2 and its slave through
    relays. */
class Playground {
 public:
  explicit Playground(Channel channel);

  /** As clients are told of the servers. */
  const ClusterConfig& config() const noexcept { return config_; }
  /** For Options::tls; null when they talk plain text. */
  const std::shared_ptr<const Encryption>& tls() const noexcept { return tls_; }
  testing::LocalCluster& servers() noexcept { return servers_; }
  /** Of node_2, and of its slave. */
  Relay& relay(bool of_slave) noexcept { return of_slave ? to_slave_ : to_master_; }
  /** What a server says, asked directly and without the library under test. */
  std::string ask(const std::string& server, const std::vector<std::string>& command) const;
  /** The server that is master of a node (0, 1, 2) now, by its own address. */
  NodeConfig master_of(std::size_t node) const;
  /** Empties all servers. */
  void clear();

  /** Makes node_1's slave its master, the old master its slave, and loses nothing that was acknowledged. */
  void promote();
  /** The same, but the old master dies before, and comes back as a slave when the client follows the new one. */
  void promote_after_crash();

 private:
  void settle_roles(const std::string& new_master, const std::string& old_master);

  TemporaryFolder folder_;
  CertificateAuthority authority_;
  std::shared_ptr<const Encryption> tls_;
  testing::LocalCluster servers_;
  ClusterConfig config_;
  Relay to_master_;
  Relay to_slave_;
  std::atomic<bool> promoted_{false};
};

struct Fault {
  const char* name;
  /** Does the worst and makes everything well again. `length` is how long it lasts. */
  std::function<void(Playground&, Workload&, std::mt19937&, std::chrono::milliseconds length)> play;
  bool enabled = true;
};

/** Faults of servers, and faults of the connections to node_2 and its slave: one of each kind may be played at the
    same time. */
const std::vector<Fault>& server_faults();
const std::vector<Fault>& connection_faults();

}  // namespace rediscluster::tests
