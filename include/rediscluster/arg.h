// Arguments that are no keys: text, numbers, scores, spans and points of time.
#pragma once

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <rediscluster/key.h>

namespace rediscluster {
inline namespace v0_1 {

/** Integers and floating point, but no bool and no character type: whether 'c' is text or a number, the caller says. */
template <class N>
concept Number = (std::integral<N> || std::floating_point<N>)&&!std::same_as<N, bool> && !std::same_as<N, char> &&
                 !std::same_as<N, wchar_t> && !std::same_as<N, char8_t> && !std::same_as<N, char16_t> &&
                 !std::same_as<N, char32_t>;

/** One argument: text (any bytes, passed as a view, valid for one call) or a number (sent in decimal; floating point in
    the shortest form that reads back as the same value). */
class Arg {
 public:
  template <StringLike S>
  Arg(const S& text) noexcept : data_(std::string_view(text).data()), size_(std::string_view(text).size()) {
    if (data_ == nullptr) data_ = "";  // an empty view may hold null, which means "number" here
  }
  template <Number N>
  Arg(N value) noexcept {
    size_ = static_cast<std::size_t>(std::to_chars(digits_, digits_ + sizeof digits_, value).ptr - digits_);
  }
  // Templates, so that only the exact type is caught: a const char* would convert to bool.
  template <std::same_as<bool> B>
  Arg(B) = delete;
  template <std::same_as<char> C>
  Arg(C) = delete;

  std::string_view view() const noexcept { return {data_ != nullptr ? data_ : digits_, size_}; }

 private:
  const char* data_ = nullptr;  // null: digits_
  std::size_t size_ = 0;
  char digits_[40];  // longest: a long double
};

/** A double that takes any number inside braces without a narrowing error. */
struct Score {
  template <Number N>
  Score(N score) noexcept : value(static_cast<double>(score)) {}
  double value;
};

/** A span of time in seconds or milliseconds: an integer in that unit, or a std::chrono duration of that unit or a
    coarser one. 10 and 10s are both ten Seconds; 10ms does not compile as Seconds. */
template <class Unit>
class TimeSpan {
 public:
  template <std::integral I>
  requires(!std::same_as<I, bool>) TimeSpan(I count)
  noexcept : duration_(static_cast<typename Unit::rep>(count)) {}
  template <class Rep, class Period>
  requires std::convertible_to<std::chrono::duration<Rep, Period>, Unit> TimeSpan(
      std::chrono::duration<Rep, Period> duration)
  noexcept : duration_(duration) {}

  long long count() const noexcept { return duration_.count(); }
  Unit duration() const noexcept { return duration_; }

 private:
  Unit duration_;
};
using Seconds = TimeSpan<std::chrono::seconds>;
using Milliseconds = TimeSpan<std::chrono::milliseconds>;

/** A point of time: Unix time as an integer, or a time_point of the system clock, cut to the unit. */
template <class Unit>
class UnixTime {
 public:
  template <std::integral I>
  requires(!std::same_as<I, bool>) UnixTime(I count)
  noexcept : since_epoch_(static_cast<typename Unit::rep>(count)) {}
  template <class Duration>
  UnixTime(std::chrono::time_point<std::chrono::system_clock, Duration> when) noexcept
      : since_epoch_(std::chrono::floor<Unit>(when.time_since_epoch())) {}

  long long count() const noexcept { return since_epoch_.count(); }

 private:
  Unit since_epoch_;
};
using UnixSeconds = UnixTime<std::chrono::seconds>;
using UnixMilliseconds = UnixTime<std::chrono::milliseconds>;

}  // namespace v0_1
}  // namespace rediscluster
