#include "support/fake_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <fcntl.h>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace rediscluster::tests {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/** A socket bound to a free port of 127.0.0.1. */
std::pair<int, int> bound_socket(int flags) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("bind");
  }
  return {fd, ntohs(address.sin_port)};
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string default_answer(const Received& command) {
  const std::string name = upper_case(command.front());
  if (name == "PING" && command.size() == 1) return "+PONG\r\n";
  if ((name == "PING" || name == "ECHO") && command.size() == 2) {
    return "$" + std::to_string(command[1].size()) + "\r\n" + command[1] + "\r\n";
  }
  if (name == "ROLE") return "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n";
  if (name == "INFO") return "$0\r\n\r\n";
  if (name == "COMMAND") return "*0\r\n";
  if (name == "HELLO") return "-ERR unknown command 'HELLO'\r\n";
  return "+OK\r\n";
}

enum class Parsed { command, incomplete, malformed };

/** Reads "<type><number>\r\n" at position. */
Parsed parse_header(std::string_view bytes, std::size_t& position, char type, std::size_t& number) {
  if (position >= bytes.size()) return Parsed::incomplete;
  if (bytes[position] != type) return Parsed::malformed;
  const std::size_t end = bytes.find("\r\n", position);
  if (end == std::string_view::npos) return bytes.size() - position > 32 ? Parsed::malformed : Parsed::incomplete;
  const auto result = std::from_chars(bytes.data() + position + 1, bytes.data() + end, number);
  if (result.ec != std::errc() || result.ptr != bytes.data() + end) return Parsed::malformed;
  position = end + 2;
  return Parsed::command;
}

/** Reads an array of bulk strings at position, which moves only when it is whole. */
Parsed parse_command(std::string_view bytes, std::size_t& position, Received& command) {
  std::size_t at = position;
  std::size_t count = 0;
  if (const Parsed header = parse_header(bytes, at, '*', count); header != Parsed::command) return header;
  if (count == 0) return Parsed::malformed;
  command.clear();
  for (; count > 0; --count) {
    std::size_t length = 0;
    if (const Parsed header = parse_header(bytes, at, '$', length); header != Parsed::command) return header;
    if (bytes.size() - at < length || bytes.size() - at - length < 2) return Parsed::incomplete;
    if (bytes.substr(at + length, 2) != "\r\n") return Parsed::malformed;
    command.emplace_back(bytes.substr(at, length));
    at += length + 2;
  }
  position = at;
  return Parsed::command;
}

struct Connection {
  int fd = -1;
  int index = 0;
  std::string input = {};
  std::deque<Received> waiting = {};
  /** The action being carried out, its bytes filled in. */
  std::optional<Action> action = {};
  std::size_t sent = 0;
  /** When its next piece is due. */
  Clock::time_point due = {};
  bool blocked = false;
  bool hanging = false;
  /** Steps of its script that are used up. */
  std::size_t steps = 0;
};

}  // namespace

Action reply(std::string bytes) {
  return {.bytes = std::move(bytes)};
}
Action default_reply() {
  return {.bytes = std::nullopt};
}
Action close_after(std::string bytes) {
  return {.bytes = std::move(bytes), .then = Action::Then::close};
}
Action reset_after(std::string bytes) {
  return {.bytes = std::move(bytes), .then = Action::Then::reset};
}
Action hang_after(std::string bytes) {
  return {.bytes = std::move(bytes), .then = Action::Then::hang};
}
Action reply_in_pieces(std::string bytes, std::size_t piece, std::chrono::milliseconds pause) {
  return {.bytes = std::move(bytes), .piece = piece, .delay = pause};
}

bool is_handshake(const Received& command) {
  if (command.empty()) return false;
  const std::string name = upper_case(command.front());
  for (const char* const known : {"AUTH", "SELECT", "CLIENT", "HELLO", "PING", "ROLE"}) {
    if (name == known) return true;
  }
  return false;
}

struct FakeServer::Impl {
  // Of the server's thread alone:
  int listener = -1;
  int wake = -1;
  int port = 0;
  std::list<Connection> open = {};
  ConnectionHandler handler = {};
  std::function<Action(int)> on_accept = {};
  std::vector<Script> scripts = {};

  mutable std::mutex mutex = {};
  mutable std::condition_variable changed = {};
  // Guarded by mutex:
  bool ending = false;
  bool close_all = false;
  std::string unasked = {};
  bool malformed = false;
  int accepted = 0;
  int open_count = 0;
  std::size_t counted_commands = 0;
  std::vector<std::pair<int, Received>> received = {};

  std::thread thread = {};

