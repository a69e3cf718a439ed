// Commands on hashes whose fields expire (Redis 7.4 and 8.0).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/commands/keys.h>
#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** What hexpire() and its like did to a field. */
enum class FieldExpiry {
  no_such_field = -2,
  /** The options forbid it. */
  refused = 0,
  set = 1,
  /** The time is past: the field is gone. */
  deleted = 2
};

/** What hpersist() did to a field. */
enum class FieldPersist {
  no_such_field = -2,
  /** It did not expire before either. */
  not_expiring = -1,
  done = 1
};

enum class FieldLife {
  no_such_field = -2,
  /** It does not expire. */
  persistent = -1,
  expires = 0
};

/** Whether a field expires, and when: how soon for a Time that is a duration, at what time for a time_point. */
template <class Time>
struct FieldTime {
  FieldLife life = FieldLife::no_such_field;
  /** With FieldLife::expires only. */
  Time time = {};

  bool operator==(const FieldTime&) const = default;
};

/** At most one of them. */
struct HGetExOptions {
  /** Let the fields expire after so many seconds. */
  std::optional<Seconds> ex = {};
  /** Let the fields expire after so many milliseconds. */
  std::optional<Milliseconds> px = {};
  /** Let the fields expire at this Unix time in seconds. */
  std::optional<UnixSeconds> exat = {};
  /** Let the fields expire at this Unix time in milliseconds. */
  std::optional<UnixMilliseconds> pxat = {};
  /** Let the fields no longer expire. */
  bool persist = false;
};

struct HSetExOptions {
  /** Let the fields expire after so many seconds. At most one of ex, px, exat, pxat and keepttl. */
  std::optional<Seconds> ex = {};
  /** Let the fields expire after so many milliseconds. */
  std::optional<Milliseconds> px = {};
  /** Let the fields expire at this Unix time in seconds. */
  std::optional<UnixSeconds> exat = {};
  /** Let the fields expire at this Unix time in milliseconds. */
  std::optional<UnixMilliseconds> pxat = {};
  /** "FNX": only if none of the fields exists; "FXX": only if all of them do. */
  std::optional<Arg> data_persist_option = {};
  /** Leave the times at which the fields expire as they are. Without it, they no longer expire. */
  bool keepttl = false;
};

template <>
struct Decoder<FieldExpiry> {
  static FieldExpiry decode(TapeView reply) {
    const std::int64_t code = detail::decode_integer(reply);
    if (code < -2 || code > 2 || code == -1) detail::throw_misfit(reply, "-2, 0, 1 or 2");
    return static_cast<FieldExpiry>(code);
  }
};

template <>
struct Decoder<FieldPersist> {
  static FieldPersist decode(TapeView reply) {
    const std::int64_t code = detail::decode_integer(reply);
    if (code < -2 || code > 1 || code == 0) detail::throw_misfit(reply, "-2, -1 or 1");
    return static_cast<FieldPersist>(code);
  }
};

template <class Time>
struct Decoder<FieldTime<Time>> {
  static FieldTime<Time> decode(TapeView reply) {
    const std::int64_t count = detail::decode_integer(reply);
    if (count < -2) detail::throw_misfit(reply, "-2, -1 or a time");
    if (count < 0) return {static_cast<FieldLife>(count)};
    if constexpr (requires { typename Time::clock; }) {
      return {FieldLife::expires, Time(typename Time::duration(count))};
    } else {
      return {FieldLife::expires, Time(count)};
    }
  }
};

/** Commands on hashes whose fields expire one by one. Those named hexpire..., hpersist and h...ttl came with Redis 7.4,
   the others with 8.0; on a server that lacks a command: ResponseError "unknown command". Results are in the order of
   the fields that are named; of a key that does not exist, no field does. A key that holds another type: ResponseError
    WRONGTYPE. */
template <class Self, template <class> class R>
class HashFieldExpiryCommands {
  using Expiries = std::vector<FieldExpiry>;
  using Values = std::vector<std::optional<std::string>>;
  template <class Time>
  using Times = std::vector<FieldTime<Time>>;

