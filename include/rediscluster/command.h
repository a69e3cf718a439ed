// A command on its way to the servers: RESP bytes that know where their arguments and keys lie.
#pragma once

#include <cassert>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <rediscluster/arg.h>
#include <rediscluster/export.h>
#include <rediscluster/key.h>
#include <rediscluster/partitioner.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** Memory of `capacity` bytes from malloc that begins with the `used` ones at `from`; `from` itself is freed unless it
   is inline. */
REDISCLUSTER_API void* move_to_heap(void* from, bool is_inline, std::size_t used, std::size_t capacity);

/** A growing array of plain values whose first N live inside it. What is behind size() is not initialised. */
template <class T, std::size_t N>
class InlineVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  InlineVector() noexcept = default;
  InlineVector(const InlineVector& other) { append(other.data(), other.size()); }
  InlineVector(InlineVector&& other) noexcept { take(other); }
  InlineVector& operator=(const InlineVector& other) {
    if (this != &other) {
      size_ = 0;
      append(other.data(), other.size());
    }
    return *this;
  }
  InlineVector& operator=(InlineVector&& other) noexcept {
    if (this != &other) {
      if (data_ != inline_) std::free(data_);
      take(other);
    }
    return *this;
  }
  ~InlineVector() {
    if (data_ != inline_) std::free(data_);
  }

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }

  void push_back(const T& value) {
    const T copy = value;  // may lie in the array that grows
    *extend(1) = copy;
  }
  void append(const T* values, std::size_t count) {
    T* to = extend(count);
    if (count != 0) std::memcpy(to, values, count * sizeof(T));
  }
  /** Makes the array `count` longer and returns where the new, uninitialised part begins. */
  T* extend(std::size_t count) {
    if (capacity_ - size_ < count) grow(size_ + count);
    T* begin = data_ + size_;
    size_ += count;
    return begin;
  }
  /** Makes the array shorter. */
  void truncate(std::size_t size) noexcept {
    assert(size <= size_);
    size_ = size;
  }
  void clear() noexcept { size_ = 0; }

 private:
  void grow(std::size_t least) {
    std::size_t capacity = capacity_ * 2;
    if (capacity < least) capacity = least;
    T* grown = static_cast<T*>(move_to_heap(data_, data_ == inline_, size_ * sizeof(T), capacity * sizeof(T)));
    data_ = grown;
    capacity_ = capacity;
  }
  void take(InlineVector& other) noexcept {
    size_ = other.size_;
    if (other.data_ == other.inline_) {
      data_ = inline_;
      capacity_ = N;
      if (size_ != 0) std::memcpy(inline_, other.inline_, size_ * sizeof(T));
    } else {
      data_ = other.data_;
      capacity_ = other.capacity_;
      other.data_ = other.inline_;
      other.capacity_ = N;
    }
    other.size_ = 0;
  }

  T* data_ = inline_;
  std::size_t size_ = 0;
  std::size_t capacity_ = N;
  T inline_[N];
};

}  // namespace detail

/** A command and its arguments, encoded once, as they are appended. Ordinary commands need no allocation.

    Of each argument it knows where it lies, and of each key that it is one and what picks its node, so that it can be
    taken apart and put together again without being encoded anew. */
class Command {
 public:
  /** A key among the arguments. */
  struct KeyMark {
    std::uint32_t argument;  ///< its index; the command's name is argument 0
    std::uint32_t tag_hash;  ///< crc32 of its tag, when tagged
    bool tagged;
  };

  /** The command `name`, one word ("GET"), all of whose keys will be given by key(). */
  explicit Command(std::string_view name) : Command() { append(name); }
  /** A command of two words, ("CONFIG", "GET"). */
  Command(std::string_view container, std::string_view subcommand) : Command(container) { append(subcommand); }
  /** A command as a user gives it, yet without a word: where its keys lie is for the routing table to say. */
  static Command of_user() {
    Command command;
    command.keys_known_ = false;
    return command;
  }

  Command& key(const Key& key) {
    keys_.push_back({static_cast<std::uint32_t>(offsets_.size()), key.tagged() ? crc32(key.tag()) : 0, key.tagged()});
    append(key.name());
    return *this;
  }
  Command& arg(const Arg& value) {
    append(value.view());
    return *this;
  }
  /** Text and numbers that are converted at once: no Arg in between. */
  template <StringLike S>
  Command& arg(const S& text) {
    append(std::string_view(text));
    return *this;
  }
  template <Number N>
  Command& arg(N number) {
    return arg(Arg(number));
  }
  Command& arg(const Score& score) { return arg(score.value); }
  /** Spans and points of time, as a number in their unit. */
  template <class Time>
  requires requires(const Time& time) { time.count(); }
  Command& arg(const Time& time) { return arg(time.count()); }
  /** A Key among the arguments of execute_command. Exactly a Key: text would convert to it. */
  template <std::same_as<Key> K>
  Command& arg(const K& tagged) {
    return key(tagged);
  }
  /** Appends all of Keys, Args or pairs. */
  template <class List>
  requires requires(const List& list, Command& command) { list.append_to(command); }
  Command& list(const List& list) {
    list.append_to(*this);
    return *this;
  }
  /** Appends `word` when `wanted`: an option without a value. */
  Command& flag(bool wanted, std::string_view word) {
    if (wanted) append(word);
    return *this;
  }
  /** Appends `word` and the value when the optional `value` is there. */
  template <class Optional>
  Command& option(std::string_view word, const Optional& value) {
    if (value) {
      append(word);
      arg(*value);
    }
    return *this;
  }

