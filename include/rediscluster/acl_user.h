// AclUser and AclLogEntry: what a server knows about its users, and what it has refused them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <rediscluster/client_info.h>
#include <rediscluster/decode.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** What is allowed besides, in itself (Redis 7.0). */
struct AclSelector {
  /** "+@read", "-@all" ... */
  std::vector<std::string> categories = {};
  /** "+get", "-config|set" ... */
  std::vector<std::string> commands = {};
  /** As of AclUser. */
  std::vector<std::string> keys = {};
  std::vector<std::string> channels = {};

  bool operator==(const AclSelector&) const = default;
};

struct AclUser {
  /** Whether it may log in: "on" is among the flags. */
  bool enabled = false;
  /** "on" or "off", "nopass", "sanitize-payload" ... */
  std::vector<std::string> flags = {};
  /** SHA-256 of each, as 64 hexadecimal digits. */
  std::vector<std::string> passwords = {};
  /** "+@read", "-@all" ... */
  std::vector<std::string> categories = {};
  /** "+get", "-config|set" ... */
  std::vector<std::string> commands = {};
  /** Patterns of keys: "~app:*", "%R~app:*" only to be read, "%W~app:*" only to be written. */
  std::vector<std::string> keys = {};
  /** Patterns of channels: "&news.*". */
  std::vector<std::string> channels = {};
  std::vector<AclSelector> selectors = {};

  bool operator==(const AclUser&) const = default;
};

/** Refusals of one kind, of one user. */
struct AclLogEntry {
  /** How often it has happened. */
  long long count = 0;
  /** "auth" (a log-in), "command", "key" or "channel". */
  std::string reason = {};
  /** Where: "toplevel", "multi", "lua" or "module". */
  std::string context = {};
  /** What was refused: the command, key or channel. */
  std::string object = {};
  std::string username = {};
  /** How long ago it was, last. */
  std::chrono::duration<double> age{0};
  /** The connection. */
  ClientInfo client_info = {};
  /** Number of the entry on its server, and when it was made and last counted (Redis 7.2). */
  long long entry_id = 0;
  std::chrono::sys_time<std::chrono::milliseconds> timestamp_created = {};
  std::chrono::sys_time<std::chrono::milliseconds> timestamp_last_updated = {};

  bool operator==(const AclLogEntry&) const = default;
};

template <>
struct Decoder<AclUser> {
  REDISCLUSTER_API static AclUser decode(TapeView reply);
};
template <>
struct Decoder<AclLogEntry> {
  REDISCLUSTER_API static AclLogEntry decode(TapeView reply);
};

}  // namespace v0_1
}  // namespace rediscluster
