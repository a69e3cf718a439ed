// Commands of servers in Redis Cluster mode.
#pragma once

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/reply.h>

namespace rediscluster {
inline namespace v0_1 {

/** Commands of servers in Redis Cluster mode, which those of a StrictRedisCluster are not. */
template <class Self, template <class> class R>
class ClusterCommands {
 public:
  /** CLUSTER and a subcommand, such as cluster("KEYSLOT", "key"), on a single server: StrictRedis, node(name). Of a
      cluster: DataError, whatever the subcommand, for each is about one certain server. The reply is decoded as
      decode<T>() does. */
  template <class T = Reply>
  R<T> cluster(const Arg& cluster_arg, const Args& args = {}) const {
    return run<T>(Command("CLUSTER").arg(cluster_arg).list(args));
  }
  template <class T = Reply, class... V>
  requires detail::SeveralArgs<V...> R<T> cluster(const Arg& cluster_arg, const V&... args)
  const { return cluster<T>(cluster_arg, Args{Arg(args)...}); }

  /** READONLY. Always DataError: it would change how a connection that others share is treated. Whether slaves are read
      from is for CallOptions::mastersonly to say. */
  R<bool> readonly() const { return run<bool>(Command("READONLY")); }
  /** READWRITE. As readonly(). */
  R<bool> readwrite() const { return run<bool>(Command("READWRITE")); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
