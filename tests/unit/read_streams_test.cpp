// XREAD and XREADGROUP over nodes that a fake plays; what they answer as one server does is compared on real ones.
#include "merge/read_streams.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/partial_reply_error.h>

#include "reply_text.h"

namespace rediscluster::merge {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::tape_of;
using tests::to_text;

constexpr const char* probed = "-ERR The $ ID is meaningless\r\n";

// Gives each node's answers one after the other; "" is a node that cannot be reached. Keeps what was sent.
class FakeNodes final : public PartRunner {
 public:
  void answer(Place node, std::vector<std::string> answers) { answers_[node] = std::move(answers); }
  const std::vector<std::string>& log() const { return log_; }

  std::vector<Tape> run(std::span<const Part> parts) override {
    std::vector<Tape> tapes;
    for (const Part& part : parts) {
      std::string line = std::to_string(part.place) + ":";
      for (std::size_t i = 0; i < part.command.size(); ++i) line += " " + std::string(part.command[i]);
      log_.push_back(line);
      std::vector<std::string>& answers = answers_[part.place];
      if (answers.empty() || answers[0].empty()) throw TimeoutError("node gave no answer", true);
      tapes.push_back(tape_of(answers[0]));
      answers.erase(answers.begin());
    }
    return tapes;
  }
  std::vector<Tape> run_on_masters(std::span<const Part> parts) override { return run(parts); }
  Tape run_transaction(Place, std::span<const Command>) override { throw DataError("not played"); }
  std::vector<std::unique_ptr<Session>> open_sessions(std::span<const Place>) override {
    throw DataError("not played");
  }
  Place node_of(std::string_view) const override { return 0; }
  std::string_view name_of(Place place) const override { return place == 0 ? "node_1" : "node_2"; }
  std::size_t nodes() const override { return 2; }

 private:
  std::map<Place, std::vector<std::string>> answers_;
  std::vector<std::string> log_;
};

std::string stream(const std::string& name) {
  return "*2\r\n$1\r\n" + name + "\r\n*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n";
}

// XREADGROUP GROUP g c STREAMS a b c > > >, where b is on the second node.
Tape read_three(FakeNodes& nodes) {
  Command command("XREADGROUP");
  command.arg("GROUP").arg("g").arg("c").arg("STREAMS").key("a").key("b").key("c").arg(">").arg(">").arg(">");
  const std::uint32_t where[] = {0, 1, 0};
  return read_streams_of_group(command, where, nodes);
}

TEST(ReadStreamsOfGroupTest, NothingIsDeliveredBeforeAllGroupsAreKnownToBeThere) {
  FakeNodes nodes;
  nodes.answer(0, {probed, probed, "*1\r\n" + stream("c")});
  nodes.answer(1, {probed, "*1\r\n" + stream("b")});
  EXPECT_EQ(to_text(read_three(nodes)), "*[*[$b,*[*[$1-1,*[$f,$v]]]],*[$c,*[*[$1-1,*[$f,$v]]]]]");
  EXPECT_THAT(nodes.log(),
              ElementsAre("0: XREADGROUP GROUP g c STREAMS a a > $", "1: XREADGROUP GROUP g c STREAMS b b > $",
                          "0: XREADGROUP GROUP g c STREAMS c c > $", "0: XREADGROUP GROUP g c STREAMS a c > >",
                          "1: XREADGROUP GROUP g c STREAMS b >"));

  FakeNodes without_group;
  without_group.answer(0, {probed, probed});
  without_group.answer(1, {"-NOGROUP none\r\n"});
  EXPECT_EQ(to_text(read_three(without_group)), "-NOGROUP none");
  EXPECT_EQ(without_group.log().size(), 3U);
}

TEST(ReadStreamsOfGroupTest, WhatWasDeliveredIsInTheErrorOfTheNodeThatWasNotReached) {
  FakeNodes nodes;
  nodes.answer(0, {probed, probed, ""});
  nodes.answer(1, {probed, "*1\r\n" + stream("b")});
  try {
    read_three(nodes);
    FAIL() << "a node was not reached";
  } catch (const PartialReplyError& error) {
    EXPECT_TRUE(error.maybe_executed());
    EXPECT_THAT(error.what(), HasSubstr("node gave no answer"));
    EXPECT_EQ(to_text(error.reply().view()), "*[*[$b,*[*[$1-1,*[$f,$v]]]]]");
    EXPECT_THROW(std::rethrow_exception(error.cause()), TimeoutError);
  }
}

TEST(ReadStreamsOfGroupTest, TheErrorReplyOfANodeIsNoLessOne) {
  FakeNodes nodes;
  nodes.answer(0, {probed, probed, "*1\r\n" + stream("a")});
  nodes.answer(1, {probed, "-NOGROUP destroyed meanwhile\r\n"});
  try {
    read_three(nodes);
    FAIL() << "a node has refused";
  } catch (const PartialReplyError& error) {
    EXPECT_EQ(to_text(error.reply().view()), "*[*[$a,*[*[$1-1,*[$f,$v]]]]]");
    EXPECT_THROW(std::rethrow_exception(error.cause()), ResponseError);
  }
}

TEST(ReadStreamsOfGroupTest, WhereNothingWasDeliveredTheErrorIsThrownAsItIs) {
  FakeNodes nodes;
  nodes.answer(0, {probed, probed, "*-1\r\n"});
  nodes.answer(1, {probed, ""});
  EXPECT_THROW(read_three(nodes), TimeoutError);
  nodes.answer(0, {probed, probed, "-NOGROUP destroyed\r\n"});
  nodes.answer(1, {probed, "*-1\r\n"});
  EXPECT_THROW(read_three(nodes), ResponseError);
}

TEST(ReadStreamsOfGroupTest, WhatWasNotAskedForIsInvalid) {
  for (const std::string& reply : {"*1\r\n" + stream("x"), "*2\r\n" + stream("c") + stream("a"),
                                   "*2\r\n" + stream("a") + stream("a"), ":1\r\n"s, "*1\r\n:1\r\n"s}) {
    FakeNodes nodes;
    nodes.answer(0, {probed, probed, reply});
    nodes.answer(1, {probed, "*-1\r\n"});
    EXPECT_THROW(read_three(nodes), InvalidResponse) << reply;
  }
  FakeNodes nodes;
  nodes.answer(0, {"*-1\r\n", probed});
  nodes.answer(1, {probed});
  EXPECT_THROW(read_three(nodes), InvalidResponse) << "a server that does not refuse the id $";
}

}  // namespace
}  // namespace rediscluster::merge
