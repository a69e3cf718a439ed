// From a reply on a tape to a C++ value.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <rediscluster/export.h>
#include <rediscluster/reply.h>
#include <rediscluster/tape.h>

namespace rediscluster {
inline namespace v0_1 {

/** How a T is read from a reply: `static T decode(TapeView)`. Specialise it for types of your own. A reply that does
   not fit throws InvalidResponse; an error among the elements throws the ResponseError that it is. */
template <class T>
struct Decoder;

/** The value of a reply. What fits: integers and floating point (from numbers, and from text that is one), bool
   (integer not 0; any status; nil is false), std::string (string, status, verbatim), std::optional (nil is none),
   containers with push_back or insert (from array and set; maps from map and from arrays of keys and values by turns),
   std::pair and std::tuple (from an array of just so many), Reply (anything). */
template <class T>
T decode(TapeView reply) {
  return Decoder<T>::decode(reply);
}

namespace detail {
/** Throws what a reply that does not fit deserves: its own error, or InvalidResponse "expected ..., got ...". */
[[noreturn]] REDISCLUSTER_API void throw_misfit(TapeView reply, std::string_view expected);
REDISCLUSTER_API std::int64_t decode_integer(TapeView reply);
REDISCLUSTER_API double decode_number(TapeView reply);
REDISCLUSTER_API bool decode_bool(TapeView reply);
/** The text of string, status, verbatim, real, big_number. */
inline std::string_view decode_text(TapeView reply) {
  switch (reply.type()) {
    case ReplyType::string:
    case ReplyType::status:
    case ReplyType::verbatim:
    case ReplyType::real:
    case ReplyType::big_number:
      return reply.text();
    default:
      throw_misfit(reply, "text");
  }
}
inline void expect_container(TapeView reply, std::string_view expected) {
  if (!reply.is_container()) throw_misfit(reply, expected);
}
/** A container with just `count` elements. */
inline void expect_elements(TapeView reply, std::size_t count, std::string_view expected) {
  if (!reply.is_container() || reply.elements() != count) throw_misfit(reply, expected);
}
[[noreturn]] REDISCLUSTER_API void throw_out_of_range(std::int64_t value);

template <class T>
concept MapLike = requires {
  typename T::key_type;
  typename T::mapped_type;
};
template <class T>
concept SetLike = requires {
  typename T::key_type;
}
&&!MapLike<T>;
template <class T>
concept SequenceLike = requires(T& t, typename T::value_type v) {
  t.push_back(std::move(v));
}
&&!std::same_as<T, std::string> && !SetLike<T> && !MapLike<T>;
}  // namespace detail

template <std::integral I>
struct Decoder<I> {
  static I decode(TapeView reply) {
    const std::int64_t value = detail::decode_integer(reply);
    if (!std::in_range<I>(value)) detail::throw_out_of_range(value);
    return static_cast<I>(value);
  }
};

template <>
struct Decoder<bool> {
  static bool decode(TapeView reply) { return detail::decode_bool(reply); }
};

template <std::floating_point F>
struct Decoder<F> {
  static F decode(TapeView reply) { return static_cast<F>(detail::decode_number(reply)); }
};

template <>
struct Decoder<std::string> {
  static std::string decode(TapeView reply) { return std::string(detail::decode_text(reply)); }
};

template <>
struct Decoder<Reply> {
  /** A copy, so that it outlives the reply it was in. */
  static Reply decode(TapeView reply) {
    Tape copy;
    copy.add_copy(reply.tape(), reply.node());
    return Reply(std::move(copy));
  }
};

template <class T>
struct Decoder<std::optional<T>> {
  static std::optional<T> decode(TapeView reply) {
    if (reply.is_nil()) return std::nullopt;
    return Decoder<T>::decode(reply);
  }
};

template <detail::SequenceLike T>
struct Decoder<T> {
  static T decode(TapeView reply) {
    using E = typename T::value_type;
    T result;
    detail::expect_container(reply, "array");
    if constexpr (requires(T & t) { t.reserve(reply.elements()); }) result.reserve(reply.elements());
    reply.for_each([&](TapeView element) {
      if constexpr (std::same_as<E, std::string>) {
        result.emplace_back(detail::decode_text(element));
      } else {
        result.push_back(Decoder<E>::decode(element));
      }
    });
    return result;
  }
};

template <class A, class B>
struct Decoder<std::vector<std::pair<A, B>>> {
  /** From pairs one behind the other (ZRANGE WITHSCORES in RESP2), from a map, or from an array of arrays of two. */
  static std::vector<std::pair<A, B>> decode(TapeView reply) {
    std::vector<std::pair<A, B>> result;
    detail::expect_container(reply, "array of pairs");
    std::size_t left = reply.elements();
    if (left == 0) return result;
    TapeView element = reply.first();
    if (element.is_container()) {
      result.reserve(left);
      for (; left != 0; --left, element = left != 0 ? element.next() : element) {
        result.push_back(Decoder<std::pair<A, B>>::decode(element));
      }
      return result;
    }
    if (left % 2 != 0) detail::throw_misfit(reply, "pairs");
    result.reserve(left / 2);
    while (true) {
      const TapeView second = element.next();
      result.emplace_back(Decoder<A>::decode(element), Decoder<B>::decode(second));
      left -= 2;
      if (left == 0) return result;
      element = second.next();
    }
  }
};

template <detail::SetLike T>
struct Decoder<T> {
  static T decode(TapeView reply) {
    T result;
    detail::expect_container(reply, "array or set");
    if constexpr (requires(T & t) { t.reserve(reply.elements()); }) result.reserve(reply.elements());
    reply.for_each([&](TapeView element) { result.insert(Decoder<typename T::value_type>::decode(element)); });
    return result;
  }
};

template <detail::MapLike T>
struct Decoder<T> {
  static T decode(TapeView reply) {
    T result;
    detail::expect_container(reply, "map");
    std::size_t left = reply.elements();
    if (left % 2 != 0) detail::throw_misfit(reply, "map");
    if constexpr (requires(T & t) { t.reserve(left); }) result.reserve(left / 2);
    if (left == 0) return result;
    TapeView key = reply.first();
    while (true) {
      const TapeView value = key.next();
      result.emplace(Decoder<typename T::key_type>::decode(key), Decoder<typename T::mapped_type>::decode(value));
      left -= 2;
      if (left == 0) return result;
      key = value.next();
    }
  }
};

template <class A, class B>
struct Decoder<std::pair<A, B>> {
  static std::pair<A, B> decode(TapeView reply) {
    detail::expect_elements(reply, 2, "array of 2");
    const TapeView second = reply.first().next();
    return {Decoder<A>::decode(reply.first()), Decoder<B>::decode(second)};
  }
};

template <class... T>
struct Decoder<std::tuple<T...>> {
  static std::tuple<T...> decode(TapeView reply) {
    detail::expect_elements(reply, sizeof...(T), "array of a fixed size");
    std::size_t left = sizeof...(T);
    TapeView element = reply.first();
    const auto take = [&] {
      const TapeView now = element;
      if (--left != 0) element = element.next();
      return now;
    };
    return std::tuple<T...>{Decoder<T>::decode(take())...};
  }
};

}  // namespace v0_1
}  // namespace rediscluster
