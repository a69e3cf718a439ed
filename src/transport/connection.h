// One connection to a server: a non-blocking socket, its log-in, and one exchange at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <rediscluster/command.h>
#include <rediscluster/tape.h>

#include "protocol/reply_parser.h"
#include "transport/byte_transform.h"
#include "transport/deadline.h"
#include "transport/role.h"
#include "transport/server_address.h"

namespace rediscluster::transport {

/** Never blocks (name resolution excepted): the owner polls fd() for events() and then calls advance(). Any exception
    means that the connection is to be thrown away. */
class Connection {
 public:
  /** Starts connecting. `address` and `settings` must outlive the connection. */
  Connection(const ServerAddress& address, const ConnectionSettings& settings, Clock::time_point now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const noexcept { return fd_; }
  /** What to poll for. */
  short events() const noexcept;
  /** True once connected and logged in. */
  bool established() const noexcept { return state_ == State::established; }
  /** Until when it must be established. */
  Deadline connect_deadline() const noexcept { return connect_deadline_; }
  /** What the server said of itself when we logged in. */
  const Role& role() const noexcept { return role_; }

  /** Starts an exchange: `request`, which must stay where it is, is to be sent, and `replies` replies are to be appended
      to `tape`. Sends what the socket takes. With `only_in_sync`, fails before anything is sent when the server was no
      slave in step with its master when we logged in. */
  void begin(std::string_view request, std::size_t replies, Tape& tape, bool only_in_sync);
  /** Goes on with the exchange after poll() has reported something. True when all replies are there. */
  bool advance();
  /** True when a byte of the request was handed to the kernel: the server may run it. */
  bool request_begun() const noexcept { return request_begun_; }
  /** To be called after an exchange: gives back the memory of a very large one. */
  void release_memory() { parser_.release_memory(); }
  /** False when the exchange that is complete has left something behind: a reply nobody asked for. */
  bool in_step() const noexcept;
  /** True when the server has closed it, or has sent what nobody asked for. Asks the kernel; not to be called during an
      exchange. */
  bool broken() const noexcept;

  Clock::time_point last_used() const noexcept { return last_used_; }
  void set_last_used(Clock::time_point now) noexcept { last_used_ = now; }

 private:
  enum class State { connecting, transforming, logging_in, established };

  void open();
  void finish_connecting();
  void begin_login();
  void finish_login();
  void start_sending(std::string_view plain);
  void send_waiting();
  bool receive();
  bool parse_replies();
  [[noreturn]] void fail(const std::string& what) const;

  const ServerAddress& address_;
  const ConnectionSettings& settings_;
  int fd_ = -1;
  State state_ = State::connecting;
  Deadline connect_deadline_;
  Clock::time_point last_used_;
  Role role_;

  std::unique_ptr<ByteTransform> transform_;
  std::string wire_;           // with a transform: what it wants sent
  std::string_view unsent_;    // of the request, the log-in, or wire_
  protocol::ReplyParser parser_;
  std::size_t replies_left_ = 0;
  Tape* tape_ = nullptr;

  std::string_view request_;  // waiting until we are logged in
  std::size_t request_replies_ = 0;
  Tape* request_tape_ = nullptr;
  bool only_in_sync_ = false;
  bool request_begun_ = false;

  struct Login;
  std::unique_ptr<Login> login_;
};

}  // namespace rediscluster::transport
