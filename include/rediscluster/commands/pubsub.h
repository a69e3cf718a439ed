// Commands of publish and subscribe that need no connection of their own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** Publishing, and asking about subscriptions. A channel lives on one node, that which its name hashes to as a key's
    does: a message is published there, on the master, and who subscribes must do it there. Messages are not kept:
    who is not subscribed at that moment does not get it. Patterns are subscribed on every master. Subscriptions on
    slaves, which do get the messages of their master, are not counted. */
template <class Self, template <class> class R>
class PubSubCommands {
 public:
  /** PUBLISH. Sends a message to the subscribers of a channel. Returns how many got it from the master: one that has
      subscribed to the channel and to a pattern that matches counts, and gets it, twice. */
  R<long long> publish(Key channel, const Arg& message) const {
    return run<long long>(Command("PUBLISH").key(channel).arg(message));
  }
  /** SPUBLISH (Redis 7.0). As publish(), to a shard channel; these have names of their own, and no patterns. */
  R<long long> spublish(Key shard_channel, const Arg& message) const {
    return run<long long>(Command("SPUBLISH").key(shard_channel).arg(message));
  }

  /** PUBSUB CHANNELS. The channels with a subscriber whose name matches a glob pattern, of all nodes, each once,
     without order. Not one moment across nodes. */
  R<std::vector<std::string>> pubsub_channels(const Arg& pattern = "*") const {
    return run<std::vector<std::string>>(Command("PUBSUB", "CHANNELS").arg(pattern));
  }
  /** PUBSUB SHARDCHANNELS (Redis 7.0). As pubsub_channels(), of shard channels. */
  R<std::vector<std::string>> pubsub_shardchannels(const Arg& pattern = "*") const {
    return run<std::vector<std::string>>(Command("PUBSUB", "SHARDCHANNELS").arg(pattern));
  }

  /** PUBSUB NUMPAT. How many different patterns have a subscriber. Of a cluster what the node with the most says, since
      every pattern is subscribed on every node. */
  R<long long> pubsub_numpat() const { return run<long long>(Command("PUBSUB", "NUMPAT")); }

  /** PUBSUB NUMSUB. For each channel, in the order given, how many have subscribed to it, on all nodes together; those
      of patterns do not count. */
  R<std::vector<std::pair<std::string, long long>>> pubsub_numsub(const Args& channels = {}) const {
    return run<std::vector<std::pair<std::string, long long>>>(Command("PUBSUB", "NUMSUB").list(channels));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<std::pair<std::string, long long>>> pubsub_numsub(
      const V&... channels)
  const { return pubsub_numsub(Args{Arg(channels)...}); }
  /** PUBSUB SHARDNUMSUB (Redis 7.0). As pubsub_numsub(), of shard channels. */
  R<std::vector<std::pair<std::string, long long>>> pubsub_shardnumsub(const Args& channels = {}) const {
    return run<std::vector<std::pair<std::string, long long>>>(Command("PUBSUB", "SHARDNUMSUB").list(channels));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<std::pair<std::string, long long>>> pubsub_shardnumsub(
      const V&... channels)
  const { return pubsub_shardnumsub(Args{Arg(channels)...}); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
