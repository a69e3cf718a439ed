// Commands on strings, numbers and bits.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/commands/bitfield.h>
#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

struct SetOptions {
  /** Let the key expire after so many seconds. At most one of ex, px, keepttl, exat and pxat. */
  std::optional<Seconds> ex = {};
  /** Let the key expire after so many milliseconds. */
  std::optional<Milliseconds> px = {};
  /** Set the key only if it does not exist. Not together with xx. */
  bool nx = false;
  /** Set the key only if it exists. */
  bool xx = false;
  /** Leave the time at which the key expires as it is. Without it, the key no longer expires. */
  bool keepttl = false;
  /** Let the key expire at this Unix time in seconds. */
  std::optional<UnixSeconds> exat = {};
  /** Let the key expire at this Unix time in milliseconds. */
  std::optional<UnixMilliseconds> pxat = {};
  /** Set the key only if it holds this value (Redis 8.4, Valkey 8.1). At most one of nx, xx and these four. */
  std::optional<Arg> ifeq = {};
  /** Set the key unless it holds this value (Redis 8.4). */
  std::optional<Arg> ifne = {};
  /** Set the key only if its value has this digest, as DIGEST gives it (Redis 8.4). */
  std::optional<Arg> ifdeq = {};
  /** Set the key unless its value has this digest (Redis 8.4). */
  std::optional<Arg> ifdne = {};
};

/** At most one of them. */
struct GetExOptions {
  /** Let the key expire after so many seconds. */
  std::optional<Seconds> ex = {};
  /** Let the key expire after so many milliseconds. */
  std::optional<Milliseconds> px = {};
  /** Let the key expire at this Unix time in seconds. */
  std::optional<UnixSeconds> exat = {};
  /** Let the key expire at this Unix time in milliseconds. */
  std::optional<UnixMilliseconds> pxat = {};
  /** Let the key no longer expire. */
  bool persist = false;
};

/** One number to be read by BITFIELD_RO. */
struct BitfieldGet {
  /** "u8", "i16": signed or unsigned, and how many bits. */
  Arg encoding;
  /** Bits from the start of the string; "#2" is the third number of that encoding. */
  Arg offset;

  friend void encode(Command& to, const BitfieldGet& get) { to.arg("GET").arg(get.encoding).arg(get.offset); }
};
using BitfieldGets = ListOf<BitfieldGet>;

struct LcsIdxOptions {
  /** Leave out matches shorter than this. */
  long long minmatchlen = 0;
  /** Give the length of each match. */
  bool withmatchlen = false;
};

/** A match of lcs_idx(): where it lies in both strings, first and last byte. */
struct LcsMatch {
  std::pair<long long, long long> key1;
  std::pair<long long, long long> key2;
  /** Its length, with LcsIdxOptions::withmatchlen. */
  std::optional<long long> len = {};

  bool operator==(const LcsMatch&) const = default;
};

/** What lcs_idx() gives. */
struct LcsMatches {
  /** From the last to the first. */
  std::vector<LcsMatch> matches = {};
  /** Length of the whole common subsequence, whatever was left out of matches. */
  long long len = 0;

  bool operator==(const LcsMatches&) const = default;
};

template <>
struct Decoder<LcsMatch> {
  static LcsMatch decode(TapeView reply) {
    using Range = std::pair<long long, long long>;
    if (!reply.is_container() || reply.elements() < 2 || reply.elements() > 3) detail::throw_misfit(reply, "match");
    const TapeView key1 = reply.first();
    const TapeView key2 = key1.next();
    LcsMatch match{Decoder<Range>::decode(key1), Decoder<Range>::decode(key2)};
    if (reply.elements() == 3) match.len = Decoder<long long>::decode(key2.next());
    return match;
  }
};

