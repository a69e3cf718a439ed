// Commands that run Lua scripts.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/commands/execute.h>
#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/reply.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** What EVAL, FCALL and their kin end with: how many keys, keys, arguments. */
inline Command& append_keys_and_args(Command& command, const Keys& keys, const Args& args) {
  return command.arg(keys.size()).list(keys).list(args);
}

template <class A>
void append_key_or_arg(Command& command, bool is_key, const A& value) {
  if constexpr (std::same_as<A, Key>) {
    if (is_key) {
      command.key(value);
    } else {
      command.arg(value.name());
    }
  } else {
    const Arg text(value);
    if (is_key) {
      command.key(Key(text.view()));
    } else {
      command.arg(text);
    }
  }
}
/** The same in one row, of which the first numkeys are keys; whether there are so many is for the server to judge. */
template <std::integral N, class... A>
Command& append_keys_and_args(Command& command, N numkeys, const A&... keys_and_args) {
  command.arg(numkeys);
  [[maybe_unused]] auto left = static_cast<long long>(numkeys);
  (append_key_or_arg(command, left-- > 0, keys_and_args), ...);
  return command;
}

}  // namespace detail

/** Lua scripts. All keys that a script uses must be given as such, and be on one node: DataError when they are not. A
    script without keys runs on the default node. ResponseError when it fails, and for each error that it returns.

    The reply is decoded as decode<T>() does: eval<long long>("return #ARGV", {}, {"a", "b"}). Each method takes
    keys and arguments as two lists, or, as redis-py does, as a number of keys and then both one by one:
    eval(script, 1, "key", "arg"). */
template <class Self, template <class> class R>
class ScriptCommands {
 public:
  /** EVAL. Runs a script, as KEYS and ARGV it finds keys and args. To the master, even if it only reads. A server keeps
      every script it has seen, until it restarts: what changes from call to call belongs into args. */
  template <class T = Reply>
  R<T> eval(const Arg& script, const Keys& keys = {}, const Args& args = {}) const {
    return evaluate<T>("EVAL", script, keys, args);
  }
  template <class T = Reply, std::integral N, class... A>
  requires detail::ArgsOrKeys<A...> R<T> eval(const Arg& script, N numkeys, const A&... keys_and_args)
  const { return evaluate<T>("EVAL", script, numkeys, keys_and_args...); }
  /** EVAL_RO (Redis 7.0). As eval(), for a script that only reads: a slave may run it. ResponseError when it writes. */
  template <class T = Reply>
  R<T> eval_ro(const Arg& script, const Keys& keys = {}, const Args& args = {}) const {
    return evaluate<T>("EVAL_RO", script, keys, args);
  }
  template <class T = Reply, std::integral N, class... A>
  requires detail::ArgsOrKeys<A...> R<T> eval_ro(const Arg& script, N numkeys, const A&... keys_and_args)
  const { return evaluate<T>("EVAL_RO", script, numkeys, keys_and_args...); }

  /** EVALSHA. As eval(), of a script that the server has seen before, by the SHA-1 of its text, in hex. NoScriptError
      when it has not: it has restarted, perhaps; nothing was run then. See ScriptRegistration. */
  template <class T = Reply>
  R<T> evalsha(const Arg& sha, const Keys& keys = {}, const Args& args = {}) const {
    return evaluate<T>("EVALSHA", sha, keys, args);
  }
  template <class T = Reply, std::integral N, class... A>
  requires detail::ArgsOrKeys<A...> R<T> evalsha(const Arg& sha, N numkeys, const A&... keys_and_args)
  const { return evaluate<T>("EVALSHA", sha, numkeys, keys_and_args...); }
  /** EVALSHA_RO (Redis 7.0). As evalsha(), for a script that only reads: a slave may run it. Slaves have the scripts of
      script_load(), but not those that their master got from an eval(). */
  template <class T = Reply>
  R<T> evalsha_ro(const Arg& sha, const Keys& keys = {}, const Args& args = {}) const {
    return evaluate<T>("EVALSHA_RO", sha, keys, args);
  }
  template <class T = Reply, std::integral N, class... A>
  requires detail::ArgsOrKeys<A...> R<T> evalsha_ro(const Arg& sha, N numkeys, const A&... keys_and_args)
  const { return evaluate<T>("EVALSHA_RO", sha, numkeys, keys_and_args...); }

  /** SCRIPT EXISTS. For each SHA-1, whether the server has the script; of a cluster, whether every server has it,
      slaves included. */
  R<std::vector<bool>> script_exists(const Args& shas) const {
    return run<std::vector<bool>>(Command("SCRIPT", "EXISTS").list(shas));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<bool>> script_exists(const V&... shas)
  const { return script_exists(Args{Arg(shas)...}); }

  /** SCRIPT FLUSH. Makes every server, slaves included, forget all scripts: at once, or with sync_type "ASYNC" in the
      background. Always true. When a server fails, others may have been flushed. */
  R<bool> script_flush(const std::optional<Arg>& sync_type = {}) const {
    Command command("SCRIPT", "FLUSH");
    if (sync_type) command.arg(*sync_type);
    return run<bool>(command);
  }

  /** SCRIPT KILL. Ends the scripts that are running, on slaves too, unless they have written. True when there was one.
      ResponseError NOTBUSY when there was none anywhere, UNKILLABLE when it has written. Who runs the script gets a
      ResponseError. Not for a pipeline, whose commands a busy server refuses. */
  R<bool> script_kill() const { return run<bool>(Command("SCRIPT", "KILL")); }

  /** SCRIPT LOAD. Makes a script known to every server, slaves included, for evalsha(). Returns its SHA-1.
      ResponseError when it is no Lua. When a server fails, others may have the script; one that comes later, or
      restarts, does not. In a pipeline it is not in order with commands on keys: not together with the evalsha() that
      needs it. */
  R<std::string> script_load(const Arg& script) const {
    return run<std::string>(Command("SCRIPT", "LOAD").arg(script));
  }

  /** SCRIPT SHOW (Valkey 8.0). The text of a script by its SHA-1, from any node that has it; NoScriptError when none
      has. */
  R<std::string> script_show(const Arg& sha) const { return run<std::string>(Command("SCRIPT", "SHOW").arg(sha)); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  template <class T, class... A>
  R<T> evaluate(std::string_view word, const Arg& script, const A&... keys_and_args) const {
    Command command(word);
    command.arg(script);
    return run<T>(detail::append_keys_and_args(command, keys_and_args...));
  }
};

}  // namespace v0_1
}  // namespace rediscluster
