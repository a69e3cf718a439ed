// What servers note about themselves: slow commands, latencies, memory.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** A command that took longer than the setting slowlog-log-slower-than. */
struct SlowlogEntry {
  /** Unique on its server, as long as that runs. */
  long long id = 0;
  std::chrono::sys_seconds start_time = {};
  /** How long it ran, without waiting for its turn. */
  std::chrono::microseconds duration{0};
  /** The command and its arguments; long ones are cut by the server, and say so. */
  std::vector<std::string> command = {};
  /** Where the client is, "host:port". */
  std::string client_address = {};
  /** As of CLIENT SETNAME; empty when it has none. */
  std::string client_name = {};

  bool operator==(const SlowlogEntry&) const = default;
};

/** The delays of one kind, "command", "fork" ..., that were longer than the setting latency-monitor-threshold. */
struct LatencyEvent {
  std::string name;
  /** When the last one was. */
  std::chrono::sys_seconds time = {};
  std::chrono::milliseconds latest{0};
  std::chrono::milliseconds max{0};

  bool operator==(const LatencyEvent&) const = default;
};

/** The longest delay of a second. */
struct LatencySample {
  std::chrono::sys_seconds time = {};
  std::chrono::milliseconds latency{0};

  bool operator==(const LatencySample&) const = default;
};

/** How long a command has taken. */
struct LatencyHistogram {
  long long calls = 0;
  /** Upper bounds, each twice the one before, and how many calls took no longer; bounds that add none are left out. */
  std::vector<std::pair<std::chrono::microseconds, long long>> histogram_usec = {};

  bool operator==(const LatencyHistogram&) const = default;
};

/** The delays of one kind, drawn. */
struct LatencyGraph {
  /** Empty when the server has noted none while another one has. */
  std::string text = {};

  bool operator==(const LatencyGraph&) const = default;
};

/** What a server uses its memory for, in bytes. What it does not tell keeps its initialiser. */
struct MemoryStats {
  /** Of one database: what its tables take besides the keys and values. */
  struct Database {
    long long overhead_hashtable_main = 0;
    long long overhead_hashtable_expires = 0;

    bool operator==(const Database&) const = default;
  };

  /** The most that was ever in use, what is now, and what was after the start. */
  long long peak_allocated = 0;
  long long total_allocated = 0;
  long long startup_allocated = 0;
  long long replication_backlog = 0;
  /** Buffers of slaves and of other clients. */
  long long clients_slaves = 0;
  long long clients_normal = 0;
  long long cluster_links = 0;
  long long aof_buffer = 0;
  long long lua_caches = 0;
  /** (Redis 7.0) */
  long long functions_caches = 0;
  /** By the number of the database; those that hold keys. */
  std::map<int, Database> databases = {};
  /** All that is not data. */
  long long overhead_total = 0;
  long long keys_count = 0;
  long long keys_bytes_per_key = 0;
  long long dataset_bytes = 0;
  /** Of what is in use beyond startup_allocated; of peak_allocated what is in use. */
  double dataset_percentage = 0;
  double peak_percentage = 0;
  /** What the allocator has given out, holds in pages in use, and holds of the system's memory. */
  long long allocator_allocated = 0;
  long long allocator_active = 0;
  long long allocator_resident = 0;
  double allocator_fragmentation_ratio = 0;
  long long allocator_fragmentation_bytes = 0;
  double allocator_rss_ratio = 0;
  long long allocator_rss_bytes = 0;
  double rss_overhead_ratio = 0;
  long long rss_overhead_bytes = 0;
  double fragmentation = 0;
  long long fragmentation_bytes = 0;

  bool operator==(const MemoryStats&) const = default;
};

template <>
struct Decoder<SlowlogEntry> {
  REDISCLUSTER_API static SlowlogEntry decode(TapeView reply);
};
template <>
struct Decoder<LatencyEvent> {
  REDISCLUSTER_API static LatencyEvent decode(TapeView reply);
};
template <>
struct Decoder<LatencySample> {
  REDISCLUSTER_API static LatencySample decode(TapeView reply);
};
template <>
struct Decoder<LatencyHistogram> {
  REDISCLUSTER_API static LatencyHistogram decode(TapeView reply);
};
template <>
struct Decoder<LatencyGraph> {
  REDISCLUSTER_API static LatencyGraph decode(TapeView reply);
};
template <>
struct Decoder<MemoryStats> {
  REDISCLUSTER_API static MemoryStats decode(TapeView reply);
};

}  // namespace v0_1
}  // namespace rediscluster
