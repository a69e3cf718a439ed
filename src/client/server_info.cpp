#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <rediscluster/errors.h>
#include <rediscluster/server_info.h>

namespace rediscluster {
inline namespace v0_1 {
namespace {

/** Cuts off and returns what is in front of the first separator; everything when there is none. */
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

template <class N>
N parse_number(std::string_view field, std::string_view value) {
  N number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) {
    throw InvalidResponse("INFO: " + std::string(field) + " is not such a number");
  }
  return number;
}

}  // namespace

ServerInfo::ServerInfo(std::string_view text) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("# ")) sections_.emplace_back(line.substr(2), std::vector<std::string>());
    if (line.empty() || line.front() == '#' || line.find(':') == std::string_view::npos) continue;
    const std::string_view name = take_until(line, ':');
    if (!sections_.empty()) sections_.back().second.emplace_back(name);
    const auto [field, is_new] = fields_.try_emplace(std::string(name), line);
    if (!is_new) field->second.append(1, '\n').append(line);
  }
}

const std::string& ServerInfo::at(std::string_view field) const {
  const const_iterator found = find(field);
  if (found == end()) throw KeyError("INFO has no field " + std::string(field));
  return found->second;
}

long long ServerInfo::integer(std::string_view field) const {
  return parse_number<long long>(field, at(field));
}

double ServerInfo::number(std::string_view field) const {
  return parse_number<double>(field, at(field));
}

ServerInfo::Fields ServerInfo::parts(std::string_view field) const {
  Fields parts;
  std::string_view left = at(field);
  while (!left.empty()) {
    std::string_view part = take_until(left, ',');
    const std::string_view name = take_until(part, '=');
    parts.try_emplace(std::string(name), part);
  }
  return parts;
}

std::vector<std::string> ServerInfo::sections() const {
  std::vector<std::string> names;
  for (const auto& [name, fields] : sections_) names.push_back(name);
  return names;
}

ServerInfo::Fields ServerInfo::section(std::string_view name) const {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  Fields found;
  for (const auto& [section, fields] : sections_) {
    if (!std::ranges::equal(section, name, {}, lower, lower)) continue;
    for (const std::string& field : fields) found.emplace(field, at(field));
  }
  return found;
}

}  // namespace v0_1
}  // namespace rediscluster
