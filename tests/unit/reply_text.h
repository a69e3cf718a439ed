// Replies as text and back, so that tests can say in one line what they expect.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <rediscluster/tape.h>

#include "protocol/reply_parser.h"

namespace rediscluster::tests {

/** "$a" string, "+a" status, "-a" error, ":1" integer, "nil", "*[...]" array, "%[...]" map; elements by commas. */
inline std::string to_text(TapeView reply) {
  switch (reply.type()) {
    case ReplyType::nil:
      return "nil";
    case ReplyType::integer:
      return ":" + std::to_string(reply.integer());
    case ReplyType::status:
      return "+" + std::string(reply.text());
    case ReplyType::error:
      return "-" + std::string(reply.text());
    case ReplyType::string:
      return "$" + std::string(reply.text());
    case ReplyType::array:
    case ReplyType::map: {
      std::string text = reply.type() == ReplyType::array ? "*[" : "%[";
      TapeView element = reply;
      for (std::size_t i = 0; i < reply.elements(); ++i) {
        element = i == 0 ? reply.first() : element.next();
        text += (i == 0 ? "" : ",") + to_text(element);
      }
      return text + "]";
    }
    default:
      return "?";
  }
}
inline std::string to_text(const Tape& tape) {
  return to_text(TapeView(tape, 0));
}

/** The tape of one reply in RESP. */
inline Tape tape_of(std::string_view resp) {
  protocol::ReplyParser parser;
  Tape tape;
  parser.feed(resp);
  if (!parser.parse(tape)) throw std::logic_error("not a whole reply");
  return tape;
}

}  // namespace rediscluster::tests
