#include "merge/move_key_arguments.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>

#include <rediscluster/errors.h>

namespace rediscluster::merge {

namespace {

std::string upper(std::string_view word) {
  std::string result(word);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return result;
}

}  // namespace

std::optional<MoveKey> move_key_arguments(const Command& command, int database) {
  const std::string name = upper(command.name());
  if (name != "COPY") {
    if (command.size() != 3) return std::nullopt;
    return MoveKey{name, std::string(command[1]), std::string(command[2]), name == "RENAME", false, name == "RENAME"};
  }
  MoveKey copy{name, std::string(command[1]), std::string(command[2]), false, true, false};
  int chosen = database;
  for (std::size_t i = 3; i < command.size(); ++i) {
    const std::string option = upper(command[i]);
    if (option == "REPLACE") {
      copy.overwrites = true;
    } else if (option == "DB" && i + 1 < command.size()) {
      const std::string_view number = command[++i];
      const auto read = std::from_chars(number.data(), number.data() + number.size(), chosen);
      if (read.ec != std::errc() || number != std::to_string(chosen)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (chosen != database) {
    throw DataError("COPY to another database (" + std::to_string(chosen) +
                    ") works only when both keys are on one node: connections between nodes have database " +
                    std::to_string(database));
  }
  return copy;
}

}  // namespace rediscluster::merge
