// Routing as data: for every command its access, where its keys lie, which servers must be asked, how their replies
// become one, and the connection it needs. The rows are generated (command_table.inc); see overrides.tsv for what
// differs from the servers' own words and why.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rediscluster::routing {

/** Whom a command may be sent to. */
enum class Access : std::uint8_t {
  read,   ///< changes nothing: a slave may answer it, and it may be sent again after a failure
  other,  ///< changes no data, but concerns the master itself (PING, CONFIG ...): only there, and never sent twice
  write   ///< may change data: only the master, never sent twice, and reads must see it
};

/** Which nodes a command concerns. */
enum class Target : std::uint8_t {
  keys,          ///< the nodes of its keys; without any key the default node
  default_node,  ///< any single node will do
  all_nodes,     ///< every node, one server each: its master, or by access a slave
  all_servers,   ///< every server, masters and slaves
  one_server     ///< the node of its keys; without any key a DataError, for the caller must name the server it means:
                 ///< node(name)
};

/** How the replies of several nodes become the reply that one server would have given. */
enum class Merge : std::uint8_t {
  one_node,        ///< cannot be split: keys on several nodes are a DataError
  sum,             ///< of integers; of each position for arrays, where what is no integer is the first node's
  min,             ///< smallest integer
  max,             ///< greatest integer
  logical_and,     ///< of integers 0 and 1; of each position for arrays
  all_succeeded,   ///< any reply when all succeeded, else the first error
  one_succeeded,   ///< a reply that is no error, else the first error, NOTBUSY only if there is no other
  concatenate,     ///< elements of all arrays
  set_union,       ///< the same without duplicates
  argument_order,  ///< one element a key, in the order of the keys
  per_node,        ///< map: name of the node (all_servers: of the server) -> reply; as all_succeeded where none tells
                   ///< more than OK or an error
  strategy,        ///< taken apart as no other: merge/strategies.h tells how, by name
  special          ///< in a way of its own in src/client, by name
};

/** The connection a command needs. */
enum class Connection : std::uint8_t {
  shared,  ///< one that other callers use too
  own,     ///< one of its own, because it may block, holds state, or its reply may break the connection
  busy,    ///< one of its own that is logged in as far as a server lets us that is busy with a script
  refused  ///< none: it would change the state of a connection that others share; CommandRow::hint names what to use
};

/** Where some of a command's keys lie, as COMMAND INFO describes it. Argument 0 is the command's first word. */
struct KeySpec {
  enum class Begin : std::uint8_t { index, keyword, unknown };
  enum class Find : std::uint8_t { range, keynum, unknown };

  Begin begin = Begin::unknown;
  int begin_index = 0;  ///< index: the argument. keyword: where the search starts, negative: from the end back
  std::string_view keyword = {};  ///< keyword: the word, upper case; the keys begin behind it
  Find find = Find::unknown;
  int last = 0;   ///< range: last key relative to the first, or (negative) to the end. keynum: where the count stands
  int step = 0;   ///< both: distance between keys
  int limit = 0;  ///< range with last -1: 2 means the first half of the rest ...
  int first = 0;  ///< keynum: where the first key stands, relative to the begin
  bool write = false;       ///< the keys may be changed (RW, OW, RM)
  bool not_key = false;     ///< looks like a key, is hashed like one, but is none (a channel of SPUBLISH)
  bool incomplete = false;  ///< there may be more keys than this finds
};

struct CommandRow {
  std::string_view name;  ///< upper case; subcommands as "CONFIG GET"
  int arity = 0;          ///< words in all, negative: at least so many
  Access access = Access::write;
  Target target = Target::keys;
  Merge merge = Merge::one_node;
  Connection connection = Connection::shared;
  bool container = false;  ///< has subcommands: the row of "NAME SUBCOMMAND" is the one that counts
  std::span<const KeySpec> keys = {};
  std::string_view hint = {};  ///< refused and one_server: what to do in its place, to follow a colon
};

/** The row of a command, or null when the table has none. `subcommand` (argument 1, may be empty) is looked at only for
    containers; a subcommand the table does not know gives null. Letter case does not matter. */
const CommandRow* find_command(std::string_view name, std::string_view subcommand) noexcept;

/** All rows, in the order of their names. */
std::span<const CommandRow> command_table() noexcept;

}  // namespace rediscluster::routing
