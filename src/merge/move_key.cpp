#include "merge/move_key.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "merge/claim.h"
#include "merge/move_key_arguments.h"
#include "merge/rebuild_key.h"
#include "merge/step_errors.h"
#include "merge/temporary_key.h"

namespace rediscluster::merge {

namespace {

using routing::Access;

// A server takes no argument above proto-max-bulk-len, 512 MB unless it was changed.
constexpr std::size_t largest_payload = std::size_t{256} << 20;

// An expiry as PEXPIRETIME gives it.
constexpr std::int64_t no_expiry = -1;

Command with_keys(std::string_view name, std::string_view first, std::string_view second) {
  return std::move(Command(name).key(first).key(second));
}
Command with_key(std::string_view name, std::string_view key) {
  return std::move(Command(name).key(key));
}
Command expire(std::string_view key, std::int64_t at) {
  return at < 0 ? with_key("PERSIST", key) : std::move(Command("PEXPIREAT").key(key).arg(at));
}

Tape integer(std::int64_t value) {
  Tape tape;
  tape.add_integer(value);
  return tape;
}
Tape text(ReplyType type, std::string_view value) {
  Tape tape;
  tape.add_text(type, value);
  return tape;
}

class Move {
 public:
  Move(const MoveKey& what, NodesOfKeys nodes, PartRunner& runner)
      : what_(what),
        from_node_(nodes[0]),
        to_node_(nodes[1]),
        runner_(runner),
        claim_(what.keeps_source ? std::string() : claim_name(what.source)) {}

  Tape run() {
    try {
      if (!what_.overwrites) {
        if (std::optional<Tape> reply = early_reply()) return std::move(*reply);
      }
      const Place nodes[] = {from_node_, to_node_};
      sessions_ = runner_.open_sessions(nodes);
      from_ = sessions_[0].get();
      to_ = sessions_[1].get();
      if (!claim_.empty()) claim();
      while (true) {
        if (std::optional<Tape> reply = attempt()) return std::move(*reply);
      }
    } catch (const RedisError&) {
      try {
        fail(std::current_exception());
      } catch (const RedisError&) {
        if (claimed_) abandon_claim(runner_, from_node_, claim_);
        throw;
      }
    }
  }

 private:
  // A step that may have been executed although no answer came.
  enum class UnderWay { nothing, publishing, removing };

  // Nothing that may be large is sent when it is not wanted.
  std::optional<Tape> early_reply() {
    const Part parts[] = {{from_node_, Access::read, with_key("EXISTS", what_.source)},
                          {to_node_, Access::read, with_key("EXISTS", what_.destination)}};
    const std::vector<Tape> tapes = runner_.run_on_masters(parts);
    const PartReply replies[] = {{runner_.name_of(from_node_), TapeView(tapes[0], 0)},
                                 {runner_.name_of(to_node_), TapeView(tapes[1], 0)}};
    throw_if_failed(replies, what_.name);
    if (detail::decode_integer(replies[0].reply) == 0) return reply_without_source();
    if (detail::decode_integer(replies[1].reply) != 0) return integer(0);
    return std::nullopt;
  }

  Tape reply_without_source() const {
    return what_.keeps_source ? integer(0) : text(ReplyType::error, "ERR no such key");
  }
  Tape reply() const { return what_.returns_ok ? text(ReplyType::status, "OK") : integer(1); }

  // Of those who want the source, one after the other: else each would make his copy of it, and all but one take it
  // back.
  void claim() {
    const Command steps[] = {make_claim(claim_), Command("UNWATCH")};
    Patience patience;
    try {
      while (true) {
        claimed_ = true;  // perhaps
        const Tape replies = from_->run(steps, Access::write);
        check(TapeView(replies, 0), from_->name());
        claimed_ = !TapeView(replies, 0).is_nil();
        if (claimed_) return;
        patience.wait();
      }
    } catch (const TimeoutError& error) {
      if (!patience.has_waited()) throw;
      claimed_ = false;
      throw TimeoutError(std::string(error.what()) + ": others are moving \"" + what_.source + "\"");
    }
  }

