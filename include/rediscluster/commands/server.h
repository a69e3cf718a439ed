// Commands on servers: their data sets, their roles, their state.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/export.h>
#include <rediscluster/replication_role.h>
#include <rediscluster/reply.h>
#include <rediscluster/result.h>
#include <rediscluster/server_info.h>

namespace rediscluster {
inline namespace v0_1 {

struct BgsaveOptions {
  /** While an append-only file is being rewritten, save afterwards; otherwise that is a ResponseError. */
  bool schedule = true;
};

/** A slave, by its address. */
struct FailoverTarget {
  std::string host;
  int port = 0;
};

struct FailoverOptions {
  /** The slave that becomes master; otherwise the first that has everything. */
  std::optional<FailoverTarget> to = {};
  /** After `timeout`, let it become master even if it has not everything: that is lost. Together with both. */
  bool force = false;
  /** Stop a fail-over that is under way. Alone. */
  bool abort = false;
  /** Give up when no slave has everything after so many milliseconds. */
  std::optional<Milliseconds> timeout = {};
};

struct FlushOptions {
  /** Let the servers free the memory in the background. */
  bool asynchronous = false;
};

struct MigrateOptions {
  /** Keep the keys here too. */
  bool copy = false;
  /** Replace keys that exist there; otherwise that is a ResponseError. */
  bool replace = false;
  /** Password of the other server. */
  std::optional<Arg> auth = {};
};

struct ShutdownOptions {
  /** Save, or do not, whatever the server is configured to do. Not both. */
  bool save = false;
  bool nosave = false;
  /** Do not wait for slaves to have everything (Redis 7.0). */
  bool now = false;
  /** End even if saving fails (Redis 7.0). */
  bool force = false;
  /** Stop a shutdown that is waiting for slaves (Redis 7.0). Alone. */
  bool abort = false;
};

/** What DEBUG OBJECT tells of a value. What the server does not tell keeps its initialiser. */
struct DebugObject {
  /** Where it is in the server's memory. */
  std::string at = {};
  long long refcount = 0;
  std::string encoding = {};
  /** Bytes in a snapshot. */
  long long serializedlength = 0;
  /** The clock of its last use, and how long ago that was. */
  long long lru = 0;
  std::chrono::seconds lru_seconds_idle{0};

  bool operator==(const DebugObject&) const = default;
};

/** How many servers have all writes on their disks. */
struct AofAcknowledgements {
  /** 1 when the master has, else 0. */
  long long local = 0;
  long long replicas = 0;

  bool operator==(const AofAcknowledgements&) const = default;
};

template <>
struct Decoder<DebugObject> {
  REDISCLUSTER_API static DebugObject decode(TapeView reply);
};
template <>
struct Decoder<AofAcknowledgements> {
  static AofAcknowledgements decode(TapeView reply) {
    const auto [local, replicas] = Decoder<std::pair<long long, long long>>::decode(reply);
    return {local, replicas};
  }
};
/** LASTSAVE: seconds. */
template <>
struct Decoder<std::chrono::sys_seconds> {
  static std::chrono::sys_seconds decode(TapeView reply) {
    return std::chrono::sys_seconds(std::chrono::seconds(Decoder<std::int64_t>::decode(reply)));
  }
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

/** Commands on servers. What concerns every node is sent to all of them at once: when one fails, others may have done
    it. What a cluster answers by the names of its servers comes from masters and slaves, and needs all of them.
    Commands for one certain server are a DataError of a cluster: node("node_1").shutdown(). */
template <class Self, template <class> class R>
class ServerCommands {
 public:
  /** BGREWRITEAOF. Lets the servers, of a cluster its masters, write their append-only files anew, in the background.
      Always true; ResponseError while one is at it. */
  R<bool> bgrewriteaof() const { return run<bool>(Command("BGREWRITEAOF")); }

  /** BGSAVE. Lets the servers, of a cluster its masters, save their data in the background; lastsave() tells when they
      have. Always true; ResponseError while one is at it. */
  R<bool> bgsave(const BgsaveOptions& options = {}) const {
    return run<bool>(Command("BGSAVE").flag(options.schedule, "SCHEDULE"));
  }

  /** DBSIZE. Number of keys, of all nodes together; those that have expired but were not yet noticed included. */
  R<long long> dbsize() const { return run<long long>(Command("DBSIZE")); }

  /** DEBUG OBJECT. How the master holds a value. ResponseError "no such key", and where DEBUG is not allowed. */
  R<DebugObject> debug_object(Key key) const { return run<DebugObject>(Command("DEBUG", "OBJECT").key(key)); }

  /** ECHO. Returns value, from the default node. */
  R<std::string> echo(const Arg& value) const { return run<std::string>(Command("ECHO").arg(value)); }

  /** FAILOVER (Redis 6.2). Begins to make a slave the master and this master its slave, without losing a write; clients
      wait meanwhile. For one certain server: a master. Always true; ResponseError when it has no slave, or is at it. */
  R<bool> failover(const FailoverOptions& options = {}) const {
    Command command("FAILOVER");
    if (options.to) command.arg("TO").arg(options.to->host).arg(options.to->port);
    command.flag(options.force, "FORCE").flag(options.abort, "ABORT");
    return run<bool>(command.option("TIMEOUT", options.timeout));
  }

  /** FLUSHALL. Deletes all keys of all databases, of all nodes. Always true. When a node fails, others may have been
      flushed. */
  R<bool> flushall(const FlushOptions& options = {}) const {
    return run<bool>(Command("FLUSHALL").flag(options.asynchronous, "ASYNC"));
  }
  /** FLUSHDB. As flushall(), of this connection's database. */
  R<bool> flushdb(const FlushOptions& options = {}) const {
    return run<bool>(Command("FLUSHDB").flag(options.asynchronous, "ASYNC"));
  }

  /** INFO. State and statistics of a server, of a cluster by the names of its servers. Without sections, what the
     server considers usual; info("replication"), info({"server", "clients"}) (Redis 7.0). */
  R<PerNode<ServerInfo>> info(const Args& sections = {}) const {
    return run<PerNode<ServerInfo>>(Command("INFO").list(sections));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<PerNode<ServerInfo>> info(const V&... sections)
  const { return info(Args{Arg(sections)...}); }

  /** LASTSAVE. When data was last saved, or the server was started; of a cluster the earliest of its masters: all that
      was written before is saved. */
  R<std::chrono::sys_seconds> lastsave() const { return run<std::chrono::sys_seconds>(Command("LASTSAVE")); }

  /** LOLWUT. A piece of computer art and the server's version, from the default node. lolwut({5, 40}): that of version
      5, with 40 columns. */
  R<std::string> lolwut(const Args& version_numbers = {}) const {
    Command command("LOLWUT");
    if (version_numbers.size() != 0) command.arg("VERSION").list(version_numbers);
    return run<std::string>(command);
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::string> lolwut(const V&... version_numbers)
  const { return lolwut(Args{Arg(version_numbers)...}); }

  /** MIGRATE. Moves keys to a database of another server, which the server itself connects to, waiting no longer than
      timeout at a time. "OK", or "NOKEY" when there are none of them. Atomic unless it fails; then (ResponseError
      IOERR) keys may be on both. Does not know about nodes: it is for other servers than a cluster's own. Keys on
      several nodes: DataError. */
  R<std::string> migrate(const Arg& host, int port, const Keys& keys, long long destination_db, Milliseconds timeout,
                         const MigrateOptions& options = {}) const {
    Command command("MIGRATE");
    command.arg(host).arg(port).arg("").arg(destination_db).arg(timeout);
    command.flag(options.copy, "COPY").flag(options.replace, "REPLACE").option("AUTH", options.auth);
    return run<std::string>(command.arg("KEYS").list(keys));
  }

  /** OBJECT. What the server says of a key: infotype is "ENCODING", "FREQ", "IDLETIME" or "REFCOUNT". Nil when there is
      no such key. */
  R<Reply> object(const Arg& infotype, Key key) const { return run<Reply>(Command("OBJECT").arg(infotype).key(key)); }

  /** PING. True when the server, of a cluster every node, answers. */
  R<bool> ping() const { return run<bool>(Command("PING")); }

  /** REPLICAOF. Makes a server a slave of another one, whose data replaces its own; replicaof("NO", "ONE") makes it a
      master. For one certain server. Always true. The client follows the roles of the servers: see
      StrictRedisCluster. */
  R<bool> replicaof(const Arg& host, const Arg& port) const {
    return run<bool>(Command("REPLICAOF").arg(host).arg(port));
  }

  /** ROLE. Whether a server is master or slave, and of whom; of a cluster by the names of its servers. */
  R<PerNode<ReplicationRole>> role() const { return run<PerNode<ReplicationRole>>(Command("ROLE")); }

  /** SAVE. As bgsave(), but the servers do nothing else until they have. Always true. */
  R<bool> save() const { return run<bool>(Command("SAVE")); }

  /** SHUTDOWN. Ends a server, and returns true when it has closed the connection. For one certain server. ResponseError
      when it goes on running, for saving has failed. In a pipeline its result is a ConnectionError. */
  R<bool> shutdown(const ShutdownOptions& options = {}) const {
    Command command("SHUTDOWN");
    command.flag(options.save, "SAVE").flag(options.nosave, "NOSAVE").flag(options.now, "NOW");
    return run<bool>(command.flag(options.force, "FORCE").flag(options.abort, "ABORT"));
  }

  /** SLAVEOF. As replicaof(), by its older name. */
  R<bool> slaveof(const Arg& host, const Arg& port) const { return run<bool>(Command("SLAVEOF").arg(host).arg(port)); }
  /** SLAVEOF NO ONE. Makes a server a master. */
  R<bool> slaveof() const { return slaveof("NO", "ONE"); }

  /** SWAPDB. Exchanges two databases, by their numbers, of all nodes. Always true. Each node's exchange is atomic, the
      whole is not. */
  R<bool> swapdb(long long first, long long second) const {
    return run<bool>(Command("SWAPDB").arg(first).arg(second));
  }

  /** TIME. The clock of the server, of a cluster the default node's. */
  R<std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>> time() const {
    return run<std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>>(Command("TIME"));
  }

  /** WAIT. Waits until num_replicas slaves have all that the same connection has written before, or timeout has passed
      (0: for ever, as far as the call's own timeout lets it), and returns how many have. That counts only in a
      pipeline, behind its writes; of a cluster it is the smallest number of all nodes, those without a write included.
      Outside of a pipeline: of a cluster DataError, of one server how many slaves there are. */
  R<long long> wait(long long num_replicas, Milliseconds timeout) const {
    return run<long long>(Command("WAIT").arg(num_replicas).arg(timeout));
  }
  /** WAITAOF (Redis 7.2). As wait(), until the master, if num_local is 1, and num_replicas slaves have it on their
      disks. ResponseError when num_local is 1 and the master has no append-only file. */
  R<AofAcknowledgements> waitaof(long long num_local, long long num_replicas, Milliseconds timeout) const {
    return run<AofAcknowledgements>(Command("WAITAOF").arg(num_local).arg(num_replicas).arg(timeout));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
