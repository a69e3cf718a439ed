// The servers of a cluster: which node each belongs to, who is master, who may answer reads now.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/config.h>

#include "transport/deadline.h"
#include "transport/link.h"
#include "transport/role.h"

namespace rediscluster::topology {

using transport::Clock;

class Node;

/** One redis-server. */
class Server {
 public:
  Server(std::string name, const NodeConfig& config, const Options& options);

  const std::string& name() const noexcept { return name_; }
  const NodeConfig& config() const noexcept { return config_; }
  transport::Link& link() noexcept { return link_; }
  /** The node it is a server of; null when it is alone. */
  Node* node() const noexcept { return node_.load(std::memory_order_acquire); }
  void set_node(Node& node) noexcept { node_.store(&node, std::memory_order_release); }

  /** Keeps callers away from a server that has just failed: for a second, and longer (up to 8) when it keeps failing.
   */
  void avoid(Clock::time_point now) noexcept;
  /** Whether to ask this server. When that time is over, it is asked for its role, which nobody waits for; callers keep
      away until it has answered that it is in step with its master, or that it is the master it is to be. */
  bool may_be_asked(Clock::time_point now) noexcept {
    if (!avoided()) return true;
    probe(now);
    return !avoided();
  }
  /** Whether it has failed and not answered since. */
  bool avoided() const noexcept { return avoid_until_.load(std::memory_order_relaxed) != 0; }
  /** How long it has answered nobody, for all that we know; zero when it is well. */
  Clock::duration failing_for(Clock::time_point now) const noexcept;
  /** To be called when the server has answered. */
  void answered() noexcept {
    if (!avoided()) return;
    tries_.store(0, std::memory_order_relaxed);
    avoid_until_.store(0, std::memory_order_relaxed);
  }

  // What it looks like from here, for those who watch.

  /** What it last said that it is. */
  transport::Role::Kind role() const { return link_.role().kind; }
  std::size_t in_flight() const noexcept { return link_.in_flight(); }
  std::size_t connections() const { return link_.connections(); }
  /** How often a connection was made again after one that was lost. */
  std::size_t reconnects() const noexcept { return link_.reconnects(); }
  /** How long a call takes, smoothed over every 64th; zero until there was one. */
  Clock::duration latency() const noexcept { return Clock::duration(latency_.load(std::memory_order_relaxed)); }
  /** To be called when it has answered a call; true when the time that the call took is wanted by note_latency(). */
  bool wants_latency() noexcept {
    const unsigned answers = answers_.load(std::memory_order_relaxed) + 1;
    answers_.store(answers, std::memory_order_relaxed);
    return answers % 64 == 0;
  }
  void note_latency(Clock::duration took) noexcept;

 private:
  Clock::duration avoid_time() const noexcept;
  void probe(Clock::time_point now) noexcept;
  void note_role(const transport::Role& role) noexcept;

  const std::string name_;
  const NodeConfig config_;
  std::atomic<Node*> node_{nullptr};
  transport::Link link_;

  std::atomic<Clock::rep> avoid_until_{0};    // 0: not avoided
  std::atomic<Clock::rep> failing_since_{0};  // valid while it is avoided
  std::atomic<Clock::rep> looked_{0};         // when the answer to the probe was last looked for
  std::atomic<int> tries_{0};                 // probes since it last answered
  std::atomic<unsigned> answers_{0};          // a guess: threads may overwrite each other's
  std::atomic<Clock::rep> latency_{0};
};

/** Servers that may be asked one after the other, best first. */
struct Candidate {
  Server* server;
  bool only_in_sync;  ///< a slave, to be used only if it says that it is in step with its master
};
using Candidates = detail::InlineVector<Candidate, 4>;

/** What all nodes of a client have in common. */
struct NodeRules {
  /** How long a server may take to tell its role. Zero: as long as the call that wants to know. */
  std::chrono::milliseconds connect_timeout{0};
  SlavePolicy slaves = SlavePolicy::round_robin;
  /** When not empty: told that a node's writes go to `to` from now on, and went to `from` before (null when to nobody),
      in the thread that found out, with nothing locked, before that thread's own call goes on. Must not throw. */
  std::function<void(Node& node, Server* from, Server* to)> on_promotion;
};

/** A share of the keys: one master and its slaves. */
class Node {
 public:
  Node(std::string name, std::shared_ptr<const NodeRules> rules) : name_(std::move(name)), rules_(std::move(rules)) {}

