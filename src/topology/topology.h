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
#include <rediscluster/topology.h>

#include "topology/own_writes.h"
#include "transport/deadline.h"
#include "transport/link.h"
#include "transport/role.h"

namespace rediscluster::topology {

class Node;

/** One redis-server. */
class Server {
 public:
  Server(std::string name, const NodeConfig& config, const Options& options);
  /** One that has the connections of another of the same name and configuration. */
  explicit Server(const Server& same) : name_(same.name_), config_(same.config_), link_(same.link_) {}
  ~Server() { link_->stop_listening(this); }
  /** From now on, and in place of another one with the same connections, it is told of its role. */
  void listen();

  const std::string& name() const noexcept { return name_; }
  const NodeConfig& config() const noexcept { return config_; }
  transport::Link& link() noexcept { return *link_; }
  /** The node it is a server of; null when it is alone. */
  Node* node() const noexcept { return node_.load(std::memory_order_acquire); }
  void set_node(Node& node) noexcept { node_.store(&node, std::memory_order_release); }

  ServerState state() const;

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
  /** Has a slave's connections confirmed for `told`, as NodeWrites says, without waiting: reads what it has answered,
      asks again when it is time to. `may_connect`: makes a connection when there is none. */
  void seek_confirmation(Moment told, Clock::time_point now, bool may_connect) noexcept;
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
  transport::Role::Kind role() const { return link_->role().kind; }
  std::size_t in_flight() const noexcept { return link_->in_flight(); }
  std::size_t connections() const { return link_->connections(); }
  /** How often a connection was made again after one that was lost. */
  std::size_t reconnects() const noexcept { return link_->reconnects(); }
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
  const std::shared_ptr<transport::Link> link_;

  std::atomic<Clock::rep> avoid_until_{0};    // 0: not avoided
  std::atomic<Clock::rep> failing_since_{0};  // valid while it is avoided
  std::atomic<Clock::rep> looked_{0};         // when the answer to the probe was last looked for
  std::atomic<int> tries_{0};                 // probes since it last answered
  std::atomic<unsigned> answers_{0};          // a guess: threads may overwrite each other's
  std::atomic<Clock::rep> latency_{0};
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

  NodeState state() const;

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

  /** Whom to ask for a read: a slave in step, in turns; then the master; then whoever is left. While the
      master is avoided, a slave out of step comes before it. Slaves only by connections that are confirmed for what was
     written of what the read touches; with ReadYourWrites::best_effort, by any at last.
   */
  Candidates read_candidates(bool mastersonly, const Touched& touched, Clock::time_point now, Moment& needed);

  /** From now on own writes are read back. To be called, when all its servers have been added, before anybody uses it.
      Takes over what `previous` knows, which may be null: a node of the same name and client that this one takes the
      place of. Without slaves there is nothing to be read back, but that there were writes is noted: whoever goes on
      with this node may write while one that takes its place has slaves. */
  void track_writes(std::shared_ptr<WriteTimes> times, ReadYourWrites rule, const Node* previous = nullptr);
  /** Whether it matters what a request touches. */
  bool tracks_writes() const noexcept { return writes_ != nullptr && servers_.size() > 1; }
  /** To be called when a write has ended and may have been executed, before its caller is told. */
  void note_write(const Touched& touched) noexcept {
    if (writes_ != nullptr) writes_->mark(tracks_writes() ? touched : Touched(), Clock::now());
  }
  /** Whether Question::replication is to be put in front of what is sent to `server` now. */
  bool is_to_be_asked(const Server& server, Clock::time_point now) noexcept {
    return tracks_writes() && &server == known_master() && writes_->should_ask_master(now);
  }
  /** To be called when that was answered: goes on with slaves that there are connections to. */
  void seek_confirmation(Clock::time_point now) noexcept;
  /** Has slaves read only once they have been confirmed from now on: what was written before is not known. */
  void distrust_slaves() noexcept { note_write(Touched()); }
  /** To be called when another server may have become master: then what was written until now is forgotten. */
  void drop_marks() noexcept;

 private:
  [[noreturn]] void throw_no_master() const;
  bool is_time_to_ask(Clock::time_point now, Clock::time_point news) const noexcept;
  void settle(transport::Deadline deadline);
  unsigned next_choice() noexcept;
  Moment needed_by(const Touched& touched, Clock::time_point now) noexcept;

  const std::string name_;
  const std::shared_ptr<const NodeRules> rules_;
  std::vector<Server*> servers_;
  std::atomic<Server*> master_{nullptr};
  std::atomic<bool> in_doubt_{false};
  std::atomic<bool> asking_{false};   // only who has set it settles, and asks
  std::atomic<Clock::rep> asked_{0};  // when it was last done
  Server* followed_ = nullptr;        // who is, or was, the only one to claim it; guarded by asking_
  mutable std::mutex mutex_;
  std::string why_no_master_;           // guarded by mutex_
  std::shared_ptr<NodeWrites> writes_;  // null: they are not tracked
  bool best_effort_ = false;
  std::atomic<unsigned> turn_{0};
};

/** Checks the configuration and then asks every server for its role, as StrictRedisCluster's constructor says. Shares
    the connections of `previous`, which may be null, to servers that are the same in both, of a node with the same
    master, and what is known of the writes to those nodes. */
class Topology {
 public:
  Topology(const ClusterConfig& cluster, const Options& options, const Topology* previous = nullptr);

  std::size_t masters() const noexcept { return nodes_.size(); }
  Node& node(std::size_t index) noexcept { return *nodes_[index]; }
  std::size_t default_node() const noexcept { return default_node_; }
  const std::vector<std::unique_ptr<Server>>& servers() const noexcept { return servers_; }
  /** Null when there is none of this name. */
  Server* find(std::string_view name) const noexcept;
  /** See NodeRules. To be set before any other thread has the topology. */
  void on_promotion(std::function<void(Node& node, Server* from, Server* to)> told) {
    rules_->on_promotion = std::move(told);
  }

 private:
  // A configuration, and the topology it takes the place of, if any.
  struct Making {
    const ClusterConfig& cluster;
    const Options& options;
    const Topology* previous;
  };
  static std::unique_ptr<Server> make_server(const Making& making, const std::string& name, const NodeConfig& config,
                                             std::string_view node);
  static const Node* same_node(const Making& making, std::string_view name);

  std::shared_ptr<WriteTimes> write_times_;  // null: own writes are not read back
  const std::shared_ptr<NodeRules> rules_;
  std::vector<std::unique_ptr<Node>> nodes_;
  // In the order of their names as configured, then the discovered. Destroyed before the nodes: until then, whoever
  // uses the same connections by an older topology may have them told of a role, and they their node.
  std::vector<std::unique_ptr<Server>> servers_;
  std::size_t default_node_ = 0;
};

}  // namespace rediscluster::topology
