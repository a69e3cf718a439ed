#include "merge/move_element.h"

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
#include "merge/step_errors.h"
#include "protocol/letter_case.h"

namespace rediscluster::merge {

namespace {

using routing::Access;

Tape tape_of(std::int64_t value) {
  Tape tape;
  tape.add_integer(value);
  return tape;
}
Tape copy_of(TapeView reply) {
  Tape tape;
  tape.add_copy(reply.tape(), reply.node());
  return tape;
}

/** What is moved, and by which commands. */
class Movable {
 public:
  virtual ~Movable() = default;

  /** One on each side: what is to be known of it. */
  virtual std::vector<Command> look_at_source() const = 0;
  virtual std::vector<Command> look_at_destination() const = 0;
  /** The reply when there is nothing to be moved. `source`: the replies of look_at_source(), one behind the other from
      node `at` on. */
  virtual std::optional<Tape> nothing_to_move(const Tape& source, std::size_t at, const Tape& destination,
                                              std::size_t at_destination) = 0;
  virtual Command add() const = 0;
  virtual Command remove() const = 0;
  /** The contrary of add(). */
  virtual Command take_back() const = 0;
  /** Whether add(), which gave this reply, has changed anything. */
  virtual bool has_added(TapeView reply) const = 0;
  virtual Tape reply() const = 0;
  virtual std::string source_claim() const = 0;
  /** Empty: none is needed. */
  virtual std::string destination_claim() const = 0;
};

class ListElement final : public Movable {
 public:
  ListElement(std::string_view source, std::string_view destination, bool from_left, bool to_left)
      : source_(source), destination_(destination), from_left_(from_left), to_left_(to_left) {}

  std::vector<Command> look_at_source() const override {
    return {std::move(Command("LINDEX").key(source_).arg(from_left_ ? 0 : -1))};
  }
  std::vector<Command> look_at_destination() const override { return {}; }
  std::optional<Tape> nothing_to_move(const Tape& source, std::size_t at, const Tape&, std::size_t) override {
    const TapeView element(source, at);
    if (element.is_nil() || element.is_error()) return copy_of(element);
    element_ = detail::decode_text(element);
    return std::nullopt;
  }
  Command add() const override {
    return std::move(Command(to_left_ ? "LPUSH" : "RPUSH").key(destination_).arg(element_));
  }
  Command remove() const override { return removal(source_, from_left_); }
  Command take_back() const override { return removal(destination_, to_left_); }
  bool has_added(TapeView) const override { return true; }
  Tape reply() const override {
    Tape tape;
    tape.add_text(ReplyType::string, element_);
    return tape;
  }
  std::string source_claim() const override { return claim_name(source_); }
  std::string destination_claim() const override { return {}; }

 private:
  Command removal(std::string_view list, bool left) const {
    return std::move(Command("LREM").key(list).arg(left ? 1 : -1).arg(element_));
  }

  const std::string_view source_;
  const std::string_view destination_;
  const bool from_left_;
  const bool to_left_;
  std::string element_;
};

// Two equal elements of a list are two, but in a set they become one: what is added where somebody is about to remove
// it would be lost. So both sides are claimed.
class SetMember final : public Movable {
 public:
  SetMember(std::string_view source, std::string_view destination, std::string_view member)
      : source_(source), destination_(destination), member_(member) {}

  std::vector<Command> look_at_source() const override {
    return {std::move(Command("EXISTS").key(source_)), on(source_, "SISMEMBER")};
  }
  std::vector<Command> look_at_destination() const override { return {on(destination_, "SISMEMBER")}; }
  // In the order in which a server looks.
  std::optional<Tape> nothing_to_move(const Tape& source, std::size_t at, const Tape& destination,
                                      std::size_t at_destination) override {
    const TapeView exists(source, at);
    const TapeView in_source(source, source.next(at));
    const TapeView in_destination(destination, at_destination);
    if (exists.is_error()) return copy_of(exists);
    if (detail::decode_integer(exists) == 0) return tape_of(0);
    if (in_source.is_error()) return copy_of(in_source);
    if (in_destination.is_error()) return copy_of(in_destination);
    if (detail::decode_integer(in_source) == 0) return tape_of(0);
    return std::nullopt;
  }
  Command add() const override { return on(destination_, "SADD"); }
  Command remove() const override { return on(source_, "SREM"); }
  Command take_back() const override { return on(destination_, "SREM"); }
  bool has_added(TapeView reply) const override { return detail::decode_integer(reply) != 0; }
  Tape reply() const override { return tape_of(1); }
  std::string source_claim() const override { return claim_name(source_, member_); }
  std::string destination_claim() const override { return claim_name(destination_, member_); }