  /** Number of words: the name and its arguments. */
  std::size_t size() const noexcept { return offsets_.size(); }
  /** Word i; valid until the command is changed. */
  std::string_view operator[](std::size_t i) const noexcept {
    const char* const encoded = bytes_.data() + offsets_[i];
    const char* text = encoded + 4;  // "$9\r\n"
    if (text[-1] != '\n') text = static_cast<const char*>(std::memchr(text, '\n', length_digits)) + 1;
    return {text, static_cast<std::size_t>(bytes_.data() + end_of(i) - 2 - text)};
  }
  std::string_view name() const noexcept { return (*this)[0]; }

  /** False while keys() is yet to be found by the routing table. */
  bool keys_known() const noexcept { return keys_known_; }
  const detail::InlineVector<KeyMark, 4>& keys() const noexcept { return keys_; }

  /** Words [first, first + count) of another command, with the marks of the keys among them. */
  Command& append_words(const Command& from, std::size_t first, std::size_t count) {
    if (count == 0) return *this;
    const std::uint32_t here = static_cast<std::uint32_t>(offsets_.size());
    const std::size_t begin = from.offsets_[first];
    const std::size_t moved = bytes_.size();
    for (std::size_t i = first; i < first + count; ++i) offsets_.push_back(from.offsets_[i] - begin + moved);
    bytes_.append(from.bytes_.data() + begin, from.end_of(first + count - 1) - begin);
    for (const KeyMark& mark : from.keys_) {
      if (mark.argument < first || mark.argument >= first + count) continue;
      keys_.push_back({static_cast<std::uint32_t>(mark.argument - first + here), mark.tag_hash, mark.tagged});
    }
    return *this;
  }
  /** The same, when only word i is wanted and whether it is a key is known: appending n words of n costs n. */
  Command& append_key(const Command& from, const KeyMark& mark) {
    keys_.push_back({static_cast<std::uint32_t>(offsets_.size()), mark.tag_hash, mark.tagged});
    return append_word(from, mark.argument);
  }
  Command& append_word(const Command& from, std::size_t i) {
    const std::size_t begin = from.offsets_[i];
    offsets_.push_back(bytes_.size());
    bytes_.append(from.bytes_.data() + begin, from.end_of(i) - begin);
    return *this;
  }
  /** Says that the words at `marks` are all the keys there are. */
  void set_keys(const detail::InlineVector<KeyMark, 4>& marks) {
    keys_ = marks;
    keys_known_ = true;
  }

  /** The whole command in RESP. Valid until the command is changed. */
  std::string_view bytes() const noexcept {
    // "*<words>\r\n" is put right before the first word, in the room that was left for it.
    char digits[12];
    char* const end = std::to_chars(digits, digits + sizeof digits, offsets_.size()).ptr;
    const std::size_t count = static_cast<std::size_t>(end - digits);
    char* header = bytes_.data() + header_room - count - 3;
    const char* const begin = header;
    *header++ = '*';
    std::memcpy(header, digits, count);
    std::memcpy(header + count, "\r\n", 2);
    return {begin, static_cast<std::size_t>(bytes_.data() + bytes_.size() - begin)};
  }

 private:
  Command() { bytes_.extend(header_room); }

  static constexpr std::size_t header_room = 16;
  static constexpr std::size_t length_digits = 24;  // "$18446744073709551615\r\n"

  std::size_t end_of(std::size_t i) const noexcept { return i + 1 < offsets_.size() ? offsets_[i + 1] : bytes_.size(); }

  void append(std::string_view text) {
    offsets_.push_back(bytes_.size());
    char* const begin = bytes_.extend(text.size() + length_digits + 2);
    char* to = begin;
    *to++ = '$';
    if (text.size() < 10) {
      *to++ = static_cast<char>('0' + text.size());
    } else {
      to = std::to_chars(to, to + length_digits, text.size()).ptr;
    }
    *to++ = '\r';
    *to++ = '\n';
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    to += text.size();
    *to++ = '\r';
    *to++ = '\n';
    bytes_.truncate(static_cast<std::size_t>(to - bytes_.data()));
  }

  mutable detail::InlineVector<char, 256> bytes_;
  detail::InlineVector<std::size_t, 8> offsets_;  // where the words begin, at their '$'
  detail::InlineVector<KeyMark, 4> keys_;         // in the order of their words
  bool keys_known_ = true;
};

}  // namespace v0_1
}  // namespace rediscluster
