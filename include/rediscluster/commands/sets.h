// Commands on sets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** Commands on sets. A set that becomes empty is deleted; a key that does not exist is an empty set. A key that holds
    another type: ResponseError WRONGTYPE. */
template <class Self, template <class> class R>
class SetCommands {
 public:
  /** SADD. Adds members and returns how many were not there yet. */
  R<long long> sadd(Key name, const Args& values) const {
    return run<long long>(Command("SADD").key(name).list(values));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> sadd(Key name, const V&... values)
  const { return sadd(name, Args{Arg(values)...}); }

  /** SCARD. Number of members. */
  R<long long> scard(Key name) const { return run<long long>(Command("SCARD").key(name)); }

  /** SDIFF. The members of the first set that are in none of the others. Across nodes each node's sets are read at one
      moment, not the whole. */
  R<std::unordered_set<std::string>> sdiff(const Keys& keys) const { return combined("SDIFF", keys); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<std::unordered_set<std::string>> sdiff(const K&... keys)
  const { return sdiff(Keys{Key(keys)...}); }

  /** SDIFFSTORE. Stores what sdiff() gives in dest, whatever that held; an empty result deletes it. Returns the number
      of members. Across nodes dest is replaced in one step, but the sets may change between being read and that. */
  R<long long> sdiffstore(Key dest, const Keys& keys) const { return stored("SDIFFSTORE", dest, keys); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> sdiffstore(Key dest, const K&... keys)
  const { return sdiffstore(dest, Keys{Key(keys)...}); }

  /** SINTER. The members that are in all sets. Across nodes each node's sets are read at one moment, not the whole. */
  R<std::unordered_set<std::string>> sinter(const Keys& keys) const { return combined("SINTER", keys); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<std::unordered_set<std::string>> sinter(const K&... keys)
  const { return sinter(Keys{Key(keys)...}); }

  /** SINTERCARD (Redis 7.0). How many members are in all of numkeys sets; counts no further than limit, unless that is
      0. Across nodes each node's sets are read at one moment, not the whole; of large sets only what may be in all of
      them is looked up, in several steps, and no further than limit. DataError when there are fewer keys than numkeys
      says, on several nodes. */
  R<long long> sintercard(long long numkeys, const Keys& keys, long long limit = 0) const {
    return run<long long>(Command("SINTERCARD").arg(numkeys).list(keys).arg("LIMIT").arg(limit));
  }

  /** SINTERSTORE. Stores what sinter() gives in dest, as sdiffstore() does. */
  R<long long> sinterstore(Key dest, const Keys& keys) const { return stored("SINTERSTORE", dest, keys); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> sinterstore(Key dest, const K&... keys)
  const { return sinterstore(dest, Keys{Key(keys)...}); }

  /** SISMEMBER. Whether value is a member. */
  R<bool> sismember(Key name, const Arg& value) const { return run<bool>(Command("SISMEMBER").key(name).arg(value)); }

  /** SMEMBERS. All members. */
  R<std::unordered_set<std::string>> smembers(Key name) const {
    return run<std::unordered_set<std::string>>(Command("SMEMBERS").key(name));
  }

  /** SMISMEMBER (Redis 6.2). Of each value, whether it is a member. */
  R<std::vector<bool>> smismember(Key name, const Args& values) const {
    return run<std::vector<bool>>(Command("SMISMEMBER").key(name).list(values));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<std::vector<bool>> smismember(Key name, const V&... values)
  const { return smismember(name, Args{Arg(values)...}); }

  /** SMOVE. Moves a member to dst, where it may be already. False when it is not in src. Over two
      nodes as lmove(): added first, in both sets for a moment, and perhaps after a crash, but never in none. */
  R<bool> smove(Key src, Key dst, const Arg& value) const {
    return run<bool>(Command("SMOVE").key(src).key(dst).arg(value));
  }

  /** SPOP. Removes and returns any member; none when the set is empty. */
  R<std::optional<std::string>> spop(Key name) const {
    return run<std::optional<std::string>>(Command("SPOP").key(name));
  }
  /** SPOP with a count. Removes and returns up to count members. */
  R<std::unordered_set<std::string>> spop_count(Key name, long long count) const {
    return run<std::unordered_set<std::string>>(Command("SPOP").key(name).arg(count));
  }

  /** SRANDMEMBER. Any member, which stays in the set; none when the set is empty. */
  R<std::optional<std::string>> srandmember(Key name) const {
    return run<std::optional<std::string>>(Command("SRANDMEMBER").key(name));
  }
  /** SRANDMEMBER with a number. Up to so many different members; with a negative number just as many as it says, which
      may be the same. */
  R<std::vector<std::string>> srandmember_number(Key name, long long number) const {
    return run<std::vector<std::string>>(Command("SRANDMEMBER").key(name).arg(number));
  }

  /** SREM. Removes members and returns how many there were. */
  R<long long> srem(Key name, const Args& values) const {
    return run<long long>(Command("SREM").key(name).list(values));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> srem(Key name, const V&... values)
  const { return srem(name, Args{Arg(values)...}); }

  /** SUNION. The members of all sets. Across nodes each node's sets are read at one moment, not the whole. */
  R<std::unordered_set<std::string>> sunion(const Keys& keys) const { return combined("SUNION", keys); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<std::unordered_set<std::string>> sunion(const K&... keys)
  const { return sunion(Keys{Key(keys)...}); }

  /** SUNIONSTORE. Stores what sunion() gives in dest, as sdiffstore() does. */
  R<long long> sunionstore(Key dest, const Keys& keys) const { return stored("SUNIONSTORE", dest, keys); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> sunionstore(Key dest, const K&... keys)
  const { return sunionstore(dest, Keys{Key(keys)...}); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  R<std::unordered_set<std::string>> combined(std::string_view word, const Keys& keys) const {
    return run<std::unordered_set<std::string>>(Command(word).list(keys));
  }
  R<long long> stored(std::string_view word, Key dest, const Keys& keys) const {
    return run<long long>(Command(word).key(dest).list(keys));
  }
};

}  // namespace v0_1
}  // namespace rediscluster
