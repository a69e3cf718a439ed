// The executors' core: Command in, tape out.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include <rediscluster/command.h>
#include <rediscluster/config.h>
#include <rediscluster/tape.h>

#include "client/requests.h"
#include "merge/plan.h"
#include "topology/topology.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** How a call that begins now is to be made. */
client::CallSettings settings_of(const Options& options, const CallOptions& call);

/** What StrictRedis, StrictRedisCluster and Pipeline run their commands through. Thread-safe. */
class Core {
 public:
  virtual ~Core() = default;

  /** Runs a command; the tape holds one reply that is no error. */
  virtual Tape execute(const Command& command, const client::CallSettings& call) = 0;
  /** For a pipeline: where a command goes as it is, or the parts of it that can be sent all at once. DataError when it
      takes more than one step. `rewritten` is where a command that must be changed is kept. */
  virtual std::variant<merge::Single, merge::Plan> plan(const Command& command, std::optional<Command>& rewritten) = 0;
  virtual std::string_view name_of(merge::Place place) const = 0;
  /** A request to a place, which run_requests() runs. */
  virtual client::Request request_to(merge::Place place, routing::Access access, std::string_view bytes,
                                     std::size_t replies) = 0;
  /** Whether Request::touches() makes a difference there. */
  virtual bool tracks_writes(merge::Place place) const = 0;
  client::CallSettings settings_of(const CallOptions& call) const { return detail::settings_of(options_, call); }
  const Options& options() const noexcept { return options_; }

 protected:
  explicit Core(const Options& options) : options_(options) {}

  const Options options_;
};

/** Throws when the first reply on the tape is an error; returns the tape otherwise. */
Tape checked(Tape&& tape, const Command& command, std::string_view node);

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
