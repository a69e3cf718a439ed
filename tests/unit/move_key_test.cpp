// What RENAME and COPY between nodes do about values that no server of the tests can have.
#include "merge/move_key.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>

#include "reply_text.h"

namespace rediscluster::merge {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::tape_of;
using tests::to_text;
using Words = std::vector<std::string>;

/** Two nodes that answer as a function says; by default as if all went well. */
class FakeNodes final : public PartRunner {
 public:
  /** Appends a reply, or returns false for the default. */
  using Answer = std::function<bool(Place node, const Words& words, Tape& reply)>;

  explicit FakeNodes(Answer answer) : answer_(std::move(answer)) {}

  /** Names of all commands: "1 WATCH" is the second node's. */
  const std::vector<std::string>& log() const { return log_; }

  std::vector<Tape> run(std::span<const Part> parts) override {
    std::vector<Tape> tapes;
    for (const Part& part : parts) execute(part.place, part.command, tapes.emplace_back());
    return tapes;
  }
  std::vector<Tape> run_on_masters(std::span<const Part> parts) override { return run(parts); }
  Tape run_transaction(Place node, std::span<const Command> commands) override {
    Tape results;
    const std::size_t array = results.open(ReplyType::array, commands.size());
    for (const Command& command : commands) execute(node, command, results);
    results.close(array);
    return results;
  }
  std::vector<std::unique_ptr<Session>> open_sessions(std::span<const Place> nodes) override {
    std::vector<std::unique_ptr<Session>> sessions;
    for (const Place node : nodes) sessions.push_back(std::make_unique<FakeSession>(*this, node));
    return sessions;
  }
  Place node_of(std::string_view) const override { return 0; }
  std::string_view name_of(Place place) const override { return place == 0 ? "node_1" : "node_2"; }
  std::size_t nodes() const override { return 2; }

 private:
  class FakeSession final : public Session {
   public:
    FakeSession(FakeNodes& nodes, Place node) : nodes_(nodes), node_(node) {}

    Tape run(std::span<const Command> commands, routing::Access) override {
      Tape replies;
      std::vector<const Command*> queued;
      bool in_transaction = false;
      for (const Command& command : commands) {
        if (command.name() == "EXEC") {
          const std::size_t array = replies.open(ReplyType::array, queued.size());
          for (const Command* const one : queued) nodes_.execute(node_, *one, replies);
          replies.close(array);
          in_transaction = false;
        } else if (in_transaction) {
          queued.push_back(&command);
          replies.add_text(ReplyType::status, "QUEUED");
        } else {
          in_transaction = command.name() == "MULTI";
          nodes_.execute(node_, command, replies);
        }
      }
      return replies;
    }
    std::optional<Tape> run_transaction(std::span<const Command> commands) override {
      return nodes_.run_transaction(node_, commands);
    }
    std::string_view name() const override { return nodes_.name_of(node_); }

   private:
    FakeNodes& nodes_;
    const Place node_;
  };

  void execute(Place node, const Command& command, Tape& reply) {
    log_.push_back(std::to_string(node) + " " + std::string(command.name()));
    Words words;
    for (std::size_t i = 0; i < command.size(); ++i) words.emplace_back(command[i]);
    if (answer_(node, words, reply)) return;
    if (words[0] == "PEXPIRETIME") {
      reply.add_integer(-1);
    } else if (words[0] == "PEXPIRE" || words[0] == "EXISTS") {
      reply.add_integer(1);
    } else {
      reply.add_text(ReplyType::status, "OK");
    }
  }

  Answer answer_;
  std::vector<std::string> log_;
};

bool has(const std::vector<std::string>& log, const std::string& entry) {
  return std::ranges::find(log, entry) != log.end();
}

constexpr std::uint32_t both[] = {0, 1};

TEST(MoveKeyTest, AHashWithFieldsThatExpireIsNotRebuiltWithoutThem) {
  for (const bool expires : {true, false}) {
    FakeNodes nodes([&](Place, const Words& words, Tape& reply) {
      if (words[0] == "DUMP") return reply.add_text(ReplyType::string, "payload"), true;
      if (words[0] == "RESTORE") {
        return reply.add_text(ReplyType::error, "ERR DUMP payload version or checksum are wrong"), true;
      }
      if (words[0] == "TYPE") return reply.add_text(ReplyType::status, "hash"), true;
      if (words[0] == "HSCAN") {
        reply.add_copy(tape_of("*2\r\n$1\r\n0\r\n*4\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n$1\r\nw\r\n"), 0);
        return true;
      }
      if (words[0] == "HPEXPIRETIME") {
        EXPECT_EQ(words, (Words{"HPEXPIRETIME", "s", "FIELDS", "2", "f", "g"}));
        return reply.add_copy(tape_of(expires ? "*2\r\n:-1\r\n:99\r\n" : "*2\r\n:-1\r\n:-1\r\n"), 0), true;
      }
      return false;
    });
    const Command command = std::move(Command("RENAME").key("s").key("d"));
    if (!expires) {
      EXPECT_EQ(to_text(move_key(command, both, nodes)), "+OK");
      EXPECT_TRUE(has(nodes.log(), "1 HSET"));
      continue;
    }
    try {
      move_key(command, both, nodes);
      FAIL();
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("RENAME"), HasSubstr("node_2"), HasSubstr("fields that expire")));
    }
    EXPECT_FALSE(has(nodes.log(), "1 RENAME"));
    EXPECT_FALSE(has(nodes.log(), "0 UNLINK"));
  }
}

TEST(MoveKeyTest, WhatIsTooLargeForRestoreIsCopiedInPieces) {
  const std::string huge((std::size_t{256} << 20) + 1, 'x');
  FakeNodes nodes([&](Place, const Words& words, Tape& reply) {
    if (words[0] == "DUMP") return reply.add_text(ReplyType::string, huge), true;
    if (words[0] == "TYPE") return reply.add_text(ReplyType::status, "string"), true;
    if (words[0] == "GETRANGE") return reply.add_text(ReplyType::string, "short now"), true;
    return false;
  });
  EXPECT_EQ(to_text(move_key(std::move(Command("RENAME").key("s").key("d")), both, nodes)), "+OK");
  EXPECT_FALSE(has(nodes.log(), "1 RESTORE"));
  EXPECT_TRUE(has(nodes.log(), "1 APPEND"));
  EXPECT_TRUE(has(nodes.log(), "1 RENAME"));
}

TEST(MoveKeyTest, OtherRefusalsOfRestoreAreTheAnswer) {
  FakeNodes nodes([&](Place, const Words& words, Tape& reply) {
    if (words[0] == "DUMP") return reply.add_text(ReplyType::string, "payload"), true;
    if (words[0] == "RESTORE") return reply.add_text(ReplyType::error, "OOM command not allowed"), true;
    return false;
  });
  try {
    move_key(std::move(Command("COPY").key("s").key("d").arg("REPLACE")), both, nodes);
    FAIL();
  } catch (const ResponseError& error) {
    EXPECT_EQ(error.text(), "OOM command not allowed");
    EXPECT_EQ(error.command(), "COPY");
  }
  EXPECT_FALSE(has(nodes.log(), "1 RENAME"));
}

}  // namespace
}  // namespace rediscluster::merge
