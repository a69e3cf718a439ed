#include <utility>

#include <rediscluster/script.h>

#include "protocol/sha1.h"

namespace rediscluster {
inline namespace v0_1 {

Script::Script(std::shared_ptr<const void> client, Run run_by_client, std::string_view script)
    : client_(std::move(client)),
      run_(run_by_client),
      known_(std::make_shared<const Known>(Known{std::string(script), protocol::sha1_hex(script)})) {}

namespace {
Command command_of(std::string_view word, std::string_view script, const Keys& keys, const Args& args) {
  Command command(word);
  command.arg(script).arg(keys.size()).list(keys).list(args);
  return command;
}
}  // namespace

Command Script::evalsha(const Keys& keys, const Args& args) const {
  return command_of("EVALSHA", sha(), keys, args);
}

Command Script::eval(const Keys& keys, const Args& args) const {
  return command_of("EVAL", script(), keys, args);
}

bool Script::is_of_server(const NoScriptError& error) noexcept {
  return error.text().starts_with("NOSCRIPT No matching script");
}

Reply Script::run_registered(const Keys& keys, const Args& args) const {
  try {
    return run_(client_.get(), evalsha(keys, args));
  } catch (const NoScriptError& error) {
    if (!is_of_server(error)) throw;
  }
  return run_(client_.get(), eval(keys, args));
}

}  // namespace v0_1
}  // namespace rediscluster
