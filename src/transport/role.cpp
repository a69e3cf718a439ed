#include "transport/role.h"

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

namespace rediscluster::transport {

namespace {

Role parse_master(TapeView slaves) {
  Role role;
  role.kind = Role::Kind::master;
  detail::expect_container(slaves, "list of slaves");
  std::size_t left = slaves.elements();
  for (TapeView slave = slaves.first(); left != 0; --left) {
    detail::expect_elements(slave, 3, "slave");
    const TapeView host = slave.first();
    role.slaves.push_back({decode<std::string>(host), decode<int>(host.next())});
    if (left > 1) slave = slave.next();
  }
  return role;
}

Role parse_slave(TapeView host) {
  Role role;
  role.kind = Role::Kind::slave;
  const TapeView port = host.next();
  role.master_host = decode<std::string>(host);
  role.master_port = decode<int>(port);
  role.link_up = decode<std::string>(port.next()) == "connected";
  return role;
}

}  // namespace

Role Role::parse(TapeView reply) {
  try {
    if (!reply.is_container() || reply.elements() < 3) return {};
    const TapeView kind = reply.first();
    const std::string name = decode<std::string>(kind);
    if (name == "master") return parse_master(kind.next().next());
    if (name == "slave" && reply.elements() >= 4) return parse_slave(kind.next());
    return {};
  } catch (const RedisError&) {
    return {};  // a server, or a proxy, whose ROLE means something else
  }
}

}  // namespace rediscluster::transport
