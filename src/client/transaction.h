// Several commands that are sent together, as MULTI ... EXEC or one by one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "client/requests.h"
#include "topology/own_writes.h"

namespace rediscluster::client {

/** What a request of several commands sends. It must live until the request has been run. */
struct Bundle {
  std::string bytes;
  std::size_t replies;
  std::optional<topology::KeyHashes> touched;  ///< nothing: whatever the node holds

  void tell(Request& request) const noexcept {
    if (touched) request.touches(topology::Touched(*touched));
  }
};

/** `tracked`: it matters which keys they touch. */
Bundle bundle(std::span<const Command> commands, bool tracked);
/** The same between MULTI and EXEC. */
Bundle transaction(std::span<const Command> commands, bool tracked);

/** Of the replies to a transaction the array that EXEC has answered; nothing when a watched key was changed. Throws the
    first error. */
std::optional<Tape> results_of_transaction(const Tape& replies, std::span<const Command> commands,
                                           std::string_view node);

}  // namespace rediscluster::client
