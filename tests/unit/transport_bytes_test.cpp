// Bytes on the way: large requests, descriptors, and what a client does after a failure.
#include <atomic>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/errors.h>
#include <rediscluster/pipeline.h>
#include <rediscluster/strict_redis.h>

#include "support/fake_server.h"
#include "support/open_fds.h"
#include "support/processes.h"
#include "transport/deadline.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using tests::FakeServer;
using tests::Received;

constexpr std::size_t megabyte = 1 << 20;

StrictRedis client_of(const FakeServer& server, const Options& options = {}) {
  return StrictRedis({.port = server.port()}, options);
}

int commands_named(const FakeServer& server, std::string_view name) {
  int count = 0;
  for (const Received& command : server.commands()) count += command[0] == name;
  return count;
}

TEST(TransportBytesTest, LargeRequestsAndRepliesCrossInPieces) {
  FakeServer server;  // ECHO gives back what it is given
  StrictRedis r = client_of(server, {.socket_timeout = 60s});
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{65535}, std::size_t{65536}, std::size_t{65537}, 20 * megabyte}) {
    std::string value(size, '\0');
    for (std::size_t i = 0; i < size; ++i) value[i] = static_cast<char>(i * 7 + i / 251);
    EXPECT_TRUE(r.echo(value) == value) << size;
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(TransportBytesTest, RequestsAndRepliesLargerThanAllBuffersDoNotBlockEachOther) {
  FakeServer server;
  StrictRedis r = client_of(server, {.socket_timeout = 60s});
  Pipeline p = r.pipeline();
  const std::string value(megabyte, 'x');
  for (int i = 0; i < 40; ++i) p.echo(value);
  const std::vector<Reply> replies = p.execute();
  ASSERT_EQ(replies.size(), 40U);
  for (const Reply& reply : replies) EXPECT_EQ(reply.string().size(), megabyte);
}

TEST(TransportBytesTest, AServerThatRefusesInTheMiddleOfALargeRequestIsHeard) {
  // So does redis-server with an argument that is longer than it allows.
  FakeServer server({}, [](int connection) {
    return connection == 0 ? tests::close_after("-ERR Protocol error: invalid bulk length\r\n")
                           : tests::default_reply();
  });
  StrictRedis r = client_of(server);
  EXPECT_THROW(r.set("k", std::string(8 * megabyte, 'x')), RedisError);
}

TEST(TransportBytesTest, AWriteThatWasSentIsNotSentAgain) {
  for (const auto& action : {tests::close_after(), tests::reset_after(), tests::close_after("+O")}) {
    FakeServer server(std::vector<FakeServer::Script>{{action}, {}});
    StrictRedis r = client_of(server);
    try {
      r.incr("k");
      FAIL();
    } catch (const ConnectionError& error) {
      EXPECT_TRUE(error.maybe_executed());
    }
    EXPECT_EQ(commands_named(server, "INCRBY"), 1);
    EXPECT_TRUE(r.set("k", "v")) << "usable afterwards";
  }
}

TEST(TransportBytesTest, AReadIsSentAgain) {
  for (const auto& action : {tests::close_after(), tests::reset_after(), tests::close_after("$10\r\nhalf")}) {
    FakeServer server(std::vector<FakeServer::Script>{{action}, {tests::reply("$5\r\nvalue\r\n")}});
    StrictRedis r = client_of(server);
    EXPECT_EQ(r.get("k"), "value");
    EXPECT_EQ(commands_named(server, "GET"), 2);
  }
}

TEST(TransportBytesTest, AReadIsNotSentAgainForEver) {
  FakeServer server([](const Received& command) {
    return tests::is_handshake(command) ? tests::default_reply() : tests::close_after();
  });
  StrictRedis r = client_of(server);
  EXPECT_THROW(r.get("k"), ConnectionError);
  EXPECT_EQ(commands_named(server, "GET"), 5) << "twice, and in three further rounds";
}

TEST(TransportBytesTest, AnUnreadableReplyIsNotAskedForAgain) {
  FakeServer server([](const Received& command) {
    return tests::is_handshake(command) ? tests::default_reply() : tests::reply("?\r\n");
  });
  StrictRedis r = client_of(server);
  EXPECT_THROW(r.get("k"), InvalidResponse);
  EXPECT_EQ(commands_named(server, "GET"), 1);
}

TEST(TransportBytesTest, AWriteWhoseConnectionWasClosedWhileIdleSucceedsOnANewOne) {
  FakeServer server;
  StrictRedis r = client_of(server);
  EXPECT_TRUE(r.set("k", "1"));
  server.close_connections();
  ASSERT_TRUE(server.wait_for_open_connections(0));
  std::this_thread::sleep_for(2ms);  // longer than a connection is trusted without a look
  EXPECT_TRUE(r.set("k", "2"));
  EXPECT_EQ(commands_named(server, "SET"), 2);
}

TEST(TransportBytesTest, AWriteThatTimesOutMayHaveExecutedAndIsNotSentAgain) {
  FakeServer server(std::vector<FakeServer::Script>{{tests::hang_after()}, {}});
  StrictRedis r = client_of(server);
  const auto begin = Clock::now();
  try {
    r.with({.timeout = 60ms}).set("k", "v");
    FAIL();
  } catch (const TimeoutError& error) {
    EXPECT_TRUE(error.maybe_executed());
    EXPECT_THAT(error.what(), ::testing::ContainsRegex("within (6|7|8|9|1[0-9])[0-9]* ms"));
  }
  EXPECT_LT(Clock::now() - begin, 560ms);
  EXPECT_EQ(commands_named(server, "SET"), 1);
}

TEST(TransportBytesTest, AServerThatNeverAnswersTheLogInDoesNotExceedTheCallsDeadline) {
  const tests::ListeningPort port;
  StrictRedis r({.port = port.port()}, {.socket_timeout = 150ms, .socket_connect_timeout = 60ms});
  for (const bool write : {true, false}) {
    const auto begin = Clock::now();
    try {
      write ? static_cast<void>(r.set("k", "v")) : static_cast<void>(r.get("k"));
      FAIL();
    } catch (const TimeoutError& error) {
      EXPECT_FALSE(error.maybe_executed());
    }
    EXPECT_LT(Clock::now() - begin, 650ms);
  }
}

TEST(TransportBytesTest, TimeoutsOfAnyLengthAreWaitedFor) {
  FakeServer server;
  StrictRedis r = client_of(server, {.socket_timeout = std::chrono::milliseconds::max(),
                                     .socket_connect_timeout = std::chrono::milliseconds::max()});
  EXPECT_TRUE(r.set("k", "v"));
  EXPECT_TRUE(
      r.with({.timeout = std::chrono::milliseconds(std::numeric_limits<std::int64_t>::max() / 1000)}).set("k", "v"));
  EXPECT_TRUE(r.with({.timeout = 0ms}).set("k", "v"));
}

// Socket -> whether it is closed on exec. Read from /proc: asking each descriptor itself would be a race with whoever
// closes it.
std::map<std::string, bool> sockets_closed_on_exec() {
  std::map<std::string, bool> sockets;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (gone || !target.starts_with("socket:")) continue;
    std::ifstream info("/proc/self/fdinfo/" + entry.path().filename().string());
    std::string word;
    while (info >> word && word != "flags:") {
    }
    info >> word;
    sockets[target] = (std::stoul("0" + word, nullptr, 8) & O_CLOEXEC) != 0;
  }
  return sockets;
}

