#include "transport/socket.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

namespace rediscluster::transport {

SocketAddress SocketAddress::of(const addrinfo& found) noexcept {
  SocketAddress address;
  address.size = std::min<socklen_t>(found.ai_addrlen, sizeof address.storage);
  std::memcpy(&address.storage, found.ai_addr, address.size);
  return address;
}

SocketAddress SocketAddress::of_unix_socket(std::string_view path) noexcept {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  path.copy(un.sun_path, sizeof un.sun_path - 1);
  SocketAddress address;
  address.size = sizeof un;
  std::memcpy(&address.storage, &un, sizeof un);
  return address;
}

void SocketAddress::set_port(int port) noexcept {
  const in_port_t wire = htons(static_cast<in_port_t>(port));
  if (storage.ss_family == AF_INET) reinterpret_cast<sockaddr_in&>(storage).sin_port = wire;
  if (storage.ss_family == AF_INET6) reinterpret_cast<sockaddr_in6&>(storage).sin6_port = wire;
}

std::string SocketAddress::text() const {
  char text[NI_MAXHOST];
  const auto* const address = reinterpret_cast<const sockaddr*>(&storage);
  return ::getnameinfo(address, size, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0 ? text : "";
}

std::vector<SocketAddress> numeric_address(const std::string& host) {
  sockaddr_in in{};
  sockaddr_in6 in6{};
  SocketAddress address;
  if (::inet_pton(AF_INET, host.c_str(), &in.sin_addr) == 1) {
    in.sin_family = AF_INET;
    address.size = sizeof in;
    std::memcpy(&address.storage, &in, sizeof in);
  } else if (::inet_pton(AF_INET6, host.c_str(), &in6.sin6_addr) == 1) {
    in6.sin6_family = AF_INET6;
    address.size = sizeof in6;
    std::memcpy(&address.storage, &in6, sizeof in6);
  } else {
    return {};
  }
  return {address};
}

int start_connecting(const SocketAddress& address) noexcept {
  const int family = address.storage.ss_family;
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
  const auto* const to = reinterpret_cast<const sockaddr*>(&address.storage);
  // Interrupted, it goes on all the same.
  if (::connect(fd, to, address.size) == 0 || errno == EINPROGRESS || errno == EINTR) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

int connect_error(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  if (error != 0) return error;
  // Nobody may be listening on a port of this very machine, and the kernel may have chosen that port for our end: then
  // we are connected to ourselves, and would take our own commands for replies.
  sockaddr_storage ours{};
  sockaddr_storage theirs{};
  socklen_t ours_size = sizeof ours;
  socklen_t theirs_size = sizeof theirs;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&ours), &ours_size) != 0) return errno;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&theirs), &theirs_size) != 0) return errno;
  const bool to_ourselves =
      ours.ss_family != AF_UNIX && ours_size == theirs_size && std::memcmp(&ours, &theirs, ours_size) == 0;
  return to_ourselves ? ECONNREFUSED : 0;
}

}  // namespace rediscluster::transport
