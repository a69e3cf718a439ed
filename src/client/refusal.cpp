#include "client/refusal.h"

#include <cstddef>

#include "protocol/reply_error.h"

namespace rediscluster::client {

namespace {

constexpr std::string_view multi = "*1\r\n$5\r\nMULTI\r\n";

// What a server says to a write because it is a slave; it has not executed it.
bool is_slaves_refusal(TapeView reply) {
  if (!reply.is_error()) return false;
  const std::string_view prefix = protocol::error_prefix(reply.text());
  return prefix == "READONLY" || prefix == "MASTERDOWN";
}

bool is_aborted(TapeView reply) {
  return reply.is_error() && protocol::error_prefix(reply.text()) == "EXECABORT";
}

Refusal refusal_of_commands(const Tape& replies) {
  Refusal refusal{.of_all = true};
  for (std::size_t at = 0; at < replies.size(); at = replies.next(at)) {
    if (is_slaves_refusal(TapeView(replies, at))) {
      refusal.of_any = true;
    } else {
      refusal.of_all = false;
    }
  }
  return refusal;
}

// MULTI is answered by OK, each command by QUEUED or, as a write, by a refusal, and EXEC by EXECABORT, which repeats
// the refusal when the server has become a slave since the commands were queued.
Refusal refusal_of_transaction(const Tape& replies) {
  Refusal refusal;
  bool queueing = true;
  std::size_t last = 0;
  for (std::size_t at = 0; at < replies.size(); at = replies.next(at)) {
    const TapeView reply(replies, at);
    if (at != last && is_aborted(TapeView(replies, last))) queueing = false;  // there is something behind it
    last = at;
    if (is_slaves_refusal(reply)) {
      refusal.of_any = true;
    } else if (reply.type() != ReplyType::status && !is_aborted(reply)) {
      queueing = false;
    }
  }
  const TapeView executed(replies, last);
  if (is_aborted(executed) && executed.text().find(": READONLY") != std::string_view::npos) refusal.of_any = true;
  refusal.of_all = queueing && refusal.of_any && is_aborted(executed);
  return refusal;
}

}  // namespace

Refusal refusal_of(const Tape& replies, std::string_view request) {
  return request.starts_with(multi) ? refusal_of_transaction(replies) : refusal_of_commands(replies);
}

}  // namespace rediscluster::client
