#include "protocol/reply_error.h"

#include <rediscluster/errors.h>

namespace rediscluster::protocol {

namespace {
// "text (COMMAND on node)", as ResponseError builds it, for the errors that are no ResponseError.
std::string described(const std::string& text, const std::string& command, const std::string& node) {
  return ResponseError(text, command, node).what();
}

// The server repeats the arguments of a command it does not know. They may be values, which no message of ours holds.
std::string_view without_values(std::string_view text) {
  return text.starts_with("ERR unknown command") ? text.substr(0, text.find(", with args beginning with")) : text;
}

bool is_refused_login(std::string_view prefix, std::string_view text) {
  return prefix == "WRONGPASS" || prefix == "NOAUTH" || text == "ERR invalid password" ||
         text.starts_with("ERR AUTH ") || text.starts_with("ERR Client sent AUTH");
}
}  // namespace

std::exception_ptr reply_error(std::string_view reply, std::string_view command_name, std::string_view node_name) {
  const std::string text(without_values(reply));
  const std::string command(command_name);
  const std::string node(node_name);
  const std::string_view prefix = error_prefix(reply);
  if (prefix == "NOSCRIPT") return std::make_exception_ptr(NoScriptError(text, command, node));
  if (prefix == "EXECABORT") return std::make_exception_ptr(ExecAbortError(text, command, node));
  if (prefix == "READONLY") return std::make_exception_ptr(ReadOnlyError(text, command, node));
  if (prefix == "NOPERM") return std::make_exception_ptr(NoPermissionError(text, command, node));
  if (prefix == "LOADING") return std::make_exception_ptr(BusyLoadingError(described(text, command, node)));
  if (is_refused_login(prefix, reply)) {
    return std::make_exception_ptr(AuthenticationError(described(text, command, node)));
  }
  return std::make_exception_ptr(ResponseError(text, command, node));
}

void throw_reply_error(std::string_view text, std::string_view command, std::string_view node) {
  std::rethrow_exception(reply_error(text, command, node));
}

}  // namespace rediscluster::protocol
