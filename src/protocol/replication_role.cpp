#include <string_view>
#include <tuple>
#include <utility>

#include <rediscluster/replication_role.h>

namespace rediscluster {
inline namespace v0_1 {

namespace {

using MasterReply = std::tuple<std::string, long long, std::vector<std::tuple<std::string, int, long long>>>;
using SlaveReply = std::tuple<std::string, std::string, int, std::string, long long>;

}  // namespace

ReplicationRole Decoder<ReplicationRole>::decode(TapeView reply) {
  detail::expect_container(reply, "a role");
  if (reply.elements() == 0) detail::throw_misfit(reply, "a role");
  const std::string_view word = detail::decode_text(reply.first());
  ReplicationRole role;
  if (word == "master") {
    role.role = ServerRole::master;
    auto [name, offset, slaves] = rediscluster::decode<MasterReply>(reply);
    role.offset = offset;
    for (auto& [host, port, acknowledged] : slaves) role.slaves.push_back({std::move(host), port, acknowledged});
  } else if (word == "slave") {
    role.role = ServerRole::slave;
    auto [name, host, port, state, offset] = rediscluster::decode<SlaveReply>(reply);
    role.master_host = std::move(host);
    role.master_port = port;
    role.state = std::move(state);
    role.offset = offset;
  }
  return role;
}

}  // namespace v0_1
}  // namespace rediscluster
