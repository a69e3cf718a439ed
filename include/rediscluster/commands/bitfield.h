// BitFieldOperation: a BITFIELD command put together step by step.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** What bitfield() gives: steps are added to it, and execute() sends them as one command, which runs as a whole. A step
    reads or writes an integer of `fmt`, "u8" or "i16": signed or not, and how many bits (u63 and i64 at most), at
    `offset`: bits from the start of the string, or "#2" for the third number of that format. The string grows as
    needed, with zero bits, which is also what bits behind its end and those of a key that does not exist are.

    Keeps a copy of its client, of the key and of what it is given. One of a pipeline refers to the pipeline, which must
    neither be moved nor destroyed before execute(). For one thread at a time. */
template <class Self, template <class> class R>
class BitFieldOperation {
 public:
  BitFieldOperation(const Self& client, Key key, const std::optional<Arg>& default_overflow)
      : client_(hold(client)), command_("BITFIELD") {
    if (default_overflow) default_overflow_ = default_overflow->view();
    command_.key(key);
    append_default_overflow();
  }

  /** What the set() and incrby() steps after this one do when a number does not fit: "WRAP" around, "SAT" to stop at
      the highest or lowest, "FAIL" to do nothing. */
  BitFieldOperation& overflow(const Arg& overflow) {
    command_.arg("OVERFLOW").arg(overflow);
    return *this;
  }
  /** Adds to a number. Its result is the new value; none when overflow is "FAIL" and it would not fit. With `overflow`,
      as if overflow() were called first. */
  BitFieldOperation& incrby(const Arg& fmt, const Arg& offset, long long increment,
                            const std::optional<Arg>& overflow = {}) {
    if (overflow) this->overflow(*overflow);
    command_.arg("INCRBY").arg(fmt).arg(offset).arg(increment);
    return *this;
  }
  /** Reads a number, which is the result. */
  BitFieldOperation& get(const Arg& fmt, const Arg& offset) {
    command_.arg("GET").arg(fmt).arg(offset);
    return *this;
  }
  /** Sets a number. Its result is the old value; none when overflow is "FAIL" and the new one would not fit. */
  BitFieldOperation& set(const Arg& fmt, const Arg& offset, long long value) {
    command_.arg("SET").arg(fmt).arg(offset).arg(value);
    return *this;
  }

  /** Forgets all steps. */
  void reset() { start_over(command_); }
  /** The command as it is now, BITFIELD, the key, and the steps. */
  const Command& command() const noexcept { return command_; }

  /** BITFIELD. The results of the steps in order; overflow() has none. Forgets the steps, even when it throws.
      ResponseError WRONGTYPE when the key holds no string; when a step cannot be done, none is. */
  R<std::vector<std::optional<long long>>> execute() {
    const Command steps = std::move(command_);
    start_over(steps);
    return client().template run<std::vector<std::optional<long long>>>(steps);
  }

 private:
  // A pipeline cannot be copied; a client costs little more than a pointer, and may be a temporary: r.with(...).
  using Held = std::conditional_t<std::copy_constructible<Self>, Self, const Self*>;

  static decltype(auto) hold(const Self& client) noexcept {
    if constexpr (std::copy_constructible<Self>) {
      return (client);
    } else {
      return &client;
    }
  }
  const Self& client() const noexcept {
    if constexpr (std::copy_constructible<Self>) {
      return client_;
    } else {
      return *client_;
    }
  }

  void start_over(const Command& from) {
    Command fresh("BITFIELD");
    fresh.append_words(from, 1, 1);
    command_ = std::move(fresh);
    append_default_overflow();
  }
  void append_default_overflow() {
    if (!default_overflow_.empty()) overflow(default_overflow_);
  }

  Held client_;
  std::string default_overflow_;
  Command command_;
};

}  // namespace v0_1
}  // namespace rediscluster
