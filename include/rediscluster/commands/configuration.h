// Commands on the servers' settings.
#pragma once

#include <map>
#include <string>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {

/** Commands on settings. Of a cluster they concern every server, masters and slaves, one after the other as far as
    others can see: when one fails, others may have done it. */
template <class Self, template <class> class R>
class ConfigurationCommands {
 public:
  /** CONFIG GET. The settings whose names match a glob pattern, of a cluster by the names of its servers. Several
      patterns: config_get("max*", "port") (Redis 7.0). */
  R<PerNode<std::map<std::string, std::string>>> config_get(const Args& pattern = "*") const {
    return run<PerNode<std::map<std::string, std::string>>>(Command("CONFIG", "GET").list(pattern));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<PerNode<std::map<std::string, std::string>>> config_get(const V&... patterns)
  const { return config_get(Args{Arg(patterns)...}); }

  /** CONFIG RESETSTAT. Sets the counters that info() tells to zero. Always true. */
  R<bool> config_resetstat() const { return run<bool>(Command("CONFIG", "RESETSTAT")); }

  /** CONFIG REWRITE. Lets the servers write their settings into their configuration files. Always true; ResponseError
      of a server that runs without one. */
  R<bool> config_rewrite() const { return run<bool>(Command("CONFIG", "REWRITE")); }

  /** CONFIG SET. Changes a setting, until the server ends. Always true; ResponseError when there is no such setting, or
      it cannot be that. */
  R<bool> config_set(const Arg& name, const Arg& value) const {
    return run<bool>(Command("CONFIG", "SET").arg(name).arg(value));
  }
  /** The same for several settings (Redis 7.0): config_set({{"maxmemory", "1gb"}, {"maxmemory-policy",
     "allkeys-lru"}}). Each server changes all of them or none. */
  R<bool> config_set(const FieldValues& settings) const { return run<bool>(Command("CONFIG", "SET").list(settings)); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
