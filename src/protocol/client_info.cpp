#include <rediscluster/client_info.h>

#include "protocol/read_fields.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {

using protocol::FieldOf;
using protocol::into;

constexpr FieldOf<ClientInfo> fields[] = {
    {"id", into<&ClientInfo::id>},
    {"addr", into<&ClientInfo::addr>},
    {"laddr", into<&ClientInfo::laddr>},
    {"fd", into<&ClientInfo::fd>},
    {"name", into<&ClientInfo::name>},
    {"age", into<&ClientInfo::age>},
    {"idle", into<&ClientInfo::idle>},
    {"flags", into<&ClientInfo::flags>},
    {"db", into<&ClientInfo::db>},
    {"sub", into<&ClientInfo::sub>},
    {"psub", into<&ClientInfo::psub>},
    {"ssub", into<&ClientInfo::ssub>},
    {"multi", into<&ClientInfo::multi>},
    {"watch", into<&ClientInfo::watch>},
    {"qbuf", into<&ClientInfo::qbuf>},
    {"qbuf-free", into<&ClientInfo::qbuf_free>},
    {"argv-mem", into<&ClientInfo::argv_mem>},
    {"multi-mem", into<&ClientInfo::multi_mem>},
    {"rbs", into<&ClientInfo::rbs>},
    {"rbp", into<&ClientInfo::rbp>},
    {"obl", into<&ClientInfo::obl>},
    {"oll", into<&ClientInfo::oll>},
    {"omem", into<&ClientInfo::omem>},
    {"tot-mem", into<&ClientInfo::tot_mem>},
    {"tot-net-in", into<&ClientInfo::tot_net_in>},
    {"tot-net-out", into<&ClientInfo::tot_net_out>},
    {"tot-cmds", into<&ClientInfo::tot_cmds>},
    {"events", into<&ClientInfo::events>},
    {"cmd", into<&ClientInfo::cmd>},
    {"user", into<&ClientInfo::user>},
    {"redir", into<&ClientInfo::redir>},
    {"resp", into<&ClientInfo::resp>},
    {"lib-name", into<&ClientInfo::lib_name>},
    {"lib-ver", into<&ClientInfo::lib_ver>},
};

constexpr FieldOf<ClientTrackingInfo> tracking_fields[] = {
    {"flags", into<&ClientTrackingInfo::flags>},
    {"redirect", into<&ClientTrackingInfo::redirect>},
    {"prefixes", into<&ClientTrackingInfo::prefixes>},
};

}  // namespace

ClientInfo::ClientInfo(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  protocol::read_words<ClientInfo>(*this, line, '=', fields);
}

std::vector<ClientInfo> Decoder<std::vector<ClientInfo>>::decode(TapeView reply) {
  std::vector<ClientInfo> clients;
  for (std::string_view text = detail::decode_text(reply); !text.empty();) {
    const std::string_view line = protocol::take_until(text, '\n');
    if (!line.empty()) clients.emplace_back(line);
  }
  return clients;
}

ClientTrackingInfo Decoder<ClientTrackingInfo>::decode(TapeView reply) {
  return protocol::read_fields<ClientTrackingInfo>(reply, tracking_fields);
}

}  // namespace v0_1
}  // namespace rediscluster
