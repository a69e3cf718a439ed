// Sockets as connections want them: closed by exec() from their first moment on, and never blocking. hiredis makes them
// without SOCK_CLOEXEC, so that a program that starts another one at the wrong moment hands it our connections.
#pragma once

#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

struct addrinfo;

namespace rediscluster::transport {

/** An address to connect to. */
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  static SocketAddress of(const addrinfo& found) noexcept;
  /** `path` must fit into a sockaddr_un (config_check sees to it). */
  static SocketAddress of_unix_socket(std::string_view path) noexcept;
  /** Does nothing to that of a unix socket. */
  void set_port(int port) noexcept;
  /** The address in figures, without the port. */
  std::string text() const;
};

/** The address that `host` spells out, "127.0.0.1" or "::1"; empty when it is a name, or a rarer spelling, which are
    for the resolver. */
std::vector<SocketAddress> numeric_address(const std::string& host);

/** Begins to connect. The descriptor: writable, or in error, when that is through. -1 with errno when it cannot even
    begin. */
int start_connecting(const SocketAddress& address) noexcept;
/** 0 when the connection is there, else the error. */
int connect_error(int fd) noexcept;

}  // namespace rediscluster::transport
