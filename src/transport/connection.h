// One connection to a server: a non-blocking socket, its log-in, and the parser of what comes.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <rediscluster/tape.h>

#include "protocol/reply_parser.h"
#include "transport/byte_transform.h"
#include "transport/deadline.h"
#include "transport/fork.h"
#include "transport/resolver.h"
#include "transport/role.h"
#include "transport/server_address.h"
#include "transport/socket.h"
#include "transport/waiter.h"

namespace rediscluster::transport {

/** Never blocks: the owner polls fd(). Not thread-safe, but for what is said to be. Any
    exception means that the connection is to be thrown away. */
class Connection {
 public:
  /** Starts connecting. `address` and `settings` must outlive the connection. */
  Connection(const ServerAddress& address, const ConnectionSettings& settings, Clock::time_point now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /** What to poll. Another one after each log_in(): that of a look-up first, then those of the addresses it found. */
  int fd() const noexcept { return resolved_ != nullptr ? resolved_->fd() : fd_.get(); }

  /** True once connected and logged in; until then events() is to be polled for and log_in() called. */
  bool established() const noexcept { return state_ == State::established; }
  /** Until when it must be established. */
  Deadline connect_deadline() const noexcept { return connect_deadline_; }
  /** What to poll for while it is not established. */
  short login_events() const noexcept;
  /** Goes on with connecting and logging in. */
  void log_in();
  /** What the server said of itself when we logged in. */
  const Role& role() const noexcept { return role_; }

  /** Sends what the socket takes of `bytes`; returns how many that were, or throws. With a transform the last of them
      may wait inside, transformed already. May run in one thread while receive() runs in another. */
  std::size_t send(std::string_view bytes);
  /** True when the server has closed its side: nothing can be sent any more, and receive() will tell, after the
     server's last words if there are any. */
  bool takes_no_more() const noexcept { return takes_no_more_.load(std::memory_order_relaxed); }
  /** With a transform: whether something waited inside when send() or receive() was last through; send("") tries to
      get rid of it. Thread-safe. */
  bool has_unsent() const noexcept { return has_unsent_.load(std::memory_order_relaxed); }

  /** Reads once from the socket, by way of `buffer`; empty when nothing has come that is for the caller. Valid until
      the next call. Throws when the server has closed. */
  std::string_view receive(char* buffer, std::size_t size);
  /** The same, but waits for up to `timeout` milliseconds (below 0: for ever) until something comes: one system call in
      the place of two, for who has nothing else to wait for. Empty when the time is over, or by a signal. */
  std::string_view receive_waiting(char* buffer, std::size_t size, int timeout);
  /** Hands what receive() gave to the parser. */
  void feed(std::string_view received) { parser_.feed(received); }
  /** See ReplyParser. */
  bool parse_plain(std::string_view& received, Tape& tape) const { return parser_.parse_plain(received, tape); }
  bool parse(Tape& tape) { return parser_.parse(tape); }
  std::size_t unparsed() const noexcept { return parser_.unparsed(); }
  void release_memory() { parser_.release_memory(); }

  /** True when the server has closed it, or has sent what nobody asked for. Asks the kernel; only when no reply is due.
   */
  bool broken() const noexcept;
  /** Ends it for both sides; whoever polls fd() wakes up. The descriptor stays until destruction. Thread-safe. */
  void shut_down() noexcept;

 private:
  enum class State { resolving, connecting, transforming, logging_in, established };

  void open();
  void look_up();
  void finish_resolving();
  void connect_next(int last_error);
  void finish_connecting();
  void begin_login();
  void add_to_login();
  void finish_login();
  std::size_t send_raw(std::string_view bytes);
  void flush_wire();
  template <class F>
  void transform(F&& step);
  std::string_view received(ssize_t count, const char* buffer);
  [[noreturn]] void fail(const std::string& what) const;

  const ServerAddress& address_;
  const ConnectionSettings& settings_;
  Descriptor fd_;  // of the socket, once there is one
  State state_ = State::connecting;
  std::shared_ptr<PollWaiter> resolved_;     // while resolving: is notified when that is through
  std::shared_ptr<const Lookup> lookup_;     // while resolving
  std::vector<SocketAddress> addresses_;     // while connecting: those still to be tried, the next one last
  std::atomic<bool> takes_no_more_ = false;  // set by who sends, read by who polls
  Deadline connect_deadline_;
  Role role_;
  static constexpr int unset = -2;
  int waiting_timeout_ = unset;  // what the socket is set to; all other sending and receiving says MSG_DONTWAIT
  protocol::ReplyParser parser_;

  std::mutex transform_mutex_;  // guards the next four, held for one piece at a time
  std::unique_ptr<ByteTransform> transform_;
  std::string wire_;         // with a transform, and while logging in: what is to be sent
  std::string_view unsent_;  // the part of wire_ that is still to be sent
  std::string plain_;        // with a transform: what receive() gave last
  std::atomic<bool> has_unsent_ = false;

  struct Login;
  std::unique_ptr<Login> login_;
};

}  // namespace rediscluster::transport
