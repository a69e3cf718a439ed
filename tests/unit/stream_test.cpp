// What servers tell about streams: what other servers than the one at hand say, and what does not fit.
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/errors.h>
#include <rediscluster/fields.h>
#include <rediscluster/stream.h>

#include "reply_text.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using std::nullopt;
using Entries = std::vector<StreamEntry>;
using Streams = std::vector<StreamEntries>;

// Replies in RESP.
const std::string nil = "$-1\r\n";
std::string text(std::string_view value) {
  return "$" + std::to_string(value.size()) + "\r\n" + std::string(value) + "\r\n";
}
std::string integer(long long value) {
  return ":" + std::to_string(value) + "\r\n";
}
template <class... S>
std::string array(const S&... elements) {
  return "*" + std::to_string(sizeof...(elements)) + "\r\n" + (std::string() + ... + elements);
}
const std::string error = "-ERR broken\r\n";

template <class T>
T decoded(const std::string& resp) {
  return decode<T>(TapeView(tape_of(resp), 0));
}
template <class T>
void expect_misfit(const std::string& resp) {
  EXPECT_THROW(decoded<T>(resp), InvalidResponse) << resp;
}
/** Replies that fit no struct; an error is thrown as what it is. */
template <class T>
void expect_misfits() {
  expect_misfit<T>(text("x"));
  expect_misfit<T>(integer(1));
  expect_misfit<T>(array(text("x")));
  expect_misfit<T>(array(text("x"), text("y"), text("z")));
  EXPECT_THROW(decoded<T>(error), ResponseError);
}

TEST(Fields, AreReadByName) {
  const Tape tape = tape_of(array(text("a"), integer(1), text("b"), array(integer(2), integer(3)), text("c"), nil));
  std::string seen;
  detail::for_each_field(TapeView(tape, 0),
                         [&](std::string_view name, TapeView value) { seen += std::string(name) + to_text(value); });
  EXPECT_EQ("a:1b*[:2,:3]cnil", seen);
  const Tape empty = tape_of(array());
  detail::for_each_field(TapeView(empty, 0), [](std::string_view, TapeView) { FAIL(); });
  for (const std::string& bad : {nil, integer(1), text("a"), array(text("a")), array(integer(1), integer(1))}) {
    const Tape misfit = tape_of(bad);
    EXPECT_THROW(detail::for_each_field(TapeView(misfit, 0), [](std::string_view, TapeView) {}), InvalidResponse);
  }
}

TEST(Stream, Entries) {
  const std::string entry = array(text("1-0"), array(text("b"), text("2"), text("a"), text("1"), text("b"), text("")));
  const StreamEntry expected{"1-0", {{"b", "2"}, {"a", "1"}, {"b", ""}}};
  EXPECT_EQ(expected, decoded<StreamEntry>(entry));
  EXPECT_EQ((StreamEntry{"1-0", {}}), decoded<StreamEntry>(array(text("1-0"), array())));
  EXPECT_EQ((StreamEntry{"1-0", {}, true}), decoded<StreamEntry>(array(text("1-0"), nil)));
  EXPECT_EQ((Entries{expected, {"", {}, true}}), decoded<Entries>(array(entry, nil)));
  EXPECT_EQ(Entries(), decoded<Entries>(nil));
  EXPECT_EQ(Entries(), decoded<Entries>(array()));
  EXPECT_EQ(Streams(), decoded<Streams>("*-1\r\n"));
  EXPECT_EQ((Streams{{"s", {expected}}}), decoded<Streams>(array(array(text("s"), array(entry)))));

  expect_misfits<StreamEntry>();
  expect_misfits<Entries>();
  expect_misfits<Streams>();
  expect_misfit<StreamEntry>(array(text("1-0"), array(text("name"))));
  expect_misfit<StreamEntry>(array(text("1-0"), text("fields")));
  expect_misfit<StreamEntry>(array(nil, array()));
  expect_misfit<Streams>(array(array(text("s"), array(text("1-0")))));
  EXPECT_THROW(decoded<Entries>(array(error)), ResponseError);
}

TEST(Stream, ClaimedByRedis62) {
  const std::string entry = array(text("1-0"), array(text("a"), text("1")));
  EXPECT_EQ((AutoClaimed{"2-0", {{"1-0", {{"a", "1"}}}, {"", {}, true}}, {}}),
            decoded<AutoClaimed>(array(text("2-0"), array(entry, nil))));
  EXPECT_EQ((AutoClaimedIds{"2-0", {"1-0"}, {}}), decoded<AutoClaimedIds>(array(text("2-0"), array(text("1-0")))));
  expect_misfits<AutoClaimed>();
  expect_misfits<AutoClaimedIds>();
  expect_misfit<AutoClaimed>(array(text("2-0"), array(text("1-0"))));
  expect_misfit<AutoClaimed>(nil);
}

