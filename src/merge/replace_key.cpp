#include "merge/replace_key.h"

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

std::vector<Command> chunked(std::string_view name, std::string_view key, std::span<const std::string_view> values) {
  std::vector<Command> chunks;
  std::size_t bytes = 0;
  std::size_t count = 0;
  for (const std::string_view value : values) {
    if (chunks.empty() || bytes + value.size() > chunk_bytes || count == chunk_values) {
      chunks.push_back(std::move(Command(name).key(key)));
      bytes = 0;
      count = 0;
    }
    chunks.back().arg(value);
    bytes += value.size();
    ++count;
  }
  return chunks;
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
  if (values.empty()) {
    run_one(runner, node, std::move(Command("DEL").key(key)));
    return;
  }
  std::vector<Command> chunks = chunked(command, key, values);
  if (chunks.size() == 1) {
    const Command steps[] = {std::move(Command("DEL").key(key)), std::move(chunks[0])};
    runner.run_transaction(node, steps);
    return;
  }
  const std::string temporary = temporary_name();
  const auto lifetime = temporary_lifetime.count();
  bool is_first = true;
  for (Command& chunk : chunked(command, temporary, values)) {
    // Before and behind the chunk: a key that has expired meanwhile must be noticed, and what is made anew must expire.
    const Command expire = std::move(Command("PEXPIRE").key(temporary).arg(lifetime));
    const Command steps[] = {expire, std::move(chunk), expire};
    const Tape results = runner.run_transaction(node, steps);
    if (!is_first && detail::decode_integer(TapeView(results, 1)) == 0) {
      throw TimeoutError(std::string(runner.name_of(node)) +
                         ": the temporary key of a large result expired before it was complete");
    }
    is_first = false;
  }
  const Command steps[] = {std::move(Command("PERSIST").key(temporary)),
                           std::move(Command("RENAME").key(temporary).key(key))};
  runner.run_transaction(node, steps);
}

}  // namespace rediscluster::merge
