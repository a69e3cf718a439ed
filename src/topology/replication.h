// What a server says of its place in the replication, in its answer to INFO replication.
#pragma once

#include <string>
#include <string_view>

namespace rediscluster::topology {

struct Replication {
  enum class Kind { unknown, master, slave };

  Kind kind = Kind::unknown;
  bool link_up = false;   ///< of a slave: it is connected to its master, and loads nothing from it
  std::string history;    ///< master_replid: equal offsets of the same history mean equal data
  long long offset = -1;  ///< a master's own, a slave's what it has applied; -1: unknown

  /** Reads the text of the reply; what cannot be read stays unknown. */
  static Replication parse(std::string_view info);
};

}  // namespace rediscluster::topology
