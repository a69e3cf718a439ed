// The core of StrictRedisCluster: that of the present configuration, until another one takes its place.
#pragma once

#include <memory>

#include <rediscluster/config.h>
#include <rediscluster/topology.h>

#include "client/cluster_core.h"
#include "client/current.h"
#include "transport/fork.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** Thread-safe. */
class ReloadableCore {
 public:
  ReloadableCore(const ClusterConfig& cluster, const Options& options)
      : options_(options), current_(std::make_shared<ClusterCore>(cluster, options)) {}

  /** See Core. A call that gets no connection while the configuration is replaced is run again under the new one, if it
      cannot have run, or may run twice. */
  Tape execute(const Command& command, const CallOptions& call);
  const Options& options() const noexcept { return options_; }
  /** The present configuration, for one thing that is done at once. */
  client::Current<ClusterCore>::Use use() noexcept { return current_.use(); }
  /** The same, for several that belong together. */
  std::shared_ptr<ClusterCore> present() noexcept { return use().shared(); }
  /** See StrictRedisCluster::reload(). */
  void reload(const ClusterConfig& cluster);

 private:
  const Options options_;
  client::Current<ClusterCore> current_;
  transport::ForkMutex reloading_;
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