template <>
struct Decoder<LcsMatches> {
  static LcsMatches decode(TapeView reply) {
    detail::expect_container(reply, "matches and len");
    if (reply.elements() % 2 != 0) detail::throw_misfit(reply, "matches and len");
    LcsMatches result;
    TapeView name = reply;
    for (std::size_t i = 0; i < reply.elements(); i += 2) {
      name = i == 0 ? reply.first() : name.next().next();
      const std::string_view field = detail::decode_text(name);
      if (field == "matches") result.matches = Decoder<std::vector<LcsMatch>>::decode(name.next());
      if (field == "len") result.len = Decoder<long long>::decode(name.next());
    }
    return result;
  }
};

/** Commands on strings. A key that holds another type: ResponseError WRONGTYPE, unless said otherwise. */
template <class Self, template <class> class R>
class StringCommands {
 public:
  /** APPEND. Appends to the value, or creates it. Returns its length afterwards. */
  R<long long> append(Key key, const Arg& value) const { return run<long long>(Command("APPEND").key(key).arg(value)); }

  /** BITCOUNT. Number of bits that are set; 0 when there is no such key. */
  R<long long> bitcount(Key key) const { return run<long long>(Command("BITCOUNT").key(key)); }
  /** BITCOUNT of a range, both ends included, negative ones counted from the end: of bytes, or with mode "BIT" (Redis
      7.0) of bits. */
  R<long long> bitcount(Key key, long long start, long long end, const std::optional<Arg>& mode = {}) const {
    Command command("BITCOUNT");
    command.key(key).arg(start).arg(end);
    if (mode) command.arg(*mode);
    return run<long long>(command);
  }

  /** BITFIELD, put together step by step: r.bitfield("k").incrby("u8", 0, 1).get("u4", "#1").execute(). What happens on
      overflow is "WRAP" (what servers do unless told), "SAT" or "FAIL", until overflow() says otherwise. */
  BitFieldOperation<Self, R> bitfield(Key key, const std::optional<Arg>& default_overflow = {}) const {
    return {static_cast<const Self&>(*this), key, default_overflow};
  }
  /** BITFIELD_RO. Reads integers of any number of bits out of a string: one at offset, then those of items. Bits
      behind the end, and of a key that does not exist, are 0. */
  R<std::vector<long long>> bitfield_ro(Key key, const Arg& encoding, const Arg& offset,
                                        const BitfieldGets& items = {}) const {
    return run<std::vector<long long>>(
        Command("BITFIELD_RO").key(key).arg("GET").arg(encoding).arg(offset).list(items));
  }

  /** BITOP. Combines strings by operation "AND", "OR", "XOR" or, of one key, "NOT", and stores the result in dest,
      whatever that held; an empty result deletes it. Returns the result's length, that of the longest operand.
      ResponseError when a key holds another type; dest may.

      Across nodes, strings of other nodes are read from their masters, put on dest's node under temporary names that
      expire, and combined there: dest is replaced in one step, with what its node holds in that step. Strings of other
      nodes may change between being read and that step, and each is read at a moment of its own. A crash leaves dest
      as it was or complete, and at most copies that expire by themselves (in a minute, and a second for each MB of the
      largest string). TimeoutError, and nothing has changed, when they expire while others are still being written.
      The strings are in this process's memory meanwhile. */
  R<long long> bitop(const Arg& operation, Key dest, const Keys& keys) const {
    return run<long long>(Command("BITOP").arg(operation).key(dest).list(keys));
  }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> bitop(const Arg& operation, Key dest, const K&... keys)
  const { return bitop(operation, dest, Keys{Key(keys)...}); }

  /** BITPOS. Position of the first bit that is `bit`, 0 or 1, in a range of bytes, or with mode "BIT" (Redis 7.0, needs
      an end) of bits. Positions count from the start of the string. -1 when there is none; without an end, zeros are
      taken to follow the string, so that 0 is found in any string. */
  R<long long> bitpos(Key key, long long bit, long long start = 0, const std::optional<long long>& end = {},
                      const std::optional<Arg>& mode = {}) const {
    Command command("BITPOS");
    command.key(key).arg(bit).arg(start);
    if (end) command.arg(*end);
    if (mode) command.arg(*mode);
    return run<long long>(command);
  }

