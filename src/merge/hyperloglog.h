// HyperLogLogs as they lie in strings on the servers, and PFCOUNT over those of several nodes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <rediscluster/command.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** The registers of one or more HyperLogLogs: of each the largest. */
class HyperLogLog {
 public:
  /** Takes in the value of a key, in either of the server's encodings. Returns the error that the server gives for what
      is none, empty when it is one. */
  std::string_view merge(std::string_view value);
  /** The estimate that the server gives, bit by bit (since Redis 5; Ertl, arXiv:1702.01284). */
  std::int64_t count() const;

 private:
  static constexpr std::size_t registers = 1 << 14;

  std::string_view merge_dense(std::string_view packed);
  std::string_view merge_sparse(std::string_view runs);

  std::array<std::uint8_t, registers> largest_{};
};

/** PFCOUNT of several keys: reads them, as they are, and counts here what is in any of them. Nothing is written. A key
    that is no HyperLogLog is an error, that of the first one. */
Plan plan_pfcount(const Command& command, std::span<const std::uint32_t> node_of_key);

}  // namespace rediscluster::merge