  // Nothing when it is to be tried again.
  std::optional<Tape> attempt() {
    const Tape payload = read_source();
    if (payload.empty()) return give_up_without_source();
    std::string temporary = temporary_name();
    if (!bring(payload, temporary)) return std::nullopt;
    while (true) {
      if (!published_ && !what_.overwrites && destination_exists_) {
        run(*to_, {with_key("UNLINK", temporary), Command("UNWATCH")}, Access::write);
        leave_source();
        return integer(0);
      }
      if (publish(temporary)) break;
      if (published_) throw_changed("was changed");
      watch(temporary);
    }
    if (what_.keeps_source) return reply();
    under_way_ = UnderWay::removing;
    const Command steps[] = {with_key("UNLINK", what_.source), with_key("DEL", claim_)};
    const bool removed = from_->run_transaction(steps).has_value();
    under_way_ = UnderWay::nothing;
    if (!removed) return std::nullopt;
    claimed_ = false;
    clean_up();
    return reply();
  }

  /** What DUMP gave, and no tape when there is no such key. The source is watched when this returns, but for a copy,
      which is read at one moment instead. */
  Tape read_source() {
    const Command time = with_key("PEXPIRETIME", what_.source);
    const Command dump = with_key("DUMP", what_.source);
    Tape replies;
    std::size_t at = 0;
    if (what_.keeps_source) {
      const Command steps[] = {time, dump};
      std::optional<Tape> results = from_->run_transaction(steps);
      if (!results) throw InvalidResponse("EXEC was answered by nil though nothing is watched");
      replies = std::move(*results);
      at = 1;
    } else {
      replies = run(*from_, {with_key("WATCH", what_.source), time, dump}, Access::read);
      at = replies.next(0);
    }
    expiry_ = detail::decode_integer(TapeView(replies, at));
    const TapeView payload = TapeView(replies, replies.next(at));
    if (payload.is_nil()) return {};
    payload_at_ = payload.node();
    detail::decode_text(payload);
    return replies;
  }

  // Makes a copy of the source under a temporary name on the destination's node. False when the source was changed
  // meanwhile.
  bool bring(const Tape& dumped, std::string& temporary) {
    const std::string_view payload = dumped.text(payload_at_);
    std::string reason;
    if (payload.size() <= largest_payload) {
      const std::string refusal =
          watch(temporary, std::move(Command("RESTORE").key(temporary).arg(temporary_lifetime).arg(payload)));
      if (refusal.empty()) return true;
      reason = what_.name + ": " + to() + " does not understand what DUMP gives on " + from() + " (" + refusal + ")";
    } else {
      reason = what_.name + ": what DUMP gives is larger than what RESTORE takes";
    }
    if (what_.keeps_source) {
      const Tape replies =
          run(*from_, {with_key("WATCH", what_.source), with_key("PEXPIRETIME", what_.source)}, Access::read);
      expiry_ = detail::decode_integer(TapeView(replies, replies.next(0)));
    }
    temporary = temporary_name();  // the other one is watched already
    if (!rebuild_key(*from_, what_.source, runner_, to_node_, temporary, reason)) return false;
    if (what_.keeps_source) {
      const Command nothing = with_key("EXISTS", what_.source);
      if (!from_->run_transaction({&nothing, 1})) return false;
    }
    watch(temporary);
    return true;
  }

  // From here on the temporary key must not expire; nor, when it must not exist, may the destination be made. Returns
  // why a server cannot read the payload, if it cannot.
  std::string watch(const std::string& temporary, std::optional<Command> restore = {}) {
    std::vector<Command> steps;
    if (restore) steps.push_back(std::move(*restore));
    steps.push_back(std::move(Command("PEXPIRE").key(temporary).arg(temporary_lifetime)));
    Command watch = with_key("WATCH", temporary);
    if (!what_.overwrites) watch.key(what_.destination);
    steps.push_back(std::move(watch));
    steps.push_back(with_key("EXISTS", what_.destination));
    const Tape replies = to_->run(steps, Access::write);
    std::size_t at = 0;
    for (const Command& step : steps) {
      const TapeView reply(replies, at);
      if (reply.is_error() && step.name() == "RESTORE" && is_about_format(reply.text())) {
        return std::string(reply.text());
      }
      check(reply, to_->name());
      if (step.name() == "PEXPIRE" && detail::decode_integer(reply) == 0) {
        throw TimeoutError(to() + ": a temporary key expired before it was used");
      }
      if (step.name() == "EXISTS") destination_exists_ = detail::decode_integer(reply) != 0;
      at = replies.next(at);
    }
    return {};
  }