  Impl() {
    std::tie(listener, port) = bound_socket(SOCK_NONBLOCK);
    wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0 || ::listen(listener, 1024) != 0) fail("listen");
  }

  ~Impl() {
    tell([this] { ending = true; });
    if (thread.joinable()) thread.join();
    for (const Connection& connection : open) ::close(connection.fd);
    ::close(listener);
    ::close(wake);
  }

  /** Changes something guarded and lets the server's thread see it. */
  template <class Change>
  void tell(Change change) {
    const std::lock_guard lock(mutex);
    change();
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake, &one, sizeof one);
  }

  template <class Condition>
  bool wait(std::chrono::milliseconds timeout, Condition condition) const {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, timeout, condition);
  }

  void run() {
    std::vector<pollfd> entries;
    while (true) {
      entries.assign({{wake, POLLIN, 0}, {listener, POLLIN, 0}});
      auto timeout = std::chrono::milliseconds(-1);
      for (const Connection& connection : open) {
        const bool pausing = connection.action && !connection.blocked;
        if (pausing) {
          const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(connection.due - Clock::now()), {});
          timeout = timeout.count() < 0 ? left : std::min(timeout, left);
        }
        const int events = POLLIN | (connection.blocked ? POLLOUT : 0);
        entries.push_back({connection.fd, static_cast<short>(events), 0});
      }
      ::poll(entries.data(), entries.size(), static_cast<int>(timeout.count()));
      if (!obey()) return;
      auto entry = entries.begin() + 2;
      for (auto connection = open.begin(); connection != open.end() && entry != entries.end(); ++entry) {
        if (entry->fd != connection->fd) break;  // obey() has closed them
        const bool alive =
            (!(entry->revents & (POLLIN | POLLHUP | POLLERR)) || receive(*connection)) && serve(*connection);
        connection = alive ? std::next(connection) : close_one(connection);
      }
      accept_all();
    }
  }

  /** Does what other threads have asked for; false to end. */
  bool obey() {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto read = ::read(wake, &ignored, sizeof ignored);
    const std::lock_guard lock(mutex);
    if (ending) return false;
    for (const Connection& connection : open) {
      for (std::string_view rest = unasked; !rest.empty();) {
        const ssize_t sent = ::send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent <= 0) break;
        rest.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
    unasked.clear();
    if (std::exchange(close_all, false)) {
      for (const Connection& connection : open) ::close(connection.fd);
      open.clear();
      open_count = 0;
      changed.notify_all();
    }
    return true;
  }

  std::list<Connection>::iterator close_one(std::list<Connection>::iterator connection) {
    ::close(connection->fd);
    const std::lock_guard lock(mutex);
    --open_count;
    changed.notify_all();
    return open.erase(connection);
  }

  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      Connection& connection = open.emplace_back();
      connection.fd = fd;
      {
        const std::lock_guard lock(mutex);
        connection.index = accepted++;
        ++open_count;
        changed.notify_all();
      }
      if (!on_accept) continue;
      if (!begin(connection, [&] { return on_accept(connection.index); }, {}) || !serve(connection)) {
        close_one(std::prev(open.end()));
      }
    }
  }

  /** Takes in what has arrived; false when the connection is to be closed. */
  bool receive(Connection& connection) {
    char buffer[65536];
    while (true) {
      const ssize_t count = ::recv(connection.fd, buffer, sizeof buffer, 0);
      if (count > 0) {
        connection.input.append(buffer, static_cast<std::size_t>(count));
        continue;
      }
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      return false;
    }
    std::size_t position = 0;
    Received command;
    Parsed parsed;
    while ((parsed = parse_command(connection.input, position, command)) == Parsed::command) {
      connection.waiting.push_back(command);
      const std::lock_guard lock(mutex);
      if (!is_handshake(command)) ++counted_commands;
      received.emplace_back(connection.index, std::move(command));
      changed.notify_all();
    }
    connection.input.erase(0, position);
    if (parsed == Parsed::malformed) {
      const std::lock_guard lock(mutex);
      malformed = true;
    }
    return parsed != Parsed::malformed;
  }

  Action decide(Connection& connection, const Received& command) {
    if (handler) return handler(command, connection.index);
    if (scripts.empty() || is_handshake(command)) return default_reply();
    const Script& script = scripts[std::min(static_cast<std::size_t>(connection.index), scripts.size() - 1)];
    return connection.steps < script.size() ? script[connection.steps++] : default_reply();
  }

  template <class Decide>
  bool begin(Connection& connection, Decide decide_action, const Received& command) {
    try {
      connection.action = decide_action();
    } catch (...) {
      return false;
    }
    if (!connection.action->bytes) connection.action->bytes = command.empty() ? "" : default_answer(command);
    connection.sent = 0;
    connection.due = Clock::now() + connection.action->delay;
    return true;
  }

  /** Goes as far as it can without waiting; false when the connection is to be closed. */
  bool serve(Connection& connection) {
    connection.blocked = false;
    while (!connection.hanging) {
      if (!connection.action) {
        if (connection.waiting.empty()) return true;
        const Received command = std::move(connection.waiting.front());
        connection.waiting.pop_front();
        if (!begin(
                connection, [&] { return decide(connection, command); }, command))
          return false;
      }
      if (Clock::now() < connection.due) return true;
      const Action& action = *connection.action;
      std::string_view rest = *action.bytes;
      rest.remove_prefix(connection.sent);
      if (!rest.empty()) {
        const std::size_t size = action.piece ? std::min(action.piece, rest.size()) : rest.size();
        const ssize_t sent = ::send(connection.fd, rest.data(), size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
          connection.blocked = true;
          return true;
        }
        if (sent < 0 && errno != EINTR) return false;
        connection.sent += static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
        if (action.piece) connection.due = Clock::now() + action.delay;
        if (connection.sent < action.bytes->size()) continue;
      }
      if (!finish(connection)) return false;
    }
    return true;
  }

  bool finish(Connection& connection) {
    const Action::Then then = connection.action->then;
    connection.action.reset();
    if (then == Action::Then::serve) return true;
    if (then == Action::Then::hang) {
      connection.hanging = true;
      return true;
    }
    if (then == Action::Then::reset) {
      const linger at_once{1, 0};
      ::setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    return false;
  }
};

