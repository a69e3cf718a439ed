// When a lane connects again and when a request is sent again: state machines without sockets, by a clock that is told.
#include "client/retry.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/config.h>

#include "transport/backoff.h"
#include "transport/reconnect.h"

namespace rediscluster::client {
namespace {

using namespace std::chrono_literals;
using routing::Access;
using transport::Clock;
using transport::Deadline;
using transport::Reconnect;
using Kind = transport::Failure::Kind;
using What = Verdict::What;

constexpr std::uint32_t least = 0;
constexpr std::uint32_t half = std::numeric_limits<std::uint32_t>::max() / 2;
constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
constexpr Clock::time_point start{100s};

TEST(BackoffTest, DoublesUpToTheLongest) {
  using transport::doubled;
  EXPECT_EQ(doubled(8ms, 0, 512ms), 8ms);
  EXPECT_EQ(doubled(8ms, 1, 512ms), 16ms);
  EXPECT_EQ(doubled(8ms, 6, 512ms), 512ms);
  EXPECT_EQ(doubled(8ms, 7, 512ms), 512ms);
  EXPECT_EQ(doubled(3ms, 3, 20ms), 20ms);
  EXPECT_EQ(doubled(8ms, std::numeric_limits<unsigned>::max(), 512ms), 512ms);
  EXPECT_EQ(doubled(0ms, std::numeric_limits<unsigned>::max(), 512ms), 0ms);
  EXPECT_EQ(doubled(600ms, 0, 512ms), 512ms);
  EXPECT_EQ(doubled(1ns, 100, Clock::duration::max()), Clock::duration::max());
}

TEST(BackoffTest, SharesGoFromNextToNothingToAll) {
  using transport::share;
  EXPECT_EQ(share(100ms, most), 100ms);
  EXPECT_EQ(share(100ms, half), 50ms);
  EXPECT_GE(share(100ms, least), 0ms);
  EXPECT_LT(share(100ms, least), 1us);
  EXPECT_EQ(share(0ms, most), 0ms);
}

TEST(BackoffTest, TimeEnds) {
  EXPECT_EQ(transport::after(start, 5ms), start + 5ms);
  EXPECT_EQ(transport::after(start, Clock::duration::max()), Clock::time_point::max());
  EXPECT_EQ(transport::after(Clock::time_point::max(), 1ms), Clock::time_point::max());
}

TEST(ReconnectTest, TheFirstAttemptNeverWaits) {
  const Reconnect gate;
  EXPECT_TRUE(gate.may_connect(start));
  EXPECT_TRUE(gate.may_connect(Clock::time_point::min()));
}

TEST(ReconnectTest, WaitsLongerAfterEachFailure) {
  Reconnect gate;
  for (const auto wait : {1ms, 2ms, 4ms, 8ms, 16ms, 25ms, 25ms}) {
    gate.failed(start, most);
    EXPECT_FALSE(gate.may_connect(start));
    EXPECT_FALSE(gate.may_connect(start + wait - 1ns));
    EXPECT_TRUE(gate.may_connect(start + wait));
    EXPECT_EQ(gate.not_before(), start + wait);
  }
}

TEST(ReconnectTest, TheWaitIsAnyShare) {
  Reconnect gate;
  for (int i = 0; i < 10; ++i) gate.failed(start, most);
  gate.failed(start, half);
  EXPECT_EQ(gate.not_before(), start + 12500us);
  gate.failed(start, least);
  EXPECT_TRUE(gate.may_connect(start + 1us));
}

TEST(ReconnectTest, SuccessForgetsAll) {
  Reconnect gate;
  for (int i = 0; i < 10; ++i) gate.failed(start, most);
  gate.succeeded();
  EXPECT_TRUE(gate.may_connect(start));
  gate.failed(start, most);
  EXPECT_EQ(gate.not_before(), start + 1ms);
}

TEST(ReconnectTest, ManyFailuresAndLateClocksDoNotOverflow) {
  Reconnect gate;
  for (int i = 0; i < 100000; ++i) gate.failed(start, most);
  EXPECT_EQ(gate.not_before(), start + Reconnect::longest);
  gate.failed(Clock::time_point::max() - 1ms, most);
  EXPECT_EQ(gate.not_before(), Clock::time_point::max());
}

TEST(ReconnectTest, TheRoundsOfACallOutlastIt) {
  // So that the first call finds a server that is back, however the dice fall.
  const Options options;
  const RetryPolicy policy{options.retries, options.retry_backoff};
  Retry retry;
  Clock::time_point now = start;
  for (;;) {
    const Verdict verdict =
        retry.after({.failure = Kind::connection}, Access::write, 0, policy, now, Deadline::never(), least);
    if (verdict.what != What::wait) break;
    now = verdict.until;
  }
  EXPECT_GT(now - start, Reconnect::longest);
}

struct Case {
  std::string name;
  Attempt attempt;
  Access access;
  std::size_t candidates_left;
  What expected;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

const std::vector<Case> cases = {
    {"an answer", {}, Access::write, 1, What::done},
    {"an answer, of the last", {}, Access::read, 0, What::done},
    // Reads, whatever has become of them.
    {"read, lost", {Kind::connection, false, true}, Access::read, 2, What::next},
    {"read, lost, last", {Kind::connection, false, true}, Access::read, 0, What::wait},
    {"read, unsent, last", {Kind::connection, false, false}, Access::read, 0, What::wait},
    {"read, connecting too slow", {Kind::timeout, false, false}, Access::read, 1, What::next},
    {"read, connecting too slow, last", {Kind::timeout, false, false}, Access::read, 0, What::wait},
    {"read, loading", {Kind::loading, false, false}, Access::read, 0, What::wait},
    {"read, wrong password", {Kind::authentication, false, false}, Access::read, 1, What::next},
    {"read, wrong password, last", {Kind::authentication, false, false}, Access::read, 0, What::give_up},
    {"read, no connection free", {Kind::none_free, false, false}, Access::read, 1, What::next},
    {"read, no connection free, last", {Kind::none_free, false, false}, Access::read, 0, What::give_up},
    {"read, unreadable", {Kind::invalid_response, false, true}, Access::read, 1, What::give_up},
    {"read, refused log-in", {Kind::response, false, false}, Access::read, 1, What::give_up},
    {"read, out of memory", {Kind::out_of_memory, false, false}, Access::read, 1, What::give_up},
    {"read, refused", {Kind::none, true, false}, Access::read, 1, What::next},
    {"read, refused, last", {Kind::none, true, false}, Access::read, 0, What::wait},
    // Writes, and what else must not be run twice.
    {"write, unsent", {Kind::connection, false, false}, Access::write, 1, What::next},
    {"write, unsent, last", {Kind::connection, false, false}, Access::write, 0, What::wait},
    {"write, lost", {Kind::connection, false, true}, Access::write, 1, What::give_up},
    {"write, lost, last", {Kind::connection, false, true}, Access::write, 0, What::give_up},
    {"write, no answer", {Kind::timeout, false, true}, Access::write, 1, What::give_up},
    {"write, connecting too slow", {Kind::timeout, false, false}, Access::write, 0, What::wait},
    {"write, wrong password", {Kind::authentication, false, false}, Access::write, 1, What::give_up},
    {"write, no connection free", {Kind::none_free, false, false}, Access::write, 1, What::give_up},
    {"write, refused", {Kind::none, true, false}, Access::write, 0, What::wait},
    {"other, lost", {Kind::connection, false, true}, Access::other, 1, What::give_up},
    {"other, unsent", {Kind::connection, false, false}, Access::other, 0, What::wait},
};

class RetryCases : public ::testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(RetryTest, RetryCases, ::testing::ValuesIn(cases));

TEST_P(RetryCases, Verdict) {
  const Case& c = GetParam();
  Retry retry;
  EXPECT_EQ(retry.after(c.attempt, c.access, c.candidates_left, {}, start, Deadline::never(), most).what, c.expected);
}

TEST_P(RetryCases, NothingIsBegunAfterTheDeadline) {
  const Case& c = GetParam();
  for (const Clock::time_point deadline : {start, start - 1s, Clock::time_point::min()}) {
    Retry retry;
    const What what =
        retry.after(c.attempt, c.access, c.candidates_left, {}, start, Deadline::at(deadline), least).what;
    EXPECT_EQ(what, c.expected == What::done ? What::done : What::give_up);
  }
}

std::vector<Clock::duration> waits(const RetryPolicy& policy, std::uint32_t random,
                                   Deadline deadline = Deadline::never()) {
  std::vector<Clock::duration> waits;
  Retry retry;
  Clock::time_point now = start;
  for (int i = 0; i < 20; ++i) {
    const Verdict verdict = retry.after({.failure = Kind::connection}, Access::write, 0, policy, now, deadline, random);
    if (verdict.what != What::wait) {
      EXPECT_EQ(verdict.what, What::give_up);
      break;
    }
    waits.push_back(verdict.until - now);
    now = verdict.until;
  }
  return waits;
}

using Waits = std::vector<Clock::duration>;

TEST(RetryTest, PausesDoubleAndTheirSecondHalfIsRandom) {
  EXPECT_EQ(waits({}, most), (Waits{8ms, 16ms, 32ms}));
  EXPECT_EQ(waits({}, half), (Waits{6ms, 12ms, 24ms}));
  for (const Clock::duration wait : waits({.retries = 1}, least)) {
    EXPECT_GE(wait, 4ms);
    EXPECT_LT(wait, 4001us);
  }
}

TEST(RetryTest, PausesHaveALimit) {
  EXPECT_EQ(waits({.retries = 9}, most), (Waits{8ms, 16ms, 32ms, 64ms, 128ms, 256ms, 512ms, 512ms, 512ms}));
  EXPECT_EQ(waits({.retries = 2, .backoff = 1h}, most), (Waits{512ms, 512ms}));
  EXPECT_EQ(waits({.retries = 2, .backoff = std::chrono::milliseconds::max()}, most), (Waits{512ms, 512ms}));
  EXPECT_EQ(waits({.retries = std::numeric_limits<int>::max(), .backoff = 1ms}, most).size(), 20U);
}

TEST(RetryTest, ZeroMeansNone) {
  EXPECT_EQ(waits({.retries = 0}, most), Waits{});
  EXPECT_EQ(waits({.retries = 3, .backoff = 0ms}, most), (Waits{0ms, 0ms, 0ms}));
}

TEST(RetryTest, NobodySleepsPastHisDeadline) {
  EXPECT_EQ(waits({}, most, Deadline::at(start + 30ms)), (Waits{8ms, 16ms}));
  EXPECT_EQ(waits({}, most, Deadline::at(start + 24ms)), (Waits{8ms})) << "there would be no time left";
  EXPECT_EQ(waits({}, most, Deadline::at(start + 1ms)), Waits{});
}

TEST(RetryTest, CandidatesOfARoundCostNoRound) {
  Retry retry;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(retry.after({.failure = Kind::connection}, Access::read, 1, {}, start, Deadline::never(), most),
              (Verdict{What::next}));
  }
  EXPECT_EQ(retry.after({.failure = Kind::connection}, Access::read, 0, {}, start, Deadline::never(), most),
            (Verdict{What::wait, start + 8ms}));
}

}  // namespace
}  // namespace rediscluster::client
