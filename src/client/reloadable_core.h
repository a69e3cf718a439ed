// The core of StrictRedisCluster: that of the present configuration, until another one takes its place.
#pragma once

#include <atomic>
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
  ~ReloadableCore();
  ReloadableCore(const ReloadableCore&) = delete;
  ReloadableCore& operator=(const ReloadableCore&) = delete;

  /** See Core. A call that gets no connection while the configuration is replaced is run again under the new one, if it
      cannot have run, or may run twice. */
  Tape execute(const Command& command, const CallOptions& call);
  const Options& options() const noexcept { return options_; }
  /** The present configuration, for one thing that is done at once. */
  client::Current<ClusterCore>::Use use() {
    if (forks_.load(std::memory_order_acquire) != transport::fork_generation()) renew_after_fork();
    return current_.use();
  }
  /** The same, for several that belong together. */
  std::shared_ptr<ClusterCore> present() { return use().shared(); }
  /** See StrictRedisCluster::reload(). */
  void reload(const ClusterConfig& cluster);

 private:
  void renew_after_fork();

  const Options options_;
  std::atomic<unsigned> forks_{transport::fork_generation()};
  transport::ForkMutex reloading_;
  client::Current<ClusterCore> current_;
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
