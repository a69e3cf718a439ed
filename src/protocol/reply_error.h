// From the text of an error reply to the exception it deserves.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace rediscluster::protocol {

/** The exception for an error reply, by the first word of its text. `command` and `node` may be empty. */
std::exception_ptr reply_error(std::string_view text, std::string_view command, std::string_view node);

[[noreturn]] void throw_reply_error(std::string_view text, std::string_view command, std::string_view node);

/** First word of a server's error text. */
inline std::string_view error_prefix(std::string_view text) noexcept {
  return text.substr(0, text.find(' '));
}

}  // namespace rediscluster::protocol
