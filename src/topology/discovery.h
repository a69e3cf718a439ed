// Asking servers for their roles, and judging the answers.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include <rediscluster/command.h>

#include "topology/topology.h"
#include "transport/call.h"
#include "transport/deadline.h"
#include "transport/failure.h"
#include "transport/role.h"

namespace rediscluster::topology {

struct Answer {
  Server* server;
  transport::Role role;
  transport::Failure down;  ///< why there is no answer, if there is none
};

/** Sends one command to each server at once and waits for all. */
std::vector<std::unique_ptr<transport::Call>> ask(std::span<Server* const> servers, const Command& command,
                                                  transport::Deadline deadline);

/** Asks all servers at once; takes no longer than connecting may take. What is not a matter of being down or slow (a
    wrong password, something that is no redis-server) is thrown; so is, with `require_all`, being down. */
std::vector<Answer> ask_roles(std::span<Server* const> servers, const Options& options);

/** Settles who is master of a node and which slaves may be used. DataError when a server of it belongs to a master
    outside the node. `answers` are those of all servers of the cluster. */
void settle(Node& node, std::span<const Answer> answers, const Options& options);

}  // namespace rediscluster::topology
