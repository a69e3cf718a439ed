#include "merge/arguments.h"

#include <charconv>
#include <system_error>

namespace rediscluster::merge {

std::optional<std::int64_t> integer_argument(std::string_view argument) noexcept {
  const std::string_view digits = argument.starts_with('-') ? argument.substr(1) : argument;
  if (digits.starts_with('0') && argument != "0") return std::nullopt;
  std::int64_t value = 0;
  const char* const end = argument.data() + argument.size();
  const auto [stop, error] = std::from_chars(argument.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace rediscluster::merge
