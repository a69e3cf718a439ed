#include "testing/server_query.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "testing/unique_fd.h"

namespace rediscluster {
inline namespace v0_1 {
namespace testing {
namespace {

/** Waits until fd is ready for events; false at the deadline. */
bool wait_ready(int fd, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{fd, events, 0};
    const int result = ::poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left, 1'000'000)));
    if (result > 0) return true;
    if (result < 0 && errno != EINTR) return false;
  }
}

UniqueFd connect_to(int port, Clock::time_point deadline) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return {};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EINPROGRESS || !wait_ready(fd.get(), POLLOUT, deadline)) return {};
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return {};
  }
  return fd;
}

bool send_all(int fd, std::string_view bytes, Clock::time_point deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_ready(fd, POLLOUT, deadline)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/** Takes one reply from the front of bytes; nothing when it is not whole yet. */
std::optional<std::string> take_reply(std::string& bytes) {
  const std::size_t line_end = bytes.find("\r\n");
  if (line_end == std::string::npos) return std::nullopt;
  std::string line = bytes.substr(0, line_end);
  std::size_t end = line_end + 2;
  if (!line.empty() && line[0] == '$') {
    std::size_t length = 0;
    if (std::from_chars(line.data() + 1, line.data() + line.size(), length).ec == std::errc()) {
      if (bytes.size() < end + length + 2) return std::nullopt;
      line = bytes.substr(end, length);
      end += length + 2;
    }
  }
  bytes.erase(0, end);
  return line;
}

void append_command(std::string& out, const std::vector<std::string>& command) {
  out += "*" + std::to_string(command.size()) + "\r\n";
  for (const std::string& word : command) out += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
}

}  // namespace

std::optional<std::vector<std::string>> ask(int port, const std::string& password,
                                            const std::vector<std::vector<std::string>>& commands,
                                            Clock::time_point deadline) {
  std::string request;
  std::size_t awaited = commands.size();
  if (!password.empty()) {
    append_command(request, {"AUTH", password});
    ++awaited;
  }
  for (const auto& command : commands) append_command(request, command);

  const UniqueFd fd = connect_to(port, deadline);
  if (!fd || !send_all(fd.get(), request, deadline)) return std::nullopt;

  std::vector<std::string> replies;
  std::string bytes;
  while (replies.size() < awaited) {
    if (auto reply = take_reply(bytes)) {
      replies.push_back(std::move(*reply));
      continue;
    }
    if (!wait_ready(fd.get(), POLLIN, deadline)) return std::nullopt;
    char buffer[16384];
    const ssize_t received = ::recv(fd.get(), buffer, sizeof buffer, 0);
    if (received > 0) {
      bytes.append(buffer, static_cast<std::size_t>(received));
    } else if (received == 0 || (errno != EAGAIN && errno != EINTR)) {
      return std::nullopt;
    }
  }
  if (!password.empty()) replies.erase(replies.begin());
  return replies;
}

std::string_view info_field(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    std::string_view line = info.substr(0, info.find('\n'));
    info.remove_prefix(std::min(info.size(), line.size() + 1));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') {
      return line.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace testing
}  // namespace v0_1
}  // namespace rediscluster
