// What a server says of itself in its answer to ROLE.
#pragma once

#include <string>
#include <vector>

#include <rediscluster/tape.h>

namespace rediscluster::transport {

struct Role {
  enum class Kind { unknown, master, slave };

  struct Slave {
    std::string host;
    int port = 0;
  };

  Kind kind = Kind::unknown;  ///< unknown: it was not asked, may not be asked, or is a sentinel
  std::vector<Slave> slaves;  ///< of a master
  std::string master_host;    ///< of a slave
  int master_port = 0;
  bool link_up = false;  ///< of a slave: it is connected to its master and in step

  /** Reads the reply of ROLE; what cannot be read is unknown. */
  static Role parse(TapeView reply);
};

}  // namespace rediscluster::transport