  static bool is_about_format(std::string_view error) {
    return error.find("DUMP payload") != std::string_view::npos ||
           error.find("Bad data format") != std::string_view::npos;
  }

  /** Puts the temporary key into the destination's place. What was there is kept under another temporary name, the
     first time. WATCH follows EXEC in the same small request, so that whatever others do to the destination from now on
     is noticed: what a server has received from one connection it runs without a break. False when nothing was done,
     for something that is watched was changed. */
  bool publish(const std::string& temporary) {
    std::vector<Command> steps{Command("MULTI")};
    const bool saves = !what_.keeps_source && what_.overwrites && !published_;
    const std::string saved = saves ? temporary_name() : std::string();
    if (saves) {  // the second one fails, and nothing else, when there is no destination
      steps.push_back(with_key("PEXPIRETIME", what_.destination));
      steps.push_back(with_keys("RENAME", what_.destination, saved));
      steps.push_back(std::move(Command("PEXPIRE").key(saved).arg(temporary_lifetime)));
    }
    steps.push_back(with_keys("RENAME", temporary, what_.destination));
    steps.push_back(expire(what_.destination, expiry_));
    steps.push_back(Command("EXEC"));
    const std::size_t exec = steps.size() - 1;
    if (what_.keeps_source) {
      steps.push_back(Command("UNWATCH"));
    } else {
      const std::string& kept = saves ? saved : saved_;
      Command watch = with_key("WATCH", what_.destination);
      if (!kept.empty()) watch.key(kept);
      steps.push_back(std::move(watch));
    }
    under_way_ = UnderWay::publishing;
    guarded_ = false;
    const Tape replies = to_->run(steps, Access::write);
    std::size_t at = 0;
    for (std::size_t i = 0; i < exec; ++i, at = replies.next(at)) check(TapeView(replies, at), to_->name());
    const TapeView results(replies, at);
    check(results, to_->name());
    if (!results.is_nil()) detail::expect_elements(results, exec - 1, "one reply a command");
    under_way_ = UnderWay::nothing;
    if (results.is_nil()) return false;
    published_ = true;
    guarded_ = true;
    if (!saves) return true;
    const TapeView expiry = results.first();
    destination_expiry_ = detail::decode_integer(expiry);
    if (!expiry.next().is_error()) saved_ = saved;
    return true;
  }

  /** The destination as it was before, if nobody has touched it since. False when somebody has. */
  bool take_back() {
    std::vector<Command> steps;
    if (saved_.empty()) {
      steps.push_back(with_key("UNLINK", what_.destination));
    } else {
      steps.push_back(with_keys("RENAME", saved_, what_.destination));
      steps.push_back(expire(what_.destination, destination_expiry_));
    }
    if (!std::exchange(guarded_, false)) return false;
    if (to_->run_transaction(steps)) return true;
    if (expiry_ == no_expiry) return false;
    // It may be our copy that has expired.
    Command watch = with_key("WATCH", what_.destination);
    if (!saved_.empty()) watch.key(saved_);
    const Tape replies = run(*to_, {std::move(watch), with_key("EXISTS", what_.destination)}, Access::read);
    if (detail::decode_integer(TapeView(replies, replies.next(0))) != 0) return false;
    if (saved_.empty()) return true;
    return to_->run_transaction(steps).has_value();
  }

