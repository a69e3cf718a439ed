// Names that do not resolve or do so slowly, dead servers with many callers, connections of one's own, a clock that
// jumps: what needs no real server.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <netdb.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/command.h>
#include <rediscluster/errors.h>
#include <rediscluster/pipeline.h>
#include <rediscluster/strict_redis.h>

#include "support/fake_server.h"
#include "support/open_fds.h"
#include "support/processes.h"
#include "support/system_calls.h"
#include "support/time_of_day.h"
#include "transport/link.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::eventually;
using tests::FakeServer;
using tests::Names;  // each test has names of its own: late answers are kept for the next one

const std::string get(Command("GET").key("k").bytes());
const std::string blpop(Command("BLPOP").key("k").arg(0).bytes());

// A call, and how it ends.
class Asked {
 public:
  Asked(Link& link, std::chrono::milliseconds timeout, Sharing sharing = Sharing::shared)
      : call_(sharing == Sharing::own ? blpop : get, 1) {
    const auto now = Clock::now();
    link.submit(call_, Deadline::after(timeout, now), now, sharing);
  }

  Failure::Kind failure() {
    Call* const calls[] = {&call_};
    wait_all(calls);
    return call_.failure().kind;
  }
  std::string error() { return failure() == Failure::Kind::none ? "" : call_.failure().text(); }
  bool maybe_executed() const { return call_.maybe_executed(); }

 private:
  Call call_;
};

ServerAddress named(const std::string& host, int port) {
  return {"node_1", host, port, {}};
}

TEST(NamesTest, ANameThatResolvesIsConnectedTo) {
  FakeServer server;
  Names names;
  names.resolve("redis.test", {"127.0.0.1"});
  Link link(named("redis.test", server.port()), {});
  EXPECT_EQ(Asked(link, 10s).error(), "");
  EXPECT_EQ(names.lookups("redis.test"), 1);
  EXPECT_EQ(Asked(link, 10s).error(), "");
  EXPECT_EQ(names.lookups("redis.test"), 1) << "once for each connection";
}

TEST(NamesTest, ANameThatDoesNotResolveIsAConnectionErrorThatSaysSo) {
  Names names;
  names.fail("gone.test", EAI_NONAME);
  Link link(named("gone.test", 6379), {});
  Asked asked(link, 10s);
  EXPECT_EQ(asked.failure(), Failure::Kind::connection);
  EXPECT_EQ(asked.error(), "node_1 (gone.test:6379): cannot resolve: Name or service not known");
  EXPECT_FALSE(asked.maybe_executed());
}

TEST(NamesTest, AllAddressesAreTriedInTurn) {
  FakeServer server;
  Names names;
  names.resolve("redis.test", {"127.0.0.2", "::1", "127.0.0.3", "127.0.0.1"});
  for (int i = 0; i < 10; ++i) {
    Link link(named("redis.test", server.port()), {});
    ASSERT_EQ(Asked(link, 10s).error(), "");
  }
  names.resolve("redis.test", {"127.0.0.2", "127.0.0.3"});
  const int before = tests::connects_to(server.port());
  Link link(named("redis.test", server.port()), {});
  EXPECT_THAT(Asked(link, 10s).error(), AllOf(HasSubstr("cannot connect"), HasSubstr("refused")));
  EXPECT_EQ(tests::connects_to(server.port()), before + 2);
}

TEST(NamesTest, ASlowNameKeepsNobodyLongerThanConnectingMayTake) {
  FakeServer server;
  Names names;
  names.resolve("slow1.test", {"127.0.0.1"});
  names.block("slow1.test");
  ConnectionSettings settings;
  settings.connect_timeout = 80ms;
  std::optional<Link> link(std::in_place, named("slow1.test", server.port()), settings);
  const auto begin = Clock::now();
  {
    Asked asked(*link, 30s);
    EXPECT_LT(Clock::now() - begin, 10s) << "submitting does not wait";
    EXPECT_EQ(asked.failure(), Failure::Kind::timeout);
    EXPECT_THAT(asked.error(), HasSubstr("could not connect to node_1 (slow1.test:"));
    EXPECT_FALSE(asked.maybe_executed());
  }
  EXPECT_GE(Clock::now() - begin, 80ms);
  EXPECT_LT(Clock::now() - begin, 10s);
  EXPECT_EQ(Asked(*link, 20ms).failure(), Failure::Kind::timeout) << "or longer than the call may";
  link.reset();
  names.unblock("slow1.test");
  Link next(named("slow1.test", server.port()), {});
  EXPECT_EQ(Asked(next, 10s).error(), "");
  EXPECT_EQ(names.lookups("slow1.test"), 1) << "the look-up went on, for the next caller";
}

