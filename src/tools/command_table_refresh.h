// Asks a running server for its commands.
#pragma once

#include <string>

#include "tools/command_table_source.h"

namespace rediscluster::tools {

/** Replaces in `commands` what the server HOST:PORT says: rows described by its version take its values, commands that
    no other version had are added, and those it no longer has lose its version. std::runtime_error when it does not
    answer as a server does. Returns its version as the tables name it: "redis7.0". */
std::string refresh_from_server(const std::string& address, ServerCommands& commands);

}  // namespace rediscluster::tools
