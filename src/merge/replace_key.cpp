#include "merge/replace_key.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "merge/temporary_key.h"

namespace rediscluster::merge {

namespace {

// One command's worth of values, so that no command occupies the server for long.
constexpr std::size_t chunk_bytes = 256 * 1024;
constexpr std::size_t chunk_values = 4096;

// `command key` and values from `next` on, which is set behind the last of them.
Command chunk(std::string_view command, std::string_view key, std::size_t& next, std::size_t count,
              const AppendValue& append) {
  Command result(command);
  result.key(key);
  const std::size_t end = std::min(count, next + chunk_values);
  do {
    append(result, next++);
  } while (next < end && result.bytes().size() < chunk_bytes);
  return result;
}

void run_one(PartRunner& runner, Place node, Command command) {
  const Part part{node, routing::Access::write, std::move(command)};
  const std::vector<Tape> tapes = runner.run({&part, 1});
  const PartReply reply{runner.name_of(node), TapeView(tapes[0], 0)};
  throw_if_failed({&reply, 1}, part.command.name());
}

}  // namespace

void replace_key(PartRunner& runner, Place node, std::string_view key, std::string_view command,
                 std::span<const std::string_view> values) {
  replace_key(runner, node, key, command, values.size(),
              [&](Command& adding, std::size_t i) { adding.arg(values[i]); });
}

void replace_key(PartRunner& runner, Place node, std::string_view key, std::string_view command, std::size_t count,
                 const AppendValue& append) {
  if (count == 0) {
    run_one(runner, node, std::move(Command("DEL").key(key)));
    return;
  }
  std::size_t next = 0;
  Command first = chunk(command, key, next, count, append);
  if (next == count) {
    const Command steps[] = {std::move(Command("DEL").key(key)), std::move(first)};
    runner.run_transaction(node, steps);
    return;
  }
  const std::string temporary = temporary_name();
  // Before and behind each chunk: a key that has expired meanwhile must be noticed, and what is made anew must expire.
  const Command expire = std::move(Command("PEXPIRE").key(temporary).arg(temporary_lifetime));
  for (next = 0; next < count;) {
    const bool is_first = next == 0;
    const Command steps[] = {expire, chunk(command, temporary, next, count, append), expire};
    const Tape results = runner.run_transaction(node, steps);
    if (!is_first && detail::decode_integer(TapeView(results, 1)) == 0) {
      throw TimeoutError(std::string(runner.name_of(node)) +
                         ": the temporary key of a large result expired before it was complete");
    }
  }
  const Command steps[] = {std::move(Command("PERSIST").key(temporary)),
                           std::move(Command("RENAME").key(temporary).key(key))};
  runner.run_transaction(node, steps);
}

}  // namespace rediscluster::merge
