// FakeServer and its relatives, which other tests rely on.
#include "support/fake_server.h"

#include <array>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include "support/open_fds.h"

namespace {

using namespace std::chrono_literals;
using namespace rediscluster::tests;

using Context = std::unique_ptr<redisContext, decltype(&redisFree)>;

Context connect_to(int port) {
  Context context(redisConnectWithTimeout("127.0.0.1", port, {5, 0}), &redisFree);
  if (context->err == 0) redisSetTimeout(context.get(), {5, 0});
  return context;
}

/** The reply's text, or how the connection failed. */
std::string run(const Context& context, const char* command) {
  auto* const reply = static_cast<redisReply*>(redisCommand(context.get(), command));
  if (!reply) {
    if (context->err == REDIS_ERR_EOF) return "closed";
    return context->err == REDIS_ERR_IO ? "failed" : context->errstr;
  }
  std::string text;
  if (reply->type == REDIS_REPLY_ARRAY) {
    text = std::to_string(reply->elements) + " elements";
  } else {
    text.assign(reply->str, static_cast<std::size_t>(reply->len));
  }
  freeReplyObject(reply);
  return text;
}

/** What arrives until the other side closes. */
std::string receive_all(const Context& context) {
  std::string text;
  std::array<char, 1024> buffer{};
  for (ssize_t count = 0; (count = ::recv(context->fd, buffer.data(), buffer.size(), 0)) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

TEST(FakeServerTest, AnswersLikeAHealthyServer) {
  const FakeServer server;
  const Context client = connect_to(server.port());
  EXPECT_EQ(run(client, "PING"), "PONG");
  EXPECT_EQ(run(client, "ping hello"), "hello");
  EXPECT_EQ(run(client, "ROLE"), "3 elements");
  EXPECT_EQ(run(client, "INFO"), "");
  EXPECT_EQ(run(client, "COMMAND INFO GET"), "0 elements");
  EXPECT_EQ(run(client, "HELLO 3").substr(0, 19), "ERR unknown command");
  EXPECT_EQ(run(client, "CLIENT SETNAME me"), "OK");
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(server.commands().size(), 7U);
  EXPECT_EQ(server.commands(0).back(), (Received{"CLIENT", "SETNAME", "me"}));
  EXPECT_TRUE(server.commands(1).empty());
  EXPECT_TRUE(server.wait_for_commands(2));        // INFO and COMMAND
  EXPECT_FALSE(server.wait_for_commands(3, 1ms));  // the rest is handshake
}

TEST(FakeServerTest, PlaysOneScriptPerConnection) {
  const FakeServer server(std::vector<FakeServer::Script>{
      {reply("$1\r\na\r\n"), close_after("$5\r\nha")}, {reset_after()}, {reply("+third\r\n")}});
  const Context first = connect_to(server.port());
  EXPECT_EQ(run(first, "SELECT 0"), "OK");
  EXPECT_EQ(run(first, "GET k"), "a");
  EXPECT_EQ(run(first, "GET k"), "closed");
  const Context second = connect_to(server.port());
  EXPECT_EQ(run(second, "GET k"), "failed");
  for (int i = 0; i < 2; ++i) {
    const Context further = connect_to(server.port());
    EXPECT_EQ(run(further, "GET k"), "third");
    EXPECT_EQ(run(further, "GET k"), "OK");
  }
  EXPECT_EQ(server.connections(), 4);
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

TEST(FakeServerTest, AsksItsHandler) {
  const FakeServer server([](const Received& command) {
    if (is_handshake(command)) return default_reply();
    if (command[0] == "THROW") throw std::runtime_error("no");
    return reply("+" + command.back() + "\r\n");
  });
  const Context client = connect_to(server.port());
  EXPECT_EQ(run(client, "PING"), "PONG");
  EXPECT_EQ(run(client, "SAY it"), "it");
  EXPECT_EQ(run(client, "THROW"), "closed");
}

TEST(FakeServerTest, TellsItsHandlerTheConnection) {
  const FakeServer server(
      [](const Received&, int connection) { return reply("+" + std::to_string(connection) + "\r\n"); },
      [](int connection) { return connection == 2 ? close_after("HTTP/1.1 400\r\n") : reply(""); });
  const Context first = connect_to(server.port());
  const Context second = connect_to(server.port());
  EXPECT_EQ(run(first, "X"), "0");
  EXPECT_EQ(run(second, "X"), "1");
  EXPECT_EQ(receive_all(connect_to(server.port())), "HTTP/1.1 400\r\n");
}

TEST(FakeServerTest, HangsAndServesOthers) {
  const FakeServer server(std::vector<FakeServer::Script>{{hang_after("$10\r\nhalf")}, {}});
  const Context hanging = connect_to(server.port());
  redisSetTimeout(hanging.get(), {0, 20000});
  EXPECT_EQ(run(hanging, "GET k"), "failed");
  EXPECT_EQ(run(connect_to(server.port()), "GET k"), "OK");
  EXPECT_EQ(::send(hanging->fd, "*1\r\n$1\r\nX\r\n", 11, MSG_NOSIGNAL), 11);
  EXPECT_TRUE(server.wait_for_commands(3)) << "it goes on receiving";
}

TEST(FakeServerTest, KeepsOrderOverPiecesAndPauses) {
  const FakeServer server(std::vector<FakeServer::Script>{
      {reply_in_pieces("+first\r\n", 1, 1ms), reply_in_pieces("$6\r\nsecond\r\n", 4), close_after("+third\r\n")}});
  const Context client = connect_to(server.port());
  const std::string commands = "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n";
  for (const char byte : commands) ASSERT_EQ(::send(client->fd, &byte, 1, MSG_NOSIGNAL), 1);
  EXPECT_EQ(receive_all(client), "+first\r\n$6\r\nsecond\r\n+third\r\n");
  EXPECT_EQ(server.commands(), (std::vector<Received>{{"A"}, {"B"}, {"C"}}));
}

TEST(FakeServerTest, SendsMoreThanFitsInAnyBuffer) {
  std::string value;
  value.resize(50'000'000, 'v');
  const FakeServer server([&](const Received&) { return reply("$50000000\r\n" + value + "\r\n"); });
  EXPECT_EQ(run(connect_to(server.port()), "GET k"), value);
}

TEST(FakeServerTest, TakesBinaryAndRefusesNonsense) {
  const FakeServer server;
  const Context client = connect_to(server.port());
  const std::string command("*2\r\n$3\r\nGET\r\n$4\r\n\0\r\n\xff\r\n", 23);
  ASSERT_EQ(::send(client->fd, command.data(), command.size(), MSG_NOSIGNAL), 23);
  ASSERT_TRUE(server.wait_for_commands(1));
  EXPECT_EQ(server.commands()[0], (Received{"GET", std::string("\0\r\n\xff", 4)}));
  EXPECT_FALSE(server.malformed());
  for (const std::string nonsense : {"GET k\r\n", "*0\r\n", "*1\r\n:1\r\n", "*1\r\n$1\r\nabc\r\n"}) {
    const Context other = connect_to(server.port());
    ASSERT_EQ(::send(other->fd, nonsense.data(), nonsense.size(), MSG_NOSIGNAL), static_cast<ssize_t>(nonsense.size()));
    EXPECT_EQ(receive_all(other), "");
  }
  EXPECT_TRUE(server.malformed());
}

TEST(FakeServerTest, ActsUnasked) {
  FakeServer server;
  const Context client = connect_to(server.port());
  ASSERT_TRUE(server.wait_for_connections(1));
  server.send("+surprise\r\n");
  std::string text(11, ' ');
  EXPECT_EQ(::recv(client->fd, text.data(), text.size(), MSG_WAITALL), 11);
  EXPECT_EQ(text, "+surprise\r\n");
  server.close_connections();
  EXPECT_TRUE(server.wait_for_open_connections(0));
  EXPECT_EQ(receive_all(client), "");
  EXPECT_EQ(run(connect_to(server.port()), "PING"), "PONG");
}

TEST(FakeServerTest, ServesThreads) {
  const FakeServer server;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&server] {
      const Context client = connect_to(server.port());
      for (int n = 0; n < 50; ++n) EXPECT_EQ(run(client, "PING"), "PONG");
      EXPECT_GE(server.commands().size(), 50U);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(server.connections(), 8);
}

TEST(FakeServerTest, EndsAtOnceAndLeavesNothing) {
  const std::size_t fds = open_fds();
  {
    const FakeServer server([](const Received&) { return Action{.bytes = "+late\r\n", .delay = 1h}; });
    const Context client = connect_to(server.port());
    ASSERT_EQ(::send(client->fd, "*1\r\n$1\r\nX\r\n", 11, MSG_NOSIGNAL), 11);
    ASSERT_TRUE(server.wait_for_commands(1));
    const ListeningPort listening;
    const FullPort full;
  }
  EXPECT_EQ(open_fds(), fds);
}

TEST(PortsTest, ListeningPortNeverAnswers) {
  const ListeningPort listening;
  const Context client = connect_to(listening.port());
  ASSERT_EQ(client->err, 0);
  redisSetTimeout(client.get(), {0, 20000});
  EXPECT_EQ(run(client, "PING"), "failed");
}

TEST(PortsTest, ClosedPortRefuses) {
  const int port = closed_port();
  EXPECT_NE(port, closed_port());
  for (int i = 0; i < 100; ++i) EXPECT_STREQ(connect_to(port)->errstr, "Connection refused");
}

TEST(PortsTest, FullPortNeverConnects) {
  const FullPort full;
  const Context client(redisConnectWithTimeout("127.0.0.1", full.port(), {0, 50000}), &redisFree);
  EXPECT_STREQ(client->errstr, "Connection timed out");
}

}  // namespace
