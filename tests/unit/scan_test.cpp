// The cursor of a cluster's scan, as a number.
#include "client/scan.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/commands/scans.h>
#include <rediscluster/errors.h>

#include "reply_text.h"

namespace rediscluster::client {
namespace {

constexpr std::uint64_t greatest = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t marks = std::uint64_t{ScanCursor::runs} * ScanCursor::configurations;

TEST(ScanCursorTest, IsTheServersCursorTimesServersPlusServer) {
  constexpr ScanCursor cursor{5, 3, 7, 8};
  EXPECT_EQ(cursor.put_together(9),
            ((5 * ScanCursor::runs + 3) * std::uint64_t{ScanCursor::configurations} + 7) * 9 + 8);
  EXPECT_EQ(ScanCursor().put_together(9), 0U);
  EXPECT_EQ(ScanCursor::take_apart(0, 9), ScanCursor());
}

TEST(ScanCursorTest, IsTakenApartAsItWasPutTogether) {
  std::mt19937_64 random(1);
  for (const std::size_t servers : {1U, 2U, 3U, 9U, 64U, 1000U, 65536U}) {
    for (int bits = 0; bits <= 64; ++bits) {
      ScanCursor cursor;
      cursor.position = bits == 0 ? 0 : random() >> (64 - bits);
      cursor.run = static_cast<std::uint32_t>(random() % ScanCursor::runs);
      cursor.configuration = static_cast<std::uint32_t>(random() % ScanCursor::configurations);
      cursor.server = random() % servers;
      const std::optional<std::uint64_t> number = cursor.put_together(servers);
      if (bits + 24 + 16 <= 64) {
        ASSERT_TRUE(number) << bits;
      }
      if (number) {
        EXPECT_EQ(ScanCursor::take_apart(*number, servers), cursor) << servers << " servers, " << bits << " bits";
      }
    }
  }
}

TEST(ScanCursorTest, EveryNumberIsOne) {
  for (const std::size_t servers : {1U, 3U, 9U, 1000U}) {
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, greatest / 3, greatest - 1, greatest}) {
      const ScanCursor cursor = ScanCursor::take_apart(number, servers);
      EXPECT_LT(cursor.run, ScanCursor::runs);
      EXPECT_LT(cursor.configuration, ScanCursor::configurations);
      EXPECT_LT(cursor.server, servers);
      EXPECT_EQ(cursor.put_together(servers), number);
    }
  }
}

TEST(ScanCursorTest, WhatDoesNotFitIsNone) {
  for (const std::size_t servers : {1U, 2U, 3U, 9U, 64U, 1000U}) {
    const ScanCursor last = ScanCursor::take_apart(greatest, servers);
    EXPECT_EQ(last.put_together(servers), greatest);
    ScanCursor beyond = last;
    ++beyond.position;
    EXPECT_EQ(beyond.put_together(servers), std::nullopt);
    beyond = {last.position, ScanCursor::runs - 1, ScanCursor::configurations - 1, servers - 1};
    EXPECT_EQ(beyond.put_together(servers), beyond == last ? std::optional(greatest) : std::nullopt);
    for (const std::uint64_t position : {greatest / marks + 1, greatest / 2, greatest}) {
      EXPECT_EQ((ScanCursor{position, 0, 1, 0}).put_together(servers), std::nullopt) << position;
    }
  }
  EXPECT_EQ((ScanCursor{greatest / marks, ScanCursor::runs - 1, ScanCursor::configurations - 1, 0}).put_together(1),
            greatest);
  EXPECT_EQ((ScanCursor{(std::uint64_t{1} << 34) - 1, ScanCursor::runs - 1, ScanCursor::configurations - 1, 63})
                .put_together(64),
            greatest);
  EXPECT_EQ((ScanCursor{std::uint64_t{1} << 34, 0, 1, 0}).put_together(64), std::nullopt);
}

using Page = ScanPage<std::string>;

Page page_of(std::string_view reply) {
  const Tape tape = tests::tape_of(reply);
  return decode<Page>(TapeView(tape, 0));
}

TEST(ScanPageTest, HoldsACursorOf64BitsAndItems) {
  EXPECT_EQ(page_of("*2\r\n$1\r\n0\r\n*0\r\n"), Page());
  EXPECT_EQ(page_of("*2\r\n$20\r\n18446744073709551615\r\n*2\r\n$1\r\na\r\n$0\r\n\r\n"), (Page{greatest, {"a", ""}}));
}

TEST(ScanPageTest, WhatIsNoPageIsAnInvalidResponse) {
  for (const char* const reply :
       {"$1\r\n0\r\n", "*0\r\n", "*1\r\n$1\r\n0\r\n", "*3\r\n$1\r\n0\r\n*0\r\n*0\r\n", "*2\r\n$1\r\n0\r\n$1\r\n0\r\n",
        "*2\r\n$0\r\n\r\n*0\r\n", "*2\r\n$1\r\nx\r\n*0\r\n", "*2\r\n$2\r\n1x\r\n*0\r\n", "*2\r\n$2\r\n-1\r\n*0\r\n",
        "*2\r\n$20\r\n18446744073709551616\r\n*0\r\n", "*2\r\n*0\r\n*0\r\n", "*2\r\n$-1\r\n*0\r\n", "$-1\r\n"}) {
    EXPECT_THROW(page_of(reply), InvalidResponse) << reply;
  }
}

TEST(ScanPageTest, TextOfANodeIsReplaced) {
  Tape tape = tests::tape_of("*2\r\n$1\r\n7\r\n*1\r\n$3\r\nkey\r\n");
  tape.set_text(1, "18446744073709551615");
  EXPECT_EQ(decode<Page>(TapeView(tape, 0)), (Page{greatest, {"key"}}));
  tape.set_text(1, "0");
  EXPECT_EQ(decode<Page>(TapeView(tape, 0)), (Page{0, {"key"}}));
}

}  // namespace
}  // namespace rediscluster::client
