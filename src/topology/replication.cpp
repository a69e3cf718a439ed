#include "topology/replication.h"

#include <charconv>

namespace rediscluster::topology {

namespace {

// The value of a field; empty when there is none.
std::string_view value_of(std::string_view info, std::string_view field) {
  while (!info.empty()) {
    const std::string_view line = info.substr(0, info.find_first_of("\r\n"));
    if (line.size() > field.size() && line.starts_with(field) && line[field.size()] == ':') {
      return line.substr(field.size() + 1);
    }
    info.remove_prefix(line.size() + (line.size() < info.size() ? 1 : 0));
  }
  return {};
}

}  // namespace

Replication Replication::parse(std::string_view info) {
  Replication replication;
  const std::string_view role = value_of(info, "role");
  if (role == "master") replication.kind = Kind::master;
  if (role == "slave") replication.kind = Kind::slave;
  replication.link_up = value_of(info, "master_link_status") == "up";
  replication.history = value_of(info, "master_replid");
  const std::string_view offset =
      value_of(info, replication.kind == Kind::slave ? "slave_repl_offset" : "master_repl_offset");
  const auto [end, error] = std::from_chars(offset.data(), offset.data() + offset.size(), replication.offset);
  if (error != std::errc() || end != offset.data() + offset.size()) replication.offset = -1;
  if (replication.history.empty() || replication.offset < 0) replication.kind = Kind::unknown;
  return replication;
}

}  // namespace rediscluster::topology
