// The arguments of RENAME, RENAMENX and COPY.
#pragma once

#include <optional>
#include <string>

#include <rediscluster/command.h>

namespace rediscluster::merge {

/** What is asked for. */
struct MoveKey {
  std::string name;
  std::string source;
  std::string destination;
  bool overwrites;    ///< a destination that exists
  bool keeps_source;  ///< COPY
  bool returns_ok;    ///< and not 1
};

/** Nothing when a server will not accept them. DataError for a COPY to another database than `database`. */
std::optional<MoveKey> move_key_arguments(const Command& command, int database);

}  // namespace rediscluster::merge
