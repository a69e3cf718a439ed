// ClientInfo: what a server knows about one of its connections.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** A connection to a server: a line of CLIENT LIST. What the server does not tell keeps its initialiser; sizes are in
    bytes. */
struct REDISCLUSTER_API ClientInfo {
  /** Unique among the connections of one server, as long as it runs. */
  long long id = 0;
  /** Where the client is, "host:port". */
  std::string addr = {};
  /** The address of the server that it has connected to. */
  std::string laddr = {};
  /** Number of the socket, in the server. */
  long long fd = -1;
  /** As of CLIENT SETNAME; empty when it has none. */
  std::string name = {};
  /** For how long it is connected. */
  std::chrono::seconds age{0};
  /** For how long it has sent nothing. */
  std::chrono::seconds idle{0};
  /** One letter each: N nothing special, M a master, S a slave, b blocked, P subscribed, O monitor, x in a transaction,
      t tracked, u by a unix socket, r read-only, e not evicted ... */
  std::string flags = {};
  long long db = 0;
  /** Channels and patterns subscribed to. */
  long long sub = 0;
  long long psub = 0;
  /** Shard channels (Redis 7.0.3). */
  long long ssub = 0;
  /** Commands queued by MULTI; -1: there is no transaction. */
  long long multi = -1;
  /** Keys watched (Redis 7.4). */
  long long watch = 0;
  /** Bytes received and not yet run, and room for more. */
  long long qbuf = 0;
  long long qbuf_free = 0;
  /** Memory of the arguments of its next command, and of a transaction (Redis 7.0). */
  long long argv_mem = 0;
  long long multi_mem = 0;
  /** Size of its buffer for replies, and the most it needed of late (Redis 7.0). */
  long long rbs = 0;
  long long rbp = 0;
  /** Replies not yet sent: bytes in the buffer, and, once that is full, elements of a list and their memory. */
  long long obl = 0;
  long long oll = 0;
  long long omem = 0;
  /** All its memory. */
  long long tot_mem = 0;
  /** Bytes received from and sent to it, and commands it has sent (Redis 8.0, Valkey 8.0). */
  long long tot_net_in = 0;
  long long tot_net_out = 0;
  long long tot_cmds = 0;
  /** What the server waits for: r readable, w writable. */
  std::string events = {};
  /** Its last command, "get" or "client|list". */
  std::string cmd = {};
  std::string user = {};
  /** To which client its tracking messages go: an id; -1: it is not tracked. */
  long long redir = -1;
  /** RESP version (Redis 7.0). */
  int resp = 2;
  /** As of CLIENT SETINFO (Redis 7.2). */
  std::string lib_name = {};
  std::string lib_ver = {};

  ClientInfo() = default;
  /** Reads "id=3 addr=127.0.0.1:50000 ..."; fields that are not known are passed over. InvalidResponse when one that is
      a number is none. */
  explicit ClientInfo(std::string_view line);

  bool operator==(const ClientInfo&) const = default;
};

/** How a server helps a connection with client-side caching. */
struct ClientTrackingInfo {
  /** "on", or only "off"; "bcast", "optin", "optout", "noloop", "caching-yes", "caching-no", "broken_redirect". */
  std::vector<std::string> flags = {};
  /** To which client messages go: an id; 0: to the connection itself; -1: there is no tracking. */
  long long redirect = -1;
  /** Of keys that it is told of with bcast. */
  std::vector<std::string> prefixes = {};

  bool operator==(const ClientTrackingInfo&) const = default;
};

template <>
struct Decoder<ClientInfo> {
  static ClientInfo decode(TapeView reply) { return ClientInfo(detail::decode_text(reply)); }
};
/** CLIENT LIST: one text, a line each. */
template <>
struct Decoder<std::vector<ClientInfo>> {
  REDISCLUSTER_API static std::vector<ClientInfo> decode(TapeView reply);
};
template <>
struct Decoder<ClientTrackingInfo> {
  REDISCLUSTER_API static ClientTrackingInfo decode(TapeView reply);
};

}  // namespace v0_1
}  // namespace rediscluster
