// The seam between a connection's plain bytes and its socket: a transform with a handshake, end to end.
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <span>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/command.h>
#include <rediscluster/errors.h>

#include "reply_text.h"
#include "support/fake_server.h"
#include "support/open_fds.h"
#include "transport/link.h"

namespace rediscluster::transport {
namespace {

using namespace std::chrono_literals;
using tests::FakeServer;
using tests::Received;
using tests::to_text;

void turn(std::string& bytes) {
  for (char& c : bytes) c = static_cast<char>(c ^ 0x5a);
}

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Serves one connection in front of a server: reads "hello", answers "hi", reads "go"; from then on all bytes are
// turned in both directions. Whatever follows "go" in the same segment is turned already.
class TurningProxy {
 public:
  explicit TurningProxy(int server_port) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = local(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1) != 0)
      std::abort();
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, server_port] { serve(server_port); });
  }
  ~TurningProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  TurningProxy(const TurningProxy&) = delete;
  TurningProxy& operator=(const TurningProxy&) = delete;

  int port() const { return port_; }

 private:
  void serve(int server_port) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = local(server_port);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) relay(client, server);
    ::close(server);
    ::close(client);
  }

  static void relay(int client, int server) {
    std::string seen;
    bool said_hi = false;
    const std::string opening = "hellogo";
    std::size_t opened = 0;
    while (true) {
      pollfd fds[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
      if (::poll(fds, 2, -1) < 0) return;
      for (const pollfd& ready : fds) {
        if (ready.revents == 0) continue;
        std::string bytes(65536, '\0');
        const ssize_t size = ::recv(ready.fd, bytes.data(), bytes.size(), 0);
        if (size <= 0) return;
        bytes.resize(static_cast<std::size_t>(size));
        if (ready.fd == client && opened < opening.size()) {
          const std::size_t taken = std::min(bytes.size(), opening.size() - opened);
          if (bytes.substr(0, taken) != opening.substr(opened, taken)) return;
          opened += taken;
          bytes.erase(0, taken);
          // In two pieces, so that the handshake is seen half-done as well.
          if (opened >= 5 && !said_hi && (said_hi = true) && (!send_all(client, "h") || !send_all(client, "i"))) return;
        }
        turn(bytes);
        if (!send_all(ready.fd == client ? server : client, bytes)) return;
      }
    }
  }

  int listener_;
  int port_ = 0;
  std::thread thread_;
};

class Turning final : public ByteTransform {
 public:
  void start(std::string& wire) override { wire += "hello"; }
  void receive(std::string_view from_wire, std::string& plain, std::string& wire) override {
    const std::string expected = "hi";
    while (!established() && !from_wire.empty()) {
      if (from_wire[0] != expected[greeted_]) throw ConnectionError("bad greeting");
      from_wire.remove_prefix(1);
      if (++greeted_ == expected.size()) wire += "go";
    }
    const std::size_t begin = plain.size();
    plain += from_wire;
    for (char& c : std::span(plain).subspan(begin)) c = static_cast<char>(c ^ 0x5a);
  }
  bool established() const noexcept override { return greeted_ == 2; }
  void send(std::string_view plain, std::string& wire) override {
    std::string turned(plain);
    turn(turned);
    wire += turned;
  }
  bool ended() const noexcept override { return false; }

 private:
  std::size_t greeted_ = 0;
};

ConnectionSettings turning() {
  ConnectionSettings settings;
  settings.transform = [] { return std::make_unique<Turning>(); };
  return settings;
}

std::string value_of(Link& link, const Command& command) {
  Call call(command.bytes(), 1);
  link.submit(call, Deadline::after(30s, Clock::now()), Clock::now());
  Call* const calls[] = {&call};
  wait_all(calls);
  if (call.failure()) std::rethrow_exception(call.failure().exception(call.maybe_executed()));
  return to_text(call.replies());
}

TEST(ByteTransformTest, StandsBetweenSocketAndParser) {
  FakeServer server;
  TurningProxy proxy(server.port());
  ConnectionSettings settings = turning();
  settings.client_name = "transformed";
  Link link({"node_1", "127.0.0.1", proxy.port(), {}}, settings);
  EXPECT_EQ(value_of(link, Command("SET").key("k").arg("v")), "+OK");
  EXPECT_EQ(server.commands(),
            (std::vector<Received>{{"CLIENT", "SETNAME", "transformed"}, {"ROLE"}, {"SET", "k", "v"}}));
}

TEST(ByteTransformTest, LargeRequestsAndRepliesCross) {
  FakeServer server;
  TurningProxy proxy(server.port());
  Link link({"node_1", "127.0.0.1", proxy.port(), {}}, turning());
  for (const std::size_t size : {0U, 1U, 65536U, 5U << 20, 10U}) {
    const std::string value(size, 'y');
    EXPECT_TRUE(value_of(link, Command("ECHO").arg(value)) == "$" + value) << size;
  }
  EXPECT_FALSE(server.malformed());
  EXPECT_EQ(server.connections(), 1) << "the connection is used again";
}

TEST(ByteTransformTest, AHandshakeThatFailsFailsTheCall) {
  FakeServer server({}, [](int) { return tests::reply("+what?\r\n"); });
  Link link({"node_1", "127.0.0.1", server.port(), {}}, turning());
  EXPECT_THROW(value_of(link, Command("GET").key("k")), ConnectionError);
  EXPECT_EQ(link.connections(), 0U);
}

TEST(ByteTransformTest, AHandshakeThatHangsIsATimeoutOfConnecting) {
  const tests::ListeningPort silent;
  ConnectionSettings settings = turning();
  settings.connect_timeout = 50ms;
  Link link({"node_1", "127.0.0.1", silent.port(), {}}, settings);
  const auto begin = Clock::now();
  EXPECT_THROW(value_of(link, Command("GET").key("k")), TimeoutError);
  EXPECT_LT(Clock::now() - begin, 1s);
}

TEST(ByteTransformTest, ATransformThatCannotBeMadeLeaksNothing) {
  FakeServer server;
  ConnectionSettings settings;
  settings.transform = []() -> std::unique_ptr<ByteTransform> { throw ConnectionError("no certificate"); };
  Link link({"node_1", "127.0.0.1", server.port(), {}}, settings);
  const std::size_t before = tests::open_fds();
  for (int i = 0; i < 10; ++i) EXPECT_THROW(value_of(link, Command("PING")), ConnectionError);
  EXPECT_EQ(tests::open_fds(), before);
}

}  // namespace
}  // namespace rediscluster::transport
