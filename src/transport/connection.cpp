#include "transport/connection.h"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <rediscluster/command.h>
#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster::transport {

namespace {

std::string error_text(int error) {
  return std::generic_category().message(error);
}

// What is transformed at a time: as much as a receiver waits for the sender, and as is kept of what the socket does not
// take.
constexpr std::size_t transformed_at_once = 64 * 1024;

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
  if (settings.transform) transform([&] { transform_ = settings.transform(); });  // may throw: nothing is open yet
  open();
}

Connection::~Connection() = default;

void Connection::fail(const std::string& what) const {
  throw ConnectionError(address_.described() + ": " + what);
}

void Connection::open() {
  if (!address_.unix_socket_path.empty()) {
    addresses_ = {SocketAddress::of_unix_socket(address_.unix_socket_path)};
  } else {
    addresses_ = numeric_address(address_.host);
    if (addresses_.empty()) {
      look_up();
      return;
    }
    addresses_[0].set_port(address_.port);
  }
  connect_next(0);
}

void Connection::look_up() {
  try {
    resolved_ = std::make_shared<PollWaiter>();
    lookup_ = Resolver::shared().look_up(address_.host, resolved_);
  } catch (const std::system_error& error) {
    fail(std::string("cannot resolve: ") + error.what());
  }
  state_ = State::resolving;
  if (lookup_->done()) finish_resolving();
}

void Connection::finish_resolving() {
  if (!lookup_->done()) return;
  const Lookup::Answer& answer = lookup_->answer();
  if (answer.addresses.empty()) fail("cannot resolve: " + answer.error);
  addresses_.assign(answer.addresses.rbegin(), answer.addresses.rend());
  for (SocketAddress& address : addresses_) address.set_port(address_.port);
  connect_next(0);
  lookup_.reset();
  resolved_.reset();
}

// Begins with the next address with which one can begin at all. `last_error`: why the one before failed.
void Connection::connect_next(int last_error) {
  fd_.reset();
  state_ = State::connecting;
  while (!addresses_.empty()) {
    fd_.reset(start_connecting(addresses_.back()));
    if (fd_.get() < 0) last_error = errno;
    addresses_.pop_back();
    if (fd_.get() >= 0) return;
  }
  fail("cannot connect: " + error_text(last_error));
}

short Connection::login_events() const noexcept {
  if (state_ == State::resolving) return POLLIN;
  if (state_ == State::connecting) return POLLOUT;
  return static_cast<short>(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void Connection::log_in() {
  if (state_ == State::resolving) {
    finish_resolving();
    return;  // to poll for what comes next
  }
  if (state_ == State::connecting) finish_connecting();
  if (state_ == State::connecting) return;  // to the next address
  flush_wire();
  char buffer[16 * 1024];
  while (state_ != State::established) {
    const std::string_view received = receive(buffer, sizeof buffer);
    if (!received.empty()) feed(received);
    if (state_ == State::transforming && transform_->established()) {
      begin_login();
    } else if (received.empty()) {
      return;
    }
    flush_wire();
    if (state_ != State::logging_in) continue;
    while (login_->replies_left != 0 && parser_.parse(login_->replies)) --login_->replies_left;
    // A server that turns us away says so once, whatever we have asked, and closes.
    if (login_->replies_left == 0 || (login_->replies.size() != 0 && TapeView(login_->replies, 0).is_error()))
      finish_login();
  }
}

void Connection::finish_connecting() {
  if (const int error = connect_error(fd())) {
    connect_next(error);
    return;
  }
  addresses_.clear();
  if (transform_ != nullptr) {
    state_ = State::transforming;
    transform([this] { transform_->start(wire_); });
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
  if (!settings_.bare) add_to_login();
  if (login_->replies_left == 0) {
    login_.reset();
    state_ = State::established;
    return;
  }
  if (transform_ != nullptr) {
    transform([this] { transform_->send(login_->bytes, wire_); });
  } else {
    wire_ = login_->bytes;
    unsent_ = wire_;
  }
}

void Connection::add_to_login() {
  if (settings_.db != 0) login_->add(Command("SELECT").arg(settings_.db), "SELECT");
  if (!settings_.client_name.empty()) {
    login_->add(Command("CLIENT", "SETNAME").arg(settings_.client_name), "CLIENT SETNAME");
  }
  login_->add(Command("ROLE"), "ROLE");
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
    const ssize_t taken = ::send(fd(), bytes.data() + sent, bytes.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
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
  // No more is transformed than the socket takes, but for the last piece: a large request is not held twice.
  std::size_t taken = 0;
  while (true) {
    const std::lock_guard lock(transform_mutex_);
    flush_wire();
    if (has_unsent() || taken == bytes.size()) return taken;
    const std::string_view piece = bytes.substr(taken, transformed_at_once);
    transform([&] { transform_->send(piece, wire_); });
    taken += piece.size();
  }
}

void Connection::flush_wire() {
  if (!unsent_.empty()) unsent_.remove_prefix(send_raw(unsent_));
  has_unsent_.store(!unsent_.empty(), std::memory_order_relaxed);
}

// Lets the transform append to wire_.
template <class F>
void Connection::transform(F&& step) {
  wire_.erase(0, wire_.size() - std::exchange(unsent_, {}).size());
  try {
    step();
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    unsent_ = wire_;  // it may say why to the other side
    flush_wire();
    fail(error.what());
  }
  unsent_ = wire_;
}

std::string_view Connection::receive(char* buffer, std::size_t size) {
  ssize_t count = 0;
  do {
    count = ::recv(fd(), buffer, size, MSG_DONTWAIT);
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
    if (waiting_timeout_ == unset) ::fcntl(fd(), F_SETFL, ::fcntl(fd(), F_GETFL) & ~O_NONBLOCK);
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    waiting_timeout_ = timeout;
  }
  return received(::recv(fd(), buffer, size, 0), buffer);
}

std::string_view Connection::received(ssize_t count, const char* buffer) {
  if (count > 0) {
    const std::string_view bytes(buffer, static_cast<std::size_t>(count));
    if (transform_ == nullptr) return bytes;
    const std::lock_guard lock(transform_mutex_);
    plain_.clear();
    transform([&] { transform_->receive(bytes, plain_, wire_); });
    flush_wire();
    if (transform_->ended()) shut_down();  // so that the next receive() finds the end, whatever else has come
    return plain_;
  }
  if (count == 0) fail("the server closed the connection");
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {};
  fail("cannot receive: " + error_text(errno));
}

bool Connection::broken() const noexcept {
  char byte = 0;
  const ssize_t peeked = ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void Connection::shut_down() noexcept {
  if (state_ == State::resolving) {
    resolved_->notify();
  } else {
    ::shutdown(fd(), SHUT_RDWR);
  }
}

}  // namespace rediscluster::transport
