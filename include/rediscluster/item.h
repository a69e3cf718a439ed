// r["key"]: reading and writing a key by subscript.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include <rediscluster/arg.h>
#include <rediscluster/errors.h>
#include <rediscluster/key.h>

namespace rediscluster {
inline namespace v0_1 {

/** What r["key"] gives: assign to it to SET the key, convert it to std::string to GET it. Usable only within the
    expression that made it, so that it cannot outlive the key's text. */
template <class Self>
class [[nodiscard]] Item {
 public:
  Item(const Self& client, Key key) noexcept : client_(client), key_(key) {}
  Item(const Item&) = delete;

  // Nothing is returned: r["a"] = r["b"] = "x" would read "x" back from a server.
  // NOLINTBEGIN(misc-unconventional-assign-operator,cppcoreguidelines-c-copy-assignment-signature)

  /** SET key value. */
  void operator=(const Arg& value) && { client_.set(key_, value); }
  /** r["a"] = r["b"]: a GET and a SET, not atomic. */
  void operator=(Item&& other) && {  // NOLINT(performance-noexcept-move-constructor): it asks two servers
    const std::string value = std::move(other);
    client_.set(key_, value);
  }
  // NOLINTEND(misc-unconventional-assign-operator,cppcoreguidelines-c-copy-assignment-signature)

  /** GET key; KeyError when it does not exist. */
  operator std::string() && {
    std::optional<std::string> value = client_.get(key_);
    if (!value) throw KeyError("no such key");
    return *std::move(value);
  }

 private:
  const Self& client_;
  Key key_;
};

}  // namespace v0_1
}  // namespace rediscluster
