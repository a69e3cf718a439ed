#include "transport/connection.h"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <new>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <hiredis/hiredis.h>

#include <rediscluster/command.h>
#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster::transport {

namespace {

std::string error_text(int error) {
  return std::generic_category().message(error);
}

// ROLE is not for every user, nor known to everything that speaks like a server: then we do without.
bool may_be_unknown(std::string_view error) {
  return error.starts_with("NOPERM") || error.starts_with("ERR unknown command");
}

}  // namespace

// The commands of the log-in, sent in one go, and their replies.
struct Connection::Login {
  std::string bytes;
  std::vector<std::string_view> commands;
  Tape replies;
  std::size_t replies_left = 0;

  void add(const Command& command, std::string_view name) {
    bytes += command.bytes();
    commands.push_back(name);
    ++replies_left;
  }
};

Connection::Connection(const ServerAddress& address, const ConnectionSettings& settings, Clock::time_point now)
    : address_(address), settings_(settings), connect_deadline_(Deadline::after(settings.connect_timeout, now)) {
  if (settings.transform) transform_ = settings.transform();  // may throw: nothing is open yet
  open();
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

void Connection::fail(const std::string& what) const {
  throw ConnectionError(address_.described() + ": " + what);
}

void Connection::open() {
  redisContext* const context = address_.unix_socket_path.empty()
                                    ? redisConnectNonBlock(address_.host.c_str(), address_.port)
                                    : redisConnectUnixNonBlock(address_.unix_socket_path.c_str());
  if (context == nullptr) throw std::bad_alloc();
  if (context->err != 0) {
    const std::string what = context->errstr;
    redisFree(context);
    fail("cannot connect: " + what);
  }
  fd_ = redisFreeKeepFd(context);
  ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
  if (address_.unix_socket_path.empty()) {
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
}

short Connection::login_events() const noexcept {
  if (state_ == State::connecting) return POLLOUT;
  return static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void Connection::log_in() {
  if (state_ == State::connecting) finish_connecting();
  flush_wire();
  char buffer[16 * 1024];
  while (state_ != State::established) {
    const std::string_view received = receive(buffer, sizeof buffer);
    if (received.empty()) return;
    feed(received);
    if (state_ == State::transforming && transform_->established()) begin_login();
    flush_wire();
    if (state_ != State::logging_in) continue;
    while (login_->replies_left != 0 && parser_.parse(login_->replies)) --login_->replies_left;
    if (login_->replies_left == 0) finish_login();
  }
}

void Connection::finish_connecting() {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) fail("cannot connect: " + error_text(error));
  if (transform_ != nullptr) {
    state_ = State::transforming;
    transform_->start(wire_);
    unsent_ = wire_;
    if (!transform_->established()) return;
  }
  begin_login();
}

void Connection::begin_login() {
  state_ = State::logging_in;
  login_ = std::make_unique<Login>();
  if (!settings_.username.empty() || !settings_.password.empty()) {
    Command auth("AUTH");
    if (!settings_.username.empty()) auth.arg(settings_.username);
    login_->add(auth.arg(settings_.password), "AUTH");
  }
  if (settings_.db != 0) login_->add(Command("SELECT").arg(settings_.db), "SELECT");
  if (!settings_.client_name.empty()) {
    login_->add(Command("CLIENT", "SETNAME").arg(settings_.client_name), "CLIENT SETNAME");
  }
  login_->add(Command("ROLE"), "ROLE");
  if (transform_ != nullptr) {
    send(login_->bytes);
  } else {
    wire_ = login_->bytes;
    unsent_ = wire_;
  }
}

void Connection::finish_login() {
  std::size_t node = 0;
  for (const std::string_view command : login_->commands) {
    const TapeView reply(login_->replies, node);
    node = login_->replies.next(node);
    if (reply.is_error() && !(command == "ROLE" && may_be_unknown(reply.text()))) {
      // What a server says to a connection it does not want (too many clients, say) is no answer to our command.
      if (reply.text().starts_with("ERR max number of clients")) fail(std::string(reply.text()));
      protocol::throw_reply_error(reply.text(), command, address_.described());
    }
    if (command == "ROLE") role_ = Role::parse(reply);
  }
  login_.reset();
  state_ = State::established;
}

std::size_t Connection::send_raw(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size() && !takes_no_more_) {
    const ssize_t taken = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken >= 0) {
      sent += static_cast<std::size_t>(taken);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno == EPIPE || errno == ECONNRESET) {
      takes_no_more_ = true;
    } else if (errno != EINTR) {
      fail("cannot send: " + error_text(errno));
    }
  }
  return sent;
}

std::size_t Connection::send(std::string_view bytes) {
  if (transform_ == nullptr) return send_raw(bytes);
  wire_.erase(0, wire_.size() - unsent_.size());
  if (!bytes.empty()) transform_->send(bytes, wire_);
  unsent_ = wire_;
  flush_wire();
  return bytes.size();
}

void Connection::flush_wire() {
  if (!unsent_.empty()) unsent_.remove_prefix(send_raw(unsent_));
}

std::string_view Connection::receive(char* buffer, std::size_t size) {
  ssize_t count = 0;
  do {
    count = ::recv(fd_, buffer, size, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return received(count, buffer);
}

std::string_view Connection::receive_waiting(char* buffer, std::size_t size, int timeout) {
  // A little less than what is left will do, and need not be set anew by the next who has waited a little itself.
  if (timeout < 0 ? timeout != waiting_timeout_
                  : waiting_timeout_ > timeout || waiting_timeout_ < timeout - timeout / 8) {
    if (timeout > 0) timeout -= timeout / 16;
    timeval time{};
    if (timeout > 0) time = {timeout / 1000, timeout % 1000 * 1000};  // zero means for ever
    if (waiting_timeout_ == unset) ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) & ~O_NONBLOCK);
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    waiting_timeout_ = timeout;
  }
  return received(::recv(fd_, buffer, size, 0), buffer);
}

std::string_view Connection::received(ssize_t count, const char* buffer) const {
  if (count > 0) return {buffer, static_cast<std::size_t>(count)};
  if (count == 0) fail("the server closed the connection");
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
  fail("cannot receive: " + error_text(errno));
}

void Connection::feed(std::string_view received) {
  if (transform_ == nullptr) {
    parser_.feed(received);
    return;
  }
  std::string plain;
  wire_.erase(0, wire_.size() - unsent_.size());
  transform_->receive(received, plain, wire_);
  unsent_ = wire_;
  if (!plain.empty()) parser_.feed(plain);
  flush_wire();
}

bool Connection::broken() const noexcept {
  char byte = 0;
  const ssize_t peeked = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void Connection::shut_down() noexcept {
  ::shutdown(fd_, SHUT_RDWR);
}

}  // namespace rediscluster::transport
