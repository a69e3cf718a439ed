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

#include "topology/own_writes.h"
#include "transport/deadline.h"
#include "transport/link.h"

namespace rediscluster::topology {

class Node;

/** One redis-server. */
class Server {
 public:
  Server(std::string name, const NodeConfig& config, const Options& options);

  const std::string& name() const noexcept { return name_; }
  const NodeConfig& config() const noexcept { return config_; }
  transport::Link& link() noexcept { return link_; }
  /** The node it is a server of; null when it is alone. */
  Node* node() const noexcept { return node_; }
  void set_node(Node& node) noexcept { node_ = &node; }

  /** Keeps callers away from a server that has just failed: for a second, and longer (up to 8) when it keeps failing.
   */
  void avoid(Clock::time_point now) noexcept;
  /** Whether to ask this server. When that time is over, one caller is let through to try it; the others keep away for
      as long again, unless that one succeeds. */
  bool may_be_asked(Clock::time_point now) noexcept;
  /** Whether it has failed and not answered since. */
  bool avoided() const noexcept { return avoid_until_.load(std::memory_order_relaxed) != 0; }
  /** Has a slave's connections confirmed for `told`, as NodeWrites says, without waiting: reads what it has answered,
      asks again when it is time to. `may_connect`: makes a connection when there is none. */
  void seek_confirmation(Moment told, Clock::time_point now, bool may_connect) noexcept;
  /** To be called when the server has answered. */
  void answered() noexcept {
    if (!avoided()) return;
    tries_.store(0, std::memory_order_relaxed);
    avoid_until_.store(0, std::memory_order_relaxed);
  }

 private:
  const std::string name_;
  const NodeConfig config_;
  transport::Link link_;
  Node* node_ = nullptr;
  Clock::duration avoid_time() const noexcept;

  std::atomic<Clock::rep> avoid_until_{0};  // 0: not avoided
  std::atomic<int> tries_{0};               // that were let through since it last answered
  std::atomic<Moment> confirmation_asked_{0};
  std::atomic<Moment> answers_read_{0};
};

/** Servers that may be asked one after the other, best first. */
struct Candidate {
  Server* server;
  bool only_in_sync;  ///< a slave, to be used only if it says that it is in step with its master
  bool confirmed;     ///< a slave, to be used only by a connection that is confirmed for what is needed
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

  /** The server that takes the writes. ConnectionError when none, or more than one, claims to be master. */
  Server& master() const;
  void set_master(Server& server) noexcept { master_ = &server; }
  void set_no_master(std::string why) {
    master_ = nullptr;
    why_no_master_ = std::move(why);
  }

  /** Whom to ask for a read: a slave in step, in turns; then the master; then whoever is left. Slaves only by
     connections that are confirmed for what was written of what the read touches; with ReadYourWrites::best_effort, by
     any at last.
   */
  Candidates read_candidates(bool mastersonly, const Touched& touched, Clock::time_point now, Moment& needed);

  /** From now on own writes are read back. To be called, when all its servers have been added, before anybody uses it.
      Nothing happens without slaves. Takes over what `previous` knows, which may be null: a node of the same name and
      client that this one takes the place of. */
  void track_writes(std::shared_ptr<WriteTimes> times, ReadYourWrites rule, const Node* previous = nullptr);
  /** Whether it matters what a request touches. */
  bool tracks_writes() const noexcept { return writes_ != nullptr; }
  /** To be called when a write has ended and may have been executed, before its caller is told. */
  void note_write(const Touched& touched) noexcept {
    if (writes_ != nullptr) writes_->mark(touched, Clock::now());
  }
  /** Whether Question::replication is to be put in front of what is sent to `server` now. */
  bool is_to_be_asked(const Server& server, Clock::time_point now) noexcept {
    return writes_ != nullptr && &server == master_ && writes_->should_ask_master(now);
  }
  /** To be called when that was answered: goes on with slaves that there are connections to. */
  void seek_confirmation(Clock::time_point now) noexcept;
  /** To be called when another server may have become master: then what was written until now is forgotten. */
  void drop_marks() noexcept;

 private:
  Moment needed_by(const Touched& touched, Clock::time_point now) noexcept;

  const std::string name_;
  std::vector<Server*> servers_;
  Server* master_ = nullptr;
  std::string why_no_master_;
  std::shared_ptr<NodeWrites> writes_;  // null: they are not tracked
  bool best_effort_ = false;
  std::atomic<unsigned> turn_{0};
};

/** Checks the configuration and then asks every server for its role, as StrictRedisCluster's constructor says. */
class Topology {
 public:
  Topology(const ClusterConfig& cluster, const Options& options);

  std::size_t masters() const noexcept { return nodes_.size(); }
  Node& node(std::size_t index) noexcept { return *nodes_[index]; }
  std::size_t default_node() const noexcept { return default_node_; }
  const std::vector<std::unique_ptr<Server>>& servers() const noexcept { return servers_; }
  /** Null when there is none of this name. */
  Server* find(std::string_view name) noexcept;

 private:
  Server& add_server(const std::string& name, const NodeConfig& config, const Options& options);

  std::shared_ptr<WriteTimes> write_times_;       // null: own writes are not read back
  std::vector<std::unique_ptr<Server>> servers_;  // in the order of their names as configured, then the discovered
  std::vector<std::unique_ptr<Node>> nodes_;
  std::size_t default_node_ = 0;
};

}  // namespace rediscluster::topology
