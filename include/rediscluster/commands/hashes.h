// Commands on hashes.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** Commands on hashes, maps of fields (whose names redis-py calls keys) to values. A hash that becomes empty is
    deleted; a key that does not exist is an empty hash. A key that holds another type: ResponseError WRONGTYPE. */
template <class Self, template <class> class R>
class HashCommands {
 public:
  /** HDEL. Deletes fields and returns how many there were. */
  R<long long> hdel(Key name, const Args& keys) const { return run<long long>(Command("HDEL").key(name).list(keys)); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> hdel(Key name, const V&... keys)
  const { return hdel(name, Args{Arg(keys)...}); }

  /** HEXISTS. Whether there is such a field. */
  R<bool> hexists(Key name, const Arg& key) const { return run<bool>(Command("HEXISTS").key(name).arg(key)); }

  /** HGET. The value of a field; none when there is no such field. */
  R<std::optional<std::string>> hget(Key name, const Arg& key) const {
    return run<std::optional<std::string>>(Command("HGET").key(name).arg(key));
  }

  /** HGETALL. All fields and their values. */
  R<std::unordered_map<std::string, std::string>> hgetall(Key name) const {
    return run<std::unordered_map<std::string, std::string>>(Command("HGETALL").key(name));
  }

  /** HINCRBY. Adds amount to the integer in a field, 0 when there is no such field, and returns the new value.
      ResponseError when the value is not an integer of 64 bits or would no longer be one. */
  R<long long> hincrby(Key name, const Arg& key, long long amount = 1) const {
    return run<long long>(Command("HINCRBY").key(name).arg(key).arg(amount));
  }
  /** HINCRBYFLOAT. Adds amount to the number in a field, 0 when there is no such field, and returns the new value.
      ResponseError when the value is no number or the result would be nan or infinite. */
  R<double> hincrbyfloat(Key name, const Arg& key, double amount = 1.0) const {
    return run<double>(Command("HINCRBYFLOAT").key(name).arg(key).arg(amount));
  }

  /** HKEYS. The names of all fields, without order. */
  R<std::vector<std::string>> hkeys(Key name) const {
    return run<std::vector<std::string>>(Command("HKEYS").key(name));
  }

  /** HLEN. Number of fields. */
  R<long long> hlen(Key name) const { return run<long long>(Command("HLEN").key(name)); }

  /** HMGET. The values of fields in the order of keys; none for a field that does not exist. */
  R<std::vector<std::optional<std::string>>> hmget(Key name, const Args& keys) const {
    return run<std::vector<std::optional<std::string>>>(Command("HMGET").key(name).list(keys));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<std::optional<std::string>>> hmget(Key name, const V&... keys)
  const { return hmget(name, Args{Arg(keys)...}); }

  /** HMSET, the old form of HSET. Sets fields. Always true. */
  R<bool> hmset(Key name, const FieldValues& mapping) const {
    return run<bool>(Command("HMSET").key(name).list(mapping));
  }

  /** HRANDFIELD (Redis 6.2). The name of any field; none when the hash is empty. */
  R<std::optional<std::string>> hrandfield(Key key) const {
    return run<std::optional<std::string>>(Command("HRANDFIELD").key(key));
  }
  /** HRANDFIELD with a count. The names of up to so many different fields; with a negative count of just as many as it
      says, which may be the same. */
  R<std::vector<std::string>> hrandfield_count(Key key, long long count) const {
    return run<std::vector<std::string>>(Command("HRANDFIELD").key(key).arg(count));
  }
  /** HRANDFIELD with WITHVALUES. As hrandfield_count(), each name with its value. */
  R<std::vector<std::pair<std::string, std::string>>> hrandfield_withvalues(Key key, long long count) const {
    return run<std::vector<std::pair<std::string, std::string>>>(
        Command("HRANDFIELD").key(key).arg(count).arg("WITHVALUES"));
  }

  /** HSET. Sets a field. Returns 1 when it is new, 0 when it was there. */
  R<long long> hset(Key name, const Arg& key, const Arg& value) const {
    return run<long long>(Command("HSET").key(name).arg(key).arg(value));
  }
  /** HSET of several fields, hset("h", {{"a", 1}, {"b", 2}}) or a map. Returns how many are new. */
  R<long long> hset(Key name, const FieldValues& mapping) const {
    return run<long long>(Command("HSET").key(name).list(mapping));
  }

  /** HSETNX. Sets a field if it does not exist; whether it did. */
  R<bool> hsetnx(Key name, const Arg& key, const Arg& value) const {
    return run<bool>(Command("HSETNX").key(name).arg(key).arg(value));
  }

  /** HSTRLEN. Length of a field's value in bytes; 0 when there is no such field. */
  R<long long> hstrlen(Key name, const Arg& key) const { return run<long long>(Command("HSTRLEN").key(name).arg(key)); }

  /** HVALS. All values, without order. */
  R<std::vector<std::string>> hvals(Key name) const {
    return run<std::vector<std::string>>(Command("HVALS").key(name));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
