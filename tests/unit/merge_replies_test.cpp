// Replies of several servers becoming one, by the rules of the command table.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>

#include "merge/replies.h"
#include "reply_text.h"

namespace rediscluster::merge {
namespace {

using routing::Merge;
using tests::tape_of;
using tests::to_text;

// Replies of node_1, node_2 ..., kept alive.
class Replies {
 public:
  Replies(std::initializer_list<std::string_view> resp) {
    tapes_.reserve(resp.size());
    names_.reserve(resp.size());
    for (const std::string_view reply : resp) {
      tapes_.push_back(tape_of(reply));
      names_.push_back("node_" + std::to_string(names_.size() + 1));
      parts_.push_back({names_.back(), TapeView(tapes_.back(), 0)});
    }
  }
  operator std::span<const PartReply>() const { return parts_; }

 private:
  std::vector<Tape> tapes_;
  std::vector<std::string> names_;
  std::vector<PartReply> parts_;
};

std::string merged(Merge rule, const Replies& replies) {
  return to_text(merge_replies(rule, replies, "CMD"));
}

constexpr std::string_view wrong_type = "-WRONGTYPE not a set\r\n";

TEST(MergeRepliesTest, Integers) {
  const Replies replies{":5\r\n", ":-3\r\n", ":7\r\n"};
  EXPECT_EQ(merged(Merge::sum, replies), ":9");
  EXPECT_EQ(merged(Merge::min, replies), ":-3");
  EXPECT_EQ(merged(Merge::max, replies), ":7");
  EXPECT_EQ(merged(Merge::logical_and, {":1\r\n", ":1\r\n"}), ":1");
  EXPECT_EQ(merged(Merge::logical_and, {":1\r\n", ":0\r\n"}), ":0");
  EXPECT_EQ(merged(Merge::logical_and, {":0\r\n", ":1\r\n"}), ":0");
}

TEST(MergeRepliesTest, OneReplyIsItself) {
  for (const Merge rule : {Merge::sum, Merge::min, Merge::max, Merge::all_succeeded, Merge::one_succeeded}) {
    EXPECT_EQ(merged(rule, {":4\r\n"}), ":4");
  }
  EXPECT_EQ(merged(Merge::concatenate, {"*1\r\n$1\r\na\r\n"}), "*[$a]");
}

TEST(MergeRepliesTest, ArraysPositionByPosition) {
  EXPECT_EQ(merged(Merge::logical_and, {"*3\r\n:1\r\n:0\r\n:1\r\n", "*3\r\n:1\r\n:1\r\n:0\r\n"}), "*[:1,:0,:0]");
  EXPECT_EQ(
      merged(Merge::sum, {"*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n", "*4\r\n$1\r\na\r\n:3\r\n$1\r\nb\r\n:4\r\n"}),
      "*[$a,:4,$b,:6]");
  EXPECT_EQ(merged(Merge::sum, {"*0\r\n", "*0\r\n"}), "*[]");
}

TEST(MergeRepliesTest, ArraysOfDifferentLengthsAreInvalid) {
  EXPECT_THROW(merged(Merge::sum, {"*1\r\n:1\r\n", "*2\r\n:1\r\n:2\r\n"}), InvalidResponse);
  EXPECT_THROW(merged(Merge::sum, {"*1\r\n:1\r\n", ":1\r\n"}), InvalidResponse);
  EXPECT_THROW(merged(Merge::sum, {":1\r\n", "*1\r\n:1\r\n"}), InvalidResponse);
  EXPECT_THROW(merged(Merge::sum, {":1\r\n", "$-1\r\n"}), InvalidResponse);
}

TEST(MergeRepliesTest, AllSucceededGivesAnyReplyOrTheFirstError) {
  EXPECT_EQ(merged(Merge::all_succeeded, {"+OK\r\n", "+OK\r\n"}), "+OK");
  EXPECT_THROW(merged(Merge::all_succeeded, {"+OK\r\n", wrong_type}), ResponseError);
}

TEST(MergeRepliesTest, OneSucceededGivesTheFirstThatIsNoError) {
  EXPECT_EQ(merged(Merge::one_succeeded, {"-NOTBUSY no script\r\n", "+OK\r\n"}), "+OK");
  try {
    merged(Merge::one_succeeded, {"-NOTBUSY first\r\n", "-NOTBUSY second\r\n"});
    FAIL();
  } catch (const ResponseError& error) {
    EXPECT_STREQ(error.what(), "NOTBUSY first (CMD on node_1)");
  }
  try {
    merged(Merge::one_succeeded, {"-NOTBUSY first\r\n", "-UNKILLABLE second\r\n", "-OTHER third\r\n"});
    FAIL();
  } catch (const ResponseError& error) {
    EXPECT_STREQ(error.what(), "UNKILLABLE second (CMD on node_2)") << "who is idle has nothing to say";
  }
}

TEST(MergeRepliesTest, ConcatenateKeepsOrderAndDuplicates) {
  EXPECT_EQ(merged(Merge::concatenate, {"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "*0\r\n", "*2\r\n$1\r\nb\r\n*1\r\n:1\r\n"}),
            "*[$a,$b,$b,*[:1]]");
  EXPECT_EQ(merged(Merge::concatenate, {"*0\r\n", "*0\r\n"}), "*[]");
  EXPECT_THROW(merged(Merge::concatenate, {"*0\r\n", "+OK\r\n"}), InvalidResponse);
}

TEST(MergeRepliesTest, UnionDropsDuplicates) {
  EXPECT_EQ(merged(Merge::set_union, {"*2\r\n$1\r\na\r\n$1\r\nb\r\n", "*2\r\n$1\r\nb\r\n$1\r\nc\r\n"}), "*[$a,$b,$c]");
}

TEST(MergeRepliesTest, PerNodeIsAMapInWhichErrorsStay) {
  EXPECT_EQ(merged(Merge::per_node, {"$1\r\na\r\n", wrong_type, "*1\r\n:1\r\n"}),
            "%[$node_1,$a,$node_2,-WRONGTYPE not a set,$node_3,*[:1]]");
}

TEST(MergeRepliesTest, PerNodeIsOneAnswerWhereNoServerTellsMoreThanOk) {
  EXPECT_EQ(merged(Merge::per_node, {"+OK\r\n", "+OK\r\n"}), "+OK");
  EXPECT_THROW(merged(Merge::per_node, {"+OK\r\n", wrong_type}), ResponseError);
  EXPECT_THROW(merged(Merge::per_node, {wrong_type, wrong_type}), ResponseError);
  EXPECT_EQ(merged(Merge::per_node, {"$-1\r\n", "$-1\r\n"}), "%[$node_1,nil,$node_2,nil]");
}

TEST(MergeRepliesTest, ErrorsNameCommandAndNode) {
  try {
    merged(Merge::sum, {":1\r\n", wrong_type, "-ERR later\r\n"});
    FAIL();
  } catch (const ResponseError& error) {
    EXPECT_EQ(error.command(), "CMD");
    EXPECT_EQ(error.node(), "node_2");
    EXPECT_EQ(error.prefix(), "WRONGTYPE");
  }
}

TEST(MergeRepliesTest, AServerThatRefusesItsPartDoesNotHideThatOthersRanTheirs) {
  // MSET over two nodes, one of which is still loading: the other has set its keys.
  try {
    merged(Merge::all_succeeded, {"+OK\r\n", "-LOADING Redis is loading the dataset in memory\r\n"});
    FAIL();
  } catch (const BusyLoadingError& error) {
    EXPECT_TRUE(error.maybe_executed());
  }
  try {
    merged(Merge::all_succeeded, {"-NOAUTH Authentication required.\r\n", "+OK\r\n"});
    FAIL();
  } catch (const AuthenticationError& error) {
    EXPECT_TRUE(error.maybe_executed());
  }
  try {
    merged(Merge::all_succeeded, {"-LOADING a\r\n", "-LOADING b\r\n"});
    FAIL();
  } catch (const BusyLoadingError& error) {
    EXPECT_FALSE(error.maybe_executed());
  }
}

TEST(MergeRepliesTest, InOrderTakesFromEachPartByTurns) {
  const std::uint32_t part_of_key[] = {0, 1, 1, 0};
  const Replies replies{"*2\r\n$1\r\na\r\n$-1\r\n", "*2\r\n$1\r\nb\r\n$1\r\nc\r\n"};
  EXPECT_EQ(to_text(merge_in_order(part_of_key, replies, "MGET")), "*[$a,$b,$c,nil]");
}

TEST(MergeRepliesTest, InOrderKeepsElementsOfAnyKind) {
  const std::uint32_t part_of_key[] = {1, 0};
  const Replies replies{"*1\r\n*2\r\n:1\r\n*0\r\n", "*1\r\n-ERR inside\r\n"};
  EXPECT_EQ(to_text(merge_in_order(part_of_key, replies, "X")), "*[-ERR inside,*[:1,*[]]]");
}

TEST(MergeRepliesTest, MergedTapesAreClosed) {
  const Replies replies{"*2\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n", "*1\r\n$1\r\nc\r\n"};
  for (const Merge rule : {Merge::concatenate, Merge::per_node}) {
    const Tape tape = merge_replies(rule, replies, "CMD");
    EXPECT_EQ(tape.next(0), tape.size());
  }
}

}  // namespace
}  // namespace rediscluster::merge