  const std::string& name() const noexcept { return name_; }
  /** All its servers; the first is the one configured as master. */
  const std::vector<Server*>& servers() const noexcept { return servers_; }
  void add(Server& server) {
    servers_.push_back(&server);
    server.set_node(*this);
  }

  /** The server that takes the writes. ConnectionError when none, or more than one, claims to be master. */
  Server& master() const {
    Server* const server = master_.load(std::memory_order_acquire);
    if (server == nullptr) throw_no_master();
    return *server;
  }
  /** The same; null in place of the error. */
  Server* known_master() const noexcept { return master_.load(std::memory_order_acquire); }

  // Who is master is settled at construction, and again by look_for_master().

  /** `server` is master from now on: it claims to be, and no other does whom we follow already. */
  void follow(Server& server) noexcept;
  /** `server` was configured as master and cannot be asked: it takes the writes unless another claims to be master. */
  void presume(Server& server) noexcept;
  void set_no_master(std::string why);

  /** Whether there is reason to ask who is master before anything is sent to it. */
  bool in_doubt() const noexcept { return in_doubt_.load(std::memory_order_relaxed); }
  /** To be called when the master has failed, or another server may have become it. */
  void doubt() noexcept { in_doubt_.store(true, std::memory_order_relaxed); }
  /** Asks all servers of the node for their roles and settles anew who is master, as judge() of promotion.h says. Takes
      up to half of the time that is left until `deadline`, and no longer than connecting may take. Does nothing, and
      does not wait, while another thread is asking, and for a second after the last time; unless there is `news`: when
      a call was submitted that the master has refused because it is none, or the first one that could not reach it,
      provided that this was after the last time. */
  void look_for_master(transport::Deadline deadline, Clock::time_point news = Clock::time_point::min());

  /** Whom to ask for a read: a slave in step, in turns or at random; then the master; then whoever is left. While the
      master is avoided, a slave out of step comes before it. After a write of ours, for a second, the master alone,
      since a slave may not have it yet. */
  Candidates read_candidates(bool mastersonly, Clock::time_point now);
  /** To be called when a write is sent. */
  void note_write(Clock::time_point now) noexcept { last_write_.store(now.time_since_epoch().count()); }

 private:
  [[noreturn]] void throw_no_master() const;
  bool is_time_to_ask(Clock::time_point now, Clock::time_point news) const noexcept;
  void settle(transport::Deadline deadline);
  unsigned next_choice() noexcept;
  bool written_recently(Clock::time_point now) const noexcept;

  const std::string name_;
  const std::shared_ptr<const NodeRules> rules_;
  std::vector<Server*> servers_;
  std::atomic<Server*> master_{nullptr};
  std::atomic<bool> in_doubt_{false};
  std::atomic<bool> asking_{false};   // only who has set it settles, and asks
  std::atomic<Clock::rep> asked_{0};  // when it was last done
  Server* followed_ = nullptr;        // who is, or was, the only one to claim it; guarded by asking_
  mutable std::mutex mutex_;
  std::string why_no_master_;  // guarded by mutex_
  std::atomic<Clock::rep> last_write_{0};
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
  /** See NodeRules. To be set before any other thread has the topology. */
  void on_promotion(std::function<void(Node& node, Server* from, Server* to)> told) {
    rules_->on_promotion = std::move(told);
  }

 private:
  Server& add_server(const std::string& name, const NodeConfig& config, const Options& options);

  const std::shared_ptr<NodeRules> rules_;
  std::vector<std::unique_ptr<Server>> servers_;  // in the order of their names as configured, then the discovered
  std::vector<std::unique_ptr<Node>> nodes_;
  std::size_t default_node_ = 0;
};

}  // namespace rediscluster::topology