  Tape give_up_without_source() {
    if (published_ && !take_back()) throw_changed("was removed");
    published_ = false;
    leave_source();
    return reply_without_source();
  }

  void leave_source() {
    if (what_.keeps_source) return;
    run(*from_, {with_key("DEL", claim_), Command("UNWATCH")}, Access::write);
    claimed_ = false;
  }

  void clean_up() {
    std::vector<Command> steps;
    if (!saved_.empty()) steps.push_back(with_key("UNLINK", saved_));
    steps.push_back(Command("UNWATCH"));
    try {
      to_->run(steps, Access::write);
    } catch (const ConnectionError&) {  // all is done, and what was saved expires by itself
    } catch (const TimeoutError&) {
    }
  }

  // The destination is no more as it was made here: what others have done to it is not to be destroyed.
  [[noreturn]] void throw_changed(const char* source_was) {
    told_ = true;
    throw ConnectionError(what_.name + ": \"" + what_.source + "\" on " + from() + " " + source_was + " and \"" +
                              what_.destination + "\" on " + to() +
                              " was changed by others meanwhile, after it had been replaced by a copy of the former",
                          true);
  }

  // After an error: takes back what can be, and says of what cannot where it is.
  [[noreturn]] void fail(const std::exception_ptr& error) {
    if (told_) std::rethrow_exception(error);
    const bool maybe = may_have_run(error);
    if (under_way_ == UnderWay::publishing && maybe) {
      throw_for_all(error, true,
                    "\"" + what_.source + "\" on " + from() + " is as it was, \"" + what_.destination + "\" on " +
                        to() + " may have been replaced by a copy of it");
    }
    if (under_way_ == UnderWay::removing && maybe) {
      throw_for_all(error, true,
                    "\"" + what_.destination + "\" on " + to() + " holds the value, \"" + what_.source + "\" on " +
                        from() + " may hold it too");
    }
    if (!published_) throw_for_all(error, false);
    bool taken_back = false;
    try {
      taken_back = take_back();
    } catch (const RedisError&) {  // the first error tells more
    }
    throw_for_all(error, !taken_back, where());
  }

  std::string where() const {
    return "\"" + what_.destination + "\" on " + to() + " was replaced by a copy of \"" + what_.source +
           "\", which was not removed from " + from();
  }

  void check(TapeView reply, std::string_view node) const {
    const PartReply part{node, reply};
    throw_if_failed({&part, 1}, what_.name);
  }
  Tape run(Session& session, const std::vector<Command>& commands, Access access) {
    Tape replies = session.run(commands, access);
    std::size_t at = 0;
    for (std::size_t i = 0; i < commands.size(); ++i, at = replies.next(at))
      check(TapeView(replies, at), session.name());
    return replies;
  }
  std::string from() const { return std::string(runner_.name_of(from_node_)); }
  std::string to() const { return std::string(runner_.name_of(to_node_)); }

  const MoveKey& what_;
  const Place from_node_;
  const Place to_node_;
  PartRunner& runner_;
  const std::string claim_;
  bool claimed_ = false;
  std::vector<std::unique_ptr<Session>> sessions_;
  Session* from_ = nullptr;
  Session* to_ = nullptr;
  UnderWay under_way_ = UnderWay::nothing;
  bool published_ = false;  // the destination was replaced
  bool guarded_ = false;    // and has been watched ever since
  bool told_ = false;       // what is where, by an exception
  std::size_t payload_at_ = 0;
  std::int64_t expiry_ = no_expiry;
  bool destination_exists_ = false;
  std::string saved_;  // the name under which the old destination is kept, if there was one
  std::int64_t destination_expiry_ = no_expiry;
};

}  // namespace

Tape move_key(const Command& command, NodesOfKeys nodes, PartRunner& runner) {
  const std::optional<MoveKey> what = move_key_arguments(command, runner.database());
  if (what) return Move(*what, nodes, runner).run();
  // A mistake that its server knows how to name, before it does anything.
  const Part part{nodes[0], Access::write, command};
  return std::move(runner.run({&part, 1})[0]);
}

}  // namespace rediscluster::merge
