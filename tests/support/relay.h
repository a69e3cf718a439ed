// A TCP relay in front of a server, which plays the faults of a network.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

namespace rediscluster::tests {

/** Listens on a free port of 127.0.0.1 and relays each connection, in a thread of its own, to a port of 127.0.0.1. A
    connection that the server refuses or resets is reset; an end of what one side sends is passed on to the other.

    Methods may be called from any thread; what they ask for has happened when they return. The destructor resets what
    is open and joins. */
class Relay {
 public:
  /** The way that bytes go. */
  enum class Way { to_server, to_client };

  explicit Relay(int server_port);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  int port() const noexcept;
  /** Connections accepted so far, and those that are open now. */
  int connections() const;
  int open_connections() const;

  /** Ends all open connections for both sides, by RST or by FIN; what is held of their bytes is lost. */
  void reset();
  void close();
  /** While true, new connections are refused; open ones stay. */
  void refuse(bool refused);
  /** Each byte that arrives from now on arrives this much later, and never before an earlier one. */
  void delay(Way way, std::chrono::milliseconds time);
  /** While true, bytes of this way are held back, on new connections too, and nobody is told: a half-open connection
      when it is both ways. */
  void stall(Way way, bool stalled);
  /** Tells the receiving side of all open connections that no more will come: half-closed. What comes is dropped. */
  void shut(Way way);
  /** When `bytes` more have gone this way, over all connections together, all open connections are reset; once. */
  void reset_after(Way way, std::size_t bytes);
  /** No delay, no stall, nothing refused, no reset to come. Open connections stay as they are. */
  void heal();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rediscluster::tests
