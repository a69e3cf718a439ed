// Link, Call and Connection against servers that play every fault there is.
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/command.h>
#include <rediscluster/errors.h>

#include "reply_text.h"
#include "support/fake_server.h"
#include "support/processes.h"
#include "transport/link.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using tests::FakeServer;
using tests::Received;
using tests::to_text;

ServerAddress at(int port) {
  return {"node_1", "127.0.0.1", port, {}};
}

struct Outcome {
  std::string reply;  // of the first
  std::string error;
  bool maybe_executed = false;
  std::exception_ptr exception;

  template <class E>
  bool is() const {
    try {
      if (exception) std::rethrow_exception(exception);
    } catch (const E&) {
      return true;
    } catch (...) {
    }
    return false;
  }
};

Outcome outcome_of(Call& call) {
  Outcome outcome{{}, {}, call.maybe_executed(), call.failure().exception(call.maybe_executed())};
  if (!call.failure()) {
    outcome.reply = to_text(call.replies());
    return outcome;
  }
  try {
    std::rethrow_exception(outcome.exception);
  } catch (const std::exception& error) {
    outcome.error = error.what();
  }
  return outcome;
}

Outcome run(Link& link, std::string_view request, std::chrono::milliseconds timeout = 5s) {
  Call call(request, 1);
  const auto now = Clock::now();
  link.submit(call, Deadline::after(timeout, now), now);
  Call* const calls[] = {&call};
  wait_all(calls);
  return outcome_of(call);
}

const std::string get(Command("GET").key("k").bytes());

Outcome run_against(std::vector<FakeServer::Script> scripts, ConnectionSettings settings = {},
                    std::chrono::milliseconds timeout = 5s) {
  FakeServer server(std::move(scripts));
  Link link(at(server.port()), std::move(settings));
  return run(link, get, timeout);
}

TEST(TransportTest, OneConnectionServesOneCallAfterTheOther) {
  FakeServer server;
  Link link(at(server.port()), {});
  for (int i = 0; i < 100; ++i) ASSERT_EQ(run(link, get).reply, "+OK");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(link.connections(), 1U);
}

TEST(TransportTest, ReadsARepliesThatComesInPieces) {
  const std::string reply = "*3\r\n$3\r\na\r\n\r\n:12\r\n*1\r\n$-1\r\n";
  for (std::size_t piece = 1; piece < 8; ++piece) {
    const Outcome outcome = run_against({{tests::reply_in_pieces(reply, piece)}});
    EXPECT_EQ(outcome.reply, "*[$a\r\n,:12,*[nil]]") << outcome.error;
  }
}

TEST(TransportTest, HalfAReplyAndACloseIsAConnectionErrorThatMayHaveExecuted) {
  for (const char* const half : {"", "$", "$10\r\n", "$10\r\nabc", "*2\r\n:1\r\n", "+O"}) {
    for (const auto& action : {tests::close_after(half), tests::reset_after(half)}) {
      const Outcome outcome = run_against({{action}});
      EXPECT_TRUE(outcome.is<ConnectionError>()) << half;
      EXPECT_THAT(outcome.error, HasSubstr("node_1 (127.0.0.1:"));
      EXPECT_TRUE(outcome.maybe_executed);
    }
  }
}

TEST(TransportTest, HalfAReplyAndSilenceIsATimeout) {
  for (const char* const half : {"", "$10\r\nabc", "*2\r\n:1\r\n"}) {
    const auto begin = Clock::now();
    const Outcome outcome = run_against({{tests::hang_after(half)}}, {}, 60ms);
    EXPECT_TRUE(outcome.is<TimeoutError>());
    EXPECT_TRUE(outcome.maybe_executed);
    EXPECT_GE(Clock::now() - begin, 60ms);
    EXPECT_LT(Clock::now() - begin, 60ms + 500ms);
    EXPECT_THAT(outcome.error, AllOf(HasSubstr("node_1 (127.0.0.1:"), ::testing::ContainsRegex("within [0-9]+ ms")));
  }
}

TEST(TransportTest, AReplyThatTricklesDoesNotPutTheDeadlineOff) {
  const auto begin = Clock::now();
  const Outcome outcome = run_against({{tests::reply_in_pieces("+" + std::string(100000, 'x'), 1, 5ms)}}, {}, 80ms);
  EXPECT_TRUE(outcome.is<TimeoutError>());
  EXPECT_LT(Clock::now() - begin, 80ms + 500ms);
}

