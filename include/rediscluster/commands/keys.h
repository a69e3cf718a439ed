// Commands on keys of any type.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/decode_time.h>

namespace rediscluster {
inline namespace v0_1 {

struct CopyOptions {
  /** Number of the database to copy to; otherwise that of the connection. */
  std::optional<long long> destination_db = {};
  /** Replace the destination if it exists. */
  bool replace = false;
};

/** When to change the time at which a key expires (Redis 7.0). A key that does not expire counts as expiring never, so
    that gt never holds for it and lt always does. */
struct ExpireOptions {
  /** Only if the key does not expire. Not together with another. */
  bool nx = false;
  /** Only if the key expires. */
  bool xx = false;
  /** Only if it would expire later than now. Not together with lt. */
  bool gt = false;
  /** Only if it would expire sooner than now. */
  bool lt = false;
};

struct RestoreOptions {
  /** Replace the key if it exists. Otherwise that is a ResponseError BUSYKEY. */
  bool replace = false;
  /** ttl is a Unix time in milliseconds. */
  bool absttl = false;
  /** For how many seconds the key has not been used, as eviction shall see it. */
  std::optional<long long> idletime = {};
  /** How often the key has been used, as eviction shall see it. */
  std::optional<long long> frequency = {};
};

/** Commands on keys of any type. */
template <class Self, template <class> class R>
class KeyCommands {
 public:
  /** EXISTS of one key, redis-py's `"key" in r`. Whether there is such a key. */
  R<bool> contains(Key name) const { return run<bool>(Command("EXISTS").key(name)); }

  /** COPY (Redis 6.2). Copies a value with its time to live. Whether it did: not when there is no source, nor when the
      destination exists and options do not say replace. Over two nodes the copy is what the source held at one
      moment, stream groups and their pending entries included, and takes the destination's place in one step; until
      then it costs as much memory again. A crash leaves either the old destination or the new one, and perhaps a
      temporary key that expires within a minute. Another database: DataError there. Values whose DUMP is above 256 MB,
     or is not understood by a server of another version, are built anew by their type; a stream cannot be: DataError,
     before anything is touched. */
  R<bool> copy(Key source, Key destination, const CopyOptions& options = {}) const {
    Command command("COPY");
    command.key(source).key(destination).option("DB", options.destination_db);
    return run<bool>(command.flag(options.replace, "REPLACE"));
  }

  /** DEL. Deletes keys and returns how many there were. Across nodes each node's part is atomic, the whole is not. */
  R<long long> del(const Keys& names) const { return run<long long>(Command("DEL").list(names)); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> del(const K&... names)
  const { return del(Keys{Key(names)...}); }

  /** DUMP. The value in the server's own binary form, for restore(); none when there is no such key. A server loads
      what the same or an older version dumped. */
  R<std::optional<std::string>> dump(Key name) const {
    return run<std::optional<std::string>>(Command("DUMP").key(name));
  }

  /** EXISTS. How many of the keys exist; one that is named twice counts twice. Across nodes each node's part is
      atomic, the whole is not. */
  R<long long> exists(const Keys& names) const { return run<long long>(Command("EXISTS").list(names)); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> exists(const K&... names)
  const { return exists(Keys{Key(names)...}); }

  /** EXPIRE. Lets a key expire after `time` seconds; a time that is not positive deletes it. Whether it was done: not
      when there is no such key, nor when the options forbid it. */
  R<bool> expire(Key name, Seconds time, const ExpireOptions& options = {}) const {
    return expire_by("EXPIRE", name, time, options);
  }
  /** EXPIREAT. As expire(), at a Unix time in seconds. */
  R<bool> expireat(Key name, UnixSeconds when, const ExpireOptions& options = {}) const {
    return expire_by("EXPIREAT", name, when, options);
  }
  /** EXPIRETIME (Redis 7.0). The Unix time in seconds at which a key expires; -1 when it does not, -2 when there is no
      such key. */
  R<long long> expiretime(Key key) const { return run<long long>(Command("EXPIRETIME").key(key)); }

  /** KEYS. All keys that match a glob pattern, of all nodes, without order. Each server stops for as long as it looks
      through all its keys. Not one moment across nodes. */
  R<std::vector<std::string>> keys(const Arg& pattern = "*") const {
    return run<std::vector<std::string>>(Command("KEYS").arg(pattern));
  }

  /** MOVE. Moves a key to another database of its server. Whether it did: not when there is no such key, or it exists
      there too. */
  R<bool> move(Key name, long long db) const { return run<bool>(Command("MOVE").key(name).arg(db)); }

  /** OBJECT ENCODING. How the server holds a value: "int", "embstr", "listpack" ...; none when there is no such key.
      Depends on the server's version and on how the value came to be, so that a slave may answer otherwise than its
      master. */
  R<std::optional<std::string>> object_encoding(Key key) const {
    return run<std::optional<std::string>>(Command("OBJECT", "ENCODING").key(key));
  }
  /** OBJECT FREQ. How often a key has been used lately, from 0 to 255 on a logarithmic scale; none when there is no
      such key. ResponseError unless the server evicts by LFU. */
  R<std::optional<long long>> object_freq(Key key) const {
    return run<std::optional<long long>>(Command("OBJECT", "FREQ").key(key));
  }
  /** OBJECT IDLETIME. How long a key has not been used, to about ten seconds; none when there is no such key.
      ResponseError when the server evicts by LFU. */
  R<std::optional<std::chrono::seconds>> object_idletime(Key key) const {
    return run<std::optional<std::chrono::seconds>>(Command("OBJECT", "IDLETIME").key(key));
  }
  /** OBJECT REFCOUNT. How many references to a value the server has; none when there is no such key. */
  R<std::optional<long long>> object_refcount(Key key) const {
    return run<std::optional<long long>>(Command("OBJECT", "REFCOUNT").key(key));
  }

  /** PERSIST. Lets a key no longer expire; false when it did not, or there is no such key. */
  R<bool> persist(Key name) const { return run<bool>(Command("PERSIST").key(name)); }

  /** PEXPIRE. As expire(), in milliseconds. */
  R<bool> pexpire(Key name, Milliseconds time, const ExpireOptions& options = {}) const {
    return expire_by("PEXPIRE", name, time, options);
  }
  /** PEXPIREAT. As expire(), at a Unix time in milliseconds. */
  R<bool> pexpireat(Key name, UnixMilliseconds when, const ExpireOptions& options = {}) const {
    return expire_by("PEXPIREAT", name, when, options);
  }
  /** PEXPIRETIME (Redis 7.0). As expiretime(), in milliseconds. */
  R<long long> pexpiretime(Key key) const { return run<long long>(Command("PEXPIRETIME").key(key)); }

  /** PTTL. As ttl(), in milliseconds. */
  R<long long> pttl(Key name) const { return run<long long>(Command("PTTL").key(name)); }

  /** RANDOMKEY. Any key; none when there are none at all. */
  R<std::optional<std::string>> randomkey() const { return run<std::optional<std::string>>(Command("RANDOMKEY")); }

  /** RENAME. Renames a key, with its time to live, over whatever dst holds. Always true; ResponseError "no such key"
      when there is no src. Over two nodes as copy(), and then src is removed, unless somebody has changed it since it
      was read: then it is read again. So the value is under both names for a moment, and never under none; a crash may
      leave both. Who changes dst in that moment is not overwritten: ConnectionError, whose maybe_executed() is true,
      says where the copies are. Several callers who rename the same src take turns, by a key rediscluster:moving:... on
      its node, which expires by itself within seconds. */
  R<bool> rename(Key src, Key dst) const { return run<bool>(Command("RENAME").key(src).key(dst)); }
  /** RENAMENX. As rename(), also over two nodes, if dst does not exist; whether it did. */
  R<bool> renamenx(Key src, Key dst) const { return run<bool>(Command("RENAMENX").key(src).key(dst)); }

  /** RESTORE. Creates a key from what dump() gave, to expire after ttl milliseconds; 0: not to expire. Always true;
      ResponseError BUSYKEY when the key exists, and when the server cannot read the value. */
  R<bool> restore(Key name, Milliseconds ttl, const Arg& value, const RestoreOptions& options = {}) const {
    Command command("RESTORE");
    command.key(name).arg(ttl).arg(value);
    command.flag(options.replace, "REPLACE").flag(options.absttl, "ABSTTL");
    return run<bool>(command.option("IDLETIME", options.idletime).option("FREQ", options.frequency));
  }

  /** TOUCH. Marks keys as just used, for eviction, and returns how many exist; one that is named twice counts twice.
      Across nodes each node's part is atomic, the whole is not. */
  R<long long> touch(const Keys& names) const { return run<long long>(Command("TOUCH").list(names)); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> touch(const K&... names)
  const { return touch(Keys{Key(names)...}); }

  /** TTL. The seconds until a key expires, rounded; -1 when it does not, -2 when there is no such key. */
  R<long long> ttl(Key name) const { return run<long long>(Command("TTL").key(name)); }

  /** TYPE. "string", "list", "set", "zset", "hash", "stream", or what a module calls it; "none" when there is no such
      key. */
  R<std::string> type(Key name) const { return run<std::string>(Command("TYPE").key(name)); }

  /** UNLINK. As del(), but the server frees the memory in the background. */
  R<long long> unlink(const Keys& names) const { return run<long long>(Command("UNLINK").list(names)); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> unlink(const K&... names)
  const { return unlink(Keys{Key(names)...}); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  template <class Time>
  R<bool> expire_by(std::string_view word, Key name, const Time& time, const ExpireOptions& options) const {
    Command command(word);
    command.key(name).arg(time).flag(options.nx, "NX").flag(options.xx, "XX");
    return run<bool>(command.flag(options.gt, "GT").flag(options.lt, "LT"));
  }
};

}  // namespace v0_1
}  // namespace rediscluster
