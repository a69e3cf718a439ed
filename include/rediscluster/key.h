// The name of a key, as an argument of a command.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace rediscluster {
inline namespace v0_1 {

/** std::string, std::string_view, const char*, a literal: text that is passed without a copy. Parameters that take text
    are templates constrained by this, because a plain string_view parameter given {"a", "b"} would silently take the
   two pointers for a range. */
template <class S>
concept StringLike = std::convertible_to<const S&, std::string_view> && !std::same_as<S, std::nullptr_t>;

/** A key: any bytes, zeros included. A view that lives for one call: the text must stay valid until the call returns.

    Key{"tag", "name"} is the key "name" on the node that "tag" picks, so that keys with one tag share a node. It is the
    only spelling of a tagged key: braces without Key always mean a list. */
class Key {
 public:
  template <StringLike S>
  constexpr Key(const S& name) noexcept : name_(name) {}
  template <StringLike T, StringLike S>
  constexpr explicit Key(const T& tag, const S& name) noexcept : tag_(tag), name_(name), tagged_(true) {}

  /** What is sent to the server. */
  constexpr std::string_view name() const noexcept { return name_; }
  /** What picks the node when tagged(). */
  constexpr std::string_view tag() const noexcept { return tag_; }
  constexpr bool tagged() const noexcept { return tagged_; }

 private:
  std::string_view tag_;
  std::string_view name_;
  bool tagged_ = false;
};

}  // namespace v0_1
}  // namespace rediscluster
