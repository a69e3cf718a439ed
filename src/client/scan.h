// SCAN of a cluster, and SSCAN, HSCAN and ZSCAN: each page from the server that gave the cursor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "client/requests.h"
#include "routing/command_table.h"
#include "topology/topology.h"

namespace rediscluster::client {

/** A cluster's cursor, taken apart. Put together it is server's cursor * servers + server, where a server is one run of
    one server of one configuration: hash seeds differ from run to run, and a number names another server in another
    configuration. */
struct ScanCursor {
  static constexpr std::uint32_t runs = 1U << 12U;
  static constexpr std::uint32_t configurations = 1U << 12U;

  std::uint64_t position = 0;       ///< the server's own cursor; 0: its node is yet to be begun
  std::uint32_t run = 0;            ///< below `runs`; 0: not known
  std::uint32_t configuration = 0;  ///< below `configurations`; never 0 in what we give
  std::size_t server = 0;           ///< its index

  static ScanCursor take_apart(std::uint64_t cursor, std::size_t servers) noexcept;
  /** None when that takes more than 64 bits. */
  std::optional<std::uint64_t> put_together(std::size_t servers) const noexcept;

  bool operator==(const ScanCursor&) const = default;
};

/** Whether it is one of those four, whose rows say that they need a strategy of their own. */
inline bool is_scan(const routing::CommandRow& row) noexcept {
  return row.merge == routing::Merge::special && row.name.ends_with("SCAN");
}
/** DataError: where a page comes from, and what its cursor then means, cannot be told by a batch. */
[[noreturn]] void refuse_in_pipeline(const routing::CommandRow& row);

/** Gives one page; the reply is the server's with a cluster's cursor. `node`: that of the key; none for SCAN. */
Tape scan(topology::Topology& topology, const Command& command, std::optional<std::size_t> node,
          const CallSettings& settings);

}  // namespace rediscluster::client
