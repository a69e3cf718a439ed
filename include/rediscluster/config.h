// What a cluster consists of and how a client behaves: ClusterConfig, NodeConfig, Options, CallOptions.
#pragma once

#include <chrono>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/key.h>

namespace rediscluster {
inline namespace v0_1 {

/** Where one redis-server is, and who we are there. */
struct NodeConfig {
  /** Host name or address. Must not be empty unless unix_socket_path is given. */
  std::string host = "127.0.0.1";
  /** 1 to 65535, checked when a client is constructed. */
  int port = 6379;
  /** When not empty, the server is reached by this socket; host and port are then only its name. */
  std::string unix_socket_path = {};
  /** Credentials of this server where they differ from Options::username and Options::password. */
  std::string username = {};
  std::string password = {};

  bool operator==(const NodeConfig&) const = default;
};

/** The slaves of one master: a name, "node_4", or a list of names, {"node_3", "node_5"}; may be empty. */
class Slaves {
 public:
  Slaves() = default;
  template <StringLike S>
  Slaves(const S& one) : names_{std::string(std::string_view(one))} {}
  Slaves(std::initializer_list<std::string> names) : names_(names) {}
  Slaves(std::vector<std::string> names) : names_(std::move(names)) {}

  const std::vector<std::string>& names() const noexcept { return names_; }
  bool operator==(const Slaves&) const = default;

 private:
  std::vector<std::string> names_;
};

/** What braces in a key's name mean. Tools that place keys must be given the same setting. */
enum class KeyTags {
  /** Nothing: the whole name picks the node. */
  none,
  /** Redis Cluster's rule: the text of the first non-empty {...} picks the node; the name is stored whole. */
  standard,
  /** rediscluster-py 0.5.3's rule "name{tag}": what follows the first brace, less the last character, picks the node,
      and the name is stored without it. Only to reach data that was stored so. */
  legacy
};

/** A set of redis-servers over which keys are spread by crc32(key) % number of masters. */
struct ClusterConfig {
  /** Every server, by name. Masters are called node_1, node_2 ... node_N without a gap. */
  std::map<std::string, NodeConfig> nodes = {};
  /** Master -> its slave or slaves. When empty, every entry of nodes is a master and the masters are asked for their
      slaves. A master mapped to itself has no slave. Its size is the number of masters, N. */
  std::map<std::string, Slaves> master_of = {};
  /** The node that answers what has no key and needs only one server (TIME, ECHO ...). Empty: node_1. */
  std::string default_node = {};
  KeyTags key_tags = KeyTags::none;
};

/** How a client behaves; valid for all its servers. */
struct Options {
  /** Number of the database, as of SELECT. */
  int db = 0;
  /** ACL user; empty: the password alone is sent, if there is one. */
  std::string username = {};
  std::string password = {};
  /** How long one call may take in all, connecting included. TimeoutError afterwards. Zero: for ever. */
  std::chrono::milliseconds socket_timeout{5000};
  /** How long connecting, with name resolution and log-in, may take. Never longer than the call itself. Zero: as long
      as the call. */
  std::chrono::milliseconds socket_connect_timeout{2000};
  /** Send reads to masters too. */
  bool mastersonly = false;
  /** Name of our connections, as of CLIENT SETNAME. */
  std::string client_name = {};
  /** Make a server that is down at construction an error (ConnectionError naming it) and not just a state. */
  bool require_all = false;
  /** How long a call that has its connection to itself looks for its reply again and again before it sleeps: a thread
      that does one call after the other gets up to twice the rate, and keeps a processor busy while it waits. Worth
      trying only where processors are idle and the servers are near; 50 microseconds, say. Calls that share a connection
      and calls that concern several nodes sleep at once. Zero: never. */
  std::chrono::microseconds busy_poll{0};
};

/** What differs for one call: r.with({.timeout = 50ms}).get("foo"). */
struct CallOptions {
  /** In place of Options::socket_timeout. Zero: for ever. */
  std::optional<std::chrono::milliseconds> timeout = {};
  /** In place of Options::mastersonly. */
  std::optional<bool> mastersonly = {};
};

/** One node of a cluster, as getnodefor() gives it: its name and where its master was configured. */
struct NodeRef {
  std::string name;
  std::string host;
  int port = 0;

  bool operator==(const NodeRef&) const = default;
};

}  // namespace v0_1
}  // namespace rediscluster
