#include "merge/set_if_none.h"

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "merge/step_errors.h"

namespace rediscluster::merge {

namespace {

using routing::Access;

// What one node gets.
struct Share {
  Command question{"EXISTS"};
  Command command{"MSETNX"};
  std::map<std::string_view, std::string_view> values;  // of each key the last one
};

class SetIfNone {
 public:
  SetIfNone(const Command& command, NodesOfKeys nodes, PartRunner& runner) : runner_(runner) {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      Share& share = shares_[nodes[i]];
      const Command::KeyMark& mark = command.keys()[i];
      share.question.append_key(command, mark);
      share.command.append_key(command, mark).append_word(command, mark.argument + 1);
      share.values[command[mark.argument]] = command[mark.argument + 1];
    }
  }

  Tape run() {
    bool exists = false;
    try {
      exists = any_exists();
    } catch (const RedisError&) {
      throw_for_all(std::current_exception(), false);
    }
    Tape result;
    result.add_integer(!exists && set_all() ? 1 : 0);
    return result;
  }

 private:
  // So that nobody sees some of the keys for a moment where nothing is to be set.
  bool any_exists() {
    std::vector<Part> parts;
    for (const auto& [node, share] : shares_) parts.push_back({node, Access::read, share.question});
    const std::vector<Tape> tapes = runner_.run_on_masters(parts);
    bool found = false;
    for (std::size_t i = 0; i < parts.size(); ++i) found = integer_of(tapes[i], parts[i].place) != 0 || found;
    return found;
  }

  bool set_all() {
    std::vector<Place> made;
    for (const auto& [node, share] : shares_) {
      std::exception_ptr error;
      try {
        const Part part{node, Access::write, share.command};
        if (integer_of(runner_.run({&part, 1})[0], node) != 0) {
          made.push_back(node);
          continue;
        }
      } catch (const RedisError&) {
        error = std::current_exception();
      }
      const std::string left = take_back(made);
      std::string what_is_where;
      if (error != nullptr && may_have_run(error)) {
        what_is_where = "the keys on " + std::string(runner_.name_of(node)) + " may have been set";
      }
      if (!left.empty()) what_is_where += (what_is_where.empty() ? "" : ", and ") + left;
      if (error != nullptr) throw_for_all(error, !what_is_where.empty(), what_is_where);
      if (!left.empty())
        throw ConnectionError("MSETNX: a key exists on " + std::string(runner_.name_of(node)) + "; " + left, true);
      return false;
    }
    return true;
  }

  // Says what could not be taken back, and why; empty when all was.
  std::string take_back(const std::vector<Place>& made) {
    std::string left;
    for (const Place node : made) {
      try {
        take_back(node, shares_.at(node));
      } catch (const RedisError& error) {
        left += (left.empty() ? "those on " : ", those on ") + std::string(runner_.name_of(node)) +
                " were set and could not be taken back (" + error.what() + ")";
      }
    }
    return left;
  }

  // Keys that do not hold what was set are somebody else's by now.
  void take_back(Place node, const Share& share) {
    const std::unique_ptr<Session> session = std::move(runner_.open_sessions({&node, 1})[0]);
    while (true) {
      Command watch("WATCH");
      Command get("MGET");
      for (const auto& [key, value] : share.values) {
        watch.key(key);
        get.key(key);
      }
      const Command look[] = {std::move(watch), std::move(get)};
      const Tape replies = session->run(look, Access::read);
      for (std::size_t i = 0, at = 0; i < 2; ++i, at = replies.next(at)) check(TapeView(replies, at), node);
      const TapeView values(replies, replies.next(0));
      detail::expect_elements(values, share.values.size(), "one value a key");
      Command remove("DEL");
      TapeView value = values.first();
      for (auto pair = share.values.begin(); pair != share.values.end();) {
        if (value.type() == ReplyType::string && value.text() == pair->second) remove.key(pair->first);
        if (++pair != share.values.end()) value = value.next();
      }
      if (remove.size() == 1) {
        const Command forget("UNWATCH");
        session->run({&forget, 1}, Access::read);
        return;
      }
      if (session->run_transaction({&remove, 1})) return;
    }
  }

  std::int64_t integer_of(const Tape& tape, Place node) const {
    check(TapeView(tape, 0), node);
    return detail::decode_integer(TapeView(tape, 0));
  }
  void check(TapeView reply, Place node) const {
    const PartReply part{runner_.name_of(node), reply};
    throw_if_failed({&part, 1}, "MSETNX");
  }

  PartRunner& runner_;
  std::map<Place, Share> shares_;  // in the order of the nodes
};

}  // namespace

Tape set_if_none(const Command& command, NodesOfKeys nodes, PartRunner& runner) {
  if (command.size() % 2 == 1) return SetIfNone(command, nodes, runner).run();
  // A key without a value: its server knows how to name that, before it does anything.
  const Part part{nodes[0], Access::write, command};
  return std::move(runner.run({&part, 1})[0]);
}

}  // namespace rediscluster::merge
