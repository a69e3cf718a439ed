// How a row of the command table follows from what servers say of the command, and from the overrides.
#pragma once

#include <string>
#include <vector>

#include "tools/command_table_source.h"

namespace rediscluster::tools {

/** A KeySpec of routing/command_table.h. */
struct DerivedKeySpec {
  std::string begin;  ///< index, keyword, unknown
  int begin_index = 0;
  std::string keyword;
  std::string find;  ///< range, keynum, unknown
  int last = 0, step = 0, limit = 0, first = 0;
  bool write = false, not_key = false, incomplete = false;

  bool operator==(const DerivedKeySpec&) const = default;
};

/** A CommandRow of routing/command_table.h, its enumerators by name. */
struct DerivedRow {
  std::string name;  ///< upper case, "CONFIG GET"
  int arity = 0;
  std::string access, target, merge, connection;
  bool container = false;
  std::vector<DerivedKeySpec> keys;
  std::string hint;
};

/** The rows in the order of their names. SourceError for bad values, for commands no rule covers, and for overrides
    that change nothing. */
std::vector<DerivedRow> derive_rows(const ServerCommands& commands, const std::string& commands_file,
                                    const std::vector<Override>& overrides, const std::string& overrides_file);

}  // namespace rediscluster::tools
