// Commands on what servers note about themselves: slow commands, latencies, memory.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/result.h>
#include <rediscluster/server_statistics.h>

namespace rediscluster {
inline namespace v0_1 {

/** Commands on what servers note. A cluster answers by the names of its servers, masters and slaves, and needs all of
    them; numbers are added up. */
template <class Self, template <class> class R>
class MonitoringCommands {
 public:
  /** LATENCY DOCTOR. What the server thinks about its latencies, in words. */
  R<PerNode<std::string>> latency_doctor() const { return run<PerNode<std::string>>(Command("LATENCY", "DOCTOR")); }

  /** LATENCY GRAPH. The delays of one kind, drawn. ResponseError when no server has noted any; a server of a cluster
      that has noted none while another one has, has an empty one. */
  R<PerNode<LatencyGraph>> latency_graph(const Arg& event) const {
    return run<PerNode<LatencyGraph>>(Command("LATENCY", "GRAPH").arg(event));
  }

  /** LATENCY HISTOGRAM (Redis 7.0). How long commands have taken, by their names: all, or those that are given. What
     has not been called is not among them. */
  R<PerNode<std::map<std::string, LatencyHistogram>>> latency_histogram(const Args& commands = {}) const {
    return run<PerNode<std::map<std::string, LatencyHistogram>>>(Command("LATENCY", "HISTOGRAM").list(commands));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<PerNode<std::map<std::string, LatencyHistogram>>> latency_histogram(
      const V&... commands)
  const { return latency_histogram(Args{Arg(commands)...}); }

  /** LATENCY HISTORY. The delays of one kind, "command" say, second by second, the oldest first; up to 160. */
  R<PerNode<std::vector<LatencySample>>> latency_history(const Arg& event) const {
    return run<PerNode<std::vector<LatencySample>>>(Command("LATENCY", "HISTORY").arg(event));
  }

  /** LATENCY LATEST. The kinds of delays that the server has noted. */
  R<PerNode<std::vector<LatencyEvent>>> latency_latest() const {
    return run<PerNode<std::vector<LatencyEvent>>>(Command("LATENCY", "LATEST"));
  }

  /** LATENCY RESET. Forgets all delays, or those of the kinds that are given, and returns of how many kinds there were
      any: the sum of all servers. */
  R<long long> latency_reset(const Args& events = {}) const {
    return run<long long>(Command("LATENCY", "RESET").list(events));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> latency_reset(const V&... events)
  const { return latency_reset(Args{Arg(events)...}); }

  /** MEMORY DOCTOR. What the server thinks about its memory, in words. */
  R<PerNode<std::string>> memory_doctor() const { return run<PerNode<std::string>>(Command("MEMORY", "DOCTOR")); }

  /** MEMORY MALLOC-STATS. What the server's allocator tells of itself, in words and tables. */
  R<PerNode<std::string>> memory_malloc_stats() const {
    return run<PerNode<std::string>>(Command("MEMORY", "MALLOC-STATS"));
  }

  /** MEMORY PURGE. Lets the allocators give back what they do not need. Always true. */
  R<bool> memory_purge() const { return run<bool>(Command("MEMORY", "PURGE")); }

  /** MEMORY STATS. What the server uses its memory for. */
  R<PerNode<MemoryStats>> memory_stats() const { return run<PerNode<MemoryStats>>(Command("MEMORY", "STATS")); }

  /** MEMORY USAGE. Bytes that a key and its value take, estimated for large values from so many of their elements (0:
      all; 5 unless given); none when there is no such key. A slave may need a little more or less than its master. */
  R<std::optional<long long>> memory_usage(Key key, std::optional<long long> samples = {}) const {
    return run<std::optional<long long>>(Command("MEMORY", "USAGE").key(key).option("SAMPLES", samples));
  }

  /** SLOWLOG GET. The last slow commands, the last first: 10 of them unless num is given, -1 for all. */
  R<PerNode<std::vector<SlowlogEntry>>> slowlog_get(std::optional<long long> num = {}) const {
    Command command("SLOWLOG", "GET");
    if (num) command.arg(*num);
    return run<PerNode<std::vector<SlowlogEntry>>>(command);
  }

  /** SLOWLOG LEN. How many slow commands are noted, of all servers together. */
  R<long long> slowlog_len() const { return run<long long>(Command("SLOWLOG", "LEN")); }

  /** SLOWLOG RESET. Forgets them. Always true. */
  R<bool> slowlog_reset() const { return run<bool>(Command("SLOWLOG", "RESET")); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