TEST(TransportTest, AServerThatAcceptsAndNeverAnswersIsATimeoutOfConnecting) {
  const tests::ListeningPort port;
  ConnectionSettings settings;
  settings.connect_timeout = 60ms;
  Link link(at(port.port()), settings);
  const auto begin = Clock::now();
  const Outcome outcome = run(link, get, 5s);
  EXPECT_TRUE(outcome.is<TimeoutError>());
  EXPECT_FALSE(outcome.maybe_executed) << "only the log-in was sent";
  EXPECT_LT(Clock::now() - begin, 1s);
  EXPECT_THAT(outcome.error, HasSubstr("could not connect to node_1 (127.0.0.1:"));
}

TEST(TransportTest, APortThatNeverCompletesAConnectionIsATimeout) {
  const tests::FullPort port;
  Link link(at(port.port()), {});
  const Outcome outcome = run(link, get, 60ms);
  EXPECT_TRUE(outcome.is<TimeoutError>());
  EXPECT_FALSE(outcome.maybe_executed);
}

TEST(TransportTest, AClosedPortIsAConnectionErrorAtOnce) {
  Link link(at(tests::closed_port()), {});
  const auto begin = Clock::now();
  const Outcome outcome = run(link, get, 5s);
  EXPECT_LT(Clock::now() - begin, 1s);
  EXPECT_TRUE(outcome.is<ConnectionError>());
  EXPECT_FALSE(outcome.maybe_executed);
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("node_1"), HasSubstr("cannot connect"), HasSubstr("refused")));
}

TEST(TransportTest, AMissingSocketFileIsAConnectionError) {
  Link link({"node_1", "", 0, "/no/such/socket"}, {});
  const Outcome outcome = run(link, get);
  EXPECT_TRUE(outcome.is<ConnectionError>());
  EXPECT_THAT(outcome.error, HasSubstr("/no/such/socket"));
}

TEST(TransportTest, AnUnknownHostIsAConnectionError) {
  Link link({"node_1", "no-such-host.invalid", 6379, {}}, {});
  const Outcome outcome = run(link, get);
  EXPECT_TRUE(outcome.is<ConnectionError>()) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("no-such-host.invalid"));
}

TEST(TransportTest, AnHttpServerIsAnInvalidResponseThatNamesTheServer) {
  FakeServer server([](const Received&) { return tests::close_after("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  Link link(at(server.port()), {});
  const Outcome outcome = run(link, get);
  EXPECT_TRUE(outcome.is<InvalidResponse>()) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("node_1 (127.0.0.1:"));
  EXPECT_FALSE(outcome.maybe_executed);
}

TEST(TransportTest, AReplyThatIsNoneFailsTheCallAndTheNextHasANewConnection) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::reply("what?\r\n")}, {}});
  Link link(at(server.port()), {});
  const Outcome outcome = run(link, get);
  EXPECT_TRUE(outcome.is<InvalidResponse>());
  EXPECT_TRUE(outcome.maybe_executed);
  EXPECT_EQ(run(link, get).reply, "+OK");
  EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTest, AReplyNobodyAskedForEndsTheConnection) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::reply("+mine\r\n+extra\r\n")}, {}});
  Link link(at(server.port()), {});
  EXPECT_EQ(run(link, get).reply, "+mine");
  EXPECT_EQ(run(link, get).reply, "+OK") << "not +extra";
  EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTest, HalfAReplyNobodyAskedForEndsTheConnection) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::reply("+mine\r\n$5\r\nab")}, {}});
  Link link(at(server.port()), {});
  EXPECT_EQ(run(link, get).reply, "+mine");
  EXPECT_EQ(run(link, get).reply, "+OK");
  EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTest, BytesThatCameWhileAConnectionWasIdleEndIt) {
  FakeServer server;
  Link link(at(server.port()), {});
  ASSERT_EQ(run(link, get).reply, "+OK");
  server.send("+nobody asked\r\n");
  // The connection is looked at only when it has rested for a moment.
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(run(link, get).reply, "+OK");
  EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTest, AnIdleConnectionThatTheServerClosedCostsNoError) {
  FakeServer server;
  Link link(at(server.port()), {});
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(run(link, get).reply, "+OK");
    server.close_connections();
    ASSERT_TRUE(server.wait_for_open_connections(0));
    std::this_thread::sleep_for(2ms);  // longer than a connection is trusted without a look
    const Outcome outcome = run(link, get);
    ASSERT_EQ(outcome.reply, "+OK") << outcome.error;
  }
}

TEST(TransportTest, ATimedOutCallDoesNotLeaveItsReplyToTheNext) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::reply_in_pieces("+late\r\n", 0, 100ms)}, {}});
  Link link(at(server.port()), {});
  EXPECT_TRUE(run(link, get, 30ms).is<TimeoutError>());
  EXPECT_EQ(run(link, get).reply, "+OK");
  EXPECT_EQ(link.connections(), 2U) << "nobody waits behind a late reply while a second connection is free";
}

