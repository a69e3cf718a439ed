// Reading the arguments of a command as the server does, where the client has to understand them itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/letter_case.h"

namespace rediscluster::merge {

using protocol::is_word;

/** An integer where the server wants one: no space, no plus sign, no leading zero. */
std::optional<std::int64_t> integer_argument(std::string_view argument) noexcept;

inline constexpr std::string_view syntax_error = "ERR syntax error";
inline constexpr std::string_view not_an_integer = "ERR value is not an integer or out of range";

}  // namespace rediscluster::merge
