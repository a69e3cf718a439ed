// Runs the steps of one call of the user's.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "client/cluster_core.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

class ClusterCore::Runner final : public merge::PartRunner {
 public:
  Runner(ClusterCore& core, const client::CallSettings& call) : core_(core), settings_(call) {}

  std::vector<Tape> run(std::span<const merge::Part> parts) override { return run(parts, settings()); }
  std::vector<Tape> run_on_masters(std::span<const merge::Part> parts) override;
  std::vector<merge::PartOutcome> run_each(std::span<const merge::Part> parts) override;
  Tape run_transaction(merge::Place node, std::span<const Command> commands) override;
  std::vector<std::unique_ptr<merge::Session>> open_sessions(std::span<const merge::Place> nodes) override;
  merge::Place node_of(std::string_view key) const override { return core_.partitioner_.node_of(Key(key)); }
  std::string_view name_of(merge::Place place) const override { return core_.name_of(place); }
  std::size_t nodes() const override { return core_.masters(); }
  int database() const override { return core_.options().db; }

 private:
  std::vector<Tape> run(std::span<const merge::Part> parts, const client::CallSettings& settings);
  std::vector<client::Request> requests_of(std::span<const merge::Part> parts);
  std::vector<Tape> run_reads(std::span<const merge::Part> parts, const client::CallSettings& settings);
  // One deadline for all steps; but connections are judged, and waits begin, by the time of the step.
  client::CallSettings settings() const { return settings_.at(transport::Clock::now()); }

  ClusterCore& core_;
  const client::CallSettings settings_;
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
