// Where a server is, who we are there, and what it is called in messages.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include <rediscluster/observer.h>

#include "transport/byte_transform.h"

namespace rediscluster::transport {

struct ServerAddress {
  std::string name;  ///< node_1 ...; may be empty
  std::string host;
  int port = 0;
  std::string unix_socket_path;  ///< in place of host and port when not empty

  /** "node_1 (127.0.0.1:6379)". */
  std::string described() const {
    const std::string place = unix_socket_path.empty() ? host + ":" + std::to_string(port) : unix_socket_path;
    return name.empty() ? place : name + " (" + place + ")";
  }
};

/** What every new connection says first, and how long it may take to get there. */
struct ConnectionSettings {
  std::string username = {};
  std::string password = {};
  int db = 0;
  std::string client_name = {};
  bool bare = false;                             ///< log in with the password and nothing else
  std::chrono::milliseconds connect_timeout{0};  ///< zero: as long as the call
  std::chrono::milliseconds silence_timeout{0};  ///< a connection on which nothing comes for so long is replaced
  std::chrono::microseconds busy_poll{0};  ///< how long a caller who is alone looks for its reply before it sleeps
  ByteTransformFactory transform = {};
  std::shared_ptr<Observer> observer = {};            ///< is told of connections; may be null
  std::size_t max_own_connections = 64;               ///< for calls that need one of their own
  std::chrono::milliseconds own_idle_timeout{60000};  ///< those that nobody uses for so long are closed
};

}  // namespace rediscluster::transport
