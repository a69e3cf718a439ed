// The servers of a cluster: which node each belongs to, who is master, who may answer reads now.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/config.h>
#include <rediscluster/topology.h>

#include "transport/deadline.h"
#include "transport/link.h"

namespace rediscluster::topology {

using transport::Clock;

class Node;

/** One redis-server. */
class Server {
 public:
  Server(std::string name, const NodeConfig& config, const Options& options);
  /** One that has the connections of another of the same name and configuration. */
  explicit Server(const Server& same) : name_(same.name_), config_(same.config_), link_(same.link_) {}

  const std::string& name() const noexcept { return name_; }
  const NodeConfig& config() const noexcept { return config_; }
  transport::Link& link() noexcept { return *link_; }
  /** The node it is a server of; null when it is alone. */
  Node* node() const noexcept { return node_; }
  void set_node(Node& node) noexcept { node_ = &node; }

  ServerState state() const;

  /** Keeps callers away from a server that has just failed: for a second, and longer (up to 8) when it keeps failing.
   */
  void avoid(Clock::time_point now) noexcept;
  /** Whether to ask this server. When that time is over, one caller is let through to try it; the others keep away for
      as long again, unless that one succeeds. */
  bool may_be_asked(Clock::time_point now) noexcept;
  /** Whether it has failed and not answered since. */
  bool avoided() const noexcept { return avoid_until_.load(std::memory_order_relaxed) != 0; }
  /** To be called when the server has answered. */
  void answered() noexcept {
    if (!avoided()) return;
    tries_.store(0, std::memory_order_relaxed);
    avoid_until_.store(0, std::memory_order_relaxed);
  }

 private:
  const std::string name_;
  const NodeConfig config_;
  const std::shared_ptr<transport::Link> link_;
  Node* node_ = nullptr;
  Clock::duration avoid_time() const noexcept;

  std::atomic<Clock::rep> avoid_until_{0};  // 0: not avoided
  std::atomic<int> tries_{0};               // that were let through since it last answered
};

/** Servers that may be asked one after the other, best first. */
struct Candidate {
  Server* server;
  bool only_in_sync;  ///< a slave, to be used only if it says that it is in step with its master
};
using Candidates = detail::InlineVector<Candidate, 4>;

/** A share of the keys: one master and its slaves. */
class Node {
 public:
  explicit Node(std::string name) : name_(std::move(name)) {}

  const std::string& name() const noexcept { return name_; }
  /** All its servers; the first is the one configured as master. */
  const std::vector<Server*>& servers() const noexcept { return servers_; }
  void add(Server& server) {
    servers_.push_back(&server);
    server.set_node(*this);
  }

  NodeState state() const;

  /** The server that takes the writes. ConnectionError when none, or more than one, claims to be master. */
  Server& master() const;
  void set_master(Server& server) noexcept { master_ = &server; }
  void set_no_master(std::string why) {
    master_ = nullptr;
    why_no_master_ = std::move(why);
  }

  /** Whom to ask for a read: a slave in step, in turns; then the master; then whoever is left. After a write of ours,
      for a second, the master alone, since a slave may not have it yet. */
  Candidates read_candidates(bool mastersonly, Clock::time_point now);
  /** To be called when a write is sent. */
  void note_write(Clock::time_point now) noexcept { last_write_.store(now.time_since_epoch().count()); }

 private:
  bool written_recently(Clock::time_point now) const noexcept;

  const std::string name_;
  std::vector<Server*> servers_;
  Server* master_ = nullptr;
  std::string why_no_master_;
  std::atomic<Clock::rep> last_write_{0};
  std::atomic<unsigned> turn_{0};
};

/** Checks the configuration and then asks every server for its role, as StrictRedisCluster's constructor says. Shares
    the connections of `previous`, which may be null, to servers that are the same in both. */
class Topology {
 public:
  Topology(const ClusterConfig& cluster, const Options& options, const Topology* previous = nullptr);

  std::size_t masters() const noexcept { return nodes_.size(); }
  Node& node(std::size_t index) noexcept { return *nodes_[index]; }
  std::size_t default_node() const noexcept { return default_node_; }
  const std::vector<std::unique_ptr<Server>>& servers() const noexcept { return servers_; }
  /** Null when there is none of this name. */
  Server* find(std::string_view name) const noexcept;

 private:
  std::unique_ptr<Server> make_server(const std::string& name, const NodeConfig& config, const Options& options,
                                      const Topology* previous) const;

  std::vector<std::unique_ptr<Server>> servers_;  // in the order of their names as configured, then the discovered
  std::vector<std::unique_ptr<Node>> nodes_;
  std::size_t default_node_ = 0;
};

}  // namespace rediscluster::topology
