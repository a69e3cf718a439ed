// Commands on servers: what is not about keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/result.h>
#include <rediscluster/server_info.h>

namespace rediscluster {
inline namespace v0_1 {

struct FlushOptions {
  /** Let the servers free the memory in the background. */
  bool asynchronous = false;
};

/** TIME: seconds, and microseconds of the second. */
template <>
struct Decoder<std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>> {
  using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
  static Time decode(TapeView reply) {
    const auto [seconds, microseconds] = Decoder<std::pair<std::int64_t, std::int64_t>>::decode(reply);
    return Time(std::chrono::seconds(seconds) + std::chrono::microseconds(microseconds));
  }
};

/** Commands on servers. */
template <class Self, template <class> class R>
class ServerCommands {
 public:
  /** DBSIZE. Number of keys, of all nodes together; those that have expired but were not yet noticed included. */
  R<long long> dbsize() const { return run<long long>(Command("DBSIZE")); }

  /** ECHO. Returns value, from the default node. */
  R<std::string> echo(const Arg& value) const { return run<std::string>(Command("ECHO").arg(value)); }

  /** FLUSHALL. Deletes all keys of all databases, of all nodes. Always true. When a node fails, others may have been
      flushed. */
  R<bool> flushall(const FlushOptions& options = {}) const {
    return run<bool>(Command("FLUSHALL").flag(options.asynchronous, "ASYNC"));
  }
  /** FLUSHDB. As flushall(), of this connection's database. */
  R<bool> flushdb(const FlushOptions& options = {}) const {
    return run<bool>(Command("FLUSHDB").flag(options.asynchronous, "ASYNC"));
  }

  /** INFO. State and statistics of a server, of a cluster by the names of its nodes. Without sections, what the server
      considers usual; info("replication"), info({"server", "clients"}) (Redis 7.0). */
  R<PerNode<ServerInfo>> info(const Args& sections = {}) const {
    return run<PerNode<ServerInfo>>(Command("INFO").list(sections));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<PerNode<ServerInfo>> info(const V&... sections)
  const { return info(Args{Arg(sections)...}); }

  /** PING. True when the server, of a cluster every node, answers. */
  R<bool> ping() const { return run<bool>(Command("PING")); }

  /** TIME. The clock of the server, of a cluster the default node's. */
  R<std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>> time() const {
    return run<std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>>(Command("TIME"));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
