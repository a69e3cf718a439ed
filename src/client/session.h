// A connection to the master of a node that one call has for itself.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "client/requests.h"
#include "client/transaction.h"
#include "merge/plan.h"
#include "topology/topology.h"
#include "transport/link.h"

namespace rediscluster::client {

class NodeSession final : public merge::Session {
 public:
  /** Waits until a connection is free. ConnectionError when the node has no master. `settings` are those of the call.
   */
  NodeSession(topology::Node& node, const CallSettings& settings);

  Tape run(std::span<const Command> commands, routing::Access access) override;
  std::optional<Tape> run_transaction(std::span<const Command> commands) override;
  std::string_view name() const override { return node_.name(); }

 private:
  Tape send(const Bundle& bundle, routing::Access access);

  topology::Node& node_;
  const CallSettings settings_;
  topology::Server& master_;
  const std::unique_ptr<transport::HeldConnection> connection_;
  bool begun_ = false;
};

}  // namespace rediscluster::client
