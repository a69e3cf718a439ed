#include "client/single_core.h"

#include <mutex>
#include <utility>

#include "routing/router.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

namespace {

// A command that the table does not have: nothing is known of it, so it is neither repeated nor let near other callers.
constexpr routing::CommandRow unknown{.name = "(unknown)", .connection = routing::Connection::own};

const routing::CommandRow& row_of(const Command& command) {
  const routing::CommandRow* const row = routing::row_of(command);
  if (row == nullptr) return unknown;
  routing::check_not_refused(*row);
  return *row;
}

}  // namespace

SingleCore::SingleCore(std::shared_ptr<topology::Server> server, const Options& options)
    : Core(options), server_(std::move(server)) {}

namespace {
// Left alone for ever: its threads may have been in the middle of it.
void abandon(std::shared_ptr<topology::Server>& server) {
  new std::shared_ptr<topology::Server>(std::move(server));
}
}  // namespace

SingleCore::~SingleCore() {
  if (forks_.load(std::memory_order_acquire) != transport::fork_generation()) abandon(server_);
}

topology::Server& SingleCore::server() {
  if (forks_.load(std::memory_order_acquire) != transport::fork_generation()) {
    const std::lock_guard lock(renewing_);
    if (forks_.load(std::memory_order_relaxed) != transport::fork_generation()) {
      auto own = std::make_shared<topology::Server>(server_->name(), server_->config(), options_);
      abandon(server_);
      server_ = std::move(own);
      forks_.store(transport::fork_generation(), std::memory_order_release);
    }
  }
  return *server_;
}

namespace {
// A server that SHUTDOWN ends says nothing, but closes the connection.
bool has_ended(const routing::CommandRow& row, const client::Request& request) {
  return row.name == "SHUTDOWN" && request.failure().kind == transport::Failure::Kind::connection &&
         request.maybe_executed();
}
}  // namespace

Tape SingleCore::execute(const Command& command, const client::CallSettings& call) {
  const routing::CommandRow& row = row_of(command);
  client::Request request(server(), row.access, command.bytes(), 1);
  request.touches(topology::Touched(command));
  request.use_connection(row.connection);
  client::run_requests({&request, 1}, call);
  if (has_ended(row, request)) {
    Tape ok;
    ok.add_text(ReplyType::status, "OK");
    return ok;
  }
  client::throw_first_error({&request, 1});
  return checked(std::move(request.replies()), command, server_->name());
}

std::variant<merge::Single, merge::Plan> SingleCore::plan(const Command& command, std::optional<Command>&) {
  const routing::CommandRow& row = row_of(command);
  return merge::Single{0, row.access, row.connection, &command};
}

std::string_view SingleCore::name_of(merge::Place) const {
  return server_->name();
}

client::Request SingleCore::request_to(merge::Place, routing::Access access, std::string_view bytes,
                                       std::size_t replies) {
  return client::Request(server(), access, bytes, replies);
}

bool SingleCore::tracks_writes(merge::Place) const {
  return server_->node() != nullptr && server_->node()->tracks_writes();
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
