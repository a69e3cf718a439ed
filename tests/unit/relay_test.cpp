// Relay, which the fault suite relies on.
#include "support/relay.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>

#include <gtest/gtest.h>
#include <hiredis/hiredis.h>

#include "support/fake_server.h"
#include "support/open_fds.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Way = Relay::Way;
using Context = std::unique_ptr<redisContext, decltype(&redisFree)>;

Context connect_to(int port) {
  Context context(redisConnectWithTimeout("127.0.0.1", port, {5, 0}), &redisFree);
  if (context->err == 0) redisSetTimeout(context.get(), {10, 0});
  return context;
}

/** How the connection ended that had an error just now. */
std::string ending(const Context& context) {
  if (context->err == REDIS_ERR_EOF) return "closed";
  return errno == ECONNRESET || errno == EPIPE ? "reset" : "silent";
}

/** How the connection ends when nothing more is sent: whoever sends to a closed one may be told so by a reset. */
std::string end_of(const Context& context) {
  errno = 0;
  return redisBufferRead(context.get()) == REDIS_OK ? "open" : ending(context);
}

/** The reply's text, or how the connection ended. */
std::string echo(const Context& context, std::string_view text = "hello") {
  // A reset may come as soon as while connecting.
  if (context->err != 0) return context->errstr == std::string(std::strerror(ECONNRESET)) ? "reset" : context->errstr;
  errno = 0;
  auto* const reply = static_cast<redisReply*>(redisCommand(context.get(), "ECHO %b", text.data(), text.size()));
  if (reply == nullptr) return ending(context);
  std::string answer(reply->str, static_cast<std::size_t>(reply->len));
  freeReplyObject(reply);
  return answer;
}

TEST(RelayTest, RelaysBothWaysAndCounts) {
  FakeServer server;
  Relay relay(server.port());
  const Context first = connect_to(relay.port());
  const Context second = connect_to(relay.port());
  const std::string large(10 << 20, 'x');  // more than it holds
  EXPECT_EQ(echo(first), "hello");
  EXPECT_TRUE(echo(second, large) == large);
  EXPECT_EQ(relay.connections(), 2);
  EXPECT_EQ(relay.open_connections(), 2);
  EXPECT_EQ(server.connections(), 2);
}

TEST(RelayTest, PassesEndsOn) {
  FakeServer server([](const Received& command) {
    return command[1] == "close"   ? close_after("$3\r\nbye\r\n")
           : command[1] == "reset" ? reset_after()
                                   : default_reply();
  });
  Relay relay(server.port());
  Context client = connect_to(relay.port());
  EXPECT_EQ(echo(client, "close"), "bye");
  EXPECT_EQ(end_of(client), "closed");
  client = connect_to(relay.port());
  EXPECT_EQ(echo(client, "reset"), "reset");
  client = connect_to(relay.port());
  EXPECT_EQ(echo(client), "hello");
  client.reset();
  EXPECT_TRUE(server.wait_for_open_connections(0));
  EXPECT_TRUE(eventually([&] { return relay.open_connections() == 0; }));
}

TEST(RelayTest, AServerThatRefusesIsAReset) {
  Relay relay(closed_port());
  EXPECT_EQ(echo(connect_to(relay.port())), "reset");
}

TEST(RelayTest, CutsWhatIsOpen) {
  FakeServer server;
  Relay relay(server.port());
  Context client = connect_to(relay.port());
  EXPECT_EQ(echo(client), "hello");
  relay.reset();
  EXPECT_EQ(relay.open_connections(), 0);
  EXPECT_EQ(echo(client), "reset");
  client = connect_to(relay.port());
  EXPECT_EQ(echo(client), "hello");
  relay.close();
  char byte = 0;
  EXPECT_EQ(::recv(client->fd, &byte, 1, 0), 0) << "a FIN";
  EXPECT_TRUE(server.wait_for_open_connections(0));
}

