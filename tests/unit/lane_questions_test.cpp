// Questions that a link asks its server by itself: in front of a call, or alone.
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/command.h>

#include "reply_text.h"
#include "support/fake_server.h"
#include "support/processes.h"
#include "transport/link.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using tests::eventually;
using tests::FakeServer;
using tests::Received;

const std::string get(Command("GET").key("k").bytes());

class LaneQuestionsTest : public ::testing::Test {
 protected:
  // INFO tells the number of the connection.
  static tests::Action answer(const Received& command, int connection) {
    if (command[0] == "INFO") return tests::reply("+info " + std::to_string(connection) + "\r\n");
    return tests::default_reply();
  }

  std::unique_ptr<Link> link_to(const FakeServer& server, ConnectionSettings settings = {}) {
    auto link = std::make_unique<Link>(ServerAddress{"node_1", "127.0.0.1", server.port(), {}}, std::move(settings));
    link->set_on_answer([this](Lane&, Question question, Clock::time_point asked, TapeView reply) {
      if (question == Question::none) return;
      const std::lock_guard lock(mutex_);
      answers_.push_back({question, asked, reply.is_error() ? "error" : std::string(reply.text())});
    });
    return link;
  }

  static ConnectionSettings silent_after(std::chrono::milliseconds timeout) {
    ConnectionSettings settings;
    settings.silence_timeout = timeout;
    return settings;
  }

