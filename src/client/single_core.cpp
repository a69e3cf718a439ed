#include "client/single_core.h"

#include <utility>

#include "routing/router.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

namespace {

// What may not be repeated is a write; so is what we know nothing of.
routing::Access access_of(const Command& command) {
  const routing::CommandRow* const row = routing::row_of(command);
  if (row == nullptr) return routing::Access::write;
  routing::check_not_refused(*row);
  return row->access;
}

}  // namespace

SingleCore::SingleCore(std::shared_ptr<topology::Server> server, const Options& options)
    : Core(options), server_(std::move(server)) {}

Tape SingleCore::execute(const Command& command, const CallOptions& call) {
  client::Request request(*server_, access_of(command), command.bytes(), 1);
  client::run_requests({&request, 1}, settings_of(call));
  client::throw_first_error({&request, 1});
  return checked(std::move(request.replies()), command, server_->name());
}

merge::Plan SingleCore::plan(const Command& command) {
  merge::Plan plan;
  plan.parts.push_back({0, access_of(command), command});
  return plan;
}

std::string_view SingleCore::name_of(merge::Place) const { return server_->name(); }

client::Request SingleCore::request_to(merge::Place, routing::Access access, std::string_view bytes,
                                       std::size_t replies) {
  return client::Request(*server_, access, bytes, replies);
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
