// What a cluster consists of and how a client behaves: ClusterConfig, NodeConfig, Options, CallOptions.
#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/export.h>
#include <rediscluster/key.h>

namespace rediscluster {
inline namespace v0_1 {

class Encryption;
class Observer;

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
  /** Whether connections are encrypted. When not set: exactly if Options::tls is given. `true` without Options::tls is
     a DataError at construction; `false` leaves this server out. Goes for a unix socket as well. */
  std::optional<bool> tls = {};

  bool operator==(const NodeConfig&) const = default;

  /** What a URL says, in redis-py's forms:

        redis://[[user][:password]@]host[:port][/0]     tls = false
        rediss://...                                    tls = true
        unix://[[user][:password]@]/path/to/socket      tls = false

      User, password, host and path are percent-decoded ("%40" is an @); an IPv6 address stands in brackets; the port is
      6379 when none is given. Parameters may follow: ?username=...&password=..., each only where it was not given
      before, and db=0. Throws DataError for anything else, saying what is wrong but nothing of what the URL holds. The
      database is not a server's but the client's (Options::db), so one other than 0 is an error too. */
  REDISCLUSTER_API static NodeConfig from_url(std::string_view url);
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

/** Whether reads from slaves see what this client has written. Redis replicates asynchronously: a slave answers with
   what it has, and a value that was just set may not have arrived.

    The promise covers everything that goes through one client: all its copies and threads, calls of node(name)
   included. It does not cover other clients' writes, and ends where a server loses data or another one becomes master:
   what the new master lacks is lost, and is not waited for. */
enum class ReadYourWrites {
  /** No read gives a state older than a write of this client that had been acknowledged when the read began. A slave is
      asked only when it is known to have what was last written to the keys of the read; until then the master is. When
      the master cannot be reached either, such a read is a ConnectionError, while all other keys are still read from
     the slaves. "Keys" are told apart by a hash, so that now and then a key waits for another one's write; commands
     whose keys are not known (scripts, FLUSHDB, KEYS, more than 256 keys written by one command) stand for all keys of
     their nodes. */
  on,
  /** The same while the master can be reached. When it cannot, any slave may answer, with an older value perhaps. */
  best_effort,
  /** Any slave that is in step with its master may answer, with an older value perhaps. */
  off
};

/** Which slave of a node a read goes to. Slaves that have failed, or that are not in step with their master, are left
    out either way until they are well again. */
enum class SlavePolicy {
  /** One after the other. */
  round_robin,
  /** Any of them: many clients that make the same calls at the same time do not meet at the same slave. */
  random
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
  /** Whether slaves may answer with what was there before a write of this client. Costs nothing while nothing is
      written; after writes, the servers of the nodes concerned are asked INFO replication, each at most every 50 ms,
      until the slaves have them. */
  ReadYourWrites read_your_writes = ReadYourWrites::on;
  /** How reads are spread over the slaves of a node. */
  SlavePolicy slaves = SlavePolicy::round_robin;
  /** How often a call that has failed is tried again, in rounds, within its timeout: a read, or a write of which
     nothing was sent, when its servers cannot be reached or their connections break; and any command that a server
     refuses because it is LOADING. In each round all servers that may answer are asked, one at once after the other.
     What may have been executed, and changes data, is never sent again: the error says so (maybe_executed()). Zero: no
     rounds beyond the first. The default makes a call to a dead server fail after some 30 to 60 ms. */
  int retries = 3;
  /** The pause before the second round. It doubles with each round, up to 512 ms; each caller's is shortened at random,
      to no less than half. Zero: no pauses. A pause that would end after the call's timeout is not begun: the call
     fails at once. */
  std::chrono::milliseconds retry_backoff{8};
  /** How many connections each server may get for commands that need one of their own, because they may block (BLPOP)
      or are not known to the library: as many such commands can run at a time, and further ones fail at once with
      ConnectionError. Commands that move something between two nodes (RENAME, LMOVE, MSETNX ...) need one to each, and
      wait for it. They are opened as needed, kept for the next such command, and closed when nobody has used them for
      a minute. At least 1. */
  std::size_t max_own_connections = 64;
  /** How connections are encrypted: from make_tls() of <rediscluster/tls.h>, which the component tls brings, or
     anything else that is an Encryption (<rediscluster/encryption.h>). Null: they are not. NodeConfig::tls says for
     which servers it is used. The handshake counts as connecting. */
  std::shared_ptr<const Encryption> tls = {};
  /** How long a call that has its connection to itself looks for its reply again and again before it sleeps: a thread
      that does one call after the other gets up to twice the rate, and keeps a processor busy while it waits. Worth
      trying only where processors are idle and the servers are near; 50 microseconds, say. Calls that share a
     connection and calls that concern several nodes sleep at once. Zero: never. */
  std::chrono::microseconds busy_poll{0};
  /** Is told of commands, connections, retries and promotions; see <rediscluster/observer.h>. Null: nobody. */
  std::shared_ptr<Observer> observer = {};
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
