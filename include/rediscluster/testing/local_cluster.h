// A cluster of real redis-servers on this machine, for tests and examples.
#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <rediscluster/config.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {
namespace testing {

/** What LocalCluster throws: no server program, a server that does not start, an unknown name, a wait that took too
    long. The text ends with what the server concerned last wrote to its log. */
class REDISCLUSTER_API LocalClusterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/** What LocalCluster starts. */
struct LocalClusterOptions {
  /** Number of masters, at least 1. */
  int masters = 2;
  /** Slaves of each master; may be 0. */
  int slaves = 1;
  /** Give config() with unix sockets. The servers listen on TCP as well, because slaves can follow only that. */
  bool unix_sockets = false;
  /** When not empty, every server asks for it. It appears in the servers' command lines: do not use a real one. */
  std::string password = {};
  /** Further arguments of every server, such as {"--maxmemory", "10mb"}; they win over what LocalCluster sets. */
  std::vector<std::string> server_arguments = {};
  /** Path, or name to be looked up in PATH. When empty: the environment variable REDIS_SERVER, and when that is not set
      either, redis-server, then valkey-server. */
  std::string server_program = {};
  /** How long starting, restarting or saving may take before it is an error. */
  std::chrono::milliseconds start_timeout{15000};
  /** When not empty, every server listens for TLS too, on a port of its own, with these arguments:
      {"--tls-cert-file", ..., "--tls-key-file", ..., "--tls-ca-cert-file", ...}. Slaves follow their masters without
      TLS. The server program must have been built with it. */
  std::vector<std::string> tls_arguments = {};
};

/** How LocalCluster::restart() goes about it. */
struct RestartOptions {
  /** Let the server save its data first (when it is alive) and load what was last saved. Otherwise it starts empty. */
  bool keep_data = false;
};

/** Starts masters and slaves as processes of their own, on free ports of 127.0.0.1, with their files in a private
    temporary folder, and ends them when it is destroyed. When this process dies in whatever way, SIGKILL included, a
    small helper process ends the servers and removes the folder.

    Masters are called node_1 ... node_N; then come the slaves, node_1's first: of 2 masters with 2 slaves each, node_3
    and node_4 are slaves of node_1, node_5 and node_6 of node_2.

    The servers do not persist by themselves, allow DEBUG, and keep their ports when they are restarted; nobody else is
    given the port of a killed server meanwhile, so connecting to it is refused.

    Methods may be called from any thread; those that change a server take turns. After fork() the cluster belongs to
   the process that made it: in the child the destructor does nothing and methods other than config(), folder() and
   log() throw LocalClusterError. All methods that take a name throw it for one that does not exist. */
class REDISCLUSTER_API LocalCluster {
 public:
  /** Returns when every server answers and every slave is in sync. Throws LocalClusterError, with nothing left running,
      when that fails or available() is false. */
  explicit LocalCluster(LocalClusterOptions options = {});
  ~LocalCluster();
  LocalCluster(LocalCluster&& other) noexcept;
  LocalCluster& operator=(LocalCluster&& other) noexcept;
  LocalCluster(const LocalCluster&) = delete;
  LocalCluster& operator=(const LocalCluster&) = delete;

  /** Whether a server program is found for default options. */
  static bool available();

  /** The servers as a client is told of them. Every master is in master_of, with no slaves when there are none. */
  const ClusterConfig& config() const noexcept;
  /** The same servers at the ports where they speak TLS, with NodeConfig::tls set. LocalClusterError when there are
     none (see LocalClusterOptions::tls_arguments). */
  ClusterConfig tls_config() const;

  /** Ends the server with SIGKILL, as a crash would; returns when it is gone. Nothing happens when it is not alive. */
  void kill(std::string_view name);
  /** Freezes the server with SIGSTOP: its connections stay, new ones are accepted by the kernel, nothing is answered.
   */
  void stop(std::string_view name);
  /** Lets a stopped server go on. Nothing happens when it is not stopped. */
  void resume(std::string_view name);
  /** Kills the server if it is alive and starts it again at the same place with its original role. Returns when it
      answers; when it is a slave whose master runs, also when it is in sync. */
  void restart(std::string_view name, RestartOptions options = {});

  /** Whether the server's process exists; a stopped one does. */
  bool is_alive(std::string_view name) const;
  /** Process id of a server; LocalClusterError when it is not alive (0 or -1 would make kill(2) hit others). */
  pid_t pid(std::string_view name) const;
  /** What the server has logged since the cluster was made, restarts included. */
  std::string log(std::string_view name) const;
  /** The temporary folder; each server's own is below it, by its name. */
  const std::string& folder() const noexcept;

  /** Returns when each slave has applied everything that its master held at the call. Servers that are not alive or
      stopped, and slaves of such, are left out; roles are those the servers now have. Throws LocalClusterError, naming
      the slave, when it takes longer than timeout. */
  void wait_for_replication(std::chrono::milliseconds timeout = std::chrono::seconds(10));

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace testing
}  // namespace v0_1
}  // namespace rediscluster
