#include "support/relay.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace rediscluster::tests {
namespace {

using Clock = std::chrono::steady_clock;

// What a way holds at most before it stops receiving.
constexpr std::size_t most_held = 8 << 20;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int new_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket");
  return fd;
}

int bind_to(int fd, int port) {
  sockaddr_in address = local(port);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    fail("bind");
  }
  return ntohs(address.sin_port);
}

void share_port(int fd) {
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

void close_at_once(int fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd);
}

// The bytes that are on their way from one socket to the other.
struct Pipe {
  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  std::deque<Piece> pieces = {};
  std::size_t held = 0;
  bool blocked = false;   // the receiver takes no more
  bool ended = false;     // the sender has said so
  bool told_end = false;  // and so has the receiver been told
};

struct Connection {
  int client;
  int server;
  bool connecting = true;
  std::array<Pipe, 2> pipes = {};

  int source(std::size_t way) const { return way == 0 ? client : server; }
  int target(std::size_t way) const { return way == 0 ? server : client; }
};

enum class End { none, reset, close };

}  // namespace

struct Relay::Impl {
  struct Settings {
    std::chrono::milliseconds delay{0};
    bool stalled = false;
    std::optional<std::size_t> left = {};  // until everything is reset
  };

  const int server_port;
  int reserved = -1;  // bound and never listening: keeps the port for us while connections are refused
  int port = 0;
  int listener = -1;
  int wake = -1;

  mutable std::mutex mutex = {};
  std::condition_variable obeyed = {};
  // Guarded by mutex; the thread holds it but for when it polls.
  std::deque<std::function<void()>> orders = {};
  std::uint64_t given = 0;
  std::uint64_t done = 0;
  bool ending = false;
  int accepted = 0;
  std::array<Settings, 2> settings = {};
  std::list<Connection> open = {};
  std::thread thread = {};

  explicit Impl(int to) : server_port(to) {
    reserved = new_socket();
    port = bind_to(reserved, 0);
    share_port(reserved);
    wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake < 0) fail("eventfd");
    listen();
    thread = std::thread([this] { run(); });
  }

  ~Impl() {
    order([this] { ending = true; });
    thread.join();
    end_all(End::reset);
    if (listener >= 0) ::close(listener);
    ::close(reserved);
    ::close(wake);
  }

  /** Has something done by the relay's thread, and waits for it. */
  void order(std::function<void()> what) {
    std::unique_lock lock(mutex);
    orders.push_back(std::move(what));
    const std::uint64_t mine = ++given;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake, &one, sizeof one);
    obeyed.wait(lock, [&] { return done >= mine; });
  }

  void listen() {
    if (listener >= 0) return;
    listener = new_socket();
    share_port(listener);
    bind_to(listener, port);
    if (::listen(listener, 1024) != 0) fail("listen");
  }

  void run() {
    std::vector<pollfd> entries;
    std::unique_lock lock(mutex);
    while (!ending) {
      const int timeout = gather(entries);
      lock.unlock();
      ::poll(entries.data(), entries.size(), timeout);
      lock.lock();
      // First what has come, then what was ordered: orders may end connections.
      auto entry = entries.begin() + 2;
      for (auto connection = open.begin(); connection != open.end(); entry += 2) {
        const End end = serve(*connection, entry[0].revents, entry[1].revents);
        connection = end == End::none ? std::next(connection) : end_one(connection, end);
      }
      if (settings[0].left == 0U || settings[1].left == 0U) {
        for (Settings& way : settings) way.left.reset();
        end_all(End::reset);
      }
      accept_all();
      obey();
    }
  }

  void obey() {
    std::uint64_t ignored = 0;
    [[maybe_unused]] const auto read = ::read(wake, &ignored, sizeof ignored);
    for (; !orders.empty(); orders.pop_front()) {
      orders.front()();
      ++done;
    }
    obeyed.notify_all();
  }

  /** What to poll for: the wake-up, the listener, and two for each connection; and for how long. */
  int gather(std::vector<pollfd>& entries) const {
    entries.assign({{wake, POLLIN, 0}, {listener, POLLIN, 0}});
    const auto now = Clock::now();
    auto timeout = std::chrono::milliseconds(-1);
    for (const Connection& connection : open) {
      std::array<int, 2> events = {0, 0};  // of the client's socket, of the server's
      for (std::size_t way = 0; way < 2; ++way) {
        const Pipe& pipe = connection.pipes[way];
        if (connection.connecting || settings[way].stalled) continue;
        if (!pipe.ended && pipe.held < most_held) events[way] |= POLLIN;
        if (pipe.pieces.empty()) continue;
        if (pipe.blocked) {
          events[1 - way] |= POLLOUT;
          continue;
        }
        const auto left = std::max(std::chrono::ceil<std::chrono::milliseconds>(pipe.pieces.front().due - now), {});
        timeout = timeout.count() < 0 ? left : std::min(timeout, left);
      }
      if (connection.connecting) events[1] = POLLOUT;
      // A socket that nothing is wanted of is left out: its end would be reported again and again.
      entries.push_back({events[0] != 0 ? connection.client : -1, static_cast<short>(events[0]), 0});
      entries.push_back({events[1] != 0 ? connection.server : -1, static_cast<short>(events[1]), 0});
    }
    return static_cast<int>(timeout.count());
  }

  End serve(Connection& connection, short of_client, short of_server) {
    if (connection.connecting) {
      if (of_server == 0) return End::none;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(connection.server, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0) return End::reset;
      connection.connecting = false;
      return End::none;
    }
    const std::array<short, 2> come = {of_client, of_server};
    for (std::size_t way = 0; way < 2; ++way) {
      if (settings[way].stalled) continue;
      Pipe& pipe = connection.pipes[way];
      if ((come[way] & (POLLIN | POLLHUP | POLLERR)) != 0 && !pipe.ended && !receive(connection, way))
        return End::reset;
      pipe.blocked = false;
      if (!send(connection, way)) return End::reset;
    }
    return connection.pipes[0].told_end && connection.pipes[1].told_end ? End::close : End::none;
  }

  /** False when the connection is broken. */
  bool receive(Connection& connection, std::size_t way) const {
    Pipe& pipe = connection.pipes[way];
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(connection.source(way), buffer.data(), buffer.size(), 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) {
      pipe.ended = true;
      return true;
    }
    if (pipe.told_end) return true;  // dropped
    pipe.pieces.push_back(
        {Clock::now() + settings[way].delay, std::string(buffer.data(), static_cast<std::size_t>(count))});
    pipe.held += static_cast<std::size_t>(count);
    return true;
  }

  /** Sends what is due; false when the connection is broken. */
  bool send(Connection& connection, std::size_t way) {
    Pipe& pipe = connection.pipes[way];
    std::optional<std::size_t>& left = settings[way].left;
    const auto now = Clock::now();
    while (!pipe.pieces.empty() && pipe.pieces.front().due <= now && left != 0U) {
      std::string& bytes = pipe.pieces.front().bytes;
      const std::size_t size = std::min(bytes.size(), left.value_or(bytes.size()));
      const ssize_t sent = ::send(connection.target(way), bytes.data(), size, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return pipe.blocked = errno == EAGAIN;
      const auto gone = static_cast<std::size_t>(sent);
      pipe.held -= gone;
      if (left) *left -= gone;
      if (gone == bytes.size()) {
        pipe.pieces.pop_front();
      } else {
        bytes.erase(0, gone);
      }
    }
    if (pipe.ended && pipe.pieces.empty()) tell_end(connection, way);
    return true;
  }

  static void tell_end(Connection& connection, std::size_t way) {
    if (std::exchange(connection.pipes[way].told_end, true)) return;
    ::shutdown(connection.target(way), SHUT_WR);
  }

  void accept_all() {
    while (listener >= 0) {
      const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (client < 0) return;
      ++accepted;
      const int server = new_socket();
      const int on = 1;
      for (const int fd : {client, server}) ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const sockaddr_in address = local(server_port);
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
        close_at_once(client);
        ::close(server);
        continue;
      }
      open.push_back({.client = client, .server = server});
    }
  }

  std::list<Connection>::iterator end_one(std::list<Connection>::iterator connection, End how) {
    for (const int fd : {connection->client, connection->server}) {
      how == End::reset ? close_at_once(fd) : static_cast<void>(::close(fd));
    }
    return open.erase(connection);
  }

  void end_all(End how) {
    while (!open.empty()) end_one(open.begin(), how);
  }
};

