// Everything of the library: a set of redis-servers that looks like one.
#pragma once

#include <rediscluster/config.h>
#include <rediscluster/errors.h>
#include <rediscluster/observer.h>
#include <rediscluster/partial_reply_error.h>
#include <rediscluster/partitioner.h>
#include <rediscluster/pipeline.h>
#include <rediscluster/reply.h>
#include <rediscluster/scan.h>
#include <rediscluster/script.h>
#include <rediscluster/strict_redis.h>
#include <rediscluster/strict_redis_cluster.h>
#include <rediscluster/topology.h>
#include <rediscluster/version.h>
