// What a server says to writes because it is a slave, not the master it was taken for.
#pragma once

#include <string_view>

#include <rediscluster/tape.h>

namespace rediscluster::client {

struct Refusal {
  bool of_any = false;  ///< a command was refused because the server is a slave
  bool of_all = false;  ///< and nothing of the request was executed
};

/** What the replies to `request`, which may hold several commands or a transaction, say about it. */
Refusal refusal_of(const Tape& replies, std::string_view request);

}  // namespace rediscluster::client