TEST(NamesTest, ASlowNameDoesNotKeepTheCallsOfOtherServers) {
  FakeServer server;
  Names names;
  names.block("slow2.test");
  Link slow(named("slow2.test", 6379), {});
  Link good(named("127.0.0.1", server.port()), {});
  const auto now = Clock::now();
  Call calls[] = {{get, 1}, {get, 1}};
  slow.submit(calls[0], Deadline::after(200ms, now), now);
  good.submit(calls[1], Deadline::after(30s, now), now);
  Call* const both[] = {&calls[0], &calls[1]};
  wait_all(both);
  EXPECT_EQ(calls[0].failure().kind, Failure::Kind::timeout);
  EXPECT_FALSE(calls[1].failure());
}

TEST(NamesTest, ManyCallersOfOneSlowName) {
  FakeServer server;
  Names names;
  names.resolve("slow3.test", {"127.0.0.1"});
  names.block("slow3.test");
  std::vector<std::unique_ptr<Link>> links;
  for (int i = 0; i < 20; ++i)
    links.push_back(std::make_unique<Link>(named("slow3.test", server.port()), ConnectionSettings()));
  std::vector<std::unique_ptr<Asked>> asked;
  for (int i = 0; i < 5; ++i) {
    for (const auto& link : links) asked.push_back(std::make_unique<Asked>(*link, 30s));
  }
  names.unblock("slow3.test");
  for (const auto& one : asked) EXPECT_EQ(one->error(), "");
  EXPECT_EQ(names.lookups("slow3.test"), 1);
}

TEST(ConnectingTest, WhoIsConnectedToItselfIsNotConnected) {
  const int port = tests::closed_port();
  const int free_port = [] {  // one that nobody holds, or it could not be bound to
    FakeServer server;
    return server.port();
  }();
  ASSERT_NE(port, free_port);
  const tests::ConnectedToItself itself(free_port);
  Link link(named("127.0.0.1", free_port), {});
  EXPECT_THAT(Asked(link, 5s).error(), AllOf(HasSubstr("cannot connect"), HasSubstr("refused")));
}

TEST(ConnectingTest, SocketsAreClosedByExec) {
  FakeServer server;
  Link link(named("127.0.0.1", server.port()), {});
  ASSERT_EQ(Asked(link, 5s).error(), "");
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || peer.sin_family != AF_INET) continue;
    if (ntohs(peer.sin_port) != server.port()) continue;
    ++found;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_EQ(found, 1);
}