TEST(Stream, Pending) {
  EXPECT_EQ((PendingSummary{3, "1-0", "2-0", {{"a", 1}, {"b", 2}}}),
            decoded<PendingSummary>(array(integer(3), text("1-0"), text("2-0"),
                                          array(array(text("a"), text("1")), array(text("b"), text("2"))))));
  EXPECT_EQ(PendingSummary(), decoded<PendingSummary>(array(integer(0), nil, nil, nil)));
  EXPECT_EQ((PendingEntry{"1-0", "a", 5ms, 2}),
            decoded<PendingEntry>(array(text("1-0"), text("a"), integer(5), integer(2))));
  expect_misfits<PendingSummary>();
  expect_misfits<PendingEntry>();
  expect_misfit<PendingEntry>(array(text("1-0"), text("a"), text("soon"), integer(2)));
}

// Fields that are missing keep what they are initialised with, and those that nobody knows are left out.
TEST(Stream, InfoOfOtherServers) {
  EXPECT_EQ(GroupInfo(), decoded<GroupInfo>(array()));
  EXPECT_EQ((GroupInfo{"g", 1, 2, "3-0", nullopt, nullopt}),
            decoded<GroupInfo>(array(text("last-delivered-id"), text("3-0"), text("new"), array(nil), text("pending"),
                                     integer(2), text("consumers"), integer(1), text("name"), text("g"))));
  EXPECT_EQ((ConsumerInfo{"c", 1, 20ms, 30ms}),
            decoded<ConsumerInfo>(array(text("name"), text("c"), text("pending"), integer(1), text("idle"), integer(20),
                                        text("inactive"), integer(30))));
  EXPECT_EQ((ConsumerInfo{"c", 0, 0ms, nullopt}),
            decoded<ConsumerInfo>(array(text("name"), text("c"), text("inactive"), integer(-1))));
  const StreamInfo info =
      decoded<StreamInfo>(array(text("length"), integer(1), text("last-entry"), array(text("1-0"), array())));
  EXPECT_EQ(1, info.length);
  EXPECT_EQ(nullopt, info.entries_added);
  EXPECT_EQ(nullopt, info.first_entry);
  EXPECT_EQ((StreamEntry{"1-0", {}}), info.last_entry);

  expect_misfits<GroupInfo>();
  expect_misfits<ConsumerInfo>();
  expect_misfits<StreamInfo>();
  expect_misfits<StreamFullInfo>();
  expect_misfit<GroupInfo>(array(text("pending"), text("many")));
  expect_misfit<GroupInfo>(array(text("pending"), nil));
  expect_misfit<StreamInfo>(array(text("first-entry"), text("1-0")));
}

TEST(Stream, FullInfoOfOtherServers) {
  const std::string consumer =
      array(text("pel-count"), integer(1), text("pending"), array(array(text("1-0"), integer(1000), integer(2))),
            text("active-time"), integer(3000), text("seen-time"), integer(4000), text("name"), text("c"));
  const std::string never = array(text("name"), text("d"), text("active-time"), integer(-1));
  const std::string group = array(text("name"), text("g"), text("consumers"), array(consumer, never), text("pending"),
                                  array(array(text("1-0"), text("c"), integer(1000), integer(2))), text("pel-count"),
                                  integer(1), text("lag"), nil);
  const StreamFullInfo info = decoded<StreamFullInfo>(array(text("groups"), array(group), text("length"), integer(7)));
  EXPECT_EQ(7, info.length);
  ASSERT_EQ(1U, info.groups.size());
  const PendingDelivery delivery{"1-0", "c", StreamTime(1s), 2};
  EXPECT_EQ(
      (GroupFullInfo{"g",
                     "",
                     nullopt,
                     nullopt,
                     1,
                     {delivery},
                     {{"c", StreamTime(4s), StreamTime(3s), 1, {delivery}}, {"d", StreamTime(), nullopt, 0, {}}}}),
      info.groups[0]);
  expect_misfit<StreamFullInfo>(array(text("groups"), integer(1)));
  expect_misfit<StreamFullInfo>(array(text("groups"), array(array(text("pending"), array(array(text("1-0")))))));
}

}  // namespace
}  // namespace rediscluster::tests
