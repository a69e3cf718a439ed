#include "merge/rebuild_key.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "merge/temporary_key.h"

namespace rediscluster::merge {

namespace {

using routing::Access;

// Of one piece of a string; and what a piece of elements is steered towards.
constexpr std::size_t piece_bytes = 1 << 20;

class Rebuild {
 public:
  Rebuild(Session& from, std::string_view source, PartRunner& runner, Place to, std::string_view temporary)
      : from_(from), source_(source), runner_(runner), to_(to), temporary_(temporary) {}

  /** The type, for the caller to complain of; empty when the value was rebuilt. */
  std::string run() {
    const Tape type = ask(Command("TYPE").key(source_));
    const std::string_view name = type.text(0);
    if (name == "string") {
      copy_string();
    } else if (name == "list") {
      copy_list();
    } else if (name == "set") {
      copy_scanned("SSCAN", "SADD", 1);
    } else if (name == "hash") {
      return copy_scanned("HSCAN", "HSET", 2) ? "" : "a hash with fields that expire";
    } else if (name == "zset") {
      copy_scanned("ZSCAN", "ZADD", 2);
    } else if (name != "none") {
      return "a value of type " + std::string(name);
    }
    return {};
  }

  bool has_built() const { return !is_first_; }

 private:
  Tape ask(const Command& command) {
    Tape reply = from_.run({&command, 1}, Access::read);
    const PartReply part{from_.name(), TapeView(reply, 0)};
    throw_if_failed({&part, 1}, command.name());
    return reply;
  }

  // Its time is renewed before and behind the piece: a key that has expired meanwhile must be noticed, and what is made
  // anew must expire.
  void add(Command piece) {
    const Command expire = std::move(Command("PEXPIRE").key(temporary_).arg(temporary_lifetime));
    const Command steps[] = {expire, std::move(piece), expire};
    const Tape results = runner_.run_transaction(to_, steps);
    if (!is_first_ && detail::decode_integer(TapeView(results, 1)) == 0) {
      throw TimeoutError(std::string(runner_.name_of(to_)) + ": a temporary key expired before it was complete");
    }
    is_first_ = false;
  }

  void copy_string() {
    for (std::size_t at = 0;; at += piece_bytes) {
      const Tape piece = ask(Command("GETRANGE").key(source_).arg(at).arg(at + piece_bytes - 1));
      const std::string_view text = detail::decode_text(TapeView(piece, 0));
      if (is_first_ || !text.empty()) add(std::move(Command("APPEND").key(temporary_).arg(text)));
      if (text.size() < piece_bytes) return;
    }
  }

  void copy_list() {
    for (std::size_t at = 0;;) {
      const Tape piece = ask(Command("LRANGE").key(source_).arg(at).arg(at + count_ - 1));
      detail::expect_container(TapeView(piece, 0), "array of elements");
      if (piece.elements(0) == 0) return;
      at += piece.elements(0);
      Command push("RPUSH");
      push.key(temporary_);
      TapeView(piece, 0).for_each([&](TapeView element) { push.arg(detail::decode_text(element)); });
      steer(push.bytes().size());
      add(std::move(push));
    }
  }

  // False when it cannot be rebuilt.
  bool copy_scanned(std::string_view scan, std::string_view name, std::size_t words) {
    for (std::string cursor = "0";;) {
      const Tape page = ask(Command(scan).key(source_).arg(cursor).arg("COUNT").arg(count_));
      detail::expect_elements(TapeView(page, 0), 2, "cursor and elements");
      const TapeView first = TapeView(page, 0).first();
      const TapeView elements = first.next();
      detail::expect_container(elements, "array of elements");
      if (elements.elements() % words != 0) detail::throw_misfit(elements, "pairs");
      if (elements.elements() != 0) {
        if (scan == "HSCAN" && has_expiring(elements)) return false;
        Command piece = piece_of(elements, name, words);
        steer(piece.bytes().size());
        add(std::move(piece));
      }
      cursor = detail::decode_text(first);
      if (cursor == "0") return true;
    }
  }

  // ZSCAN has the score behind the member, ZADD wants it in front.
  Command piece_of(TapeView elements, std::string_view name, std::size_t words) const {
    Command piece(name);
    piece.key(temporary_);
    TapeView element = elements.first();
    for (std::size_t left = elements.elements() / words; left != 0; --left) {
      const TapeView value = words == 2 ? element.next() : element;
      if (name == "ZADD") piece.arg(detail::decode_text(value));
      piece.arg(detail::decode_text(element));
      if (name == "HSET") piece.arg(detail::decode_text(value));
      if (left != 1) element = value.next();
    }
    return piece;
  }

  // Servers that do not know the question have no such fields.
  bool has_expiring(TapeView fields) {
    if (!fields_may_expire_) return false;
    Command question("HPEXPIRETIME");
    question.key(source_).arg("FIELDS").arg(fields.elements() / 2);
    std::size_t position = 0;
    fields.for_each([&](TapeView word) {
      if (position++ % 2 == 0) question.arg(detail::decode_text(word));
    });
    const Tape times = from_.run({&question, 1}, Access::read);
    fields_may_expire_ = !TapeView(times, 0).is_error();
    if (!fields_may_expire_) return false;
    detail::expect_container(TapeView(times, 0), "array of times");
    bool found = false;
    TapeView(times, 0).for_each([&](TapeView time) { found = found || detail::decode_integer(time) >= 0; });
    return found;
  }

  // How many elements to ask for, by how large so many have been.
  void steer(std::size_t bytes) {
    if (bytes > piece_bytes) count_ = std::max<std::size_t>(1, count_ / 4);
    if (bytes < piece_bytes / 4) count_ = std::min<std::size_t>(4096, count_ * 2);
  }

  Session& from_;
  const std::string_view source_;
  PartRunner& runner_;
  const Place to_;
  const std::string_view temporary_;
  std::size_t count_ = 32;
  bool is_first_ = true;
  bool fields_may_expire_ = true;
};

}  // namespace

bool rebuild_key(Session& from, std::string_view source, PartRunner& runner, Place to, std::string_view temporary,
                 std::string_view reason) {
  Rebuild rebuild(from, source, runner, to, temporary);
  const std::string type = rebuild.run();
  if (type.empty()) return rebuild.has_built();
  const Part part{to, Access::write, std::move(Command("UNLINK").key(temporary))};
  runner.run({&part, 1});
  throw DataError(std::string(reason) + ", and " + type + " cannot be copied in another way; nothing was changed");
}

}  // namespace rediscluster::merge
