// Commands on the connections that servers have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <rediscluster/client_info.h>
#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {

/** Which connections to end: those of which all that is given is true. */
struct ClientKillFilterOptions {
  /** Id. */
  std::optional<Arg> _id = {};
  /** "normal", "master", "replica" or "pubsub". */
  std::optional<Arg> _type = {};
  /** Address of the client, "host:port". */
  std::optional<Arg> addr = {};
  /** Whether the connection of the call itself is left out; the server does so unless this is false. */
  std::optional<bool> skipme = {};
  /** Address of the server that the client has connected to, "host:port" (Redis 6.2). */
  std::optional<Arg> laddr = {};
  std::optional<Arg> user = {};
  /** Those that are connected for longer than so many seconds (Redis 7.4, Valkey 8.0). */
  std::optional<Seconds> maxage = {};
};

struct ClientListOptions {
  /** Only those of a kind: "normal", "master", "replica" or "pubsub". */
  std::optional<Arg> _type = {};
  /** Only those with these ids, one or several (Redis 6.2). */
  Args client_id = {};
};

struct ClientPauseOptions {
  /** All commands have to wait; when false, only those that may write (Redis 6.2). */
  bool all = true;
};

struct ClientUnblockOptions {
  /** Let the command that was blocked end with an error instead of as if its time were over. */
  bool error = false;
};

/** Commands on connections. An id, and mostly an address too, means something to one server only: what a cluster
   answers comes by the names of its servers, masters and slaves, and what acts on one connection is a DataError of a
   cluster: node("node_1").client_kill(...). Our own connections are shared by all callers: what would change one
   (CLIENT SETNAME, CLIENT TRACKING ...) is set once for all of them (Options::client_name) or not at all. */
template <class Self, template <class> class R>
class ClientCommands {
 public:
  /** CLIENT GETNAME. The name of our connections, Options::client_name; none when it is empty. */
  R<std::optional<std::string>> client_getname() const {
    return run<std::optional<std::string>>(Command("CLIENT", "GETNAME"));
  }

  /** CLIENT GETREDIR. To which client messages about keys that our connection tracks go: always -1, for it tracks
      none. */
  R<PerNode<long long>> client_getredir() const { return run<PerNode<long long>>(Command("CLIENT", "GETREDIR")); }

  /** CLIENT ID. The id of the connection that the call has used; the next call may use another one. */
  R<PerNode<long long>> client_id() const { return run<PerNode<long long>>(Command("CLIENT", "ID")); }

  /** CLIENT INFO (Redis 6.2). What the server knows about the connection that the call has used. */
  R<PerNode<ClientInfo>> client_info() const { return run<PerNode<ClientInfo>>(Command("CLIENT", "INFO")); }

  /** CLIENT KILL. Ends the connection of a client, "host:port", as client_list() tells it. For one certain server.
      Always true; ResponseError "No such client". */
  R<bool> client_kill(const Arg& address) const { return run<bool>(Command("CLIENT", "KILL").arg(address)); }

  /** CLIENT KILL with conditions. Ends connections and returns how many. For one certain server. ResponseError when
      there is no condition. */
  R<long long> client_kill_filter(const ClientKillFilterOptions& options) const {
    Command command("CLIENT", "KILL");
    command.option("ID", options._id).option("TYPE", options._type).option("ADDR", options.addr);
    if (options.skipme) command.arg("SKIPME").arg(*options.skipme ? "YES" : "NO");
    command.option("LADDR", options.laddr).option("USER", options.user);
    return run<long long>(command.option("MAXAGE", options.maxage));
  }

  /** CLIENT LIST. The connections of a server, of a cluster by the names of its servers. */
  R<PerNode<std::vector<ClientInfo>>> client_list(const ClientListOptions& options = {}) const {
    Command command("CLIENT", "LIST");
    command.option("TYPE", options._type);
    if (options.client_id.size() != 0) command.arg("ID").list(options.client_id);
    return run<PerNode<std::vector<ClientInfo>>>(command);
  }

  /** CLIENT PAUSE. Lets all clients wait for so many milliseconds: those of every server, masters and slaves. Always
      true. Not one moment for all servers. */
  R<bool> client_pause(Milliseconds timeout, const ClientPauseOptions& options = {}) const {
    return run<bool>(Command("CLIENT", "PAUSE").arg(timeout).flag(!options.all, "WRITE"));
  }

  /** CLIENT TRACKINGINFO (Redis 6.2). How the connection that the call has used is helped with client-side caching: not
      at all. */
  R<PerNode<ClientTrackingInfo>> client_trackinginfo() const {
    return run<PerNode<ClientTrackingInfo>>(Command("CLIENT", "TRACKINGINFO"));
  }

  /** CLIENT UNBLOCK. Ends the waiting of a client in a command that blocks (BLPOP ...). For one certain server. Whether
      it did: not when the client does not wait, nor when there is none. */
  R<bool> client_unblock(long long client_id, const ClientUnblockOptions& options = {}) const {
    return run<bool>(Command("CLIENT", "UNBLOCK").arg(client_id).flag(options.error, "ERROR"));
  }

  /** CLIENT UNPAUSE (Redis 6.2). Ends what client_pause() began. Where all commands have to wait, this one has to as
      well. Always true. */
  R<bool> client_unpause() const { return run<bool>(Command("CLIENT", "UNPAUSE")); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
