// A slave that lags behind its master for as long as a test wants, with a replication link that both take to be up.
#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace rediscluster::tests {

/** Passes bytes on between a port of its own and another of this machine; or does not. */
class ReplicationRelay {
 public:
  explicit ReplicationRelay(int to) : to_(to), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = at(0);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 8) != 0 || ::getsockname(listener_, raw, &size) != 0) {
      throw std::runtime_error("no port for a relay");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~ReplicationRelay() {
    stop_ = true;
    thread_.join();
    for (const Way& way : ways_) ::close(way.from);
    ::close(listener_);
  }
  ReplicationRelay(const ReplicationRelay&) = delete;
  ReplicationRelay& operator=(const ReplicationRelay&) = delete;

  int port() const noexcept { return port_; }
  /** Returns when nothing is passed on any more. */
  void pause() {
    paused_ = true;
    while (!resting_ && !stop_) std::this_thread::yield();
  }
  void resume() {
    paused_ = false;
    while (resting_ && !stop_) std::this_thread::yield();
  }

 private:
  struct Way {
    int from;
    int to;
  };

  static sockaddr_in at(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

  void run() {
    while (!stop_) {
      resting_ = paused_.load();
      if (resting_) {
        ::poll(nullptr, 0, 1);
        continue;
      }
      std::vector<pollfd> polled{{listener_, POLLIN, 0}};
      for (const Way& way : ways_) polled.push_back({way.from, POLLIN, 0});
      if (::poll(polled.data(), polled.size(), 5) <= 0 || paused_) continue;
      for (std::size_t i = ways_.size(); i != 0; i -= 2) {  // the two ways of a connection lie side by side
        const bool goes_on =
            (polled[i].revents == 0 || pass_on(ways_[i - 1])) && (polled[i - 1].revents == 0 || pass_on(ways_[i - 2]));
        if (!goes_on) end(i - 2);
      }
      if (polled[0].revents != 0) accept();
    }
  }

  void accept() {
    const int from = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = at(to_);
    if (from < 0 || ::connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(from);
      ::close(to);
      return;
    }
    ways_.push_back({from, to});
    ways_.push_back({to, from});
  }

  static bool pass_on(const Way& way) {
    char buffer[16384];
    const ssize_t count = ::recv(way.from, buffer, sizeof buffer, 0);
    return count > 0 && ::send(way.to, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
  }

  void end(std::size_t first) {
    const auto at = ways_.begin() + static_cast<std::ptrdiff_t>(first);
    ::close(at[0].from);
    ::close(at[1].from);
    ways_.erase(at, at + 2);
  }

  const int to_;
  const int listener_;
  int port_ = 0;
  std::atomic<bool> paused_{false};
  std::atomic<bool> resting_{false};
  std::atomic<bool> stop_{false};
  std::vector<Way> ways_;
  std::thread thread_;
};

}  // namespace rediscluster::tests
