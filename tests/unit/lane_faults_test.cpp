// A lane whose threads are met by trouble at the worst moment.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/command.h>

#include "reply_text.h"
#include "support/fake_server.h"
#include "support/processes.h"
#include "support/system_calls.h"
#include "transport/lane.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using tests::eventually;
using tests::FakeServer;
using tests::Received;
using tests::to_text;

std::string echo(const std::string& text) {
  return std::string(Command("ECHO").arg(text).bytes());
}

// Answers no call on its first connection.
FakeServer::ConnectionHandler silent_at_first() {
  return [](const Received& command, int connection) {
    return connection == 0 && !tests::is_handshake(command) ? tests::reply("") : tests::default_reply();
  };
}

class LaneFaultsTest : public ::testing::Test {
 protected:
  struct Caller {
    explicit Caller(const std::string& text) : request(echo(text)) {}
    const std::string request;
    Call call{request, 1};
    std::atomic<bool> ended{false};
    std::thread thread;
  };

  ~LaneFaultsTest() override {
    for (const auto& caller : callers_) {
      if (caller->thread.joinable()) caller->thread.join();
    }
  }

  void connect_to(const FakeServer& server) {
    address_.port = server.port();
    lane_ = std::make_unique<Lane>(address_, settings_, [](const Role&) {});
  }
  // One who calls, but not yet.
  Caller& caller(const std::string& text) { return *callers_.emplace_back(std::make_unique<Caller>(text)); }
  // One who calls and waits in a thread of its own.
  Caller& start(const std::string& text) {
    Caller& started = caller(text);
    started.thread = std::thread([this, &started] {
      lane_->run(started.call);
      started.ended = true;
    });
    return started;
  }
  // One who reads for all, and has sent its own.
  Caller& start_reader(const FakeServer& server) {
    const int before = tests::waiting_receives();
    Caller& reader = start("reader");
    EXPECT_TRUE(server.wait_for_commands(1));
    EXPECT_TRUE(eventually([&] { return tests::waiting_receives() > before; }));
    return reader;
  }
  bool all_end() {
    return eventually([&] {
      return std::ranges::all_of(callers_, [](const auto& one) { return !one->thread.joinable() || one->ended; });
    });
  }

  ServerAddress address_{"node_1", "127.0.0.1", 0, {}};
  ConnectionSettings settings_;
  std::unique_ptr<Lane> lane_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

TEST_F(LaneFaultsTest, WhoIsAboutToSleepIsNotWokenTooEarlyHoweverManySleep) {
  constexpr int many = 100;
  const tests::WatchedWords words;
  FakeServer server(silent_at_first());
  connect_to(server);
  for (int i = 0; i < many; ++i) start("hello");
  ASSERT_TRUE(eventually([&] { return words.sleepers() == many - 1; }));  // all but who reads
  ASSERT_TRUE(server.wait_for_commands(many));
  const int before = words.woken_too_early();
  server.close_connections();
  ASSERT_TRUE(all_end());
  EXPECT_EQ(words.woken_too_early(), before);
}

TEST_F(LaneFaultsTest, WhatIsInHandIsDroppedWhenItsConnectionIsLostWhileTheWriterYields) {
  const tests::WatchedWords words;
  FakeServer server(silent_at_first());
  connect_to(server);
  Caller& reader = start_reader(server);

  Caller& cut = caller("cut in two");
  {
    int sends = 0;
    const tests::OnSend on_send([&](std::string_view, int& error) -> std::size_t {
      error = EAGAIN;
      return sends++ == 0 ? 10 : 0;
    });
    lane_->submit(cut.call);
    ASSERT_EQ(sends, 2);
  }

  Caller& yielding = caller("yielding");
  Caller* next = nullptr;
  {
    const tests::OnYield on_yield([&] {
      if (next != nullptr) return;
      server.close_connections();
      EXPECT_TRUE(eventually([&] { return reader.ended.load(); }));
      next = &start("next");
      EXPECT_TRUE(eventually([&] { return words.sleepers() == 1; }));  // it has connected, and waits for the writer
    });
    lane_->run(yielding.call);
  }
  lane_->wait(cut.call);
  ASSERT_NE(next, nullptr);
  ASSERT_TRUE(all_end());
  ASSERT_FALSE(next->call.failure()) << next->call.failure().text();
  EXPECT_EQ(to_text(next->call.replies()), "$next");
  EXPECT_FALSE(server.malformed());
  for (const Caller* const failed : {&reader, &cut, &yielding}) {
    EXPECT_EQ(failed->call.failure().kind, Failure::Kind::connection) << failed->request;
    EXPECT_EQ(failed->call.maybe_executed(), failed != &yielding) << failed->request;
  }
}

TEST_F(LaneFaultsTest, ASendThatFailsAfterAPartWasTakenMayHaveExecutedWhatWasInHandOnly) {
  FakeServer server(silent_at_first());
  connect_to(server);
  Caller& reader = start_reader(server);

  Caller& cut = caller("cut in two");
  Caller& late = caller("late");
  {
    int sends = 0;
    const tests::OnSend on_send([&](std::string_view, int& error) -> std::size_t {
      if (sends++ == 0) return 10;
      lane_->submit(late.call);
      error = ENETUNREACH;
      return 0;
    });
    lane_->submit(cut.call);
    ASSERT_EQ(sends, 2);
  }
  lane_->wait(cut.call);
  lane_->wait(late.call);
  ASSERT_TRUE(all_end());
  for (const Caller* const failed : {&reader, &cut, &late}) {
    EXPECT_EQ(failed->call.failure().kind, Failure::Kind::connection) << failed->request;
    EXPECT_EQ(failed->call.maybe_executed(), failed != &late) << failed->request;
  }
  Caller& next = start("next");
  ASSERT_TRUE(all_end());
  ASSERT_FALSE(next.call.failure()) << next.call.failure().text();
  EXPECT_EQ(to_text(next.call.replies()), "$next");
  EXPECT_FALSE(server.malformed());
}

TEST_F(LaneFaultsTest, AReplyThatIsThereBeforeTheRequestWasSentIsNobodys) {
  FakeServer server;
  connect_to(server);
  Caller& first = start("first");
  ASSERT_TRUE(eventually([&] { return first.ended.load(); }));
  Caller& unsent = caller("unsent");
  Caller& behind = caller("behind");
  {
    bool asked = false;
    const tests::OnSend on_send([&](std::string_view, int& error) -> std::size_t {
      if (!std::exchange(asked, true)) server.send("+nobody asked\r\n");
      error = EAGAIN;
      return 0;
    });
    lane_->submit(unsent.call);
    lane_->submit(behind.call);
    lane_->wait(unsent.call);
  }
  lane_->wait(behind.call);
  for (const Caller* const failed : {&unsent, &behind}) {
    EXPECT_EQ(failed->call.failure().kind, Failure::Kind::connection) << failed->call.failure().text();
    EXPECT_FALSE(failed->call.maybe_executed());
  }
  Caller& next = start("next");
  ASSERT_TRUE(all_end());
  EXPECT_EQ(to_text(next.call.replies()), "$next");
}

}  // namespace
}  // namespace rediscluster::transport
