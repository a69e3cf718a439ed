#include <utility>

#include <rediscluster/pipeline.h>
#include <rediscluster/strict_redis.h>

#include "client/batch.h"
#include "client/single_core.h"
#include "topology/config_check.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {
std::shared_ptr<topology::Server> server_at(const NodeConfig& config, const Options& options) {
  topology::check_address({}, config);
  topology::check_options(options);
  topology::check_tls({}, config, options);
  return std::make_shared<topology::Server>(std::string(), config, options);
}
}  // namespace

StrictRedis::StrictRedis(const NodeConfig& server, const Options& options)
    : core_(std::make_shared<detail::SingleCore>(server_at(server, options), options)) {}
StrictRedis::StrictRedis(std::shared_ptr<detail::SingleCore> core) noexcept : core_(std::move(core)) {}
StrictRedis::StrictRedis(const StrictRedis&) noexcept = default;
StrictRedis& StrictRedis::operator=(const StrictRedis&) noexcept = default;
StrictRedis::~StrictRedis() = default;

StrictRedis StrictRedis::with(const CallOptions& options) const {
  topology::check_options(options);
  StrictRedis changed(*this);
  if (options.timeout) changed.call_.timeout = options.timeout;
  if (options.mastersonly) changed.call_.mastersonly = options.mastersonly;
  return changed;
}

Pipeline StrictRedis::pipeline() const {
  return Pipeline(std::make_unique<detail::Batch>([core = core_] { return core; }, call_));
}

Tape StrictRedis::call(const Command& command) const {
  return core_->execute(command, core_->settings_of(call_));
}

}  // namespace v0_1
}  // namespace rediscluster
