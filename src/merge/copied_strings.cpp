#include "merge/copied_strings.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "merge/temporary_key.h"
#include "protocol/reply_error.h"

namespace rediscluster::merge {

namespace {

// So much is copied in the transaction itself. The server keeps all of one in memory before it begins, and closes a
// connection that sends more than a gigabyte.
constexpr std::size_t transaction_bytes = std::size_t{16} << 20;
// The slowest network on which a string must not expire while the largest is written behind it.
constexpr std::size_t bytes_a_second = std::size_t{1} << 20;

// What was found at a key that is on another node.
struct Source {
  std::string copy = temporary_name();
  Tape value;

  ReplyType type() const { return value.type(0); }
  std::string_view text() const { return value.text(0); }
};

class Copies {
 public:
  Copies(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner)
      : command_(command), runner_(runner), node_(node_of_key[0]), source_of_key_(node_of_key.size()) {
    std::vector<Part> parts;
    std::map<std::pair<std::uint32_t, std::string_view>, std::size_t> known;
    for (std::size_t i = 1; i < node_of_key.size(); ++i) {
      if (node_of_key[i] == node_) continue;
      const Command::KeyMark& key = command.keys()[i];
      const auto [at, is_new] = known.emplace(std::pair(node_of_key[i], command[key.argument]), parts.size());
      source_of_key_[i] = at->second;
      if (!is_new) continue;
      parts.push_back({node_of_key[i], routing::Access::read, Command("GET")});
      parts.back().command.append_key(command, key);
    }
    std::vector<Tape> values = runner.run_on_masters(parts);
    sources_.resize(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) take(sources_[i], std::move(values[i]), parts[i].place);
  }

  Tape run() {
    std::vector<Command> steps;
    for (const Source* const other : others_) {
      steps.push_back(std::move(Command("RPUSH").key(other->copy).arg("")));
      steps.push_back(std::move(Command("PEXPIRE").key(other->copy).arg(lifetime())));
    }
    if (bytes_ > transaction_bytes) return run_on_written(std::move(steps));
    for (const Source* const string : strings_) steps.push_back(creation(*string));
    const std::size_t result = finish(steps);
    return reply_of(runner_.run_transaction(node_, steps), result);
  }

 private:
  void take(Source& source, Tape value, Place place) {
    source.value = std::move(value);
    const PartReply part{runner_.name_of(place), TapeView(source.value, 0)};
    if (part.reply.is_error() && protocol::error_prefix(part.reply.text()) == "WRONGTYPE") {
      // What it is does not matter: the server has only to come upon it when it is its turn.
      others_.push_back(&source);
      return;
    }
    throw_if_failed({&part, 1}, command_.name());
    if (part.reply.is_nil()) return;
    const std::size_t size = detail::decode_text(part.reply).size();
    strings_.push_back(&source);
    bytes_ += size;
    largest_ = std::max(largest_, size);
  }

  std::int64_t lifetime() const {
    return (temporary_lifetime + std::chrono::seconds(largest_ / bytes_a_second)).count();
  }

  Command creation(const Source& string) const {
    return std::move(Command("SET").key(string.copy).arg(string.text()).arg("PX").arg(lifetime()));
  }

  // Appends the command itself, whose index is returned, and the removal of all copies.
  std::size_t finish(std::vector<Command>& steps) const {
    const std::size_t index = steps.size();
    steps.push_back(on_copies());
    Command removal("UNLINK");
    for (const Source* const source : strings_) removal.key(source->copy);
    for (const Source* const source : others_) removal.key(source->copy);
    if (!removal.keys().empty()) steps.push_back(std::move(removal));
    return index;
  }

  static Tape reply_of(const Tape& results, std::size_t index) {
    TapeView result = TapeView(results, 0).first();
    for (; index != 0; --index) result = result.next();
    Tape reply;
    reply.add_copy(result.tape(), result.node());
    return reply;
  }

  Tape run_on_written(std::vector<Command> steps) {
    for (std::size_t i = 0; i < strings_.size();) i = write_some(i);
    // Those that have expired meanwhile would be taken for empty. With WATCH the server looks again when the
    // transaction begins.
    const Place nodes[] = {node_};
    const std::unique_ptr<Session> session = std::move(runner_.open_sessions(nodes)[0]);
    Command watch("WATCH");
    Command exists("EXISTS");
    for (const Source* const string : strings_) {
      watch.key(string->copy);
      exists.key(string->copy);
    }
    const Command first[] = {std::move(watch), std::move(exists)};
    const Tape watched = session->run(first, routing::Access::read);
    const PartReply replies[] = {{session->name(), TapeView(watched, 0)},
                                 {session->name(), TapeView(watched, watched.next(0))}};
    throw_if_failed(replies, command_.name());
    if (std::cmp_not_equal(detail::decode_integer(replies[1].reply), strings_.size())) throw_expired();
    const std::size_t result = finish(steps);
    const std::optional<Tape> results = session->run_transaction(steps);
    if (!results) throw_expired();
    return reply_of(*results, result);
  }

  // Writes strings from this one on, and renews those before; returns the first that is yet to be written.
  std::size_t write_some(std::size_t i) {
    std::vector<Part> parts;
    const auto add = [&](Command command) { parts.push_back({node_, routing::Access::write, std::move(command)}); };
    for (const Source* const written : std::span(strings_).first(i)) {
      add(std::move(Command("PEXPIRE").key(written->copy).arg(lifetime())));
    }
    std::size_t bytes = 0;
    for (; i < strings_.size() && (bytes == 0 || bytes + strings_[i]->text().size() <= transaction_bytes); ++i) {
      bytes += strings_[i]->text().size();
      add(creation(*strings_[i]));
    }
    const std::vector<Tape> tapes = runner_.run(parts);
    for (const Tape& tape : tapes) {
      const PartReply reply{runner_.name_of(node_), TapeView(tape, 0)};
      throw_if_failed({&reply, 1}, command_.name());
    }
    return i;
  }

  Command on_copies() const {
    Command command(command_.name());
    std::size_t key = 0;
    for (std::size_t i = 1; i < command_.size(); ++i) {
      if (key == source_of_key_.size() || command_.keys()[key].argument != i) {
        command.append_word(command_, i);
        continue;
      }
      if (const auto source = source_of_key_[key]) {
        command.key(sources_[*source].copy);
      } else {
        command.append_key(command_, command_.keys()[key]);
      }
      ++key;
    }
    return command;
  }

  [[noreturn]] void throw_expired() const {
    throw TimeoutError(std::string(runner_.name_of(node_)) + ": " + std::string(command_.name()) +
                       ": the temporary copies of strings of other nodes expired before all were there");
  }

  const Command& command_;
  PartRunner& runner_;
  const Place node_;
  std::vector<Source> sources_;
  std::vector<std::optional<std::size_t>> source_of_key_;  // nothing: on the node of the destination
  std::vector<const Source*> strings_;
  std::vector<const Source*> others_;
  std::size_t bytes_ = 0;  // of all strings
  std::size_t largest_ = 0;
};

}  // namespace

Tape run_on_copies(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner) {
  return Copies(command, node_of_key, runner).run();
}

}  // namespace rediscluster::merge
