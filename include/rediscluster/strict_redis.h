// StrictRedis: the commands of one server.
#pragma once

#include <memory>
#include <string>

#include <rediscluster/command.h>
#include <rediscluster/commands/all_commands.h>
#include <rediscluster/config.h>
#include <rediscluster/export.h>
#include <rediscluster/item.h>
#include <rediscluster/result.h>
#include <rediscluster/scan.h>
#include <rediscluster/script.h>
#include <rediscluster/tape.h>

namespace rediscluster {
inline namespace v0_1 {

class Pipeline;

namespace detail {
class SingleCore;
}

/** One redis-server: every command goes to it as it is, reads and writes alike. A cheap copyable handle; copies share
    their connections and may be used from any thread at once. */
class REDISCLUSTER_API StrictRedis : public AllCommands<StrictRedis, SingleValue>,
                                     public ScanIterators<StrictRedis>,
                                     public ScriptRegistration<StrictRedis> {
 public:
  /** Does not connect. DataError when the address cannot be one. Options::mastersonly and require_all mean nothing
      here. */
  explicit StrictRedis(const NodeConfig& server, const Options& options = {});
  ~StrictRedis();
  StrictRedis(const StrictRedis&) noexcept;
  StrictRedis& operator=(const StrictRedis&) noexcept;

  /** The same client with other call options. */
  StrictRedis with(const CallOptions& options) const;
  /** Commands collected here and sent at once. */
  Pipeline pipeline() const;
  /** r["key"], to read (KeyError when absent), to assign, and to compare with nothing else. */
  Item<StrictRedis> operator[](Key key) const { return {*this, key}; }

  /** Sends a command and decodes its reply: what the command mixins call. */
  template <class T>
  SingleValue<T> run(const Command& command) const {
    return detail::decode_reply<SingleValue<T>>(call(command), command);
  }

 private:
  friend class StrictRedisCluster;
  explicit StrictRedis(std::shared_ptr<detail::SingleCore> core) noexcept;

  Tape call(const Command& command) const;

  std::shared_ptr<detail::SingleCore> core_;
  CallOptions call_;
};

}  // namespace v0_1
}  // namespace rediscluster
