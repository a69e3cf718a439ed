#include "merge/move_key_arguments.h"

#include <cstdint>

#include <rediscluster/errors.h>

#include "merge/arguments.h"

namespace rediscluster::merge {

std::optional<MoveKey> move_key_arguments(const Command& command, int database) {
  MoveKey move{"COPY", std::string(command[1]), std::string(command[2]), false, true, false};
  if (!is_word(command.name(), "COPY")) {
    if (command.size() != 3) return std::nullopt;
    const bool overwrites = is_word(command.name(), "RENAME");
    move.name = overwrites ? "RENAME" : "RENAMENX";
    move.overwrites = move.returns_ok = overwrites;
    move.keeps_source = false;
    return move;
  }
  std::int64_t chosen = database;
  for (std::size_t i = 3; i < command.size(); ++i) {
    if (is_word(command[i], "REPLACE")) {
      move.overwrites = true;
    } else if (is_word(command[i], "DB") && i + 1 < command.size()) {
      const std::optional<std::int64_t> number = integer_argument(command[++i]);
      if (!number) return std::nullopt;
      chosen = *number;
    } else {
      return std::nullopt;
    }
  }
  if (chosen != database) {
    throw DataError("COPY to another database (" + std::to_string(chosen) +
                    ") works only when both keys are on one node: connections between nodes have database " +
                    std::to_string(database));
  }
  return move;
}

}  // namespace rediscluster::merge