// ---- busy_poll

Outcome run_at_once(Link& link, std::chrono::milliseconds timeout = 5s) {
  Call call(get, 1);
  const auto now = Clock::now();
  link.run(call, Deadline::after(timeout, now), now);
  Call* const calls[] = {&call};
  wait_all(calls);
  return outcome_of(call);
}

std::chrono::microseconds cpu_time_of_this_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

TEST(BusyPollTest, LooksForTheReplyForThatLongOnly) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::reply_in_pieces("+late\r\n", 0, 300ms)}});
  Link link(at(server.port()), {.busy_poll = 20ms});
  const auto before = cpu_time_of_this_thread();
  EXPECT_EQ(run_at_once(link).reply, "+late");
  const auto used = cpu_time_of_this_thread() - before;
  EXPECT_GT(used, 1ms) << "it slept at once";
  EXPECT_LT(used, 200ms) << "it never slept";
}

TEST(BusyPollTest, KeepsTheDeadline) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::reply_in_pieces("+late\r\n", 0, 2s)}});
  Link link(at(server.port()), {.busy_poll = 60s});
  const auto begin = Clock::now();
  EXPECT_TRUE(run_at_once(link, 50ms).is<TimeoutError>());
  EXPECT_LT(Clock::now() - begin, 1s);
}

// Three callers share the first connection, one has the second to itself: only that one looks on, for a second.
TEST(BusyPollTest, OthersOnTheConnectionEndIt) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::reply_in_pieces("+1\r\n", 0, 1s)},
                                                    {tests::reply_in_pieces("+2\r\n", 0, 1s)}});
  Link link(at(server.port()), {.busy_poll = 60s});
  std::atomic<std::chrono::microseconds::rep> used = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto before = cpu_time_of_this_thread();
      run_at_once(link);
      used += (cpu_time_of_this_thread() - before).count();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(std::chrono::microseconds(used), 1500ms);
}

TEST(TransportTest, LogsInBeforeTheFirstCommand) {
  FakeServer server;
  ConnectionSettings settings;
  settings.username = "somebody";
  settings.password = "secret";
  settings.db = 3;
  settings.client_name = "me";
  Link link(at(server.port()), settings);
  EXPECT_EQ(run(link, get).reply, "+OK");
  const std::vector<Received> commands = server.commands();
  EXPECT_EQ(commands,
            (std::vector<Received>{
                {"AUTH", "somebody", "secret"}, {"SELECT", "3"}, {"CLIENT", "SETNAME", "me"}, {"ROLE"}, {"GET", "k"}}));
  settings.username = "";
  Link without_user(at(server.port()), settings);
  EXPECT_EQ(run(without_user, get).reply, "+OK");
  EXPECT_EQ(server.commands(1)[0], (Received{"AUTH", "secret"}));
}

// What a log-in gives when the server answers `error` to `command`.
Outcome refused_login(std::string command, std::string error) {
  FakeServer server([=](const Received& received) {
    return received[0] == command ? tests::reply("-" + error + "\r\n") : tests::default_reply();
  });
  ConnectionSettings settings;
  settings.password = "secret";
  settings.db = 99;
  Link link(at(server.port()), settings);
  Outcome outcome = run(link, get);
  EXPECT_EQ(link.connections(), outcome.exception ? 0U : 1U);
  for (const Received& received : server.commands()) {
    if (outcome.exception) EXPECT_NE(received[0], "GET") << "nothing is sent after a log-in that failed";
  }
  return outcome;
}

TEST(TransportTest, ARefusedLogInSaysWhy) {
  Outcome outcome = refused_login("AUTH", "WRONGPASS invalid username-password pair or user is disabled.");
  EXPECT_TRUE(outcome.is<AuthenticationError>());
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("WRONGPASS"), HasSubstr("node_1"), ::testing::Not(HasSubstr("secret"))));
  EXPECT_FALSE(outcome.maybe_executed);
  EXPECT_TRUE(refused_login("ROLE", "NOAUTH Authentication required.").is<AuthenticationError>());
  outcome = refused_login("SELECT", "ERR DB index is out of range");
  EXPECT_TRUE(outcome.is<ResponseError>());
  EXPECT_THAT(outcome.error, AllOf(HasSubstr("DB index is out of range"), HasSubstr("node_1")));
}

TEST(TransportTest, ROLEMayBeForbiddenOrUnknown) {
  EXPECT_EQ(refused_login("ROLE", "NOPERM this user has no permissions to run the 'role' command").reply, "+OK");
  EXPECT_EQ(refused_login("ROLE", "ERR unknown command 'ROLE'").reply, "+OK");
}