 private:
  Command on(std::string_view set, std::string_view name) const {
    return std::move(Command(name).key(set).arg(member_));
  }

  const std::string_view source_;
  const std::string_view destination_;
  const std::string_view member_;
};

class Move {
 public:
  Move(std::string name, const Command& command, NodesOfKeys nodes, Movable& element, PartRunner& runner)
      : name_(std::move(name)), command_(command), nodes_{nodes[0], nodes[1]}, element_(element), runner_(runner) {}

  Tape run() {
    std::vector<std::unique_ptr<Session>> sessions = runner_.open_sessions(nodes_);
    source_ = {sessions[0].get(), nodes_[0], element_.source_claim()};
    destination_ = {sessions[1].get(), nodes_[1], element_.destination_claim()};
    try {
      while (true) {
        if (std::optional<Tape> reply = attempt()) return std::move(*reply);
        patience_.wait();
      }
    } catch (const RedisError&) {
      fail(std::current_exception());
    }
  }

 private:
  // A step that may have been executed although no answer came.
  enum class UnderWay { nothing, adding, removing };

  struct Side {
    Session* session = nullptr;
    Place node = 0;
    std::string claim = {};
    bool claimed = false;
    Tape replies = {};  // to what was asked of it
    std::size_t at = 0;
  };

  // Nothing when it is to be tried again.
  std::optional<Tape> attempt() {
    // In the order of the nodes, so that two who want both sides do not have one each.
    Side* first = &source_;
    Side* second = &destination_;
    if (second->node < first->node) std::swap(first, second);
    if (!look_at(*first) || !look_at(*second)) {
      release_all();
      return std::nullopt;
    }
    if (std::optional<Tape> reply =
            element_.nothing_to_move(source_.replies, source_.at, destination_.replies, destination_.at)) {
      release_all();
      return reply;
    }
    if (std::optional<Tape> error = add()) {
      release_all();
      return error;
    }
    under_way_ = UnderWay::removing;
    const Command steps[] = {element_.remove(), delete_claim(source_)};
    const std::optional<Tape> results = source_.session->run_transaction(steps);
    const bool removed = results && detail::decode_integer(TapeView(*results, 1)) != 0;
    under_way_ = UnderWay::nothing;
    source_.claimed = false;
    if (removed) {
      added_ = false;
      finish();
      return element_.reply();
    }
    if (!take_back()) throw_twice();
    release_all();
    return std::nullopt;
  }

  // Claims a side and asks it what is to be known. False when somebody else has the claim.
  bool look_at(Side& side) {
    const bool is_source = &side == &source_;
    const std::vector<Command> questions = is_source ? element_.look_at_source() : element_.look_at_destination();
    if (questions.empty()) return true;
    std::vector<Command> steps{Command("UNWATCH"), make_claim(side.claim), std::move(Command("WATCH").key(side.claim))};
    const std::size_t claim = 1;
    steps.insert(steps.end(), questions.begin(), questions.end());
    side.claimed = true;  // perhaps
    try {
      side.replies = side.session->run(steps, Access::write);
    } catch (const TimeoutError& error) {
      if (!patience_.has_waited()) throw;
      side.claimed = false;
      throw TimeoutError(std::string(error.what()) + ": others are moving \"" +
                         std::string(command_[command_.keys()[0].argument]) + "\" or its elements");
    }
    side.at = 0;
    for (std::size_t i = 0; i < 3; ++i, side.at = side.replies.next(side.at)) {
      const TapeView reply(side.replies, side.at);
      check(reply, side);
      if (i == claim) side.claimed = !reply.is_nil();
    }
    return side.claimed;
  }

  // Returns the error with which the destination refuses it.
  std::optional<Tape> add() {
    std::vector<Command> steps{element_.add()};
    if (destination_.claim.empty()) steps.push_back(Command("UNWATCH"));  // others may have the connection
    under_way_ = UnderWay::adding;
    const Tape replies = destination_.session->run(steps, Access::write);
    under_way_ = UnderWay::nothing;
    const TapeView reply(replies, 0);
    if (reply.is_error()) return copy_of(reply);
    added_ = element_.has_added(reply);
    return std::nullopt;
  }

