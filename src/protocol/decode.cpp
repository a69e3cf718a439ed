#include <charconv>
#include <string>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

namespace {
template <class N>
bool parse(std::string_view text, N& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}
}  // namespace

void throw_misfit(TapeView reply, std::string_view expected) {
  if (reply.is_error()) protocol::throw_reply_error(reply.text(), {}, {});
  std::string what = "expected ";
  what += expected;
  what += ", got ";
  what += name_of(reply.type());
  if (reply.is_container()) {
    what += " of ";
    what += std::to_string(reply.elements());
  }
  throw InvalidResponse(what);
}

void throw_out_of_range(std::int64_t value) {
  throw InvalidResponse("the integer " + std::to_string(value) + " does not fit the type that was asked for");
}

std::int64_t decode_integer(TapeView reply) {
  std::int64_t value = 0;
  switch (reply.type()) {
    case ReplyType::integer:
    case ReplyType::boolean:
      return reply.integer();
    case ReplyType::string:
    case ReplyType::status:
      if (parse(reply.text(), value)) return value;
      throw InvalidResponse("expected integer, got text that is none");
    default:
      throw_misfit(reply, "integer");
  }
}

double decode_number(TapeView reply) {
  double value = 0;
  switch (reply.type()) {
    case ReplyType::integer:
      return static_cast<double>(reply.integer());
    case ReplyType::string:
    case ReplyType::status:
    case ReplyType::real:
    case ReplyType::big_number:
      if (parse(reply.text(), value)) return value;
      throw InvalidResponse("expected number, got text that is none");
    default:
      throw_misfit(reply, "number");
  }
}

bool decode_bool(TapeView reply) {
  switch (reply.type()) {
    case ReplyType::integer:
    case ReplyType::boolean:
      return reply.integer() != 0;
    case ReplyType::status:
      return true;
    case ReplyType::nil:
      return false;
    default:
      throw_misfit(reply, "integer, status or nil");
  }
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
