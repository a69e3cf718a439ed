// Who is master of a node, by what its servers say of themselves.
#pragma once

#include <span>

#include "topology/topology.h"

namespace rediscluster::topology {

/** What one server has to say about being master. */
enum class Word {
  master,
  slave,
  untold,      ///< it answers, but does not tell its role
  unreachable  ///< nobody can connect to it
};

struct Said {
  Server* server;
  Word word;
};

struct Verdict {
  Server* master = nullptr;  ///< null: nobody is
  Server* rival = nullptr;   ///< when several claim it and none is followed: two of them, the other in `other_rival`
  Server* other_rival = nullptr;
};

/** `followed`: who takes the writes, or took them before several claimed to be master; null when nobody ever claimed it
    alone. It keeps them for as long as it claims to be master, whoever else does, or does not tell; else whoever is the
    only one to claim it gets them. Nobody is elected: while none claims it, and when several others do, there is no
    master. */
Verdict judge(std::span<const Said> said, const Server* followed) noexcept;

/** The text of the error for writes to a node of which two servers claim to be master. */
std::string both_claim(const Node& node, Server& one, Server& other);

}  // namespace rediscluster::topology
