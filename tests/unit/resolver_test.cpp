// Looking up names in other threads, with names that are slow, and with no threads to be had.
#include "transport/resolver.h"

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <poll.h>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/in_child.h"
#include "support/processes.h"
#include "support/sanitizers.h"
#include "support/system_calls.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using tests::eventually;

bool is_readable(const PollWaiter& waiter, int timeout = 0) {
  pollfd polled{waiter.fd(), POLLIN, 0};
  return ::poll(&polled, 1, timeout) == 1;
}

struct Gate {
  bool open = false;
  int inside = 0;
  int threads = 0;
  bool signals_blocked = false;
  std::vector<std::string> hosts;
};

// Look-ups wait until they are let go.
class ResolverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::lock_guard lock(mutex);
    gate = Gate();
  }
  void TearDown() override {
    let_go();
    EXPECT_TRUE(eventually([&] { return inside() == 0; }));
  }

  static Lookup::Answer look_up(const std::string& host) {
    std::unique_lock lock(mutex);
    gate.hosts.push_back(host);
    ++gate.inside;
    sigset_t blocked;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    gate.signals_blocked = sigismember(&blocked, SIGUSR1) == 1 && sigismember(&blocked, SIGTERM) == 1;
    changed.wait(lock, [] { return gate.open; });
    --gate.inside;
    if (host == "unknown") return {{}, "never heard of"};
    return {numeric_address("127.0.0.1"), {}};
  }
  static void no_thread(void (*)(void*), void*) {
    throw std::system_error(EAGAIN, std::generic_category(), "no thread");
  }
  static void one_thread(void (*f)(void*), void* argument) {
    {
      const std::lock_guard lock(mutex);
      if (++gate.threads > 1) throw std::system_error(EAGAIN, std::generic_category(), "no thread");
    }
    std::thread(f, argument).detach();
  }
  static void let_go() {
    const std::lock_guard lock(mutex);
    gate.open = true;
    changed.notify_all();
  }
  static int inside() {
    const std::lock_guard lock(mutex);
    return gate.inside;
  }
  static std::vector<std::string> asked() {
    const std::lock_guard lock(mutex);
    return gate.hosts;
  }

  static inline std::mutex mutex;
  static inline std::condition_variable changed;
  static inline Gate gate;
};

TEST_F(ResolverTest, AllWhoAskForANameShareOneLookup) {
  Resolver resolver({.look_up = look_up});
  std::vector<std::shared_ptr<PollWaiter>> waiters;
  std::set<std::shared_ptr<const Lookup>> lookups;
  for (int i = 0; i < 100; ++i) {
    waiters.push_back(std::make_shared<PollWaiter>());
    lookups.insert(resolver.look_up("name", waiters.back()));
  }
  ASSERT_EQ(lookups.size(), 1U);
  EXPECT_FALSE((*lookups.begin())->done());
  EXPECT_FALSE(is_readable(*waiters[0]));
  let_go();
  for (const auto& waiter : waiters) EXPECT_TRUE(is_readable(*waiter, 10000));
  ASSERT_TRUE((*lookups.begin())->done());
  EXPECT_EQ((*lookups.begin())->answer().addresses.at(0).text(), "127.0.0.1");
  EXPECT_EQ(asked().size(), 1U);
  EXPECT_TRUE(gate.signals_blocked);
  // Somebody has the answer: the next one asks anew.
  EXPECT_TRUE(resolver.wait_for("name", Deadline::after(10s, Clock::now())));
  EXPECT_EQ(asked().size(), 2U);
}

TEST_F(ResolverTest, NoMoreThreadsThanAllowed) {
  Resolver resolver({.max_threads = 2, .look_up = look_up});
  std::vector<std::shared_ptr<PollWaiter>> waiters;
  std::vector<std::shared_ptr<const Lookup>> lookups;
  for (const char* const host : {"a", "b", "c", "unknown"}) {
    waiters.push_back(std::make_shared<PollWaiter>());
    lookups.push_back(resolver.look_up(host, waiters.back()));
  }
  EXPECT_TRUE(eventually([&] { return inside() == 2; }));
  EXPECT_EQ(asked().size(), 2U);
  let_go();
  for (const auto& waiter : waiters) ASSERT_TRUE(is_readable(*waiter, 10000));
  for (const auto& lookup : lookups) ASSERT_TRUE(lookup->done());
  EXPECT_EQ(lookups[2]->answer().addresses.size(), 1U);
  EXPECT_EQ(lookups[3]->answer().addresses.size(), 0U);
  EXPECT_EQ(lookups[3]->answer().error, "never heard of");
}

