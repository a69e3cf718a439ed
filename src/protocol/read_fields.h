// Structs from replies that are names and values, by a table of their fields.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <type_traits>

#include <rediscluster/decode.h>
#include <rediscluster/fields.h>
#include <rediscluster/tape.h>

namespace rediscluster::protocol {

/** A field of T: its name in replies, and what reads it. */
template <class T>
struct FieldOf {
  std::string_view name;
  void (*read)(T& to, TapeView value);
};

/** Reads a member; one of a chrono duration from a number in its unit. */
template <auto Member, class T>
void into(T& to, TapeView value) {
  using V = std::remove_reference_t<decltype(to.*Member)>;
  if constexpr (requires { typename V::period; }) {
    to.*Member = V(decode<typename V::rep>(value));
  } else {
    to.*Member = decode<V>(value);
  }
}

/** Fields that are not in the table are passed over; what does not come stays as it is. */
template <class T>
void read_field(T& to, std::string_view name, TapeView value, std::span<const FieldOf<T>> table) {
  const auto found = std::ranges::find(table, name, &FieldOf<T>::name);
  if (found != table.end()) found->read(to, value);
}

template <class T>
T read_fields(TapeView reply, std::span<const FieldOf<T>> table) {
  T result;
  detail::for_each_field(reply, [&](std::string_view name, TapeView value) { read_field(result, name, value, table); });
  return result;
}

/** Cuts off and returns what is in front of the first separator; everything when there is none. */
inline std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

/** Calls f(word) for each word of a text. */
template <class F>
void for_each_word(std::string_view text, F&& f) {
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    if (!word.empty()) f(word);
  }
}

/** From a text of names and values, "id=3 name=worker", whose numbers are judged like those of any reply; a word
   without the separator is passed over. */
template <class T>
void read_words(T& to, std::string_view text, char separator, std::span<const FieldOf<T>> table) {
  Tape value;
  for_each_word(text, [&](std::string_view word) {
    if (word.find(separator) == std::string_view::npos) return;
    const std::string_view name = take_until(word, separator);
    value.clear();
    value.add_text(ReplyType::string, word);
    read_field(to, name, TapeView(value, 0), table);
  });
}

}  // namespace rediscluster::protocol