  struct Answer {
    Question question;
    Clock::time_point asked;
    std::string text;
  };
  std::vector<Answer> answers() {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  bool is_answered_by_pumping(Link& link, std::size_t count = 1) {
    return eventually([&] {
      link.pump();
      return answers().size() >= count;
    });
  }

  // The reply, or the kind of the failure.
  static std::string run(Link& link, Question first = Question::none, std::chrono::milliseconds timeout = 5s,
                         std::string_view request = get) {
    Call call(request, 1);
    call.ask_first(first);
    const auto now = Clock::now();
    link.submit(call, Deadline::after(timeout, now), now);
    Call* const calls[] = {&call};
    wait_all(calls);
    if (!call.failure()) return tests::to_text(call.replies());
    return call.failure().kind == Failure::Kind::timeout ? "timeout" : call.failure().text();
  }

 private:
  std::mutex mutex_;
  std::vector<Answer> answers_;
};

TEST_F(LaneQuestionsTest, AQuestionGoesInFrontOfACall) {
  FakeServer server(answer);
  const auto link = link_to(server);
  for (int i = 0; i < 2; ++i) {  // while connecting, and on a connection that is idle
    Call call(get, 1);
    call.ask_first(Question::replication);
    const auto now = Clock::now();
    link->submit(call, Deadline::after(5s, now), now);
    Call* const calls[] = {&call};
    wait_all(calls);
    EXPECT_EQ(tests::to_text(call.replies()), "+OK") << "the call has its own reply";
    ASSERT_EQ(answers().size(), static_cast<std::size_t>(i + 1)) << "answered before the call";
    EXPECT_EQ(answers().back().question, Question::replication);
    EXPECT_EQ(answers().back().asked, now);
    EXPECT_EQ(answers().back().text, "info 0");
  }
  EXPECT_THAT(server.commands(), ElementsAre(Received{"ROLE"}, Received{"INFO", "replication"}, Received{"GET", "k"},
                                             Received{"INFO", "replication"}, Received{"GET", "k"}));
}

TEST_F(LaneQuestionsTest, AQuestionAloneConnectsAndIsAnsweredByPumping) {
  FakeServer server(answer);
  const auto link = link_to(server);
  link->pump();
  EXPECT_EQ(link->connections(), 0U);
  const auto asked = Clock::now();
  link->ask(Question::replication, asked);
  EXPECT_EQ(link->connections(), 1U);
  ASSERT_TRUE(is_answered_by_pumping(*link));
  EXPECT_EQ(answers()[0].asked, asked);
  EXPECT_EQ(answers()[0].text, "info 0");
  link->ask(Question::ping, Clock::now());
  ASSERT_TRUE(is_answered_by_pumping(*link, 2));
  EXPECT_EQ(answers()[1].question, Question::ping);
  EXPECT_EQ(answers()[1].text, "PONG");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(LaneQuestionsTest, WhatWasAskedAloneIsAlsoAnsweredByTheNextCall) {
  FakeServer server(answer);
  const auto link = link_to(server);
  link->ask(Question::replication, Clock::now());
  EXPECT_EQ(run(*link), "+OK");
  EXPECT_EQ(answers().size(), 1U);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(LaneQuestionsTest, TheRoleIsLearned) {
  std::atomic<bool> is_slave = false;
  FakeServer server([&](const Received& command) {
    if (command[0] != "ROLE" || !is_slave) return tests::default_reply();
    return tests::reply("*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:6379\r\n$9\r\nconnected\r\n:1\r\n");
  });
  const auto link = link_to(server);
  ASSERT_EQ(run(*link), "+OK");
  ASSERT_EQ(link->role().kind, Role::Kind::master);
  is_slave = true;
  link->ask(Question::role, Clock::now());
  ASSERT_TRUE(is_answered_by_pumping(*link));
  EXPECT_EQ(link->role().kind, Role::Kind::slave);
  EXPECT_EQ(link->role().master_port, 6379);
}

TEST_F(LaneQuestionsTest, AnErrorIsAnAnswer) {
  FakeServer server([](const Received& command) {
    return command[0] == "INFO" ? tests::reply("-NOPERM no\r\n") : tests::default_reply();
  });
  const auto link = link_to(server);
  EXPECT_EQ(run(*link, Question::replication), "+OK");
  ASSERT_EQ(answers().size(), 1U);
  EXPECT_EQ(answers()[0].text, "error");
}

TEST_F(LaneQuestionsTest, TheSameIsNotAskedAgainBeforeItIsAnswered) {
  FakeServer server(
      [](const Received& command) { return command[0] == "INFO" ? tests::hang_after() : tests::default_reply(); });
  const auto link = link_to(server);
  ASSERT_EQ(run(*link), "+OK");
  for (int i = 0; i < 1000; ++i) link->ask(Question::replication, Clock::now());
  link->ask(Question::ping, Clock::now());
  EXPECT_EQ(run(*link, Question::replication, 50ms), "timeout");
  ASSERT_TRUE(server.wait_for_commands(3));
  EXPECT_THAT(server.commands(), ElementsAre(Received{"ROLE"}, Received{"GET", "k"}, Received{"INFO", "replication"},
                                             Received{"PING"}, Received{"GET", "k"}));
}

TEST_F(LaneQuestionsTest, AQuestionIsNoCallerToKeepAwayFrom) {
  FakeServer server([](const Received& command) {
    return command[0] == "INFO" ? tests::reply_in_pieces("+late\r\n", 0, 50ms) : tests::default_reply();
  });
  const auto link = link_to(server);
  ASSERT_EQ(run(*link), "+OK");
  link->ask(Question::replication, Clock::now());
  EXPECT_EQ(run(*link), "+OK");
  EXPECT_EQ(link->connections(), 1U) << "a second one is for when callers are in flight";
  EXPECT_EQ(answers().size(), 1U);
}

TEST_F(LaneQuestionsTest, ACallerBehindAQuestionThatIsNotAnsweredWaitsNoLongerThanItsDeadline) {
  FakeServer server(
      [](const Received& command) { return command[0] == "INFO" ? tests::hang_after() : tests::default_reply(); });
  const auto link = link_to(server);
  ASSERT_EQ(run(*link), "+OK");
  for (const Question in_front : {Question::none, Question::replication}) {
    if (in_front == Question::none) link->ask(Question::replication, Clock::now());
    const auto begin = Clock::now();
    EXPECT_EQ(run(*link, in_front, 60ms), "timeout");
    EXPECT_LT(Clock::now() - begin, 3s);
  }
}

TEST_F(LaneQuestionsTest, AConnectionThatLeavesAQuestionUnansweredIsReplaced) {
  FakeServer server([](const Received& command, int connection) {
    return command[0] == "INFO" && connection == 0 ? tests::hang_after() : tests::default_reply();
  });
  const auto link = link_to(server, silent_after(50ms));
  ASSERT_EQ(run(*link), "+OK");
  const auto asked = Clock::now();
  link->ask(Question::replication, asked);
  ASSERT_TRUE(eventually([&] { return Clock::now() - asked > 50ms; }));
  EXPECT_EQ(run(*link), "+OK");
  EXPECT_EQ(server.connections(), 2);
  link->ask(Question::replication, Clock::now());
  EXPECT_TRUE(is_answered_by_pumping(*link)) << "what was asked on the old one is forgotten";
}

TEST_F(LaneQuestionsTest, AQuestionAloneReplacesASilentConnectionToo) {
  FakeServer server([](const Received& command, int connection) {
    return command[0] == "INFO" && connection == 0 ? tests::hang_after() : tests::default_reply();
  });
  const auto link = link_to(server, silent_after(50ms));
  ASSERT_EQ(run(*link), "+OK");
  EXPECT_TRUE(eventually([&] {
    link->ask(Question::replication, Clock::now());
    link->pump();
    return !answers().empty();
  }));
  EXPECT_GE(server.connections(), 2);
}

TEST_F(LaneQuestionsTest, AnAnswerThatNobodyHasReadYetIsNoSilence) {
  FakeServer server(answer);
  const auto link = link_to(server, silent_after(50ms));
  ASSERT_EQ(run(*link), "+OK");
  for (int i = 0; i < 3; ++i) {
    const auto asked = Clock::now();
    link->ask(Question::replication, asked);
    ASSERT_TRUE(eventually([&] { return Clock::now() - asked > 60ms; }));
    EXPECT_EQ(run(*link), "+OK");
  }
  EXPECT_EQ(answers().size(), 3U);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(LaneQuestionsTest, ALateReplyThatNobodyHasReadYetIsNoSilence) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::hang_after()}, {}});
  const auto link = link_to(server, silent_after(50ms));
  ASSERT_EQ(run(*link, Question::none, 20ms), "timeout");
  server.send("+late\r\n");
  // On a slow day it comes later still, and nothing is proven.
  const auto late = Clock::now();
  ASSERT_TRUE(eventually([&] { return Clock::now() - late > 150ms; }));
  EXPECT_EQ(run(*link), "+OK") << "on a second connection";
  link->ask(Question::ping, Clock::now());  // looks at the first one
  EXPECT_FALSE(server.wait_for_open_connections(1, 300ms)) << "none was given up";
}

