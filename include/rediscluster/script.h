// Script: a Lua script that is sent to servers once and then run by its SHA-1.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <rediscluster/arguments.h>
#include <rediscluster/command.h>
#include <rediscluster/errors.h>
#include <rediscluster/export.h>
#include <rediscluster/reply.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {

/** What register_script() gives:

      const Script increase = r.register_script("return redis.call('INCRBY', KEYS[1], ARGV[1])");
      long long n = increase.run<long long>({"counter"}, {5});

    Each run sends EVALSHA; only a server that does not know the script, because it is new, has restarted or was
    flushed, is sent EVAL with the text, after it has said so and so before it has run anything. So a script runs
    once, and where it stands among the caller's other calls. Keys and errors are as with eval(); runs go to
    masters. The two requests have the client's timeout each.

    Immutable and cheap to copy; keeps the client it was made of alive, and may be used from any thread. */
class REDISCLUSTER_API Script {
 public:
  /** What register_script() calls. */
  template <class Client>
  Script(const Client& registered_client, const Arg& script)
      : Script(std::make_shared<const Client>(registered_client), &run_by<Client>, script.view()) {}

  /** Runs the script on the client it was made of; the reply is decoded as decode<T>() does. */
  template <class T = Reply>
  T run(const Keys& keys = {}, const Args& args = {}) const {
    const Reply reply = run_registered(keys, args);
    if constexpr (std::same_as<T, Reply>) {
      return reply;
    } else {
      return detail::decode_reply<T>(reply.view(), "EVALSHA");
    }
  }
  /** Runs it on another client. A pipeline collects it, and gives a Queued<T>. There it is EVAL with the text: that a
      server does not know the script would come to light when what follows it has been run already, and loading it
      before would not help against another client's SCRIPT FLUSH. */
  template <class T = Reply, class Client>
  auto run(const Keys& keys, const Args& args, const Client& client) const {
    using Result = decltype(client.template run<T>(std::declval<const Command&>()));
    if constexpr (std::same_as<Result, T>) {
      try {
        return client.template run<T>(evalsha(keys, args));
      } catch (const NoScriptError& error) {
        if (!is_of_server(error)) throw;
      }
    }
    return client.template run<T>(eval(keys, args));
  }

  Reply operator()(const Keys& keys = {}, const Args& args = {}) const { return run(keys, args); }
  template <class Client>
  auto operator()(const Keys& keys, const Args& args, const Client& client) const {
    return run(keys, args, client);
  }

  /** The text. */
  const std::string& script() const noexcept { return known_->script; }
  /** Its SHA-1 in hex, as SCRIPT LOAD gives it. */
  const std::string& sha() const noexcept { return known_->sha; }

 private:
  using Run = Reply (*)(const void* client, const Command& command);
  struct Known {
    std::string script;
    std::string sha;
  };

  Script(std::shared_ptr<const void> client, Run run, std::string_view script);

  template <class Client>
  static Reply run_by(const void* client, const Command& command) {
    return static_cast<const Client*>(client)->template run<Reply>(command);
  }
  Reply run_registered(const Keys& keys, const Args& args) const;
  Command evalsha(const Keys& keys, const Args& args) const;
  Command eval(const Keys& keys, const Args& args) const;
  /** False for an error that the script itself has returned: it has run. */
  static bool is_of_server(const NoScriptError& error) noexcept;

  std::shared_ptr<const void> client_;
  Run run_;
  std::shared_ptr<const Known> known_;
};

/** For clients that scripts can be made of; a pipeline is given to Script::run() instead. */
template <class Self>
class ScriptRegistration {
 public:
  /** A script to be run again and again without its text being sent each time. Asks no server. */
  Script register_script(const Arg& script) const { return Script(static_cast<const Self&>(*this), script); }
};

}  // namespace v0_1
}  // namespace rediscluster