TEST(DeadServerTest, ManyCallersFailInTimeWithFewAttempts) {
  const int port = tests::closed_port();
  const StrictRedis r({.port = port});
  constexpr int threads = 200;
  constexpr int calls = 50;
  std::atomic<int> right = 0;
  std::vector<std::thread> callers;
  const auto begin = Clock::now();
  for (int t = 0; t < threads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) {
        try {
          t % 2 == 0 ? static_cast<void>(r.get("k")) : static_cast<void>(r.set("k", "v"));
        } catch (const ConnectionError& error) {
          if (!error.maybe_executed()) ++right;
        }
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(right, threads * calls);
  EXPECT_LT(Clock::now() - begin, 60s);
  EXPECT_LT(tests::connects_to(port), threads * calls / 4) << "and not several for each call";
}

TEST(DeadServerTest, AConnectionErrorDoesNotBecomeATimeout) {
  const StrictRedis r({.port = tests::closed_port()}, {.retries = 100, .retry_backoff = 20ms});
  const auto begin = Clock::now();
  EXPECT_THROW(r.with({.timeout = 100ms}).get("k"), ConnectionError);
  EXPECT_LT(Clock::now() - begin, 100ms + 1s);
  EXPECT_THROW(r.with({.timeout = 1ms}).set("k", "v"), ConnectionError);
}

TEST(DeadServerTest, RetriesAreAsManyAsAsked) {
  for (const int retries : {0, 2}) {
    FakeServer server([](const tests::Received& command) {
      return command[0] == "GET" ? tests::close_after() : tests::default_reply();
    });
    const StrictRedis r({.port = server.port()}, {.retries = retries, .retry_backoff = 0ms});
    EXPECT_THROW(r.get("k"), ConnectionError);
    const auto commands = server.commands();
    EXPECT_EQ(std::ranges::count(commands, "GET", [](const auto& c) { return c[0]; }), 2 + retries)
        << "the first round has a second try";
  }
}

TEST(DeadServerTest, WhatALoadingServerRefusesIsTriedAgain) {
  for (const bool write : {false, true}) {
    std::atomic<int> refused = 0;
    FakeServer server([&](const tests::Received& command) {
      if (tests::is_handshake(command) || refused == 3) return tests::default_reply();
      ++refused;
      return tests::reply("-LOADING Redis is loading the dataset in memory\r\n");
    });
    const StrictRedis r({.port = server.port()});
    if (write) {
      EXPECT_TRUE(r.set("k", "v"));
    } else {
      EXPECT_EQ(r.get("k"), "OK");
    }
    refused = -1000;  // it will never be ready
    EXPECT_THROW(r.get("k"), BusyLoadingError);
  }
}

TEST(DeadServerTest, APipelineIsTriedAgainWhenAllOfItOnlyReads) {
  std::atomic<int> refused = 0;
  FakeServer server([&](const tests::Received& command) {
    if (tests::is_handshake(command) || refused == 4) return tests::default_reply();
    ++refused;
    return tests::reply("-LOADING Redis is loading the dataset in memory\r\n");
  });
  const StrictRedis r({.port = server.port()});
  Pipeline p = r.pipeline();
  const auto read = p.get("a");
  p.get("b");
  p.execute();
  EXPECT_EQ(read.get(), "OK") << "refused twice";
  refused = 0;
  const auto first = p.get("a");
  const auto second = p.set("b", "value");
  p.execute({.raise_on_error = false});
  EXPECT_THROW(first.get(), BusyLoadingError);
  EXPECT_THROW(second.get(), BusyLoadingError);
  EXPECT_EQ(refused, 2);
}

TEST(DeadServerTest, AWriteThatMayHaveReachedItIsNotSentAgain) {
  FakeServer server([](const tests::Received& command) {
    return command[0] == "SET" ? tests::close_after() : tests::default_reply();
  });
  const StrictRedis r({.port = server.port()});
  try {
    r.set("k", "v");
    FAIL();
  } catch (const ConnectionError& error) {
    EXPECT_TRUE(error.maybe_executed());
  }
  const auto commands = server.commands();
  EXPECT_EQ(std::ranges::count(commands, "SET", [](const auto& c) { return c[0]; }), 1);
}

// ---- Connections of one's own

FakeServer::Handler blocking_for_ever() {
  return [](const tests::Received& command) {
    return command[0] == "BLPOP" ? tests::hang_after() : tests::default_reply();
  };
}

TEST(OwnConnectionsTest, WhenAllAreInUseACallFailsAtOnce) {
  FakeServer server(blocking_for_ever());
  ConnectionSettings settings;
  settings.max_own_connections = 3;
  Link link(named("127.0.0.1", server.port()), settings);
  std::vector<std::unique_ptr<Asked>> blocked;
  for (int i = 0; i < 3; ++i) blocked.push_back(std::make_unique<Asked>(link, 300ms, Sharing::own));
  Asked further(link, 30s, Sharing::own);
  EXPECT_EQ(further.failure(), Failure::Kind::none_free);
  EXPECT_THAT(further.error(), AllOf(HasSubstr("node_1 (127.0.0.1:"), HasSubstr("all 3 connections")));
  EXPECT_FALSE(further.maybe_executed());
  EXPECT_EQ(Asked(link, 10s).error(), "") << "others have their own connection";
  // Each waits in a thread of its own, or the command would not even be sent.
  std::vector<std::thread> threads;
  for (const auto& call : blocked) {
    threads.emplace_back([&] { EXPECT_EQ(call->failure(), Failure::Kind::timeout); });
  }
  for (std::thread& thread : threads) thread.join();
  // Those whose replies are still due are closed, and leave room for others.
  EXPECT_TRUE(server.wait_for_open_connections(1));
  for (int i = 0; i < 3; ++i) blocked[static_cast<std::size_t>(i)] = std::make_unique<Asked>(link, 1ms, Sharing::own);
  EXPECT_EQ(Asked(link, 1ms, Sharing::own).failure(), Failure::Kind::none_free);
}

TEST(OwnConnectionsTest, ACallThatNobodyWaitedForGivesItsConnectionBack) {
  FakeServer server;
  ConnectionSettings settings;
  settings.max_own_connections = 1;
  Link link(named("127.0.0.1", server.port()), settings);
  for (int i = 0; i < 3; ++i) Asked(link, 10s, Sharing::own);
  EXPECT_EQ(Asked(link, 10s, Sharing::own).error(), "");
}

TEST(OwnConnectionsTest, ABareOneSendsNothingThatABusyServerWouldRefuse) {
  FakeServer server;
  ConnectionSettings settings;
  settings.db = 3;
  settings.client_name = "me";
  Link link(named("127.0.0.1", server.port()), settings);
  EXPECT_EQ(Asked(link, 10s, Sharing::bare).error(), "");
  EXPECT_EQ(server.commands(), (std::vector<tests::Received>{{"GET", "k"}}));
  EXPECT_TRUE(server.wait_for_open_connections(0)) << "nobody else can use it";
  EXPECT_EQ(Asked(link, 10s, Sharing::own).error(), "");
  EXPECT_EQ(server.commands(1).at(0), (tests::Received{"SELECT", "3"}));

  settings.password = "secret";
  Link with_password(named("127.0.0.1", server.port()), settings);
  EXPECT_EQ(Asked(with_password, 10s, Sharing::bare).error(), "");
  EXPECT_EQ(server.commands(2), (std::vector<tests::Received>{{"AUTH", "secret"}, {"GET", "k"}}));
}

TEST(OwnConnectionsTest, TheyAreKeptForTheNextCallAndClosedWhenIdle) {
  FakeServer server;
  ConnectionSettings settings;
  settings.own_idle_timeout = 1h;
  Link link(named("127.0.0.1", server.port()), settings);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Asked(link, 10s, Sharing::own).error(), "");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(link.connections(), 1U);

  settings.own_idle_timeout = 20ms;
  Link impatient(named("127.0.0.1", server.port()), settings);
  for (const Sharing sharing : {Sharing::shared, Sharing::own}) {
    {
      Asked first(impatient, 10s, Sharing::own);
      Asked second(impatient, 10s, Sharing::own);
      EXPECT_EQ(first.error() + second.error(), "");
    }
    const std::size_t with_both = impatient.connections();
    EXPECT_TRUE(eventually([&] {
      EXPECT_EQ(Asked(impatient, 10s, sharing).error(), "");
      return impatient.connections() == (sharing == Sharing::own ? with_both - 1 : 1);
    })) << "looked after by whatever call there is";
  }
}

// ---- Clocks

TEST(ClockTest, TheTimeOfDayMayJump) {
  FakeServer silent(std::vector<FakeServer::Script>{{tests::hang_after()}});
  Names names;
  names.block("slow4.test");
  for (const std::chrono::seconds jump : {std::chrono::seconds(24h * 365), std::chrono::seconds(-24h * 365)}) {
    for (const bool resolving : {false, true}) {
      Link link(resolving ? named("slow4.test", 6379) : named("127.0.0.1", silent.port()), {});
      const auto begin = Clock::now();
      std::vector<std::thread> callers;  // one leads, the other sleeps
      for (int i = 0; i < 2; ++i) {
        callers.emplace_back([&] {
          Asked asked(link, 150ms);
          tests::set_time_of_day_ahead(jump);
          EXPECT_EQ(asked.failure(), Failure::Kind::timeout);
        });
      }
      for (std::thread& caller : callers) caller.join();
      tests::set_time_of_day_ahead(0s);
      EXPECT_GE(Clock::now() - begin, 150ms);
      EXPECT_LT(Clock::now() - begin, 10s);
    }
  }
}

}  // namespace
}  // namespace rediscluster::transport
