// The same commands, one after the other, for a cluster and for one server that has all its keys: who differs?
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/partitioner.h>
#include <rediscluster/strict_redis.h>
#include <rediscluster/strict_redis_cluster.h>

#include "oracle/answer.h"
#include "oracle/commands.h"
#include "oracle/typed.h"

namespace rediscluster::oracle {

class Contest {
 public:
  /** Both are emptied, and given the scripts and functions of the Vocabulary. `slaves`: the cluster
      reads from slaves. `large`: values may grow to a megabyte,
     and to many thousand elements, before they are removed. */
  Contest(StrictRedisCluster cluster, StrictRedis server, bool slaves, bool large);

  /** Runs the command on both. False when they differ: difference() tells. */
  bool play(const Line& line, const Words& command);
  /** Calls the method on both. */
  bool play(const TypedLine& line, std::uint64_t seed);
  /** Runs commands on the cluster as one pipeline, and on the server one after the other. Only lines of which
      can_be_pipelined() is true. */
  bool play_pipeline(const std::vector<std::pair<const Line*, Words>>& commands);
  static bool can_be_pipelined(const Line& line);
  /** Compares what both hold: names, types, times to live, content. */
  bool check();
  /** Removes from both what has grown too large to be compared often; after check(). */
  void prune();
  void flush();

  const std::string& difference() const { return difference_; }
  /** What was played since all was empty, each with its line. */
  struct Played {
    const Line* line;
    Words command;
    std::string answer;
  };
  const std::vector<Played>& history() const { return history_; }
  /** Commands that the cluster must refuse. */
  std::size_t refused() const { return refused_; }
  /** Whether both answered the last command of a line, and not with an error. */
  bool answered() const { return answered_; }
  /** Whether it had keys on several nodes, or (SORT) may have read such. */
  bool over_nodes() const { return over_nodes_; }

  /** Keys of a command, as the routing table has them. */
  static Words keys_of(const Words& command);
  bool on_several_nodes(const Words& keys) const;
  const StrictRedisCluster& cluster() const { return cluster_; }
  const StrictRedis& server() const { return server_; }
  /** The last answer of the server, for RESTORE. */
  std::optional<std::string> payload;

 private:
  bool has_equals_by_alpha(const std::string& key) const;
  bool play_sort(const Words& command, const Answer& mine);
  bool play_sample(const Words& command, const Answer& mine);
  bool play_pop(const Words& command, const Answer& mine);
  bool play_key(const Words& command, const Answer& mine);
  bool play_scan(const Words& command, const Answer& mine);
  bool is_broken_hyperloglog(const Words& pfadd) const;
  bool left_open(const Words& command) const;
  bool takes_too_long(const Words& command) const;
  bool differ(const std::string& what, const Words& keys);
  bool scores_differ(const std::string& key) const;
  bool conclude(const Words& command, const Answer& mine, const Answer& right, bool good);
  // Gives the server what the cluster has, where it may differ.
  void adopt(const std::string& key);

  StrictRedisCluster cluster_;
  StrictRedis server_;
  Partitioner partitioner_;
  bool slaves_;
  std::vector<Played> history_;
  std::string difference_;
  std::size_t refused_ = 0;
  bool answered_ = false, over_nodes_ = false;
  Scores scores_ = Scores::by_text;
  std::size_t most_elements_, most_bytes_;
  Words large_;
};

}  // namespace rediscluster::oracle