TEST(RelayTest, RefusesNewConnectionsOnly) {
  FakeServer server;
  Relay relay(server.port());
  const Context old = connect_to(relay.port());
  EXPECT_EQ(echo(old), "hello");
  for (int i = 0; i < 3; ++i) {
    relay.refuse(true);
    const Context refused = connect_to(relay.port());
    EXPECT_NE(refused->err, 0);
    EXPECT_EQ(echo(old), "hello");
    i == 1 ? relay.heal() : relay.refuse(false);
    EXPECT_EQ(echo(connect_to(relay.port())), "hello");
  }
  EXPECT_EQ(relay.connections(), 4);
}

TEST(RelayTest, Delays) {
  FakeServer server;
  Relay relay(server.port());
  const Context client = connect_to(relay.port());
  relay.delay(Way::to_server, 40ms);
  relay.delay(Way::to_client, 30ms);
  const auto begin = Clock::now();
  EXPECT_EQ(echo(client), "hello");
  EXPECT_GE(Clock::now() - begin, 70ms);
  const std::string large(1 << 20, 'x');
  EXPECT_TRUE(echo(client, large) == large) << "in order";
}

TEST(RelayTest, HoldsBackWhatIsStalled) {
  FakeServer server;
  Relay relay(server.port());
  for (const Way way : {Way::to_server, Way::to_client}) {
    const Context client = connect_to(relay.port());
    EXPECT_EQ(echo(client), "hello");
    const std::size_t received = server.commands().size();
    relay.stall(way, true);
    redisSetTimeout(client.get(), {0, 50000});
    EXPECT_EQ(echo(client, "held"), "silent");
    if (way == Way::to_server) EXPECT_EQ(server.commands().size(), received);
    if (way == Way::to_client) EXPECT_TRUE(server.wait_for_commands(received + 1));
    redisSetTimeout(client.get(), {10, 0});
    relay.stall(way, false);
    std::array<char, 64> buffer{};
    EXPECT_EQ(::recv(client->fd, buffer.data(), buffer.size(), 0), 10) << "$4 held: late, not lost";
  }
}

TEST(RelayTest, ShutsOneWayAndLeavesTheOther) {
  FakeServer server;
  Relay relay(server.port());
  const Context deaf = connect_to(relay.port());
  EXPECT_EQ(echo(deaf), "hello");
  const std::size_t received = server.commands().size();
  relay.shut(Way::to_client);
  EXPECT_EQ(echo(deaf), "closed");
  EXPECT_TRUE(server.wait_for_commands(received + 1)) << "the server still hears";
  const Context mute = connect_to(relay.port());
  EXPECT_EQ(echo(mute), "hello");
  relay.shut(Way::to_server);
  EXPECT_TRUE(eventually([&] { return server.open_connections() == 0; })) << "it was told the end";
}

TEST(RelayTest, ResetsInTheMiddle) {
  FakeServer server;
  Relay relay(server.port());
  const Context client = connect_to(relay.port());
  EXPECT_EQ(echo(client), "hello");
  relay.reset_after(Way::to_client, 100);
  ASSERT_EQ(redisAppendCommand(client.get(), "ECHO %s", std::string(1000, 'x').c_str()), REDIS_OK);
  int done = 0;
  ASSERT_EQ(redisBufferWrite(client.get(), &done), REDIS_OK);
  std::size_t total = 0;
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = ::recv(client->fd, buffer.data(), buffer.size(), 0)) > 0;)
    total += static_cast<std::size_t>(count);
  EXPECT_LE(total, 100U);  // what was not read before the reset may be lost
  EXPECT_EQ(errno, ECONNRESET);
  EXPECT_EQ(echo(connect_to(relay.port())), "hello") << "once";
}

TEST(RelayTest, EndsAtOnceAndLeaksNothing) {
  FakeServer server;
  const std::size_t before = open_fds();
  for (const bool stalled : {false, true}) {
    Relay relay(server.port());
    const Context client = connect_to(relay.port());
    EXPECT_EQ(echo(client), "hello");
    relay.refuse(true);
    relay.stall(Way::to_client, stalled);
    relay.delay(Way::to_server, 1h);
    redisSetTimeout(client.get(), {0, 10000});
    EXPECT_EQ(echo(client), "silent");
  }
  EXPECT_TRUE(server.wait_for_open_connections(0));
  EXPECT_EQ(open_fds(), before);
}

}  // namespace
}  // namespace rediscluster::tests
