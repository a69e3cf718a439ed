#include <charconv>
#include <cstdint>
#include <string_view>

#include <rediscluster/server_statistics.h>

#include "protocol/read_fields.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {

using protocol::FieldOf;
using protocol::into;
using Stats = MemoryStats;
using Database = MemoryStats::Database;

// An array of at least so many elements: servers append to it.
void expect_at_least(TapeView reply, std::size_t elements, std::string_view expected) {
  detail::expect_container(reply, expected);
  if (reply.elements() < elements) detail::throw_misfit(reply, expected);
}

std::chrono::sys_seconds seconds(TapeView reply) {
  return std::chrono::sys_seconds(std::chrono::seconds(decode<std::int64_t>(reply)));
}
std::chrono::milliseconds milliseconds(TapeView reply) {
  return std::chrono::milliseconds(decode<std::int64_t>(reply));
}

constexpr FieldOf<Database> database_fields[] = {
    {"overhead.hashtable.main", into<&Database::overhead_hashtable_main>},
    {"overhead.hashtable.expires", into<&Database::overhead_hashtable_expires>},
};

constexpr FieldOf<Stats> memory_fields[] = {
    {"peak.allocated", into<&Stats::peak_allocated>},
    {"total.allocated", into<&Stats::total_allocated>},
    {"startup.allocated", into<&Stats::startup_allocated>},
    {"replication.backlog", into<&Stats::replication_backlog>},
    {"clients.slaves", into<&Stats::clients_slaves>},
    {"clients.normal", into<&Stats::clients_normal>},
    {"cluster.links", into<&Stats::cluster_links>},
    {"aof.buffer", into<&Stats::aof_buffer>},
    {"lua.caches", into<&Stats::lua_caches>},
    {"functions.caches", into<&Stats::functions_caches>},
    {"overhead.total", into<&Stats::overhead_total>},
    {"keys.count", into<&Stats::keys_count>},
    {"keys.bytes-per-key", into<&Stats::keys_bytes_per_key>},
    {"dataset.bytes", into<&Stats::dataset_bytes>},
    {"dataset.percentage", into<&Stats::dataset_percentage>},
    {"peak.percentage", into<&Stats::peak_percentage>},
    {"allocator.allocated", into<&Stats::allocator_allocated>},
    {"allocator.active", into<&Stats::allocator_active>},
    {"allocator.resident", into<&Stats::allocator_resident>},
    {"allocator-fragmentation.ratio", into<&Stats::allocator_fragmentation_ratio>},
    {"allocator-fragmentation.bytes", into<&Stats::allocator_fragmentation_bytes>},
    {"allocator-rss.ratio", into<&Stats::allocator_rss_ratio>},
    {"allocator-rss.bytes", into<&Stats::allocator_rss_bytes>},
    {"rss-overhead.ratio", into<&Stats::rss_overhead_ratio>},
    {"rss-overhead.bytes", into<&Stats::rss_overhead_bytes>},
    {"fragmentation", into<&Stats::fragmentation>},
    {"fragmentation.bytes", into<&Stats::fragmentation_bytes>},
};

// "db.3" -> 3
bool is_database(std::string_view name, int& number) {
  if (!name.starts_with("db.")) return false;
  const char* const end = name.data() + name.size();
  return std::from_chars(name.data() + 3, end, number).ptr == end;
}

}  // namespace

SlowlogEntry Decoder<SlowlogEntry>::decode(TapeView reply) {
  expect_at_least(reply, 4, "an entry of the slow log");
  SlowlogEntry entry;
  TapeView field = reply.first();
  entry.id = rediscluster::decode<long long>(field);
  field = field.next();
  entry.start_time = seconds(field);
  field = field.next();
  entry.duration = std::chrono::microseconds(rediscluster::decode<std::int64_t>(field));
  field = field.next();
  entry.command = rediscluster::decode<std::vector<std::string>>(field);
  if (reply.elements() < 6) return entry;
  field = field.next();
  entry.client_address = rediscluster::decode<std::string>(field);
  entry.client_name = rediscluster::decode<std::string>(field.next());
  return entry;
}

LatencyEvent Decoder<LatencyEvent>::decode(TapeView reply) {
  expect_at_least(reply, 4, "an event and its latencies");
  const TapeView time = reply.first().next();
  const TapeView latest = time.next();
  return {rediscluster::decode<std::string>(reply.first()), seconds(time), milliseconds(latest),
          milliseconds(latest.next())};
}

LatencySample Decoder<LatencySample>::decode(TapeView reply) {
  expect_at_least(reply, 2, "a time and a latency");
  return {seconds(reply.first()), milliseconds(reply.first().next())};
}

LatencyHistogram Decoder<LatencyHistogram>::decode(TapeView reply) {
  static constexpr FieldOf<LatencyHistogram> fields[] = {
      {"calls", into<&LatencyHistogram::calls>},
      {"histogram_usec",
       [](LatencyHistogram& to, TapeView value) {
         for (const auto& [bound, calls] : rediscluster::decode<std::vector<std::pair<std::int64_t, long long>>>(value))
           to.histogram_usec.emplace_back(bound, calls);
       }},
  };
  return protocol::read_fields<LatencyHistogram>(reply, fields);
}

LatencyGraph Decoder<LatencyGraph>::decode(TapeView reply) {
  if (reply.is_error() && reply.text().starts_with("ERR No samples available")) return {};
  return {std::string(detail::decode_text(reply))};
}

MemoryStats Decoder<MemoryStats>::decode(TapeView reply) {
  MemoryStats stats;
  detail::for_each_field(reply, [&](std::string_view name, TapeView value) {
    int database = 0;
    if (is_database(name, database)) {
      stats.databases[database] = protocol::read_fields<Database>(value, database_fields);
    } else {
      protocol::read_field<MemoryStats>(stats, name, value, memory_fields);
    }
  });
  return stats;
}

}  // namespace v0_1
}  // namespace rediscluster
