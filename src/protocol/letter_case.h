// Names of commands and their words, in which letter case does not matter: ASCII only, whatever the program's locale
// is.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rediscluster::protocol {

constexpr char to_upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

inline std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = to_upper(c);
  return result;
}

/** Whether an argument is this word, which is given in capitals. */
inline bool is_word(std::string_view argument, std::string_view upper_case) noexcept {
  return std::equal(argument.begin(), argument.end(), upper_case.begin(), upper_case.end(),
                    [](char given, char expected) { return to_upper(given) == expected; });
}

}  // namespace rediscluster::protocol