  // What was added, from the destination. False when it is there no more, or others may have it there.
  bool take_back() {
    if (!std::exchange(added_, false)) return true;
    if (!destination_.claim.empty()) {
      const Command steps[] = {element_.take_back(), delete_claim(destination_)};
      const std::optional<Tape> results = destination_.session->run_transaction(steps);
      destination_.claimed = false;
      return results && detail::decode_integer(TapeView(*results, 1)) != 0;
    }
    const Command steps[] = {element_.take_back(), Command("UNWATCH")};
    const Tape replies = destination_.session->run(steps, Access::write);
    check(TapeView(replies, 0), destination_);
    return detail::decode_integer(TapeView(replies, 0)) != 0;
  }

  static Command delete_claim(const Side& side) { return std::move(Command("DEL").key(side.claim)); }

  // A claim that has expired meanwhile is no longer ours: then nothing is deleted.
  void release(Side& side) {
    if (!side.claimed) return;
    const Command release = delete_claim(side);
    side.session->run_transaction({&release, 1});
    side.claimed = false;
  }
  void release_all() {
    release(source_);
    release(destination_);
  }

  // All is done: what fails now concerns nobody.
  void finish() {
    try {
      release_all();
    } catch (const RedisError&) {
      abandon_claims();
    }
  }
  // After an error: the connections may be lost, and even whether a claim was made may be unknown. One that stays
  // expires by itself; and should it be somebody else's by now, he begins again.
  void abandon_claims() {
    for (Side* const side : {&source_, &destination_}) {
      if (std::exchange(side->claimed, false)) abandon_claim(runner_, side->node, side->claim);
    }
  }

  [[noreturn]] void throw_twice() {
    told_ = true;
    throw ConnectionError(name_ + ": the element was taken from " + described(0) + " by others meanwhile, and from " +
                              described(1) + " too, to where it had been copied: it may exist twice",
                          true);
  }

  // After an error: takes back what can be, and says of what cannot where it is.
  [[noreturn]] void fail(const std::exception_ptr& error) {
    const bool maybe = may_have_run(error);
    std::string what_is_where;
    bool executed = true;
    if (told_) {
      abandon_claims();
      std::rethrow_exception(error);
    }
    if (under_way_ == UnderWay::adding && maybe) {
      what_is_where = "the element is still in " + described(0) + " and may be in " + described(1) + " too";
    } else if (under_way_ == UnderWay::removing && maybe) {
      what_is_where = "the element is in " + described(1) + " and may still be in " + described(0) + " too";
    } else if (added_) {
      what_is_where = "the element is in " + described(1) + " and was not removed from " + described(0);
      try {
        executed = !take_back();
      } catch (const RedisError&) {  // the first error tells more
      }
    } else {
      executed = false;
    }
    abandon_claims();
    throw_for_all(error, executed, what_is_where);
  }

  std::string described(std::size_t key) const {
    return "\"" + std::string(command_[command_.keys()[key].argument]) + "\" on " +
           std::string(runner_.name_of(nodes_[key]));
  }
  void check(TapeView reply, const Side& side) const {
    const PartReply part{side.session->name(), reply};
    throw_if_failed({&part, 1}, name_);
  }

  const std::string name_;
  const Command& command_;
  const Place nodes_[2];
  Movable& element_;
  PartRunner& runner_;
  Side source_;
  Side destination_;
  Patience patience_;
  UnderWay under_way_ = UnderWay::nothing;
  bool added_ = false;  // to the destination, while the source has it too
  bool told_ = false;   // what is where, by an exception
};

// A mistake that the first key's server knows how to name, before it does anything.
Tape refused_by_server(const Command& command, NodesOfKeys nodes, PartRunner& runner) {
  const Part part{nodes[0], Access::write, command};
  return std::move(runner.run({&part, 1})[0]);
}

}  // namespace

Tape move_list_element(const Command& command, NodesOfKeys nodes, PartRunner& runner) {
  const std::string name = protocol::to_upper(command.name());
  const bool is_lmove = name == "LMOVE";
  if (command.size() != (is_lmove ? 5 : 3)) return refused_by_server(command, nodes, runner);
  const std::string from = is_lmove ? protocol::to_upper(command[3]) : "RIGHT";
  const std::string to = is_lmove ? protocol::to_upper(command[4]) : "LEFT";
  for (const std::string& end : {from, to}) {
    if (end != "LEFT" && end != "RIGHT") return refused_by_server(command, nodes, runner);
  }
  ListElement element(command[1], command[2], from == "LEFT", to == "LEFT");
  return Move(name, command, nodes, element, runner).run();
}

Tape move_set_member(const Command& command, NodesOfKeys nodes, PartRunner& runner) {
  if (command.size() != 4) return refused_by_server(command, nodes, runner);
  SetMember member(command[1], command[2], command[3]);
  return Move("SMOVE", command, nodes, member, runner).run();
}

}  // namespace rediscluster::merge
