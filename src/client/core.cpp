#include "client/core.h"

#include <string>
#include <utility>

#include "protocol/letter_case.h"
#include "protocol/reply_error.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

using transport::Clock;

client::CallSettings settings_of(const Options& options, const CallOptions& call) {
  const Clock::time_point now = Clock::now();
  return {now,
          transport::Deadline::after(call.timeout.value_or(options.socket_timeout), now),
          call.mastersonly.value_or(options.mastersonly),
          {options.retries, options.retry_backoff},
          options.observer.get()};
}

namespace {
[[noreturn]] void throw_error_reply(const Tape& tape, const Command& command, std::string_view node) {
  protocol::throw_reply_error(tape.text(0), protocol::to_upper(command.name()), node);
}
}  // namespace

Tape checked(Tape&& tape, const Command& command, std::string_view node) {
  if (tape.type(0) == ReplyType::error) throw_error_reply(tape, command, node);
  return std::move(tape);
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
