// How a command is run by several servers: what each is sent, and how their replies become one.
#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "routing/command_table.h"

namespace rediscluster::merge {

/** Where a part goes: a node by its index (then by access to its master or a slave), or, from the number of nodes on, a
    certain server. */
using Place = std::size_t;

/** What one place is sent. */
struct Part {
  Place place;
  routing::Access access;
  Command command;
  routing::Connection connection = routing::Connection::shared;
};

/** A command that goes to one place, as it is. */
struct Single {
  Place place;
  routing::Access access;
  routing::Connection connection;
  const Command* command;
};

/** What one place has answered. */
struct PartReply {
  std::string_view place;  ///< its name: node_1 ...
  TapeView reply;
};

/** Parts that can be sent at the same time, and what makes one reply of theirs, in the order of the parts. `merge`
   throws what the command as a whole is to throw: an error reply of a part, say. */
struct Plan {
  std::vector<Part> parts;
  std::function<Tape(std::span<const PartReply>)> merge;
};

/** Throws the first error among the replies. `command` is the name for its message. */
void throw_if_failed(std::span<const PartReply> replies, std::string_view command);

/** One connection to the master of a node that nobody else uses, for steps that belong together: WATCH, and what is
   then decided by what was read. When it is closed with keys still watched, so is the connection. */
class Session {
 public:
  virtual ~Session() = default;

  /** Sends all commands at once; returns their replies one behind the other, error replies included. Throws when they
      cannot be had. What comes first may be sent again on another connection when its access is `read`, or none of it
      was sent; what comes later fails, unsent, when the connection has been lost in between. */
  virtual Tape run(std::span<const Command> commands, routing::Access access) = 0;
  /** MULTI, the commands, EXEC: the array of their replies, or nothing when a key that was watched has been changed, in
      which case none was executed. Throws the first error. */
  virtual std::optional<Tape> run_transaction(std::span<const Command> commands) = 0;
  virtual std::string_view name() const = 0;
};

/** How a part has ended. */
struct PartOutcome {
  Tape reply;                ///< an error reply, perhaps
  std::exception_ptr error;  ///< why there is none; null: there is
};

/** Runs parts, for strategies that need more than one step. */
class PartRunner {
 public:
  virtual ~PartRunner() = default;

  /** Sends all parts at once and waits for all. Throws when one cannot be had an answer from. */
  virtual std::vector<Tape> run(std::span<const Part> parts) = 0;
  /** The same with reads sent to masters too: for what is going to be stored, which must not be older than what was
      acknowledged. */
  virtual std::vector<Tape> run_on_masters(std::span<const Part> parts) = 0;
  /** As run(), but one that fails does not take the answers of the others with it. Throws only when nothing was sent.
      Unless overridden: one part after the other. */
  virtual std::vector<PartOutcome> run_each(std::span<const Part> parts);
  /** Runs the commands on one node as MULTI ... EXEC; returns the array of their replies. Throws the first error. */
  virtual Tape run_transaction(Place node, std::span<const Command> commands) = 0;
  /** One session for each of these nodes, in their order, without duplicates: all that a strategy needs at once, for
     who holds one and waits for another may wait for ever. Waits until so many connections are free. */
  virtual std::vector<std::unique_ptr<Session>> open_sessions(std::span<const Place> nodes) = 0;
  /** Where a key is that no argument of the command names. */
  virtual Place node_of(std::string_view key) const = 0;
  virtual std::string_view name_of(Place place) const = 0;
  /** Number of nodes; places below it are nodes. */
  virtual std::size_t nodes() const = 0;
  /** Number of the database that all connections have chosen. */
  virtual int database() const { return 0; }
};

}  // namespace rediscluster::merge
