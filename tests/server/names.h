// What tests of commands for every server share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/strict_redis.h>

namespace rediscluster::tests {

/** The names of the servers that have answered, in order. */
template <class T>
std::vector<std::string> names_of(const std::map<std::string, T>& per_server) {
  std::vector<std::string> names;
  for (const auto& [name, value] : per_server) names.push_back(name);
  return names;
}

/** Whether a server has a command: it is asked, for versions say little. */
inline bool has_command(const StrictRedis& server, std::string_view name) {
  const Reply described = server.execute_command("COMMAND", "INFO", name);
  return !described[0].is_nil();
}

}  // namespace rediscluster::tests
