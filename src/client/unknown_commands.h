// Commands that the table does not have: those of modules and of newer servers.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "routing/command_table.h"

namespace rediscluster::client {

/** Rows made at run time from what a server says with COMMAND INFO, each asked for once. Thread-safe. */
class UnknownCommands {
 public:
  /** Sends a command to some server of the cluster; returns its reply, or throws. */
  using Ask = std::function<Tape(const Command&)>;

  /** The row of a command by its name. One that the server does not know either gets a row that sends it, on a
      connection of its own, to the default node, whose error then is the answer. */
  const routing::CommandRow& row_of(const Command& command, const Ask& ask);

 private:
  struct Entry {
    std::string name;
    std::array<routing::KeySpec, 1> keys;
    routing::CommandRow row;
  };

  static std::unique_ptr<Entry> describe(std::string name, TapeView info);

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace rediscluster::client