TEST_F(ResolverTest, WhoWaitsDoesSoUntilHisDeadlineAndTheLateAnswerIsForTheNext) {
  Resolver resolver({.look_up = look_up});
  const auto begin = Clock::now();
  EXPECT_FALSE(resolver.wait_for("name", Deadline::after(50ms, begin)));
  EXPECT_GE(Clock::now() - begin, 50ms);
  EXPECT_FALSE(resolver.wait_for("name", Deadline::after(1ms, Clock::now())));
  let_go();
  const auto waiter = std::make_shared<PollWaiter>();
  // Either the look-up has ended by now, and its answer is taken, or it is joined.
  const std::shared_ptr<const Lookup> lookup = resolver.look_up("name", waiter);
  ASSERT_TRUE(eventually([&] { return lookup->done(); }));
  EXPECT_EQ(lookup->answer().addresses.size(), 1U);
  EXPECT_EQ(asked().size(), 1U) << "however late, the answer was of use";
}

TEST_F(ResolverTest, AnAnswerThatCameWhenNobodyWaitedIsUsedOnce) {
  Resolver resolver({.look_up = look_up});
  const auto late = resolver.look_up("name", std::make_shared<PollWaiter>());
  let_go();
  ASSERT_TRUE(eventually([&] { return late->done(); }));
  EXPECT_EQ(resolver.look_up("name", std::make_shared<PollWaiter>()), late);
  EXPECT_EQ(asked().size(), 1U);
  const auto anew = resolver.look_up("name", std::make_shared<PollWaiter>());
  EXPECT_NE(anew, late);
  EXPECT_TRUE(eventually([&] { return anew->done(); }));
}

TEST_F(ResolverTest, ALateAnswerDoesNotHoldForEver) {
  Resolver resolver({.late_answers_hold = 0ms, .look_up = look_up});
  const auto late = resolver.look_up("name", std::make_shared<PollWaiter>());
  let_go();
  ASSERT_TRUE(eventually([&] { return late->done(); }));
  const auto anew = resolver.look_up("name", std::make_shared<PollWaiter>());
  EXPECT_NE(anew, late);
  EXPECT_TRUE(eventually([&] { return anew->done(); }));
}

TEST_F(ResolverTest, WithoutAThreadItIsAnErrorAndNothingIsLeftBehind) {
  Resolver resolver({.look_up = look_up, .start_thread = no_thread});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THROW(resolver.look_up("name", std::make_shared<PollWaiter>()), std::system_error);
  }
  EXPECT_TRUE(asked().empty());
}

TEST_F(ResolverTest, OneThreadDoesForAllWhenThereIsNoOther) {
  Resolver resolver({.look_up = look_up, .start_thread = one_thread});
  const auto waiter = std::make_shared<PollWaiter>();
  const auto first = resolver.look_up("a", waiter);
  const auto second = resolver.look_up("b", waiter);
  let_go();
  EXPECT_TRUE(eventually([&] { return first->done() && second->done(); }));
}

TEST_F(ResolverTest, ItMayBeDestroyedWhileNamesAreLookedUp) {
  const auto waiter = std::make_shared<PollWaiter>();
  std::shared_ptr<const Lookup> lookup;
  {
    Resolver resolver({.look_up = look_up});
    lookup = resolver.look_up("name", waiter);
    EXPECT_TRUE(eventually([&] { return inside() == 1; }));
  }
  let_go();
  EXPECT_TRUE(is_readable(*waiter, 10000));
  EXPECT_TRUE(lookup->done());
}

TEST(SharedResolverTest, SaysWhatTheSystemSays) {
  tests::Names names;
  names.fail("gone.test", EAI_NONAME);
  names.resolve("here.test", {"127.0.0.1", "::1"});
  const auto gone = Resolver::shared().wait_for("gone.test", Deadline::after(10s, Clock::now()));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->error, "Name or service not known");
  const auto here = Resolver::shared().wait_for("here.test", Deadline::after(10s, Clock::now()));
  ASSERT_EQ(here.value().addresses.size(), 2U);
  EXPECT_EQ(here->addresses[1].text(), "::1");
}

TEST(SharedResolverTest, AChildForgetsWhatWasUnderWay) {
  if (tests::thread_sanitizer) GTEST_SKIP() << "the child starts a thread";
  tests::Names names;
  names.block("slow.test");
  names.resolve("slow.test", {"127.0.0.1"});
  const auto lookup = Resolver::shared().look_up("slow.test", std::make_shared<PollWaiter>());
  ASSERT_TRUE(eventually([&] { return names.lookups("slow.test") == 1; }));
  EXPECT_TRUE(tests::in_child([] {
    Resolver::forget_all_after_fork();
    const auto answer = Resolver::shared().wait_for("127.0.0.1", Deadline::after(10s, Clock::now()));
    return answer && answer->addresses.size() == 1;
  }));
  EXPECT_FALSE(lookup->done());
}

}  // namespace
}  // namespace rediscluster::transport
