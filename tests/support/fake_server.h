// Servers that misbehave on purpose, for faults a real redis-server cannot play.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rediscluster::tests {

/** A command as a server receives it: name and arguments. */
using Received = std::vector<std::string>;

/** What FakeServer does about one command. Made by the functions below. */
struct Action {
  enum class Then { serve, close, reset, hang };

  /** What is sent; nullopt: what a healthy empty master would say (see FakeServer). */
  std::optional<std::string> bytes = std::string();
  Then then = Then::serve;
  /** When not 0, bytes go out in pieces of this size, each by a send() of its own. */
  std::size_t piece = 0;
  /** Passes before each piece, or before the whole. Other connections are served meanwhile. */
  std::chrono::milliseconds delay{0};
};

/** Sends bytes, which need not be RESP, and goes on serving; an empty text skips the reply. */
Action reply(std::string bytes);
/** Sends a healthy server's answer. */
Action default_reply();
/** Sends bytes, perhaps half a reply, and closes the connection (FIN). */
Action close_after(std::string bytes = {});
/** Sends bytes and resets the connection (RST). */
Action reset_after(std::string bytes = {});
/** Sends bytes, perhaps half a reply, and never anything again; goes on receiving. */
Action hang_after(std::string bytes = {});
/** bytes in pieces of size piece, with a pause before each. */
Action reply_in_pieces(std::string bytes, std::size_t piece, std::chrono::milliseconds pause = {});

/** What clients send to set up a connection or to learn roles: AUTH, SELECT, CLIENT, HELLO, PING, ROLE. */
bool is_handshake(const Received& command);

/** A server on a free port of 127.0.0.1, in a thread of its own, that answers RESP commands as it is told.

    The default answers: PING +PONG, ECHO its argument, ROLE that of a master without slaves, INFO an empty text, HELLO
    an unknown-command error (so RESP2), COMMAND an empty list, everything else +OK.

    Commands of one connection are answered in order, one action after the other. All methods may be called from any
    thread. The destructor closes everything at once and joins. */
class FakeServer {
 public:
  /** Called in the server's thread for each command that has arrived whole, handshake commands too (default_reply()
      serves them). Must not call the server's methods that wait. An exception closes the connection. */
  using Handler = std::function<Action(const Received& command)>;
  /** The same, told which connection it is, counted from 0 in order of acceptance. */
  using ConnectionHandler = std::function<Action(const Received& command, int connection)>;
  /** What one connection does, command by command; handshake commands get their default answers and use no step. When
      the steps are used up, all is answered by default. */
  using Script = std::vector<Action>;

  /** Answers everything by default. */
  FakeServer();
  explicit FakeServer(Handler handler);
  /** on_accept, when given, says what happens to a connection before it has sent anything: a greeting, a close. */
  explicit FakeServer(ConnectionHandler handler, std::function<Action(int connection)> on_accept = {});
  /** One script per connection in order of acceptance; the last serves all further ones. */
  explicit FakeServer(std::vector<Script> scripts);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  int port() const noexcept;
  /** Connections accepted so far. */
  int connections() const;
  /** Connections that neither side has closed. */
  int open_connections() const;
  /** Every command received, of all connections, in order of arrival, handshakes included. */
  std::vector<Received> commands() const;
  std::vector<Received> commands(int connection) const;
  /** Whether a client ever sent what is not an array of bulk strings; such a connection is closed. */
  bool malformed() const;

  /** These wait for a condition and say whether it came true within timeout. Handshake commands do not count. */
  bool wait_for_commands(std::size_t count, std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  bool wait_for_connections(int count, std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;
  bool wait_for_open_connections(int count, std::chrono::milliseconds timeout = std::chrono::seconds(10)) const;

  /** Sends bytes nobody asked for on every open connection, hanging ones included. */
  void send(std::string bytes);
  /** Closes every open connection; new ones are accepted. */
  void close_connections();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/** A port whose connections the kernel completes but nobody ever accepts or answers. */
class ListeningPort {
 public:
  ListeningPort();
  ~ListeningPort();
  ListeningPort(const ListeningPort&) = delete;
  ListeningPort& operator=(const ListeningPort&) = delete;

  int port() const noexcept { return port_; }

 private:
  int fd_;
  int port_;
};

/** A port whose backlog is full, so that connecting to it neither succeeds nor fails. */
class FullPort {
 public:
  FullPort();
  ~FullPort();
  FullPort(const FullPort&) = delete;
  FullPort& operator=(const FullPort&) = delete;

  int port() const noexcept { return port_; }

 private:
  int fd_;
  int port_;
  std::vector<int> clients_;
};

/** A port of 127.0.0.1 that refuses connections and is kept from others until the process ends (one descriptor). Each
    call gives another one. */
int closed_port();

}  // namespace rediscluster::tests
