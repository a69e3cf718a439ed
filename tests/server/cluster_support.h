// What the tests on whole clusters share.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <rediscluster/config.h>
#include <rediscluster/partitioner.h>
#include <rediscluster/testing/local_cluster.h>

#include "support/plain_client.h"

namespace rediscluster::tests {

/** Key number `number` of those that node `node` (1, 2 ...) of `masters` holds. */
inline std::string key_on(int node, std::size_t masters = 2, int number = 0) {
  const Partitioner partitioner(masters);
  for (int i = 0;; ++i) {
    std::string key = "key:" + std::to_string(i);
    if (partitioner.node_of(key) == static_cast<std::size_t>(node - 1) && number-- == 0) return key;
  }
}

/** What one server says, asked without the library under test. */
inline std::string ask(const ClusterConfig& cluster, const std::string& server,
                       const std::vector<std::string>& command) {
  return PlainClient(cluster.nodes.at(server)).run(command);
}

/** How often a server has run a command since CONFIG RESETSTAT. */
inline int calls_of(const ClusterConfig& cluster, const std::string& server, const std::string& command) {
  const std::string stats = ask(cluster, server, {"INFO", "commandstats"});
  const std::string field = "cmdstat_" + command + ":calls=";
  const std::size_t at = stats.find(field);
  return at == std::string::npos ? 0 : std::stoi(stats.substr(at + field.size()));
}

inline void reset_stats(const ClusterConfig& cluster) {
  for (const auto& [name, node] : cluster.nodes) PlainClient(node).run({"CONFIG", "RESETSTAT"});
}

/** The text of the exception of type E that f throws; "no error" or "another error: ..." otherwise. */
template <class E, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const E& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another error: ") + error.what();
  }
  return "no error";
}

}  // namespace rediscluster::tests
