// StrictRedisCluster: the commands of one server, run by many.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <rediscluster/command.h>
#include <rediscluster/commands/all_commands.h>
#include <rediscluster/config.h>
#include <rediscluster/export.h>
#include <rediscluster/item.h>
#include <rediscluster/key.h>
#include <rediscluster/pipeline.h>
#include <rediscluster/result.h>
#include <rediscluster/scan.h>
#include <rediscluster/script.h>
#include <rediscluster/strict_redis.h>
#include <rediscluster/tape.h>
#include <rediscluster/topology.h>

namespace rediscluster {
inline namespace v0_1 {

namespace detail {
class ReloadableCore;
}

/** A set of redis-servers that looks like one. Each key lives on the node that crc32(key) % masters picks; reads go to
    slaves, writes to masters; commands with keys on several nodes are taken apart and merged here. Every command
   answers what one server holding all the keys would answer; its comment says what is not atomic across nodes.

    A cheap copyable handle; copies share their connections and may be used from any thread at once. A call that throws
    leaves the object usable. */
class REDISCLUSTER_API StrictRedisCluster : public AllCommands<StrictRedisCluster, ClusterValue>,
                                            public ScanIterators<StrictRedisCluster>,
                                            public ScriptRegistration<StrictRedisCluster> {
 public:
  /** Checks the form of the configuration, then asks every server for its role. DataError when an entry is wrong (it
      says which and why) or a server belongs to a master outside its node; AuthenticationError when a server refuses
     the credentials. A server that is down is no error, unless Options::require_all is set: then a ConnectionError that
      names it. */
  explicit StrictRedisCluster(const ClusterConfig& cluster, const Options& options = {});
  ~StrictRedisCluster();
  StrictRedisCluster(const StrictRedisCluster&) noexcept;
  StrictRedisCluster& operator=(const StrictRedisCluster&) noexcept;

  /** The same client with other call options: r.with({.timeout = 50ms}).get("foo"). */
  StrictRedisCluster with(const CallOptions& options) const;
  /** Commands collected here and sent at once, one batch per node. */
  Pipeline pipeline() const;
  /** The node that holds a key: its name, and host and port its master is configured with. */
  NodeRef getnodefor(Key key) const;
  /** One server of the configuration (or a discovered slave, node_1_slave ...) by its name; DataError when there is
   * none. */
  StrictRedis node(std::string_view name) const;
  /** Number of masters. */
  std::size_t masters() const;
  /** Takes another configuration in the place of the present one, for this handle and all its copies, while any number
      of threads go on calling. It is checked, and its servers are asked for their roles, as by the constructor; when
      that throws, the present one stays. Connections to servers with the same name, address and credentials are kept.
      Calls under way finish under the configuration they began with; one that gets no connection there is run again
      under the new one, unless it is a write that may have run. Pipelines go by the configuration of the moment they
      are executed. No key is moved: when the number of masters changes, keys are looked for where the new one has them.
      ConnectionError, with nothing changed, when calls of the 63rd configuration before this one are still under
      way. Options stay as they are. */
  void reload(const ClusterConfig& cluster) const;
  /** What is known of the servers now, without asking any of them. */
  Topology topology() const;
  /** r["key"] = "value"; std::string value = r["key"]; KeyError when absent. */
  Item<StrictRedisCluster> operator[](Key key) const { return {*this, key}; }

  /** Routes a command and decodes its reply: what the command mixins call. */
  template <class T>
  ClusterValue<T> run(const Command& command) const {
    return detail::decode_reply<ClusterValue<T>>(call(command), command);
  }

 private:
  Tape call(const Command& command) const;

  std::shared_ptr<detail::ReloadableCore> core_;
  CallOptions call_;
};

}  // namespace v0_1
}  // namespace rediscluster