  /** DECRBY. As decrby(). */
  R<long long> decr(Key name, long long amount = 1) const { return decrby(name, amount); }
  /** DECRBY. Takes amount from the integer in a key, 0 when there is no such key, and returns the new value.
      ResponseError when the value is not an integer of 64 bits or would no longer be one. */
  R<long long> decrby(Key name, long long amount = 1) const {
    return run<long long>(Command("DECRBY").key(name).arg(amount));
  }

  /** GET. The value; none when there is no such key. */
  R<std::optional<std::string>> get(Key name) const {
    return run<std::optional<std::string>>(Command("GET").key(name));
  }

  /** GETBIT. The bit at an offset, 0 or 1; 0 behind the end and when there is no such key. */
  R<long long> getbit(Key name, long long offset) const {
    return run<long long>(Command("GETBIT").key(name).arg(offset));
  }

  /** GETDEL. The value of a key, which is deleted; none when there is no such key. */
  R<std::optional<std::string>> getdel(Key name) const {
    return run<std::optional<std::string>>(Command("GETDEL").key(name));
  }

  /** GETEX. The value, as get(); the options change when the key expires. */
  R<std::optional<std::string>> getex(Key name, const GetExOptions& options = {}) const {
    Command command("GETEX");
    command.key(name);
    detail::append_expiry(command, options);
    return run<std::optional<std::string>>(command.flag(options.persist, "PERSIST"));
  }

  /** GETRANGE. The bytes from start to end, both included, negative ones counted from the end of the string. Empty when
      the range or the key is. */
  R<std::string> getrange(Key key, long long start, long long end) const {
    return run<std::string>(Command("GETRANGE").key(key).arg(start).arg(end));
  }

  /** GETSET. Sets a key, which then no longer expires, and returns its old value; none when there was no such key. */
  R<std::optional<std::string>> getset(Key name, const Arg& value) const {
    return run<std::optional<std::string>>(Command("GETSET").key(name).arg(value));
  }

  /** INCRBY. As incrby(). */
  R<long long> incr(Key name, long long amount = 1) const { return incrby(name, amount); }
  /** INCRBY. Adds amount to the integer in a key, 0 when there is no such key, and returns the new value. ResponseError
      when the value is not an integer of 64 bits or would no longer be one. */
  R<long long> incrby(Key name, long long amount = 1) const {
    return run<long long>(Command("INCRBY").key(name).arg(amount));
  }
  /** INCRBYFLOAT. Adds amount to the number in a key, 0 when there is no such key, and returns the new value.
      ResponseError when the value is no number or the result would be nan or infinite. */
  R<double> incrbyfloat(Key name, double amount = 1.0) const {
    return run<double>(Command("INCRBYFLOAT").key(name).arg(amount));
  }

  /** LCS (Redis 7.0). The longest common subsequence of two strings; a key that does not exist counts as empty.
      ResponseError when a key holds another type, or when their lengths multiplied exceed 128 Mi.

      Across nodes, each string is read at a moment of its own and the answer is computed here, the same that one server
      would give (with its proto-max-bulk-len at 512 MB); nothing is written. Takes time as the lengths multiplied, and
      an eighth of that in bytes. */
  R<std::string> lcs(Key key1, Key key2) const { return run<std::string>(Command("LCS").key(key1).key(key2)); }
  /** LCS with LEN: only its length. */
  R<long long> lcs_len(Key key1, Key key2) const {
    return run<long long>(Command("LCS").key(key1).key(key2).arg("LEN"));
  }
  /** LCS with IDX: where its parts lie in both strings. */
  R<LcsMatches> lcs_idx(Key key1, Key key2, const LcsIdxOptions& options = {}) const {
    Command command("LCS");
    command.key(key1).key(key2).arg("IDX");
    if (options.minmatchlen != 0) command.arg("MINMATCHLEN").arg(options.minmatchlen);
    return run<LcsMatches>(command.flag(options.withmatchlen, "WITHMATCHLEN"));
  }

