// The core of StrictRedis: one server, no routing.
#pragma once

#include <atomic>
#include <memory>

#include "client/core.h"
#include "transport/fork.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

class SingleCore final : public Core {
 public:
  SingleCore(std::shared_ptr<topology::Server> server, const Options& options);
  ~SingleCore() override;

  Tape execute(const Command& command, const client::CallSettings& call) override;
  std::variant<merge::Single, merge::Plan> plan(const Command& command, std::optional<Command>& rewritten) override;
  std::string_view name_of(merge::Place place) const override;
  client::Request request_to(merge::Place place, routing::Access access, std::string_view bytes,
                             std::size_t replies) override;
  bool tracks_writes(merge::Place place) const override;

 private:
  // The server, or, in a forked child, another one in its place: nothing of the parent's is touched there.
  topology::Server& server();

  std::shared_ptr<topology::Server> server_;
  std::atomic<unsigned> forks_{transport::fork_generation()};
  transport::ForkMutex renewing_;
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
