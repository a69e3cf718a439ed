// NodeConfig::from_url. What a URL holds may be a password, or be taken for one part of it when it was meant as
// another: no message quotes any of it.
#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>
#include <string>
#include <string_view>

#include <rediscluster/config.h>
#include <rediscluster/errors.h>

namespace rediscluster {
inline namespace v0_1 {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw DataError("NodeConfig::from_url: " + why);
}

// What stands before the separator; `rest` keeps what stands behind it, or nothing when there is none.
std::string_view take_until(std::string_view& rest, std::string_view separators) {
  const std::size_t end = std::min(rest.find_first_of(separators), rest.size());
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

std::string decoded(std::string_view text, const char* what) {
  std::string plain;
  while (!text.empty()) {
    if (text[0] != '%') {
      plain += text[0];
      text.remove_prefix(1);
      continue;
    }
    unsigned char byte = 0;
    const char* const digits = text.data() + 1;
    if (text.size() < 3 || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2) {
      refuse("the " + std::string(what) + " has a % that two hexadecimal digits do not follow");
    }
    plain += static_cast<char>(byte);
    text.remove_prefix(3);
  }
  return plain;
}

bool holds_control_or_blank(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (c >= 0 && c <= ' ') || c == '\x7f'; });
}

std::string host_of(std::string_view text) {
  if (text.empty()) refuse("the host is missing");
  std::string host = decoded(text, "host");
  if (holds_control_or_blank(host)) refuse("the host holds a blank or a control character");
  return host;
}

std::string ipv6_of(std::string_view text) {
  std::string host = decoded(text, "host");
  in6_addr address{};
  const std::string without_zone = host.substr(0, host.find('%'));
  if (::inet_pton(AF_INET6, without_zone.c_str(), &address) != 1 || host.find('\0') != std::string::npos) {
    refuse("what stands in brackets is no IPv6 address");
  }
  return host;
}

int port_of(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    refuse("the port is not a number from 1 to 65535");
  }
  return port;
}

void read_host_and_port(std::string_view text, NodeConfig& node) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) refuse("a bracket is not closed");
    node.host = ipv6_of(text.substr(1, end - 1));
    port = text.substr(end + 1);
    if (!port.empty() && port[0] != ':') refuse("only a port may follow an address in brackets");
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    port = text.substr(colon);
    if (port.find(':', 1) != std::string_view::npos) refuse("an IPv6 address must stand in brackets");
    node.host = host_of(text.substr(0, colon));
  }
  if (!port.empty()) node.port = port_of(port.substr(1));
}

void read_user(std::string_view text, NodeConfig& node) {
  const std::string_view user = take_until(text, ":");
  node.username = decoded(user, "user");
  node.password = decoded(text, "password");
}

void set_once(std::string& field, std::string value, const char* what) {
  if (!field.empty()) refuse("the " + std::string(what) + " is given twice");
  field = std::move(value);
}

void read_parameters(std::string_view query, NodeConfig& node) {
  while (!query.empty()) {
    std::string_view parameter = take_until(query, "&");
    const std::string_view name = take_until(parameter, "=");
    std::string value(parameter);
    std::ranges::replace(value, '+', ' ');
    if (name == "username") {
      set_once(node.username, decoded(value, "user"), "user");
    } else if (name == "password") {
      set_once(node.password, decoded(value, "password"), "password");
    } else if (name != "db") {
      refuse("it has a parameter other than username, password and db");
    } else if (value != "0") {
      refuse("a database is chosen by Options::db, for all servers alike");
    }
  }
}

}  // namespace

NodeConfig NodeConfig::from_url(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  std::string scheme(url.substr(0, scheme_end));
  for (char& c : scheme) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const bool is_unix = scheme == "unix";
  if (scheme_end == std::string_view::npos || (!is_unix && scheme != "redis" && scheme != "rediss")) {
    refuse("it does not begin with redis://, rediss:// or unix://");
  }
  url.remove_prefix(scheme_end + 3);
  if (url.find('#') != std::string_view::npos) refuse("it has a fragment; a # in a password is written %23");

  NodeConfig node;
  node.tls = scheme == "rediss";
  std::string_view query = url;
  url = take_until(query, "?");
  std::string_view authority = url.substr(0, url.find('/'));
  std::string_view path = url.substr(authority.size());
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    read_user(authority.substr(0, at), node);
    authority.remove_prefix(at + 1);
  }
  if (is_unix) {
    if (!authority.empty()) refuse("the path of a unix socket must begin with a slash: unix:///path");
    node.unix_socket_path = decoded(path, "path");
    if (path.size() < 2) refuse("the path of the unix socket is missing");
    if (node.unix_socket_path.find('\0') != std::string::npos) refuse("the path holds a zero byte");
  } else {
    read_host_and_port(authority, node);
    if (!path.empty() && path != "/" && path != "/0") {
      refuse("only /0 may follow the address: a database is chosen by Options::db, for all servers alike");
    }
  }
  read_parameters(query, node);
  return node;
}

}  // namespace v0_1
}  // namespace rediscluster
