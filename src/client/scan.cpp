#include "client/scan.h"

#include <charconv>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <rediscluster/commands/scans.h>
#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/partitioner.h>

#include "client/core.h"
#include "protocol/reply_error.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

namespace {
std::optional<std::uint64_t> to_cursor(std::string_view text) noexcept {
  std::uint64_t cursor = 0;
  const char* const behind = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), behind, cursor);
  if (error != std::errc() || end != behind) return std::nullopt;
  return cursor;
}
}  // namespace

std::uint64_t decode_cursor(TapeView reply) {
  const auto cursor = to_cursor(decode_text(reply));
  if (!cursor) throw_misfit(reply, "a cursor");
  return *cursor;
}

}  // namespace detail
}  // namespace v0_1

namespace client {

using routing::Access;
using topology::Node;
using topology::Server;
using topology::Topology;
using topology::Touched;
using transport::Clock;

ScanCursor ScanCursor::take_apart(std::uint64_t cursor, std::size_t servers) noexcept {
  const auto take = [&](std::uint64_t base) { return std::exchange(cursor, cursor / base) % base; };
  ScanCursor parts;
  parts.server = static_cast<std::size_t>(take(servers));
  parts.configuration = static_cast<std::uint32_t>(take(configurations));
  parts.run = static_cast<std::uint32_t>(take(runs));
  parts.position = cursor;
  return parts;
}

std::optional<std::uint64_t> ScanCursor::put_together(std::size_t servers) const noexcept {
  std::uint64_t cursor = position;
  bool fits = true;
  const auto put = [&](std::uint64_t base, std::uint64_t digit) {
    fits = fits && cursor <= (std::numeric_limits<std::uint64_t>::max() - digit) / base;
    cursor = cursor * base + digit;
  };
  put(runs, run);
  put(configurations, configuration);
  put(servers, server);
  if (!fits) return std::nullopt;
  return cursor;
}

void refuse_in_pipeline(const routing::CommandRow& row) {
  throw DataError(std::string(row.name) +
                  " cannot be part of a cluster's pipeline: a cursor means something to one server only");
}

namespace {

// 1 to below `bound`.
constexpr std::uint32_t nonzero(std::uint32_t hash, std::uint32_t bound) noexcept {
  return hash % (bound - 1) + 1;
}

// Tells configurations apart in which an index means another server, or a node holds other keys.
std::uint32_t configuration_of(const Topology& topology) {
  std::uint32_t hash = static_cast<std::uint32_t>(topology.masters());
  const auto add = [&](std::string_view text) { hash = hash * 31 + crc32(text); };
  for (const auto& server : topology.servers()) {
    add(server->name());
    add(server->node() != nullptr ? std::string_view(server->node()->name()) : std::string_view());
    add(server->config().host);
    add(std::to_string(server->config().port));
    add(server->config().unix_socket_path);
  }
  return nonzero(hash, ScanCursor::configurations);
}

// What tells a run of a server from its others; 0 when it does not say.
std::uint32_t run_of(TapeView info) noexcept {
  constexpr std::string_view field = "\nrun_id:";
  if (info.type() != ReplyType::string) return 0;
  std::string_view text = info.text();
  const std::size_t at = text.find(field);
  if (at == std::string_view::npos) return 0;
  text.remove_prefix(at + field.size());
  return nonzero(crc32(text.substr(0, text.find_first_of("\r\n"))), ScanCursor::runs);
}

std::size_t index_of(const Topology& topology, const Server& server) noexcept {
  std::size_t index = 0;
  while (topology.servers()[index].get() != &server) ++index;
  return index;
}

std::size_t index_of(Topology& topology, const Node& node) noexcept {
  std::size_t index = 0;
  while (&topology.node(index) != &node) ++index;
  return index;
}

// What a server has given.
struct Page {
  Tape tape;
  Server* server;
  std::uint64_t position;
  std::uint32_t run;
};

class Scan {
 public:
  /** `at`: where among the command's words the cursor is. */
  Scan(const Command& command, std::size_t at, const CallSettings& settings)
      : command_(command), at_(at), settings_(settings) {}

  /** The first page of a node, from any server that may be read from. */
  Page begin(Node& node) const;
  /** The next page of the server that gave the cursor; the first page of its node when it cannot be had. */
  Page go_on(Server& server, Node& node, const ScanCursor& cursor) const;
  /** The command as it is, of which the server is to say what is wrong with it. */
  void refuse(Node& node) const;

 private:
  Command with_cursor(std::uint64_t cursor) const {
    Command command = Command::of_user();
    command.append_words(command_, 0, at_).arg(cursor);
    return std::move(command.append_words(command_, at_ + 1, command_.size() - at_ - 1));
  }
  // A step's own time, under the deadline of the whole.
  CallSettings now() const { return settings_.at(Clock::now()); }
  static Page page_of(Request& request, const Command& command, const Node& node);

