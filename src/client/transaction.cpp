#include "client/transaction.h"

#include <rediscluster/decode.h>

#include "merge/plan.h"

namespace rediscluster::client {

Bundle bundle(std::span<const Command> commands, bool tracked) {
  Bundle result{{}, commands.size(), {}};
  topology::KeyHashes keys;
  for (const Command& command : commands) {
    result.bytes += command.bytes();
    tracked = tracked && topology::collect_keys(command, keys);
  }
  if (tracked) result.touched = std::move(keys);
  return result;
}

Bundle transaction(std::span<const Command> commands, bool tracked) {
  Bundle result = bundle(commands, tracked);
  result.bytes.insert(0, Command("MULTI").bytes());
  result.bytes += Command("EXEC").bytes();
  result.replies += 2;
  return result;
}

// MULTI is answered by OK, and each command by QUEUED.
std::optional<Tape> results_of_transaction(const Tape& replies, std::span<const Command> commands,
                                           std::string_view node) {
  std::size_t at = 0;
  const auto check = [&](const Tape& tape, std::string_view command) {
    const merge::PartReply reply{node, TapeView(tape, at)};
    merge::throw_if_failed({&reply, 1}, command);
    at = tape.next(at);
  };
  check(replies, "MULTI");
  for (const Command& command : commands) check(replies, command.name());
  const std::size_t executed = at;
  check(replies, "EXEC");
  if (TapeView(replies, executed).is_nil()) return std::nullopt;
  Tape results;
  results.add_copy(replies, executed);
  detail::expect_elements(TapeView(results, 0), commands.size(), "one reply a command");
  at = 1;
  for (const Command& command : commands) check(results, command.name());
  return results;
}

}  // namespace rediscluster::client
