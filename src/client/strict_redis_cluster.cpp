#include <utility>

#include <rediscluster/strict_redis_cluster.h>

#include "client/batch.h"
#include "client/reloadable_core.h"
#include "client/single_core.h"
#include "topology/config_check.h"

namespace rediscluster {
inline namespace v0_1 {

StrictRedisCluster::StrictRedisCluster(const ClusterConfig& cluster, const Options& options)
    : core_(std::make_shared<detail::ReloadableCore>(cluster, options)) {}
StrictRedisCluster::StrictRedisCluster(const StrictRedisCluster&) noexcept = default;
StrictRedisCluster& StrictRedisCluster::operator=(const StrictRedisCluster&) noexcept = default;
StrictRedisCluster::~StrictRedisCluster() = default;

StrictRedisCluster StrictRedisCluster::with(const CallOptions& options) const {
  topology::check_options(options);
  StrictRedisCluster changed(*this);
  if (options.timeout) changed.call_.timeout = options.timeout;
  if (options.mastersonly) changed.call_.mastersonly = options.mastersonly;
  return changed;
}

Pipeline StrictRedisCluster::pipeline() const {
  return Pipeline(std::make_unique<detail::Batch>([core = core_] { return core->present(); }, call_));
}

NodeRef StrictRedisCluster::getnodefor(Key key) const {
  return core_->use()->node_of(key);
}

StrictRedis StrictRedisCluster::node(std::string_view name) const {
  return StrictRedis(std::make_shared<detail::SingleCore>(core_->use()->server(name), core_->options())).with(call_);
}

std::size_t StrictRedisCluster::masters() const {
  return core_->use()->masters();
}

void StrictRedisCluster::reload(const ClusterConfig& cluster) const {
  core_->reload(cluster);
}

Topology StrictRedisCluster::topology() const {
  const auto core = core_->use();
  Topology topology = core->topology();
  topology.reloads = core.number();
  return topology;
}

Tape StrictRedisCluster::call(const Command& command) const {
  return core_->execute(command, call_);
}

}  // namespace v0_1
}  // namespace rediscluster
