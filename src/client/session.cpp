#include "client/session.h"

#include <rediscluster/errors.h>

namespace rediscluster::client {

namespace {

topology::Server& master_of(topology::Node& node, const CallSettings& settings) {
  if (node.in_doubt()) node.look_for_master(settings.deadline);
  return node.master();
}

// Whether the keys that may be watched are so no more: then others may have the connection.
bool ends_watch(const Command& command) {
  return command.name() == "EXEC" || command.name() == "UNWATCH" || command.name() == "DISCARD";
}

}  // namespace

NodeSession::NodeSession(topology::Node& node, const CallSettings& settings)
    : node_(node),
      settings_(settings),
      master_(master_of(node, settings)),
      connection_(master_.link().hold(settings.deadline)) {}

Tape NodeSession::send(const Bundle& bundle, routing::Access access) {
  CallSettings now = settings_.at(transport::Clock::now());
  if (begun_) now.retry.retries = 0;
  connection_->keep_from_others();
  Request request(master_, access, bundle.bytes, bundle.replies);
  request.use(*connection_);
  bundle.tell(request);
  run_requests({&request, 1}, now);
  throw_first_error({&request, 1});
  connection_->stay();
  begun_ = true;
  return std::move(request.replies());
}

Tape NodeSession::run(std::span<const Command> commands, routing::Access access) {
  Tape replies = send(bundle(commands, node_.tracks_writes()), access);
  if (ends_watch(commands.back())) connection_->release();
  return replies;
}

std::optional<Tape> NodeSession::run_transaction(std::span<const Command> commands) {
  const Tape replies = send(transaction(commands, node_.tracks_writes()), routing::Access::write);
  connection_->release();
  try {
    return results_of_transaction(replies, commands, node_.name());
  } catch (const ReadOnlyError&) {
    node_.doubt();
    throw;
  }
}

}  // namespace rediscluster::client