TEST(TransportBytesTest, DescriptorsAreClosedOnExec) {
  FakeServer server;
  const auto before = sockets_closed_on_exec();
  StrictRedis r = client_of(server);
  EXPECT_TRUE(r.set("k", "v"));
  int ours = 0;
  for (const auto& [socket, closed_on_exec] : sockets_closed_on_exec()) {
    if (before.contains(socket)) continue;
    ++ours;
    EXPECT_TRUE(closed_on_exec) << socket;
  }
  EXPECT_GE(ours, 1);
}

TEST(TransportBytesTest, NoFailureLeaksADescriptor) {
  FakeServer closing([](const Received& command) {
    return tests::is_handshake(command) ? tests::default_reply() : tests::close_after("$9\r\n");
  });
  FakeServer refusing([](const Received&) { return tests::reply("-ERR no\r\n"); });
  const tests::ListeningPort silent;
  const int closed = tests::closed_port();
  const std::size_t before = tests::open_fds();
  {
    for (const int port : {closing.port(), refusing.port(), silent.port(), closed}) {
      StrictRedis r({.port = port}, {.socket_timeout = 20ms});
      for (int i = 0; i < 5; ++i) EXPECT_THROW(r.get("k"), RedisError);
    }
    ASSERT_TRUE(closing.wait_for_open_connections(0));
    ASSERT_TRUE(refusing.wait_for_open_connections(0));
    EXPECT_EQ(tests::open_fds(), before);
  }
  {
    FakeServer server;
    StrictRedis r = client_of(server);
    EXPECT_TRUE(r.set("k", "v"));
  }
  EXPECT_EQ(tests::open_fds(), before) << "connections end with their client";
}

TEST(TransportBytesTest, WritingToAClosedConnectionRaisesNoSignal) {
  // SIGPIPE would end this process: it is not ignored here.
  ASSERT_EQ(std::signal(SIGPIPE, SIG_DFL), SIG_DFL);
  FakeServer server([](const Received& command) {
    return tests::is_handshake(command) ? tests::default_reply() : tests::reset_after();
  });
  StrictRedis r = client_of(server);
  const std::string large(4 * megabyte, 'x');
  for (int i = 0; i < 20; ++i) EXPECT_THROW(r.set("k", large), ConnectionError);
}

TEST(TransportBytesTest, ManyThreadsShareAClientWhileConnectionsBreak) {
  FakeServer server([n = std::make_shared<std::atomic<int>>()](const Received& command) {
    if (tests::is_handshake(command)) return tests::default_reply();
    return ++*n % 50 == 0 ? tests::close_after() : tests::reply("$1\r\nv\r\n");
  });
  const StrictRedis r = client_of(server);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, mine = r]() mutable {
      for (int i = 0; i < 200; ++i) {
        try {
          if (mine.get("k") != "v") ++wrong;
        } catch (const ConnectionError&) {  // both tries met a close
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace rediscluster::transport
