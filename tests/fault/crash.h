// One command over several nodes, in a process that dies, or whose connections break, at a chosen step.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <rediscluster/config.h>
#include <rediscluster/testing/local_cluster.h>

#include "support/plain_client.h"

namespace rediscluster::tests {

/** Each step of a process is one send() or recv(). */
enum class Fault {
  death,  ///< the process dies in front of a step
  torn,   ///< the same, but of what it would send then the first half is sent
  loss,   ///< one step fails, with ETIMEDOUT: its connection is gone
  cut,    ///< it fails, and so do all that follow
};

/** How the command has ended. */
enum class Ending {
  unharmed = 10,  ///< it has succeeded, before it came to the step
  recovered,      ///< it has succeeded all the same
  died,
  maybe_executed,  ///< an exception that says so
  not_executed,    ///< an exception that does not
};

/** Three masters, and what they hold. */
class CrashGround {
 public:
  using Words = std::vector<std::string>;
  /** What is known of a key: content, type, expiry, groups. */
  using Snapshot = std::map<std::string, std::string>;

  CrashGround();

  /** Empties all and runs these commands, each on the node of its key. */
  void prepare(const std::vector<Words>& commands);
  /** Runs the command in a child, with a fault at step `step`, the first being 1. Returns when the servers have run
      whatever the child has sent. Nothing: the child has ended in another way. */
  std::optional<Ending> run(const Words& command, const Words& keys, Fault fault, int step);
  Snapshot snapshot(const Words& keys);
  /** The keys that the library makes for itself, with their PTTL. */
  std::map<std::string, long long> temporary_keys();

 private:
  PlainClient& node_of(const std::string& key);
  int connections(PlainClient& node);
  bool sees_only_us();

  rediscluster::testing::LocalCluster servers_;
  std::vector<std::unique_ptr<PlainClient>> nodes_;
};

}  // namespace rediscluster::tests
