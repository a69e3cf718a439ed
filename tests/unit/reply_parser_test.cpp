// ReplyParser: every type, cut anywhere, and what it must refuse.
#include "protocol/reply_parser.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>
#include <rediscluster/tape.h>

#include "reply_text.h"

namespace rediscluster::protocol {
namespace {

using namespace std::string_literals;
using tests::to_text;

struct Example {
  std::string bytes;
  std::string text;
};

std::vector<Example> examples() {
  return {{"+OK\r\n", "+OK"},
          {"+\r\n", "+"},
          {"-ERR no\r\n", "-ERR no"},
          {"-\r\n", "-"},
          {":0\r\n", ":0"},
          {":-1\r\n", ":-1"},
          {":9223372036854775807\r\n", ":9223372036854775807"},
          {":-9223372036854775808\r\n", ":-9223372036854775808"},
          {"$3\r\nfoo\r\n", "$foo"},
          {"$0\r\n\r\n", "$"},
          {"$-1\r\n", "nil"},
          {"$9\r\na\0b\r\n\xff\n\0c\r\n"s, "$a\0b\r\n\xff\n\0c"s},
          {"*0\r\n", "*[]"},
          {"*-1\r\n", "nil"},
          {"*1\r\n$-1\r\n", "*[nil]"},
          {"*2\r\n*0\r\n*0\r\n", "*[*[],*[]]"},
          {"*2\r\n*-1\r\n$0\r\n\r\n", "*[nil,$]"},
          {"*3\r\n:1\r\n*2\r\n+a\r\n*1\r\n$1\r\nb\r\n-ERR c\r\n", "*[:1,*[+a,*[$b]],-ERR c]"},
          {"*2\r\n*2\r\n*1\r\n:1\r\n*1\r\n:2\r\n*1\r\n*1\r\n*0\r\n", "*[*[*[:1],*[:2]],*[*[*[]]]]"}};
}

// The message of the InvalidResponse that these bytes are; empty when there is none.
std::string refusal(std::string_view bytes) {
  ReplyParser parser;
  Tape tape;
  try {
    parser.feed(bytes);
    parser.parse(tape);
    return {};
  } catch (const InvalidResponse& error) {
    return error.what();
  }
}

bool waits_for_more(std::string_view bytes) {
  ReplyParser parser;
  Tape tape;
  parser.feed(bytes);
  return !parser.parse(tape);
}

TEST(ReplyParserTest, ReadsEveryType) {
  for (const Example& example : examples()) {
    ReplyParser parser;
    Tape tape;
    parser.feed(example.bytes);
    ASSERT_TRUE(parser.parse(tape)) << example.bytes;
    EXPECT_EQ(to_text(tape), example.text);
    EXPECT_EQ(tape.next(0), tape.size()) << example.bytes;
    EXPECT_EQ(parser.unparsed(), 0U);
    EXPECT_FALSE(parser.parse(tape)) << "there is nothing more";
  }
}

TEST(ReplyParserTest, ReadsRepliesCutAnywhere) {
  for (const Example& example : examples()) {
    for (std::size_t cut = 0; cut < example.bytes.size(); ++cut) {
      ReplyParser parser;
      Tape tape;
      parser.feed(std::string_view(example.bytes).substr(0, cut));
      ASSERT_FALSE(parser.parse(tape)) << example.bytes << " cut at " << cut;
      ASSERT_FALSE(parser.parse(tape)) << "asking again changes nothing";
      parser.feed(std::string_view(example.bytes).substr(cut));
      ASSERT_TRUE(parser.parse(tape)) << example.bytes << " cut at " << cut;
      EXPECT_EQ(to_text(tape), example.text) << " cut at " << cut;
      EXPECT_EQ(tape.next(0), tape.size()) << " cut at " << cut;
    }
  }
}

TEST(ReplyParserTest, ReadsSingleBytes) {
  for (const Example& example : examples()) {
    ReplyParser parser;
    Tape tape;
    for (std::size_t i = 0; i < example.bytes.size(); ++i) {
      parser.feed({&example.bytes[i], 1});
      ASSERT_EQ(parser.parse(tape), i + 1 == example.bytes.size());
    }
    EXPECT_EQ(to_text(tape), example.text);
  }
}

TEST(ReplyParserTest, ReadsSeveralRepliesOfOneFeedOntoOneTape) {
  ReplyParser parser;
  std::string bytes;
  for (const Example& example : examples()) bytes += example.bytes;
  parser.feed(bytes);
  Tape tape;
  for (const Example& example : examples()) {
    const std::size_t node = tape.size();
    ASSERT_TRUE(parser.parse(tape));
    EXPECT_EQ(to_text(TapeView(tape, node)), example.text);
    EXPECT_EQ(tape.next(node), tape.size());
  }
  EXPECT_FALSE(parser.parse(tape));
}

TEST(ReplyParserTest, KeepsWhatFollowsAReply) {
  ReplyParser parser;
  Tape first;
  Tape second;
  parser.feed("+a\r\n+b");
  EXPECT_TRUE(parser.parse(first));
  EXPECT_EQ(parser.unparsed(), 2U);
  EXPECT_FALSE(parser.parse(second));
  parser.feed("\r\n");
  EXPECT_TRUE(parser.parse(second));
  EXPECT_EQ(to_text(second), "+b");
}

TEST(ReplyParserTest, ReadsNestingUpToItsBound) {
  std::string bytes;
  std::string text;
  for (int depth = 1; depth <= ReplyParser::max_nesting; ++depth) {
    bytes += "*1\r\n";
    text += "*[";
    ReplyParser parser;
    Tape tape;
    parser.feed(bytes + ":1\r\n:2\r\n");
    ASSERT_TRUE(parser.parse(tape)) << depth;
    EXPECT_EQ(to_text(tape), text + ":1" + std::string(static_cast<std::size_t>(depth), ']'));
    EXPECT_EQ(tape.next(0), tape.size());
    Tape next;
    ASSERT_TRUE(parser.parse(next)) << "what follows is untouched";
    EXPECT_EQ(to_text(next), ":2");
  }
}

TEST(ReplyParserTest, RefusesDeepNesting) {
  std::string bytes;
  for (int i = 0; i < 1000000; ++i) bytes += "*1\r\n";
  EXPECT_NE(refusal(bytes), "");
  EXPECT_NE(refusal(std::string_view(bytes).substr(0, 4 * (ReplyParser::max_nesting + 1))), "");
}

TEST(ReplyParserTest, ReadsAMillionElements) {
  constexpr std::size_t count = 1000000;
  std::string bytes = "*" + std::to_string(count) + "\r\n";
  for (std::size_t i = 0; i < count; ++i) bytes += "$1\r\n" + std::string(1, static_cast<char>('a' + i % 26)) + "\r\n";
  ReplyParser parser;
  Tape tape;
  constexpr std::size_t piece = 65536;
  bool complete = false;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    parser.feed(std::string_view(bytes).substr(at, piece));
    complete = parser.parse(tape);
    ASSERT_EQ(complete, at + piece >= bytes.size());
  }
  ASSERT_TRUE(complete);
  ASSERT_EQ(tape.elements(0), count);
  EXPECT_EQ(tape.size(), count + 1);
  EXPECT_EQ(tape.text(count), std::string(1, static_cast<char>('a' + (count - 1) % 26)));
  parser.release_memory();
  parser.feed("+still works\r\n");
  Tape next;
  ASSERT_TRUE(parser.parse(next));
  EXPECT_EQ(to_text(next), "+still works");
}

TEST(ReplyParserTest, BoundsTheElementsOfAReply) {
  const auto parse_with = [](std::string_view head, std::size_t count) {
    std::string piece;
    for (int i = 0; i < 65536; ++i) piece += ":1\r\n";
    ReplyParser parser;
    Tape tape;
    parser.feed(head);
    bool complete = parser.parse(tape);
    for (std::size_t left = count; left != 0 && !complete;) {
      const std::size_t now = std::min<std::size_t>(left, 65536);
      parser.feed(std::string_view(piece).substr(0, now * 4));
      complete = parser.parse(tape);
      left -= now;
    }
    return complete ? tape.size() : 0;
  };
  constexpr std::size_t most = ReplyParser::max_elements;
  EXPECT_EQ(parse_with("*" + std::to_string(most) + "\r\n", most), most + 1);
  EXPECT_THROW(parse_with("*2\r\n*1\r\n:1\r\n*" + std::to_string(most) + "\r\n", most), InvalidResponse);
}

TEST(ReplyParserTest, RefusesLengthsOfStringsThatCannotBe) {
  for (const char* const length :
       {"1073741825", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "99999999999999999999999999", "-2", "-2147483648", "-9223372036854775808",
        "-9223372036854775809", "x", "1x", "", "-", "0x10", "1.5", " 1"}) {
    EXPECT_NE(refusal("$" + std::string(length) + "\r\n"), "") << length;
    EXPECT_NE(refusal("*2\r\n:1\r\n$" + std::string(length) + "\r\nabc"), "") << length;
  }
}

TEST(ReplyParserTest, WaitsForAnyStringWithinItsBound) {
  for (const char* const length : {"1", "512000000", "536870912", "1073741824"}) {
    EXPECT_TRUE(waits_for_more("$" + std::string(length) + "\r\n")) << length;
  }
}

TEST(ReplyParserTest, RefusesCountsOfElementsThatCannotBe) {
  for (const char* const count :
       {"16777217", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "-2", "-9223372036854775808", "x", "3x", "", "-"}) {
    EXPECT_NE(refusal("*" + std::string(count) + "\r\n"), "") << count;
    EXPECT_NE(refusal("*1\r\n*" + std::string(count) + "\r\n"), "") << count;
  }
  EXPECT_TRUE(waits_for_more("*16777216\r\n"));
}

TEST(ReplyParserTest, RefusesNumbersThatAreNone) {
  for (const char* const number : {"9223372036854775808", "-9223372036854775809", "x", "1x", "", "1.0", " 1", "1 "}) {
    EXPECT_NE(refusal(":" + std::string(number) + "\r\n"), "") << number;
  }
}

TEST(ReplyParserTest, RefusesLinesWithoutEnd) {
  const std::string endless(ReplyParser::max_line + 1, '1');
  for (const char type : {'+', '-', ':', '$', '*'}) EXPECT_NE(refusal(type + endless), "") << type;
  EXPECT_NE(refusal("*1\r\n$" + std::string(40, '0')), "") << "no length has so many digits";
  EXPECT_TRUE(waits_for_more("+" + std::string(ReplyParser::max_line, 'x')));
}

TEST(ReplyParserTest, RefusesALineWithoutEndThatComesSlowly) {
  ReplyParser parser;
  Tape tape;
  const std::string piece(4096, 'x');
  parser.feed("-");
  const auto feed_for_ever = [&] {
    for (std::size_t sent = 0; sent <= ReplyParser::max_line + piece.size(); sent += piece.size()) {
      parser.feed(piece);
      ASSERT_FALSE(parser.parse(tape));
    }
  };
  EXPECT_THROW(feed_for_ever(), InvalidResponse);
}

TEST(ReplyParserTest, RefusesMoreUnparsedBytesThanItsBound) {
  ReplyParser parser;
  const std::string small = "$1073741824\r\n";
  parser.feed(small);
  Tape tape;
  ASSERT_FALSE(parser.parse(tape));
  // Not read: the length alone is refused.
  const std::string_view huge(small.data(), ReplyParser::max_unparsed);
  EXPECT_THROW(parser.feed(huge), InvalidResponse);
}

TEST(ReplyParserTest, RefusesWhatIsNoReply) {
  for (const std::string& bytes : {"HTTP/1.1 400 Bad Request\r\n"s, "\r\n"s, " +OK\r\n"s, "\0"s, "\xff"s, "?1\r\n"s,
                                   "*2\r\n:1\r\nxyz\r\n"s, "SSH-2.0-OpenSSH_9.2\r\n"s, "\x16\x03\x01"s}) {
    EXPECT_NE(refusal(bytes), "") << bytes;
  }
}

TEST(ReplyParserTest, RefusesAStringThatDoesNotEndWhereItSays) {
  EXPECT_NE(refusal("$3\r\nabcde\r\n"), "");
  EXPECT_NE(refusal("$3\r\nabc\n\n"), "");
  EXPECT_NE(refusal("*2\r\n$2\r\nabc\r\n:1\r\n"), "");
}

TEST(ReplyParserTest, TheShortWayGivesTheSameOrNothing) {
  const std::string plain[] = {"+OK\r\n",        "$5\r\nhello\r\n", "$0\r\n\r\n",
                               "$-1\r\n",        ":0\r\n",          ":123456789\r\n",
                               "$2\r\n\r\n\r\n", "*1\r\n:1\r\n",    "*3\r\n$1\r\na\r\n$-1\r\n:7\r\n"};
  for (const std::string& reply : plain) {
    std::string_view bytes = reply;
    Tape by_short_way;
    ASSERT_TRUE(ReplyParser().parse_plain(bytes, by_short_way)) << reply;
    EXPECT_TRUE(bytes.empty());
    ReplyParser parser;
    parser.feed(reply);
    Tape tape;
    ASSERT_TRUE(parser.parse(tape));
    EXPECT_EQ(to_text(by_short_way), to_text(tape)) << reply;
    for (std::size_t cut = 0; cut < reply.size(); ++cut) {
      std::string_view half = std::string_view(reply).substr(0, cut);
      Tape untouched;
      EXPECT_FALSE(ReplyParser().parse_plain(half, untouched)) << reply;
      EXPECT_TRUE(untouched.empty());
      EXPECT_EQ(half.size(), cut);
    }
  }
  for (const std::string& other : {"-ERR no\r\n"s, "*-1\r\n"s, "*1\r\n*1\r\n:1\r\n"s, "*2\r\n:1\r\n+OK\r\n"s,
                                   "*1\r\n$1\r\nab\r\n"s, "*999999999\r\n:1\r\n"s, ":-1\r\n"s, "$05\r\nhello\r\n"s,
                                   "$3\r\nabcde\r\n"s, ":9999999999\r\n"s, "$1x\r\n"s, "HTTP\r\n"s, ""s}) {
    std::string_view bytes = other;
    Tape untouched;
    EXPECT_FALSE(ReplyParser().parse_plain(bytes, untouched)) << other;
    EXPECT_EQ(bytes.size(), other.size());
  }
}

TEST(ReplyParserTest, TheShortWayLeavesWhatTheParserHasBegun) {
  ReplyParser parser;
  Tape tape;
  parser.feed("*2\r\n:1\r\n");
  ASSERT_FALSE(parser.parse(tape));
  std::string_view rest = ":2\r\n";
  EXPECT_FALSE(parser.parse_plain(rest, tape));
  parser.feed(rest);
  ASSERT_TRUE(parser.parse(tape));
  EXPECT_EQ(to_text(tape), "*[:1,:2]");
}

TEST(ReplyParserTest, MessagesSayThatAReplyCouldNotBeRead) {
  EXPECT_THAT(refusal("*99999999\r\n"), ::testing::HasSubstr("announces more than 16777216 elements"));
  EXPECT_THAT(refusal("$2147483648\r\n"), ::testing::HasSubstr("announces a string longer than 1 GiB"));
  EXPECT_THAT(refusal("HTTP"), ::testing::HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace rediscluster::protocol