  const Command& command_;
  const std::size_t at_;
  const CallSettings& settings_;
};

// In one go with a page, so that it is certain whose run gave it.
std::string and_who(const Command& command) {
  return std::string(command.bytes()).append(Command("INFO").arg("server").bytes());
}

bool is_elsewhere_answered(const Tape& tape) {
  if (tape.type(0) != ReplyType::error) return false;
  const std::string_view prefix = protocol::error_prefix(tape.text(0));
  return prefix == "LOADING" || prefix == "MASTERDOWN";
}

Page Scan::page_of(Request& request, const Command& command, const Node& node) {
  Tape tape = detail::checked(std::move(request.replies()), command, node.name());
  detail::expect_elements(TapeView(tape, 0), 2, "a cursor and an array");
  const std::uint64_t position = detail::decode_cursor(TapeView(tape, 1));
  const std::size_t who = tape.next(0);
  const std::uint32_t run = who < tape.size() ? run_of(TapeView(tape, who)) : 0;
  tape.truncate(who, tape.text_size());
  return {std::move(tape), &request.server(), position, run};
}

Page Scan::begin(Node& node) const {
  const Command command = with_cursor(0);
  const auto ask = [&](std::string_view bytes, std::size_t replies) {
    Request request(node, Access::read, bytes, replies);
    request.touches(Touched(command));
    run_requests({&request, 1}, now());
    throw_first_error({&request, 1});
    return page_of(request, command, node);
  };
  // Most keys hold so little that there is no second page, and nobody needs to know who gave the first.
  if (!command.keys().empty()) {
    Page page = ask(command.bytes(), 1);
    if (page.position == 0) return page;
  }
  return ask(and_who(command), 2);
}

Page Scan::go_on(Server& server, Node& node, const ScanCursor& cursor) const {
  CallSettings settings = now();
  const bool is_only_one = node.servers().size() == 1;
  if (settings.mastersonly && &server != node.known_master()) return begin(node);
  if (!is_only_one && !server.may_be_asked(settings.now)) return begin(node);
  if (!is_only_one) settings.retry.retries = 0;  // the others are there at once
  const Command command = with_cursor(cursor.position);
  const std::string bytes = and_who(command);
  Request request(server, Access::read, bytes, 2);
  request.touches(Touched(command));
  run_requests({&request, 1}, settings);
  if (request.failure()) {
    if (is_only_one || settings.deadline.passed(Clock::now())) throw_first_error({&request, 1});
    return begin(node);
  }
  if (is_elsewhere_answered(request.replies())) return begin(node);
  Page page = page_of(request, command, node);
  return page.run == cursor.run ? std::move(page) : begin(node);
}

void Scan::refuse(Node& node) const {
  Request request(node, Access::read, command_.bytes(), 1);
  run_requests({&request, 1}, now());
  throw_first_error({&request, 1});
  detail::checked(std::move(request.replies()), command_, node.name());
}

}  // namespace

Tape scan(Topology& topology, const Command& command, std::optional<std::size_t> key_node,
          const CallSettings& settings) {
  const std::size_t at = key_node ? 2 : 1;
  const std::size_t servers = topology.servers().size();
  const Scan pages(command, at, settings);
  const auto given = command.size() > at ? detail::to_cursor(command[at]) : std::nullopt;
  if (!given) pages.refuse(topology.node(key_node.value_or(0)));  // but servers take "-1": that begins anew

  // The cursor is about its server's node; what it says when that cannot be is worth nothing.
  const std::uint32_t configuration = configuration_of(topology);
  const ScanCursor cursor = ScanCursor::take_apart(given.value_or(0), servers);
  Server& server = *topology.servers()[cursor.server];
  Node* const named = cursor.configuration == configuration ? server.node() : nullptr;
  Node& node = key_node ? topology.node(*key_node) : named != nullptr ? *named : topology.node(0);
  Page page = cursor.position != 0 && named == &node ? pages.go_on(server, node, cursor) : pages.begin(node);

  ScanCursor next{page.position, page.run, configuration, 0};
  if (page.position != 0) {
    next.server = index_of(topology, *page.server);
  } else {
    const std::size_t after = index_of(topology, node) + 1;
    if (key_node || after == topology.masters()) return std::move(page.tape);
    next.server = index_of(topology, *topology.node(after).servers()[0]);
    next.run = 0;
  }
  const std::optional<std::uint64_t> number = next.put_together(servers);
  if (!number) throw InvalidResponse(page.server->name() + " gave a cursor that is too large for a cluster's");
  page.tape.set_text(1, std::to_string(*number));
  return std::move(page.tape);
}

}  // namespace client
}  // namespace rediscluster
