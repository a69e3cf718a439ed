// Any bytes from a server: the parser gives replies or InvalidResponse, the tape is whole, and decoding never crashes.
// The first byte of the input says into how large pieces the rest is cut.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/reply.h>

#include "protocol/reply_parser.h"
#include "transport/role.h"

namespace {

using namespace rediscluster;

void expect(bool holds) {
  if (!holds) std::abort();
}

// Visits every node by iteration; they must be all nodes there are, in order.
std::size_t walk(TapeView view) {
  std::size_t visited = 1;
  if (!view.is_container()) return visited;
  std::size_t node = view.node() + 1;
  for (std::size_t i = 0; i < view.elements(); ++i) {
    const TapeView element(view.tape(), node);
    visited += walk(element);
    node = element.next().node();
  }
  expect(node == view.next().node());
  return visited;
}

template <class T>
void try_to_decode(TapeView view) {
  try {
    decode<T>(view);
  } catch (const RedisError&) {
  }
}

void use(TapeView view) {
  try_to_decode<long long>(view);
  try_to_decode<std::uint8_t>(view);
  try_to_decode<double>(view);
  try_to_decode<bool>(view);
  try_to_decode<std::string>(view);
  try_to_decode<std::vector<std::optional<std::string>>>(view);
  try_to_decode<std::unordered_set<std::string>>(view);
  try_to_decode<std::map<std::string, std::string>>(view);
  try_to_decode<std::vector<std::pair<std::string, double>>>(view);
  try_to_decode<std::pair<std::string, std::vector<std::string>>>(view);
  try_to_decode<Reply>(view);
  transport::Role::parse(view);
}

// The short way through the parser gives what the long one gives.
void compare_short_way(std::string_view bytes) {
  const protocol::ReplyParser empty;
  Tape by_short_way;
  std::string_view rest = bytes;
  if (!empty.parse_plain(rest, by_short_way)) return expect(rest.size() == bytes.size() && by_short_way.empty());
  protocol::ReplyParser parser;
  Tape tape;
  parser.feed(bytes);
  expect(parser.parse(tape) && tape.size() == by_short_way.size());
  expect(parser.unparsed() == rest.size());
  for (std::size_t node = 0; node < tape.size(); ++node) {
    expect(tape.type(node) == by_short_way.type(node));
    expect(tape.next(node) == by_short_way.next(node));
    if (tape.is_container(node)) expect(tape.elements(node) == by_short_way.elements(node));
    if (tape.type(node) == ReplyType::integer) expect(tape.integer(node) == by_short_way.integer(node));
    if (tape.type(node) == ReplyType::string || tape.type(node) == ReplyType::status) {
      expect(tape.text(node) == by_short_way.text(node));
    }
  }
}

void parse(std::string_view bytes, std::size_t piece) {
  protocol::ReplyParser parser;
  Tape tape;
  while (!bytes.empty()) {
    const std::string_view next = bytes.substr(0, piece);
    bytes.remove_prefix(next.size());
    parser.feed(next);
    while (parser.parse(tape)) {
      expect(walk(TapeView(tape, 0)) == tape.size());
      use(TapeView(tape, 0));
      tape.clear();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  compare_short_way(bytes);
  try {
    parse(bytes, std::max<std::size_t>(1, data[0]));
  } catch (const InvalidResponse&) {
  }
  return 0;
}
