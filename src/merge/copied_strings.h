// BITOP and PFMERGE: commands that a server has to run itself, on copies of the strings it lacks.
#pragma once

#include <cstdint>
#include <span>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** Runs a command whose first key is its destination and whose other keys are strings, on the node of the destination:
    reads from their masters the strings that are on other nodes, puts them there under temporary names, and has the
    command run with these in one transaction, which removes them again. So the destination is replaced in one step,
    what else the node has is read in that step, and reply and errors are the server's own, unknown operations included.

    Each string is that of one moment, but not all of them that of the same. More than 16 MB of them are written before
    the transaction, one after the other: should this process die there, they expire, a minute and a second for each MB
    of the largest later. Until then nothing else has been changed. Memory: all strings that are copied, and the largest
    once more. */
Tape run_on_copies(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner);

}  // namespace rediscluster::merge
