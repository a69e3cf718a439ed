// The core of one configuration of a cluster: routes commands to nodes and merges their replies.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <rediscluster/key.h>
#include <rediscluster/partitioner.h>
#include <rediscluster/topology.h>

#include "client/core.h"
#include "client/unknown_commands.h"
#include "routing/router.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

class ClusterCore final : public Core {
 public:
  /** Connections of `previous`, which may be null, to servers that are the same in both are shared with it. */
  ClusterCore(const ClusterConfig& cluster, const Options& options, const ClusterCore* previous = nullptr);

  Tape execute(const Command& command, const client::CallSettings& call) override;
  std::variant<merge::Single, merge::Plan> plan(const Command& command, std::optional<Command>& rewritten) override;
  std::string_view name_of(merge::Place place) const override;
  client::Request request_to(merge::Place place, routing::Access access, std::string_view bytes,
                             std::size_t replies) override;
  bool tracks_writes(merge::Place place) const override;

  /** Whether a command only reads, so that it may be run twice. */
  bool only_reads(const Command& command, const client::CallSettings& call);
  NodeRef node_of(const Key& key) const;
  Topology topology() const;
  const ClusterConfig& config() const noexcept { return config_; }
  /** See Node::distrust_slaves(). */
  void distrust_slaves() noexcept;
  std::size_t masters() const noexcept { return partitioner_.masters(); }
  /** DataError when there is none of this name. The server lives as long as the pointer. */
  std::shared_ptr<topology::Server> server(std::string_view name) const;

 private:
  class Runner;
  struct Route;

  Tape execute_routed(const Command& command, const Route& route, const client::CallSettings& call);
  Tape execute_on(std::size_t node, const Command& command, const routing::CommandRow& row,
                  const client::CallSettings& call);
  Tape execute_plan(const merge::Plan& plan, const client::CallSettings& call);
  Route route(const Command& command, std::optional<Command>& rewritten, const client::CallSettings& call);
  merge::Plan plan_routed(const Command& command, const Route& route);
  merge::Plan plan_for_all(const Command& command, const routing::CommandRow& row, routing::Merge rule);

  const ClusterConfig config_;
  const Partitioner partitioner_;
  const std::shared_ptr<topology::Topology> topology_;
  client::UnknownCommands unknown_commands_;
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
