#include "transport/connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include <hiredis/hiredis.h>

#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster::transport {

namespace {

constexpr std::size_t receive_size = 64 * 1024;

std::string error_text(int error) { return std::generic_category().message(error); }

// ROLE is not for every user, nor known to everything that speaks like a server: then we do without.
bool may_be_unknown(std::string_view error) {
  return error.starts_with("NOPERM") || error.starts_with("ERR unknown command");
}

}  // namespace

// The commands of the log-in, sent in one go.
struct Connection::Login {
  std::string bytes;
  std::vector<std::string_view> commands;
  Tape replies;

  void add(const Command& command, std::string_view name) {
    bytes += command.bytes();
    commands.push_back(name);
  }
};

Connection::Connection(const ServerAddress& address, const ConnectionSettings& settings, Clock::time_point now)
    : address_(address),
      settings_(settings),
      connect_deadline_(Deadline::after(settings.connect_timeout, now)),
      last_used_(now) {
  if (settings.transform) transform_ = settings.transform();  // may throw: nothing is open yet
  open();
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

void Connection::fail(const std::string& what) const {
  throw ConnectionError(address_.described() + ": " + what, request_begun_);
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

short Connection::events() const noexcept {
  if (state_ == State::connecting) return POLLOUT;
  return static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void Connection::begin(std::string_view request, std::size_t replies, Tape& tape, bool only_in_sync) {
  request_ = request;
  only_in_sync_ = only_in_sync;
  request_replies_ = replies;
  request_tape_ = &tape;
  request_begun_ = false;
  if (state_ != State::established) return;
  if (only_in_sync && role_.kind == Role::Kind::master) fail("is a master where a slave was expected");
  if (only_in_sync && role_.kind == Role::Kind::slave && !role_.link_up) fail("is not in step with its master");
  tape_ = request_tape_;
  replies_left_ = request_replies_;
  start_sending(request_);
}

bool Connection::advance() {
  try {
    if (state_ == State::connecting) finish_connecting();
    if (!unsent_.empty()) send_waiting();
    if (!receive()) return false;
    if (state_ == State::established) return true;
    finish_login();  // all its replies are there
    return false;
  } catch (const InvalidResponse& error) {
    throw InvalidResponse(address_.described() + ": " + error.what());
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
  tape_ = &login_->replies;
  replies_left_ = login_->commands.size();
  start_sending(login_->bytes);
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
  if (request_tape_ != nullptr) begin(request_, request_replies_, *request_tape_, only_in_sync_);
}

void Connection::start_sending(std::string_view plain) {
  if (transform_ != nullptr) {
    // What is still unsent of wire_ lies at its end.
    wire_.erase(0, wire_.size() - unsent_.size());
    transform_->send(plain, wire_);
    unsent_ = wire_;
  } else {
    unsent_ = plain;
  }
  send_waiting();
}

void Connection::send_waiting() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(fd_, unsent_.data(), unsent_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      if (errno == EPIPE || errno == ECONNRESET) {
        unsent_ = {};  // receive() will tell, after the server's last words if there are any
        return;
      }
      fail("cannot send: " + error_text(errno));
    }
    if (state_ == State::established) request_begun_ = true;
    unsent_.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Connection::receive() {
  char buffer[receive_size];
  while (true) {
    const ssize_t received = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (received == 0) fail("the server closed the connection");
    if (received < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
      fail("cannot receive: " + error_text(errno));
    }
    const std::string_view bytes(buffer, static_cast<std::size_t>(received));
    if (transform_ == nullptr) {
      parser_.feed(bytes);
    } else {
      std::string plain;
      wire_.erase(0, wire_.size() - unsent_.size());
      transform_->receive(bytes, plain, wire_);
      unsent_ = wire_;
      if (!plain.empty()) parser_.feed(plain);
      if (state_ == State::transforming && transform_->established()) begin_login();
      if (!unsent_.empty()) send_waiting();
    }
    if (parse_replies()) return true;
    if (bytes.size() < sizeof buffer) return false;
  }
}

bool Connection::parse_replies() {
  while (replies_left_ != 0 && parser_.parse(*tape_)) --replies_left_;
  return replies_left_ == 0 && state_ != State::transforming;
}

bool Connection::in_step() const noexcept { return parser_.unparsed() == 0 && unsent_.empty(); }

bool Connection::broken() const noexcept {
  char byte = 0;
  const ssize_t peeked = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace rediscluster::transport
