#include "merge/range_store.h"

#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/decode.h>

#include "merge/arguments.h"
#include "merge/ask.h"
#include "merge/scores.h"
#include "merge/temporary_key.h"

namespace rediscluster::merge {

namespace {

struct Ends {
  std::size_t source;  // indices among the keys
  std::size_t destination;
};

// The destination comes first, except that GEORADIUS and GEORADIUSBYMEMBER have it among their options.
Ends ends_of(const Command& command) {
  const bool is_last = is_word(command.name(), "GEORADIUS") || is_word(command.name(), "GEORADIUSBYMEMBER");
  return is_last ? Ends{0, 1} : Ends{1, 0};
}

// Whether ZRANGE WITHSCORES tells what ZRANGESTORE with these options stores.
bool can_be_read(const Command& command) {
  if (command.size() < 5) return false;
  for (std::size_t i = 5; i < command.size(); ++i) {
    if (i + 2 < command.size() && is_word(command[i], "LIMIT")) {
      i += 2;
    } else if (!is_word(command[i], "BYSCORE") && !is_word(command[i], "REV")) {
      return false;
    }
  }
  return true;
}

Tape replace_and_count(PartRunner& runner, Place node, std::string_view destination, TapeView range) {
  const std::vector<Scored> members = scored_members(range);
  replace_sorted_set(runner, node, destination, members);
  Tape size;
  size.add_integer(static_cast<std::int64_t>(members.size()));
  return size;
}

}  // namespace

Tape store_range(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner) {
  if (!can_be_read(command)) return store_search(command, nodes, runner);
  const Ends ends = ends_of(command);
  Part part{nodes[ends.source], routing::Access::read, Command("ZRANGE")};
  part.command.append_key(command, command.keys()[ends.source]);
  part.command.append_words(command, 3, command.size() - 3).arg("WITHSCORES");
  const Answers range = ask(runner, Readers::masters, {&part, 1});
  throw_if_failed(range.replies, command.name());
  return replace_and_count(runner, nodes[ends.destination], command[command.keys()[ends.destination].argument],
                           range.replies[0].reply);
}

Tape store_search(const Command& command, std::span<const std::uint32_t> nodes, PartRunner& runner) {
  const Ends ends = ends_of(command);
  const std::size_t destination = command.keys()[ends.destination].argument;
  const std::string temporary = temporary_name();
  Command search(command.name());
  // Of several STORE options the last counts, which is the one that is replaced.
  for (std::size_t i = 1; i < command.size(); ++i) {
    if (i == destination) {
      search.key(temporary);
    } else {
      search.append_words(command, i, 1);
    }
  }
  const Command steps[] = {std::move(search),
                           std::move(Command("ZRANGE").key(temporary).arg(0).arg(-1).arg("WITHSCORES")),
                           std::move(Command("UNLINK").key(temporary))};
  const Tape results = runner.run_transaction(nodes[ends.source], steps);
  return replace_and_count(runner, nodes[ends.destination], command[destination], TapeView(results, 2));
}

}  // namespace rediscluster::merge
