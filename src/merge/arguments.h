// Reading the arguments of a command as the server does, where the client has to understand them itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rediscluster::merge {

/** Whether an argument is this word, which is given in capitals; letter case does not matter. */
bool is_word(std::string_view argument, std::string_view upper_case) noexcept;

/** An integer where the server wants one: no space, no plus sign, no leading zero. */
std::optional<std::int64_t> integer_argument(std::string_view argument) noexcept;

inline constexpr std::string_view syntax_error = "ERR syntax error";
inline constexpr std::string_view not_an_integer = "ERR value is not an integer or out of range";

}  // namespace rediscluster::merge
