// The core of StrictRedisCluster: routes commands to nodes and merges their replies.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <rediscluster/key.h>
#include <rediscluster/partitioner.h>

#include "client/core.h"
#include "client/unknown_commands.h"
#include "routing/router.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

class ClusterCore final : public Core {
 public:
  ClusterCore(const ClusterConfig& cluster, const Options& options);

  Tape execute(const Command& command, const CallOptions& call) override;
  std::variant<merge::Single, merge::Plan> plan(const Command& command, std::optional<Command>& rewritten) override;
  std::string_view name_of(merge::Place place) const override;
  client::Request request_to(merge::Place place, routing::Access access, std::string_view bytes,
                             std::size_t replies) override;
  bool tracks_writes(merge::Place place) const override;

  NodeRef node_of(const Key& key) const;
  std::size_t masters() const noexcept { return partitioner_.masters(); }
  /** DataError when there is none of this name. The server lives as long as the pointer. */
  std::shared_ptr<topology::Server> server(std::string_view name) const;
  const Options& options() const noexcept { return options_; }

 private:
  class Runner;
  struct Route;

  Tape execute_routed(const Command& command, const Route& route, const CallOptions& call);
  Tape execute_on(std::size_t node, const Command& command, const routing::CommandRow& row, const CallOptions& call);
  Tape execute_plan(const merge::Plan& plan, const CallOptions& call);
  Route route(const Command& command, std::optional<Command>& rewritten, const CallOptions& call);
  merge::Plan plan_routed(const Command& command, const Route& route);
  merge::Plan plan_for_all(const Command& command, const routing::CommandRow& row);

  const Partitioner partitioner_;
  const std::shared_ptr<topology::Topology> topology_;
  client::UnknownCommands unknown_commands_;
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