TEST_F(LaneQuestionsTest, AConnectionThatEndsWithAQuestionUnansweredCostsNobodyAnError) {
  FakeServer server([](const Received& command, int connection) {
    return command[0] == "INFO" && connection == 0 ? tests::close_after() : tests::default_reply();
  });
  const auto link = link_to(server);
  ASSERT_EQ(run(*link), "+OK");
  link->ask(Question::replication, Clock::now());
  ASSERT_TRUE(server.wait_for_open_connections(0));
  EXPECT_EQ(run(*link), "+OK");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(LaneQuestionsTest, AServerThatCannotBeReachedIsAskedInVain) {
  Link link({"node_1", "127.0.0.1", tests::closed_port(), {}}, {});
  EXPECT_TRUE(eventually([&] {
    link.ask(Question::ping, Clock::now());
    link.pump();
    return link.connections() == 0;
  }));
  EXPECT_THAT(run(link), ::testing::HasSubstr("refused"));
}

TEST_F(LaneQuestionsTest, AnAttemptToConnectThatOnlyAQuestionWaitsForEnds) {
  const tests::ListeningPort port;
  ConnectionSettings settings;
  settings.connect_timeout = 30ms;
  Link link({"node_1", "127.0.0.1", port.port(), {}}, settings);
  link.ask(Question::ping, Clock::now());
  EXPECT_TRUE(eventually([&] {
    link.pump();
    return link.connections() == 0;
  }));
}

TEST_F(LaneQuestionsTest, ACallMayRequireAConfirmedConnection) {
  std::atomic<int> master_port = 1;
  FakeServer server([&](const Received& command) {
    if (command[0] != "ROLE") return tests::default_reply();
    return tests::reply("*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:" + std::to_string(master_port) +
                        "\r\n$9\r\nconnected\r\n:1\r\n");
  });
  Link link({"node_1", "127.0.0.1", server.port(), {}}, {});
  std::atomic<int> made = 0;
  link.set_on_answer([&](Lane& lane, Question question, Clock::time_point, TapeView) {
    if (question == Question::none) ++made;
    if (question == Question::replication) lane.confirm(7);
  });
  const auto kind_of = [&](Clock::rep required) {
    Call call(get, 1);
    call.require_confirmed(required);
    link.submit(call, Deadline::after(5s, Clock::now()), Clock::now());
    Call* const calls[] = {&call};
    wait_all(calls);
    EXPECT_FALSE(call.maybe_executed());
    return call.failure().kind;
  };
  EXPECT_TRUE(link.is_behind(1)) << "there is no connection";
  EXPECT_EQ(kind_of(1), Failure::Kind::unconfirmed);
  EXPECT_EQ(run(link), "+OK");
  EXPECT_EQ(made, 1);
  EXPECT_TRUE(link.is_behind(1));
  EXPECT_FALSE(link.may_answer(1));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(run(link, Question::replication), "+OK");
    EXPECT_EQ(kind_of(7), Failure::Kind::none);
    EXPECT_EQ(kind_of(8), Failure::Kind::unconfirmed);
    EXPECT_FALSE(link.is_behind(7));
    EXPECT_TRUE(link.is_behind(8));
    if (i == 0) {
      ++master_port;
      EXPECT_EQ(run(link, Question::role), "+OK");
      EXPECT_EQ(kind_of(1), Failure::Kind::unconfirmed) << "it has another master";
    }
  }
  server.close_connections();
  ASSERT_TRUE(server.wait_for_open_connections(0));
  std::this_thread::sleep_for(2ms);  // longer than a connection is trusted without a look
  EXPECT_EQ(kind_of(1), Failure::Kind::unconfirmed) << "it is another connection";
  EXPECT_EQ(run(link), "+OK");
  EXPECT_EQ(made, 2);
}

