// ServerInfo: what INFO says about a server.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** The fields of an INFO reply, of all its sections together, by name: info["redis_version"]. Field names are unique
    but for those of several modules: the values of a name that comes again are joined by a newline. */
class REDISCLUSTER_API ServerInfo {
 public:
  using Fields = std::map<std::string, std::string>;
  using const_iterator = Fields::const_iterator;

  ServerInfo() = default;
  /** Reads the text of an INFO reply. */
  explicit ServerInfo(std::string_view text);

  /** The value of a field; KeyError when there is none. */
  const std::string& at(std::string_view field) const;
  const std::string& operator[](std::string_view field) const { return at(field); }
  /** The value of a field as a number: KeyError when there is none, InvalidResponse when it is no number. */
  long long integer(std::string_view field) const;
  double number(std::string_view field) const;
  /** The parts of a value such as that of db0, "keys=2,expires=0,avg_ttl=0". KeyError when there is no such field. */
  Fields parts(std::string_view field) const;
  /** Names of the sections, "Server" ..., in the order of the reply. */
  std::vector<std::string> sections() const;
  /** The fields of a section, in whatever letter case it is given; none when there is no such section. */
  Fields section(std::string_view name) const;

  const_iterator find(std::string_view field) const { return fields_.find(std::string(field)); }
  bool contains(std::string_view field) const { return find(field) != end(); }
  std::size_t size() const noexcept { return fields_.size(); }
  bool empty() const noexcept { return fields_.empty(); }
  const_iterator begin() const noexcept { return fields_.begin(); }
  const_iterator end() const noexcept { return fields_.end(); }

 private:
  Fields fields_;
  std::vector<std::pair<std::string, std::vector<std::string>>> sections_;  // and the names of their fields
};

template <>
struct Decoder<ServerInfo> {
  static ServerInfo decode(TapeView reply) { return ServerInfo(detail::decode_text(reply)); }
};

}  // namespace v0_1
}  // namespace rediscluster
