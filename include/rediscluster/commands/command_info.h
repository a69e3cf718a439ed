// Commands about commands.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/command_info.h>
#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** At most one of them. */
struct CommandListOptions {
  /** Commands of this module. */
  std::optional<Arg> module = {};
  /** Commands of this category of ACLs: "string", "dangerous" ... */
  std::optional<Arg> category = {};
  /** Commands whose name matches this glob pattern. */
  std::optional<Arg> pattern = {};
};

/** What a server knows of commands; of a cluster, the default node's. */
template <class Self, template <class> class R>
class CommandInfoCommands {
 public:
  /** COMMAND. All commands, by their names. */
  R<std::map<std::string, CommandInfo>> command() const {
    return run<std::map<std::string, CommandInfo>>(Command("COMMAND"));
  }

  /** COMMAND COUNT. How many commands there are. */
  R<long long> command_count() const { return run<long long>(Command("COMMAND", "COUNT")); }

  /** COMMAND DOCS (Redis 7.0). What is documented of commands, by their names: command_docs({"get", "config|get"}). One
      that the server does not know is left out. Without names all commands.

      InvalidResponse when the reply is nested deeper than the installed hiredis reads: 0.14 takes 8 levels, which is
      too little for some commands (CLIENT KILL, and so CLIENT), and so for all together. */
  R<std::map<std::string, CommandDocs>> command_docs(const Args& names = {}) const {
    return run<std::map<std::string, CommandDocs>>(Command("COMMAND", "DOCS").list(names));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::map<std::string, CommandDocs>> command_docs(const V&... names)
  const { return command_docs(Args{Arg(names)...}); }

  /** COMMAND GETKEYS. The keys in a command, which is not run: command_getkeys("MSET", "a", 1, "b", 2). ResponseError
      when it has none, or is wrong. */
  R<std::vector<std::string>> command_getkeys(const Args& args) const {
    return run<std::vector<std::string>>(Command("COMMAND", "GETKEYS").list(args));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<std::string>> command_getkeys(const V&... args)
  const { return command_getkeys(Args{Arg(args)...}); }

  /** COMMAND GETKEYSANDFLAGS (Redis 7.0). As command_getkeys(), with what the command does to each key. */
  R<std::vector<KeyAndFlags>> command_getkeysandflags(const Args& args) const {
    return run<std::vector<KeyAndFlags>>(Command("COMMAND", "GETKEYSANDFLAGS").list(args));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<KeyAndFlags>> command_getkeysandflags(const V&... args)
  const { return command_getkeysandflags(Args{Arg(args)...}); }

  /** COMMAND INFO. For each name, what the server knows of the command; none when it has no such command. A name may be
      "config|get" (Redis 7.0). Without names all commands. */
  R<std::vector<std::optional<CommandInfo>>> command_info(const Args& names = {}) const {
    return run<std::vector<std::optional<CommandInfo>>>(Command("COMMAND", "INFO").list(names));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<std::optional<CommandInfo>>> command_info(const V&... names)
  const { return command_info(Args{Arg(names)...}); }

  /** COMMAND LIST (Redis 7.0). Names of all commands, or of those that the options choose; without order. */
  R<std::vector<std::string>> command_list(const CommandListOptions& options = {}) const {
    Command list("COMMAND", "LIST");
    append_filter(list, "MODULE", options.module);
    append_filter(list, "ACLCAT", options.category);
    append_filter(list, "PATTERN", options.pattern);
    return run<std::vector<std::string>>(list);
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  static void append_filter(Command& list, std::string_view kind, const std::optional<Arg>& value) {
    if (value) list.arg("FILTERBY").arg(kind).arg(*value);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