TEST_F(LaneQuestionsTest, ACallGoesToTheConnectionThatIsConfirmed) {
  FakeServer server([](const Received& command) {
    return command[0] == "GET" ? tests::reply_in_pieces("+OK\r\n", 0, 30ms) : tests::default_reply();
  });
  Link link({"node_1", "127.0.0.1", server.port(), {}}, {});
  link.set_on_answer([&](Lane& lane, Question question, Clock::time_point, TapeView) {
    if (question == Question::replication) lane.confirm(7);
  });
  ASSERT_EQ(run(link, Question::replication), "+OK");
  Call first(get, 1);
  Call second(get, 1);
  second.require_confirmed(7);
  for (Call* const call : {&first, &second}) link.submit(*call, Deadline::after(5s, Clock::now()), Clock::now());
  Call* const calls[] = {&first, &second};
  wait_all(calls);
  EXPECT_FALSE(first.failure());
  EXPECT_FALSE(second.failure()) << second.failure().text();
  EXPECT_EQ(link.connections(), 1U) << "though callers are few";
}

TEST_F(LaneQuestionsTest, WhoFindsAPumpLeadingIsWokenWhenItLeaves) {
  FakeServer server([](const Received& command) {
    return command[0] == "INFO" ? tests::reply_in_pieces("+info\r\n", 0, 5ms) : tests::default_reply();
  });
  const auto link = link_to(server);
  ASSERT_EQ(run(*link), "+OK");
  for (int round = 0; round < 50; ++round) {
    link->ask(Question::replication, Clock::now());
    std::atomic<bool> pumping = false;
    std::thread pump([&] {
      for (int i = 0; i < 200; ++i) {
        link->pump();
        pumping = true;
      }
    });
    while (!pumping) std::this_thread::yield();
    ASSERT_EQ(run(*link, Question::none, 20s), "+OK");
    pump.join();
  }
}

TEST_F(LaneQuestionsTest, ThreadsThatAskAndPumpDoNotDisturbCallers) {
  FakeServer server(answer);
  const auto link = link_to(server);
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (int t = 0; t < 4; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const std::string text = std::to_string(t) + ":" + std::to_string(i);
        const Command echo = std::move(Command("ECHO").arg(text));
        const std::string reply = run(*link, i % 3 == 0 ? Question::replication : Question::none, 30s, echo.bytes());
        if (reply.find(text) == std::string::npos) ++wrong;
      }
    });
  }
  std::vector<std::thread> askers;
  for (int t = 0; t < 2; ++t) {
    askers.emplace_back([&] {
      while (!stop) {
        link->ask(Question::replication, Clock::now());
        link->ask(Question::ping, Clock::now());
        link->pump();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  stop = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_FALSE(server.malformed());
  for (const Answer& answer : answers()) {
    EXPECT_TRUE(answer.question == Question::ping ? answer.text == "PONG" : answer.text.starts_with("info "))
        << answer.text;
  }
}

}  // namespace
}  // namespace rediscluster::transport
