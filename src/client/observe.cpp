#include "client/observe.h"

#include <rediscluster/tape.h>

#include "protocol/reply_error.h"
#include "transport/failure.h"

namespace rediscluster::client {

using transport::Failure;

std::string_view command_name(std::string_view bytes) noexcept {
  // *<words> $<length> name
  for (int lines = 0; lines < 2; ++lines) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
  }
  return bytes.substr(0, bytes.find('\r'));
}

ServerRole role_of(const transport::Link& link) {
  switch (link.role().kind) {
    case transport::Role::Kind::master:
      return ServerRole::master;
    case transport::Role::Kind::slave:
      return ServerRole::slave;
    case transport::Role::Kind::unknown:
      break;
  }
  return ServerRole::unknown;
}

Outcome outcome_of(const Failure& failure, const Tape* replies) noexcept {
  switch (failure.kind) {
    case Failure::Kind::none:
      return replies != nullptr && !replies->empty() && replies->type(0) == ReplyType::error ? Outcome::error_reply
                                                                                             : Outcome::ok;
    case Failure::Kind::connection:
    case Failure::Kind::authentication:
    case Failure::Kind::loading:
    case Failure::Kind::unconfirmed:
    case Failure::Kind::none_free:
      return Outcome::connection_error;
    case Failure::Kind::timeout:
      return Outcome::timeout;
    case Failure::Kind::invalid_response:
    case Failure::Kind::response:
    case Failure::Kind::out_of_memory:
      break;
  }
  return Outcome::other_error;
}

std::string_view error_of(const Failure& failure, const Tape* replies) noexcept {
  if (failure) return failure.texts != nullptr ? std::string_view(failure.text()) : "out of memory";
  if (outcome_of(failure, replies) == Outcome::error_reply) return protocol::error_prefix(replies->text(0));
  return {};
}

}  // namespace rediscluster::client