  /** MGET. The values in the order of keys; none for a key that does not exist or is no string. Across nodes each
      node's part is read at one moment, not the whole. */
  R<std::vector<std::optional<std::string>>> mget(const Keys& keys) const {
    return run<std::vector<std::optional<std::string>>>(Command("MGET").list(keys));
  }
  template <class... K>
  requires detail::SeveralKeys<K...> R<std::vector<std::optional<std::string>>> mget(const K&... keys)
  const { return mget(Keys{Key(keys)...}); }

  /** MSET. Sets all keys, of whatever type they were. Always true. Across nodes each node's part is atomic, the whole
      is not: when a node fails, others may have been set. */
  R<bool> mset(const KeyValues& mapping) const { return run<bool>(Command("MSET").list(mapping)); }
  /** MSETNX. Sets all keys if none of them exists; whether it did. Over several nodes they are made node by node,
     always in the same order, so that of two callers with keys in common one succeeds; when a key exists by then, those
     that were made are taken back, but for what others have changed meanwhile. Others may see some of the keys for a
      moment, and after a crash for good. */
  R<bool> msetnx(const KeyValues& mapping) const { return run<bool>(Command("MSETNX").list(mapping)); }

  /** PSETEX. Sets a key that expires after time_ms milliseconds. Always true; ResponseError when the time is not
      positive. */
  R<bool> psetex(Key name, Milliseconds time_ms, const Arg& value) const {
    return run<bool>(Command("PSETEX").key(name).arg(time_ms).arg(value));
  }

  /** SET. Sets a key, of whatever type it was. False when nx, xx or another condition kept it from being set. */
  R<bool> set(Key name, const Arg& value, const SetOptions& options = {}) const {
    Command command("SET");
    command.key(name).arg(value);
    append_set_options(command, options, false);
    return run<bool>(command);
  }
  /** SET with GET. As set(), but returns the old value, none when there was no such key; whether a condition kept the
      key from being set, this does not tell. A key that holds no string: WRONGTYPE, and is not set. */
  R<std::optional<std::string>> set_get(Key name, const Arg& value, const SetOptions& options = {}) const {
    Command command("SET");
    command.key(name).arg(value);
    append_set_options(command, options, true);
    return run<std::optional<std::string>>(command);
  }

  /** SETBIT. Sets or clears the bit at an offset, below 2^32; the string grows as needed. Returns the old bit. */
  R<long long> setbit(Key name, long long offset, bool value) const {
    return run<long long>(Command("SETBIT").key(name).arg(offset).arg(value ? 1 : 0));
  }

  /** SETEX. Sets a key that expires after `time` seconds. Always true; ResponseError when the time is not positive. */
  R<bool> setex(Key name, Seconds time, const Arg& value) const {
    return run<bool>(Command("SETEX").key(name).arg(time).arg(value));
  }

  /** SETNX. Sets a key if it does not exist; whether it did. */
  R<bool> setnx(Key name, const Arg& value) const { return run<bool>(Command("SETNX").key(name).arg(value)); }

  /** SETRANGE. Overwrites part of a string from an offset on; it grows as needed, with zero bytes in the gap. Returns
      its length afterwards. */
  R<long long> setrange(Key name, long long offset, const Arg& value) const {
    return run<long long>(Command("SETRANGE").key(name).arg(offset).arg(value));
  }

  /** STRLEN. Length of the value in bytes; 0 when there is no such key. */
  R<long long> strlen(Key name) const { return run<long long>(Command("STRLEN").key(name)); }

  /** SUBSTR, the old name of GETRANGE. As getrange(). */
  R<std::string> substr(Key name, long long start, long long end = -1) const {
    return run<std::string>(Command("SUBSTR").key(name).arg(start).arg(end));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  static void append_set_options(Command& command, const SetOptions& options, bool get) {
    command.flag(options.nx, "NX").flag(options.xx, "XX").flag(get, "GET");
    detail::append_expiry(command, options);
    command.flag(options.keepttl, "KEEPTTL");
    command.option("IFEQ", options.ifeq).option("IFNE", options.ifne);
    command.option("IFDEQ", options.ifdeq).option("IFDNE", options.ifdne);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
