#include "client/reloadable_core.h"

#include <mutex>

#include <rediscluster/errors.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

Tape ReloadableCore::execute(const Command& command, const CallOptions& call) {
  client::CallSettings settings = settings_of(options_, call);
  for (;;) {
    const auto core = current_.use();
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
  const std::lock_guard lock(reloading_);
  const std::shared_ptr<ClusterCore> previous = present();
  if (!current_.replace(std::make_shared<ClusterCore>(cluster, options_, previous.get()))) {
    throw ConnectionError("cannot reload: calls of the seventh configuration before this one are still under way");
  }
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
