// BITOP and PFMERGE on temporary copies, on nodes that a fake plays.
#include "merge/copied_strings.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>

#include "reply_text.h"

namespace rediscluster::merge {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using tests::tape_of;
using tests::to_text;
using Words = std::vector<std::string>;

constexpr std::size_t megabyte = std::size_t{1} << 20;

// Temporary names as t1, t2 ... in the order of their appearance, large values as their size.
class Log {
 public:
  void add(const std::string& line) { lines_.push_back(line); }
  std::string line_of(const Command& command) {
    std::string line;
    for (std::size_t i = 0; i < command.size(); ++i) {
      std::string word(command[i]);
      if (word.starts_with("rediscluster:tmp:"))
        word = names_.emplace(word, "t" + std::to_string(names_.size() + 1)).first->second;
      if (word.size() > 1000) word = std::to_string(word.size()) + " bytes";
      line += (i == 0 ? "" : " ") + word;
    }
    return line;
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::map<std::string, std::string> names_;
  std::vector<std::string> lines_;
};

// Answers each command as is scripted by its line, or by its name, or with OK.
class FakeNodes final : public PartRunner {
 public:
  std::map<std::string, std::string> answers;
  bool transactions_fail = false;

  const std::vector<std::string>& log() const { return log_.lines(); }

  std::vector<Tape> run(std::span<const Part> parts) override { return run(parts, "", routing::Access::write); }
  std::vector<Tape> run_on_masters(std::span<const Part> parts) override {
    return run(parts, "master ", routing::Access::read);
  }
  Tape run_transaction(Place node, std::span<const Command> commands) override { return *transaction(node, commands); }
  std::vector<std::unique_ptr<Session>> open_sessions(std::span<const Place> nodes) override {
    EXPECT_THAT(nodes, SizeIs(1));
    std::vector<std::unique_ptr<Session>> sessions;
    sessions.push_back(std::make_unique<FakeSession>(*this, nodes[0]));
    return sessions;
  }
  Place node_of(std::string_view) const override { return 0; }
  std::string_view name_of(Place place) const override { return place == 0 ? "node_1" : "node_2"; }
  std::size_t nodes() const override { return 2; }

 private:
  struct FakeSession final : Session {
    FakeSession(FakeNodes& nodes, Place place) : nodes_(nodes), place_(place) {}
    Tape run(std::span<const Command> commands, routing::Access) override {
      Tape replies;
      for (const Command& command : commands) {
        replies.add_copy(tape_of(nodes_.answer("session ", place_, command)), 0);
      }
      return replies;
    }
    std::optional<Tape> run_transaction(std::span<const Command> commands) override {
      return nodes_.transaction(place_, commands);
    }
    std::string_view name() const override { return nodes_.name_of(place_); }

    FakeNodes& nodes_;
    const Place place_;
  };

  std::string answer(const std::string& how, Place place, const Command& command) {
    const std::string line = log_.line_of(command);
    log_.add(std::to_string(place) + ": " + how + line);
    if (const auto found = answers.find(line); found != answers.end()) return found->second;
    if (const auto found = answers.find(std::string(command.name())); found != answers.end()) return found->second;
    return "+OK\r\n";
  }
  std::vector<Tape> run(std::span<const Part> parts, const std::string& how, routing::Access access) {
    std::vector<Tape> tapes;
    for (const Part& part : parts) {
      EXPECT_EQ(part.access, access);
      tapes.push_back(tape_of(answer(how, part.place, part.command)));
    }
    return tapes;
  }
  std::optional<Tape> transaction(Place node, std::span<const Command> commands) {
    std::string resp = "*" + std::to_string(commands.size()) + "\r\n";
    for (const Command& command : commands) resp += answer("in transaction ", node, command);
    if (transactions_fail) return std::nullopt;
    return tape_of(resp);
  }

