// Parameters that take several keys, values or pairs: braces, one value, or any range, without a copy of the range.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <type_traits>

#include <rediscluster/arg.h>
#include <rediscluster/command.h>
#include <rediscluster/key.h>

#if defined(__clang__)
#define REDISCLUSTER_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define REDISCLUSTER_LIFETIME_BOUND
#endif

namespace rediscluster {
inline namespace v0_1 {

struct KeyValue {
  Key key;
  Arg value;
};
struct FieldValue {
  Arg field;
  Arg value;
};
/** A member and its score, in redis-py's order; sent as score, member. */
struct ScoredMember {
  Arg member;
  Score score;
};

namespace detail {
inline void encode(Command& to, const Key& key) {
  to.key(key);
}
inline void encode(Command& to, const Arg& value) {
  to.arg(value);
}
inline void encode(Command& to, const KeyValue& pair) {
  to.key(pair.key).arg(pair.value);
}
inline void encode(Command& to, const FieldValue& pair) {
  to.arg(pair.field).arg(pair.value);
}
inline void encode(Command& to, const ScoredMember& pair) {
  to.arg(pair.score).arg(pair.member);
}

template <class R>
using element_t = decltype(*std::begin(std::declval<const R&>()));
template <class R>
concept Range = requires(const R& range) {
  std::begin(range);
  std::end(range);
}
&&!StringLike<R>;
template <class P>
concept PairLike = requires(const P& pair) {
  pair.first;
  pair.second;
};

/** A view of the elements E of something: how many there are, and how they are appended to a command. Lives for one
    call, as the braces, the value or the range it is made from do. */
template <class E>
class ListView {
 public:
  std::size_t size() const noexcept { return size_; }
  void append_to(Command& command) const { append_(command, source_, size_); }

 protected:
  ListView(const E* elements, std::size_t count) noexcept
      : source_(elements), size_(count), append_([](Command& to, const void* from, std::size_t n) {
          const E* element = static_cast<const E*>(from);
          for (std::size_t i = 0; i < n; ++i) encode(to, element[i]);
        }) {}
  /** From anything that `convert` makes an E of, one or a range of them. */
  template <class T, class Convert>
  static ListView of_one(const T& one, Convert) noexcept {
    return ListView(&one, 1, [](Command& to, const void* from, std::size_t) {
      encode(to, Convert()(*static_cast<const T*>(from)));
    });
  }
  template <class R, class Convert>
  static ListView of_range(const R& range, Convert) {
    const auto count = static_cast<std::size_t>(std::distance(std::begin(range), std::end(range)));
    return ListView(&range, count, [](Command& to, const void* from, std::size_t) {
      for (const auto& element : *static_cast<const R*>(from)) encode(to, Convert()(element));
    });
  }

 private:
  using Append = void (*)(Command&, const void*, std::size_t);
  ListView(const void* source, std::size_t count, Append append) noexcept
      : source_(source), size_(count), append_(append) {}

  const void* source_;
  std::size_t size_;
  Append append_;
};

template <class E>
struct Construct {
  template <class T>
  E operator()(const T& from) const {
    if constexpr (PairLike<T>) {
      return E{from.first, from.second};
    } else {
      return E(from);
    }
  }
};
}  // namespace detail

/** Keys: {"a", Key{"tag", "b"}}, one key, or a range of keys or texts. */
class Keys : public detail::ListView<Key> {
 public:
  Keys(std::initializer_list<Key> keys REDISCLUSTER_LIFETIME_BOUND) noexcept : ListView(keys.begin(), keys.size()) {}
  template <StringLike S>
  Keys(const S& one REDISCLUSTER_LIFETIME_BOUND) noexcept : ListView(of_one(one, detail::Construct<Key>())) {}
  Keys(const Key& one REDISCLUSTER_LIFETIME_BOUND) noexcept : ListView(&one, 1) {}
  template <detail::Range R>
  requires std::convertible_to<detail::element_t<R>, Key> Keys(const R& range REDISCLUSTER_LIFETIME_BOUND)
      : ListView(of_range(range, detail::Construct<Key>())) {}
};

/** Values: {"a", 1, 2.5}, one value, or a range of texts or numbers. */
class Args : public detail::ListView<Arg> {
 public:
  Args(std::initializer_list<Arg> values REDISCLUSTER_LIFETIME_BOUND) noexcept
      : ListView(values.begin(), values.size()) {}
  template <class V>
  requires(StringLike<V> || Number<V>) Args(const V& one REDISCLUSTER_LIFETIME_BOUND)
  noexcept : ListView(of_one(one, detail::Construct<Arg>())) {}
  Args(const Arg& one REDISCLUSTER_LIFETIME_BOUND) noexcept : ListView(&one, 1) {}
  template <detail::Range R>
  requires std::convertible_to<detail::element_t<R>, Arg> Args(const R& range REDISCLUSTER_LIFETIME_BOUND)
      : ListView(of_range(range, detail::Construct<Arg>())) {}
};

/** Pairs: {{"a", 1}, {"b", 2}}, or a range of pairs: a map, a vector of pairs, a vector of E. */
template <class E>
class ListOf : public detail::ListView<E> {
 public:
  ListOf(std::initializer_list<E> pairs REDISCLUSTER_LIFETIME_BOUND) noexcept
      : detail::ListView<E>(pairs.begin(), pairs.size()) {}
  template <detail::Range R>
  requires(detail::PairLike<std::remove_cvref_t<detail::element_t<R>>> ||
           std::same_as<E, std::remove_cvref_t<detail::element_t<R>>>)
      ListOf(const R& range REDISCLUSTER_LIFETIME_BOUND)
      : detail::ListView<E>(detail::ListView<E>::of_range(range, detail::Construct<E>())) {}
};
using KeyValues = ListOf<KeyValue>;
using FieldValues = ListOf<FieldValue>;
using ScoredMembers = ListOf<ScoredMember>;

}  // namespace v0_1
}  // namespace rediscluster