namespace {

constexpr std::size_t index_of(Relay::Way way) {
  return way == Relay::Way::to_server ? 0 : 1;
}

}  // namespace

Relay::Relay(int server_port) : impl_(std::make_unique<Impl>(server_port)) {}

Relay::~Relay() = default;

int Relay::port() const noexcept {
  return impl_->port;
}

int Relay::connections() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->accepted;
}

int Relay::open_connections() const {
  const std::lock_guard lock(impl_->mutex);
  return static_cast<int>(impl_->open.size());
}

void Relay::reset() {
  impl_->order([this] { impl_->end_all(End::reset); });
}

void Relay::close() {
  impl_->order([this] { impl_->end_all(End::close); });
}

void Relay::refuse(bool refused) {
  impl_->order([this, refused] {
    if (!refused) return impl_->listen();
    if (impl_->listener >= 0) ::close(std::exchange(impl_->listener, -1));
  });
}

void Relay::delay(Way way, std::chrono::milliseconds time) {
  impl_->order([=, this] { impl_->settings[index_of(way)].delay = time; });
}

void Relay::stall(Way way, bool stalled) {
  impl_->order([=, this] { impl_->settings[index_of(way)].stalled = stalled; });
}

void Relay::shut(Way way) {
  impl_->order([=, this] {
    for (Connection& connection : impl_->open) {
      Pipe& pipe = connection.pipes[index_of(way)];
      pipe.pieces.clear();
      pipe.held = 0;
      if (!connection.connecting) Impl::tell_end(connection, index_of(way));
    }
  });
}

void Relay::reset_after(Way way, std::size_t bytes) {
  impl_->order([=, this] { impl_->settings[index_of(way)].left = bytes; });
}

void Relay::heal() {
  impl_->order([this] {
    impl_->settings = {};
    impl_->listen();
  });
}

}  // namespace rediscluster::tests
