// Typed methods with random arguments, called on a cluster and on one server.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/strict_redis.h>
#include <rediscluster/strict_redis_cluster.h>

#include "oracle/vocabulary.h"

namespace rediscluster::oracle {

/** What one method has done on both. */
struct TypedOutcome {
  Words command;                ///< what is sent for it; empty when the arguments were refused before
  bool refused = false;         ///< by the cluster alone, with a DataError; the server was not asked
  bool same = false;            ///< equal results, or errors with the same text
  std::string cluster, server;  ///< for people
};

struct TypedLine {
  std::string_view name;
  int weight;
  /** Draws the arguments by the seed. */
  std::function<TypedOutcome(const StrictRedisCluster&, const StrictRedis&, std::uint64_t seed)> play;
};

/** All of them, in no order. */
const std::vector<TypedLine>& typed_lines();

void add_typed_strings(std::vector<TypedLine>& to);
void add_typed_collections(std::vector<TypedLine>& to);
void add_typed_sorted_sets(std::vector<TypedLine>& to);
void add_typed_streams(std::vector<TypedLine>& to);

}  // namespace rediscluster::oracle
