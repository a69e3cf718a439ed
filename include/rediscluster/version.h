// The version of these headers.
#pragma once

#define REDISCLUSTER_VERSION_MAJOR 0
#define REDISCLUSTER_VERSION_MINOR 1
#define REDISCLUSTER_VERSION_PATCH 0

namespace rediscluster {
inline namespace v0_1 {}
}  // namespace rediscluster