 public:
  /** HEXPIRE. Lets fields expire after so many seconds; 0 deletes them. What became of each. */
  R<Expiries> hexpire(Key name, Seconds seconds, const Args& fields, const ExpireOptions& options = {}) const {
    return expire_by("HEXPIRE", name, seconds, fields, options);
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Expiries> hexpire(Key name, Seconds seconds, const V&... fields)
  const { return hexpire(name, seconds, Args{Arg(fields)...}); }
  /** HPEXPIRE. As hexpire(), in milliseconds. */
  R<Expiries> hpexpire(Key name, Milliseconds milliseconds, const Args& fields,
                       const ExpireOptions& options = {}) const {
    return expire_by("HPEXPIRE", name, milliseconds, fields, options);
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Expiries> hpexpire(Key name, Milliseconds milliseconds, const V&... fields)
  const { return hpexpire(name, milliseconds, Args{Arg(fields)...}); }
  /** HEXPIREAT. As hexpire(), at a Unix time in seconds. */
  R<Expiries> hexpireat(Key name, UnixSeconds unix_time_seconds, const Args& fields,
                        const ExpireOptions& options = {}) const {
    return expire_by("HEXPIREAT", name, unix_time_seconds, fields, options);
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Expiries> hexpireat(Key name, UnixSeconds unix_time_seconds, const V&... fields)
  const { return hexpireat(name, unix_time_seconds, Args{Arg(fields)...}); }
  /** HPEXPIREAT. As hexpire(), at a Unix time in milliseconds. */
  R<Expiries> hpexpireat(Key name, UnixMilliseconds unix_time_milliseconds, const Args& fields,
                         const ExpireOptions& options = {}) const {
    return expire_by("HPEXPIREAT", name, unix_time_milliseconds, fields, options);
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Expiries> hpexpireat(Key name, UnixMilliseconds unix_time_milliseconds,
                                                            const V&... fields)
  const { return hpexpireat(name, unix_time_milliseconds, Args{Arg(fields)...}); }

  /** HEXPIRETIME. The Unix times in seconds at which fields expire. */
  R<Times<std::chrono::sys_seconds>> hexpiretime(Key key, const Args& fields) const {
    return run<Times<std::chrono::sys_seconds>>(named("HEXPIRETIME", key, fields));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Times<std::chrono::sys_seconds>> hexpiretime(Key key, const V&... fields)
  const { return hexpiretime(key, Args{Arg(fields)...}); }
  /** HPEXPIRETIME. As hexpiretime(), in milliseconds. */
  R<Times<std::chrono::sys_time<std::chrono::milliseconds>>> hpexpiretime(Key key, const Args& fields) const {
    return run<Times<std::chrono::sys_time<std::chrono::milliseconds>>>(named("HPEXPIRETIME", key, fields));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Times<std::chrono::sys_time<std::chrono::milliseconds>>> hpexpiretime(
      Key key, const V&... fields)
  const { return hpexpiretime(key, Args{Arg(fields)...}); }

  /** HGETDEL. The values of fields, which are deleted; none for a field that does not exist. */
  R<Values> hgetdel(Key name, const Args& keys) const { return run<Values>(named("HGETDEL", name, keys)); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Values> hgetdel(Key name, const V&... keys)
  const { return hgetdel(name, Args{Arg(keys)...}); }

  /** HGETEX. The values of fields, none for a field that does not exist; the options change when the fields expire. */
  R<Values> hgetex(Key name, const Args& keys, const HGetExOptions& options = {}) const {
    Command command("HGETEX");
    command.key(name);
    detail::append_expiry(command, options);
    return run<Values>(append_named(command.flag(options.persist, "PERSIST"), keys));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Values> hgetex(Key name, const V&... keys)
  const { return hgetex(name, Args{Arg(keys)...}); }

  /** HPERSIST. Lets fields no longer expire. What became of each. */
  R<std::vector<FieldPersist>> hpersist(Key name, const Args& fields) const {
    return run<std::vector<FieldPersist>>(named("HPERSIST", name, fields));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<FieldPersist>> hpersist(Key name, const V&... fields)
  const { return hpersist(name, Args{Arg(fields)...}); }

  /** HPTTL. As httl(), in milliseconds. */
  R<Times<std::chrono::milliseconds>> hpttl(Key key, const Args& fields) const {
    return run<Times<std::chrono::milliseconds>>(named("HPTTL", key, fields));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Times<std::chrono::milliseconds>> hpttl(Key key, const V&... fields)
  const { return hpttl(key, Args{Arg(fields)...}); }

  /** HSETEX. Sets a field, and when it expires; whether it did. */
  R<bool> hsetex(Key name, const Arg& key, const Arg& value, const HSetExOptions& options = {}) const {
    return hsetex(name, FieldValues{{key, value}}, options);
  }
  /** HSETEX of several fields, hsetex("h", {{"a", 1}, {"b", 2}}, {.ex = 10}) or a map: all of them or none. */
  R<bool> hsetex(Key name, const FieldValues& mapping, const HSetExOptions& options = {}) const {
    Command command("HSETEX");
    command.key(name);
    if (options.data_persist_option) command.arg(*options.data_persist_option);
    detail::append_expiry(command, options);
    return run<bool>(append_named(command.flag(options.keepttl, "KEEPTTL"), mapping));
  }

  /** HTTL. The seconds until fields expire, rounded. */
  R<Times<std::chrono::seconds>> httl(Key key, const Args& fields) const {
    return run<Times<std::chrono::seconds>>(named("HTTL", key, fields));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<Times<std::chrono::seconds>> httl(Key key, const V&... fields)
  const { return httl(key, Args{Arg(fields)...}); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  template <class List>
  static Command& append_named(Command& command, const List& fields) {
    return command.arg("FIELDS").arg(fields.size()).list(fields);
  }
  static Command named(std::string_view word, Key name, const Args& fields) {
    Command command(word);
    append_named(command.key(name), fields);
    return command;
  }
  template <class Time>
  R<Expiries> expire_by(std::string_view word, Key name, const Time& time, const Args& fields,
                        const ExpireOptions& options) const {
    Command command(word);
    command.key(name).arg(time).flag(options.nx, "NX").flag(options.xx, "XX");
    return run<Expiries>(append_named(command.flag(options.gt, "GT").flag(options.lt, "LT"), fields));
  }
};

}  // namespace v0_1
}  // namespace rediscluster