  Log log_;
};

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

// BITOP OR dest, the keys; dest and what is called h... are here, on the first node.
Tape bitop(FakeNodes& nodes, const Words& keys) {
  Command command("BITOP");
  command.arg("OR").key("dest");
  std::vector<std::uint32_t> node_of_key{0};
  for (const std::string& key : keys) {
    command.key(key);
    node_of_key.push_back(key.starts_with('h') ? 0 : 1);
  }
  return run_on_copies(command, node_of_key, nodes);
}

TEST(CopiedStringsTest, AFewAreCopiedInTheTransactionOfTheCommand) {
  FakeNodes nodes;
  nodes.answers = {{"GET a", bulk("x")}, {"GET b", bulk("yy")}, {"GET none", "$-1\r\n"}, {"BITOP", ":2\r\n"}};
  EXPECT_EQ(to_text(bitop(nodes, {"a", "here", "none", "b", "a"})), ":2");
  EXPECT_THAT(nodes.log(),
              ElementsAre("1: master GET a", "1: master GET none", "1: master GET b",
                          "0: in transaction SET t1 x PX 60000", "0: in transaction SET t2 yy PX 60000",
                          "0: in transaction BITOP OR dest t1 here t3 t2 t1", "0: in transaction UNLINK t1 t2"));
}

TEST(CopiedStringsTest, WhatIsNoStringIsForTheServerToFind) {
  FakeNodes nodes;
  nodes.answers = {{"GET a", "-WRONGTYPE Operation\r\n"}, {"BITOP", ":0\r\n"}};
  bitop(nodes, {"a"});
  EXPECT_THAT(nodes.log(),
              ElementsAre("1: master GET a", "0: in transaction RPUSH t1 ", "0: in transaction PEXPIRE t1 60000",
                          "0: in transaction BITOP OR dest t1", "0: in transaction UNLINK t1"));
}

TEST(CopiedStringsTest, NothingIsWrittenWhenASourceCannotBeRead) {
  FakeNodes nodes;
  nodes.answers = {{"GET a", "-NOPERM no\r\n"}};
  EXPECT_THROW(bitop(nodes, {"a", "b"}), NoPermissionError);
  EXPECT_THAT(nodes.log(), ElementsAre("1: master GET a", "1: master GET b"));
}

TEST(CopiedStringsTest, MissingKeysNeedNoCopies) {
  FakeNodes nodes;
  nodes.answers = {{"GET", "$-1\r\n"}, {"BITOP", ":0\r\n"}};
  EXPECT_EQ(to_text(bitop(nodes, {"a"})), ":0");
  EXPECT_THAT(nodes.log(), ElementsAre("1: master GET a", "0: in transaction BITOP OR dest t1"));
}

// Together they are more than fits into one transaction.
class LargeStringsTest : public ::testing::Test {
 protected:
  LargeStringsTest() {
    nodes_.answers = {{"GET a", bulk(std::string(10 * megabyte, 'a'))},
                      {"GET b", bulk(std::string(20 * megabyte, 'b'))},
                      {"GET c", bulk(std::string(2000, 'c'))},
                      {"GET d", bulk(std::string(3000, 'd'))},
                      {"GET list", "-WRONGTYPE Operation\r\n"},
                      {"PEXPIRE", ":1\r\n"},
                      {"EXISTS", ":4\r\n"},
                      {"BITOP", ":7\r\n"}};
  }
  Words written() const {
    Words lines;
    for (const std::string& line : nodes_.log()) {
      if (line.find("GET") == std::string::npos) lines.push_back(line);
    }
    return lines;
  }

  FakeNodes nodes_;
};

TEST_F(LargeStringsTest, AreWrittenBeforeAndWatched) {
  EXPECT_EQ(to_text(bitop(nodes_, {"a", "b", "c", "d", "list"})), ":7");
  EXPECT_THAT(
      written(),
      ElementsAre("0: SET t1 10485760 bytes PX 80000", "0: PEXPIRE t1 80000", "0: SET t2 20971520 bytes PX 80000",
                  "0: PEXPIRE t1 80000", "0: PEXPIRE t2 80000", "0: SET t3 2000 bytes PX 80000",
                  "0: SET t4 3000 bytes PX 80000", "0: session WATCH t1 t2 t3 t4", "0: session EXISTS t1 t2 t3 t4",
                  "0: in transaction RPUSH t5 ", "0: in transaction PEXPIRE t5 80000",
                  "0: in transaction BITOP OR dest t1 t2 t3 t4 t5", "0: in transaction UNLINK t1 t2 t3 t4 t5"));
}

TEST_F(LargeStringsTest, ThatHaveExpiredAreNotTakenForEmpty) {
  nodes_.answers["EXISTS"] = ":3\r\n";
  EXPECT_THROW(bitop(nodes_, {"a", "b", "c", "d"}), TimeoutError);
  EXPECT_EQ(written().back(), "0: session EXISTS t1 t2 t3 t4");
}

TEST_F(LargeStringsTest, ThatExpireBeforeTheTransactionAreNotTakenForEmpty) {
  nodes_.transactions_fail = true;
  EXPECT_THROW(bitop(nodes_, {"a", "b", "c", "d"}), TimeoutError);
}

TEST_F(LargeStringsTest, ForWhichThereIsNoRoomAreAnError) {
  nodes_.answers["SET"] = "-OOM command not allowed\r\n";
  EXPECT_THROW(bitop(nodes_, {"a", "b", "c", "d"}), ResponseError);
  EXPECT_THAT(written(), ElementsAre("0: SET t1 10485760 bytes PX 80000"));
}

}  // namespace
}  // namespace rediscluster::merge
