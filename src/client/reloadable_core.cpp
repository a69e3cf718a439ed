#include "client/reloadable_core.h"

#include <mutex>

#include <rediscluster/errors.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

ReloadableCore::~ReloadableCore() {
  if (forks_.load(std::memory_order_acquire) != transport::fork_generation()) current_.abandon();
}

Tape ReloadableCore::execute(const Command& command, const CallOptions& call) {
  client::CallSettings settings = settings_of(options_, call);
  for (;;) {
    const auto core = use();
    try {
      return core->execute(command, settings);
    } catch (const ConnectionError& error) {
      if (!core.is_replaced()) throw;
      if (error.maybe_executed() && !core->only_reads(command, settings)) throw;
    }
    settings.now = transport::Clock::now();
  }
}

void ReloadableCore::reload(const ClusterConfig& cluster) {
  use();
  const std::lock_guard lock(reloading_);
  const std::shared_ptr<ClusterCore> previous = current_.use().shared();
  if (!current_.replace(std::make_shared<ClusterCore>(cluster, options_, previous.get()))) {
    throw ConnectionError("cannot reload: calls of the 63rd configuration before this one are still under way");
  }
}

// A child has the configuration and nothing else from its parent: roles are asked for anew.
void ReloadableCore::renew_after_fork() {
  const std::lock_guard lock(reloading_);
  if (forks_.load(std::memory_order_relaxed) == transport::fork_generation()) return;
  auto core = std::make_shared<ClusterCore>(current_.use()->config(), options_);
  core->distrust_slaves();
  current_.abandon();
  current_.replace(std::move(core));
  forks_.store(transport::fork_generation(), std::memory_order_release);
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
