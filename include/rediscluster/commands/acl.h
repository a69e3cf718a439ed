// redis-py's class ACLCommands: users and what they may do.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/acl_user.h>
#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/export.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {

/** What acl_setuser() makes of a user, in redis-py's words. Rules are added to what the user has, in this order:
   resets, enabled, passwords, categories, commands, keys, channels, selectors. */
struct AclSetuserOptions {
  /** Whether the user may log in. A call that leaves this out forbids it! */
  bool enabled = false;
  /** Any password will do. Not together with passwords. */
  bool nopass = false;
  /** "+password" to add, "-password" to remove. */
  std::vector<std::string> passwords = {};
  /** The same with SHA-256 in hexadecimal. */
  std::vector<std::string> hashed_passwords = {};
  /** "+@read" or "+read" to allow, "-@dangerous" or "-dangerous" to forbid. */
  std::vector<std::string> categories = {};
  /** "+get", "+config|get" to allow, "-keys" to forbid. */
  std::vector<std::string> commands = {};
  /** Patterns: "app:*"; also "%R~app:*" only to be read, "%W~app:*" only to be written (Redis 7.0). */
  std::vector<std::string> keys = {};
  /** Patterns: "news.*". */
  std::vector<std::string> channels = {};
  /** Commands, "+get" or "-@all", each with a pattern of keys, that are allowed besides (Redis 7.0). */
  std::vector<std::pair<std::string, std::string>> selectors = {};
  /** Begin with a user who may do nothing. */
  bool reset = false;
  /** Forget the patterns of keys, of channels, the passwords. */
  bool reset_keys = false;
  bool reset_channels = false;
  bool reset_passwords = false;
};

namespace detail {
/** DataError when a rule lacks its + or -, or nopass comes with passwords. */
REDISCLUSTER_API void append_acl_rules(Command& command, const AclSetuserOptions& options);
}  // namespace detail

/** Commands on users. Users are not replicated: what changes them goes to every server, masters and slaves (when one
    fails, others may have done it), and what tells of them comes from the default node. */
template <class Self, template <class> class R>
class ACLCommands {
 public:
  /** ACL CAT. The categories of commands; with one of them, its commands. */
  R<std::vector<std::string>> acl_cat(const std::optional<Arg>& category = {}) const {
    Command command("ACL", "CAT");
    if (category) command.arg(*category);
    return run<std::vector<std::string>>(command);
  }

  /** ACL DELUSER. Deletes users, ends their connections, and returns how many there were: of a cluster the most on one
      server. ResponseError for the user "default". */
  R<long long> acl_deluser(const Args& username) const {
    return run<long long>(Command("ACL", "DELUSER").list(username));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> acl_deluser(const V&... usernames)
  const { return acl_deluser(Args{Arg(usernames)...}); }

  /** ACL DRYRUN (Redis 7.0). Whether a user may run a command, which is not run: "OK", or why not. ResponseError when
      there is no such user or command. */
  R<std::string> acl_dryrun(const Arg& username, const Args& args) const {
    return run<std::string>(Command("ACL", "DRYRUN").arg(username).list(args));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::string> acl_dryrun(const Arg& username, const V&... args)
  const { return acl_dryrun(username, Args{Arg(args)...}); }

  /** ACL GENPASS. A random password: hexadecimal digits for so many bits, 256 unless given. */
  R<std::string> acl_genpass(std::optional<long long> bits = {}) const {
    Command command("ACL", "GENPASS");
    if (bits) command.arg(*bits);
    return run<std::string>(command);
  }

  /** ACL GETUSER. What a user may do; none when there is no such user. */
  R<std::optional<AclUser>> acl_getuser(const Arg& username) const {
    return run<std::optional<AclUser>>(Command("ACL", "GETUSER").arg(username));
  }

  /** ACL HELP. What the server says about these commands, line by line. */
  R<std::vector<std::string>> acl_help() const { return run<std::vector<std::string>>(Command("ACL", "HELP")); }

  /** ACL LIST. All users, each as a line of an ACL file. */
  R<std::vector<std::string>> acl_list() const { return run<std::vector<std::string>>(Command("ACL", "LIST")); }

  /** ACL LOAD. Lets the servers read their ACL files anew. Always true; ResponseError when a file is wrong, which then
      changes nothing on its server, or a server runs without one. */
  R<bool> acl_load() const { return run<bool>(Command("ACL", "LOAD")); }

  /** ACL LOG. What was refused of late, the last first, of a cluster by the names of its servers. 10 entries unless
      count is given. */
  R<PerNode<std::vector<AclLogEntry>>> acl_log(std::optional<long long> count = {}) const {
    Command command("ACL", "LOG");
    if (count) command.arg(*count);
    return run<PerNode<std::vector<AclLogEntry>>>(command);
  }
  /** ACL LOG RESET. Empties the logs of all servers. Always true. */
  R<bool> acl_log_reset() const { return run<bool>(Command("ACL", "LOG").arg("RESET")); }

  /** ACL SAVE. Lets the servers write their users into their ACL files. Always true; ResponseError of a server that
     runs without one. */
  R<bool> acl_save() const { return run<bool>(Command("ACL", "SAVE")); }

  /** ACL SETUSER. Creates or changes a user. Always true. DataError when a rule lacks its + or -; ResponseError when
     the server does not like one, which then changes nothing there: its text holds the rule. */
  R<bool> acl_setuser(const Arg& username, const AclSetuserOptions& options = {}) const {
    Command command("ACL", "SETUSER");
    command.arg(username);
    detail::append_acl_rules(command, options);
    return run<bool>(command);
  }

  /** ACL USERS. The names of all users. */
  R<std::vector<std::string>> acl_users() const { return run<std::vector<std::string>>(Command("ACL", "USERS")); }

  /** ACL WHOAMI. The name of the user we are. */
  R<std::string> acl_whoami() const { return run<std::string>(Command("ACL", "WHOAMI")); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