TEST(TransportTest, TooManyClientsIsAConnectionErrorThatSaysSo) {
  for (int i = 0; i < 20; ++i) {
    FakeServer server({}, [](int) { return tests::close_after("-ERR max number of clients reached\r\n"); });
    Link link(at(server.port()), {});
    const Outcome outcome = run(link, get);
    ASSERT_TRUE(outcome.is<ConnectionError>()) << outcome.error;
    ASSERT_THAT(outcome.error, HasSubstr("max number of clients reached"));
    ASSERT_FALSE(outcome.maybe_executed);
  }
}

TEST(TransportTest, AServerThatClosesAtOnceIsAConnectionError) {
  FakeServer server({}, [](int) { return tests::close_after(); });
  Link link(at(server.port()), {});
  const Outcome outcome = run(link, get);
  EXPECT_TRUE(outcome.is<ConnectionError>());
  EXPECT_FALSE(outcome.maybe_executed);
}

TEST(TransportTest, OnlyAServerInSyncMayAnswerWhereThatIsRequired) {
  const auto run_in_sync = [](std::string role) {
    FakeServer server(
        [=](const Received& command) { return command[0] == "ROLE" ? tests::reply(role) : tests::default_reply(); });
    Link link(at(server.port()), {});
    Outcome outcome;
    for (int i = 0; i < 2; ++i) {  // with a new connection and, if it was kept, with the same one
      Call call(get, 1);
      call.require_in_sync(true);
      link.submit(call, Deadline::after(5s, Clock::now()), Clock::now());
      Call* const calls[] = {&call};
      wait_all(calls);
      outcome = outcome_of(call);
      EXPECT_FALSE(outcome.exception && outcome.maybe_executed);
    }
    return outcome;
  };
  const std::string slave = "*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n";
  EXPECT_EQ(run_in_sync(slave + "$9\r\nconnected\r\n:1\r\n").reply, "+OK");
  EXPECT_TRUE(run_in_sync(slave + "$7\r\nconnect\r\n:-1\r\n").is<ConnectionError>());
  EXPECT_TRUE(run_in_sync(slave + "$4\r\nsync\r\n:-1\r\n").is<ConnectionError>());
  EXPECT_TRUE(run_in_sync("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n").is<ConnectionError>());
  EXPECT_EQ(run_in_sync("*1\r\n$8\r\nsentinel\r\n").reply, "+OK") << "unknown: the answer is taken";
}

TEST(TransportTest, AllServersAreWrittenToBeforeAnyReplyIsAwaited) {
  FakeServer first;
  FakeServer second;
  // Each answers only when the other has been asked.
  const auto answer_after = [](FakeServer& other) {
    return [&other](const Received& command) {
      if (tests::is_handshake(command)) return tests::default_reply();
      return tests::reply(
          tests::eventually([&] { return !other.commands().empty() && other.commands().back()[0] == "GET"; })
              ? "+yes\r\n"
              : "+no\r\n");
    };
  };
  FakeServer a(answer_after(first));
  FakeServer b(answer_after(second));
  std::vector<std::unique_ptr<Link>> links;
  for (FakeServer* const server : {&a, &b, &first, &second})
    links.push_back(std::make_unique<Link>(at(server->port()), ConnectionSettings()));
  std::vector<std::unique_ptr<Call>> calls;
  std::vector<Call*> waiting;
  const auto now = Clock::now();
  for (const auto& link : links) {
    waiting.push_back(calls.emplace_back(std::make_unique<Call>(get, 1)).get());
    link->submit(*waiting.back(), Deadline::after(30s, now), now);
  }
  wait_all(waiting);
  EXPECT_EQ(outcome_of(*calls[0]).reply, "+yes");
  EXPECT_EQ(outcome_of(*calls[1]).reply, "+yes");
}

TEST(TransportTest, OneServersFailureOrDelayDoesNotTouchTheOthers) {
  FakeServer good;
  FakeServer silent(std::vector<FakeServer::Script>{{tests::hang_after()}});
  Link links[] = {{at(good.port()), {}}, {at(tests::closed_port()), {}}, {at(silent.port()), {}}};
  Call calls[] = {{get, 1}, {get, 1}, {get, 1}};
  const auto now = Clock::now();
  for (int i = 0; i < 3; ++i) links[i].submit(calls[i], Deadline::after(100ms, now), now);
  Call* const waiting[] = {&calls[0], &calls[1], &calls[2]};
  wait_all(waiting);
  EXPECT_EQ(outcome_of(calls[0]).reply, "+OK");
  EXPECT_TRUE(outcome_of(calls[1]).is<ConnectionError>());
  EXPECT_TRUE(outcome_of(calls[2]).is<TimeoutError>());
}

}  // namespace
}  // namespace rediscluster::transport