FakeServer::FakeServer() : FakeServer(std::vector<Script>{}) {}

FakeServer::FakeServer(Handler handler)
    : FakeServer([handler = std::move(handler)](const Received& command, int) { return handler(command); }) {}

FakeServer::FakeServer(ConnectionHandler handler, std::function<Action(int)> on_accept)
    : impl_(std::make_unique<Impl>()) {
  impl_->handler = std::move(handler);
  impl_->on_accept = std::move(on_accept);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

FakeServer::FakeServer(std::vector<Script> scripts) : impl_(std::make_unique<Impl>()) {
  impl_->scripts = std::move(scripts);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

FakeServer::~FakeServer() = default;

int FakeServer::port() const noexcept {
  return impl_->port;
}

int FakeServer::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->accepted;
}

int FakeServer::open_connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->open_count;
}

std::vector<Received> FakeServer::commands() const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<Received> result;
  for (const auto& [connection, command] : impl_->received) result.push_back(command);
  return result;
}

std::vector<Received> FakeServer::commands(int connection) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<Received> result;
  for (const auto& [from, command] : impl_->received) {
    if (from == connection) result.push_back(command);
  }
  return result;
}

bool FakeServer::malformed() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->malformed;
}

bool FakeServer::wait_for_commands(std::size_t count, std::chrono::milliseconds timeout) const {
  return impl_->wait(timeout, [&] { return impl_->counted_commands >= count; });
}

bool FakeServer::wait_for_connections(int count, std::chrono::milliseconds timeout) const {
  return impl_->wait(timeout, [&] { return impl_->accepted >= count; });
}

bool FakeServer::wait_for_open_connections(int count, std::chrono::milliseconds timeout) const {
  return impl_->wait(timeout, [&] { return impl_->open_count == count; });
}

void FakeServer::send(std::string bytes) {
  impl_->tell([&] { impl_->unasked += bytes; });
}

void FakeServer::close_connections() {
  impl_->tell([&] { impl_->close_all = true; });
}

ListeningPort::ListeningPort() {
  std::tie(fd_, port_) = bound_socket(0);
  if (::listen(fd_, 1024) != 0) fail("listen");
}

ListeningPort::~ListeningPort() {
  ::close(fd_);
}

FullPort::FullPort() {
  std::tie(fd_, port_) = bound_socket(0);
  if (::listen(fd_, 0) != 0) fail("listen");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  // The kernel lets one more in than it is told, and a connection that gets in does so at once.
  for (int i = 0; i < 4; ++i) {
    clients_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (clients_.back() < 0) fail("socket");
    [[maybe_unused]] const int result =
        ::connect(clients_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
}

FullPort::~FullPort() {
  for (const int client : clients_) ::close(client);
  ::close(fd_);
}

int closed_port() {
  return bound_socket(0).second;  // the socket is kept, never listening
}

}  // namespace rediscluster::tests
