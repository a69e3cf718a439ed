// Commands on streams.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/stream.h>

namespace rediscluster {
inline namespace v0_1 {

struct XAddOptions {
  /** The entry's id, greater than all before; "*" lets the server make one of its clock, "5-*" only the number behind
      the time (Redis 7.0). */
  Arg id = "*";
  /** Then delete the oldest entries until so many are left. At most one of maxlen and minid. */
  std::optional<long long> maxlen = {};
  /** Let the server leave some more than maxlen or minid say, which is much faster. */
  bool approximate = true;
  /** Do nothing when there is no such stream. */
  bool nomkstream = false;
  /** Then delete the entries with lower ids. */
  std::optional<Arg> minid = {};
  /** Delete no more than about so many, all when 0. Only when approximate, and by default 100 times the entries of a
      node of the stream. */
  std::optional<long long> limit = {};
};

/** Just one of maxlen and minid; all as XAddOptions. */
struct XTrimOptions {
  std::optional<long long> maxlen = {};
  bool approximate = true;
  std::optional<Arg> minid = {};
  std::optional<long long> limit = {};
};

struct XRangeOptions {
  /** At most so many entries. */
  std::optional<long long> count = {};
};

struct XReadOptions {
  /** At most so many entries of each stream. */
  std::optional<long long> count = {};
};

struct XReadGroupOptions {
  /** At most so many entries of each stream. */
  std::optional<long long> count = {};
  /** Count the entries as acknowledged at once: none becomes pending. */
  bool noack = false;
};

struct XGroupCreateOptions {
  /** The group gets the entries behind this one; "$" is the last one there is, "0" the beginning. */
  Arg id = "$";
  /** Create the stream if there is none. Without it, that is a ResponseError. */
  bool mkstream = false;
  /** How many entries the group shall be taken to have read, for its lag (Redis 7.0). */
  std::optional<long long> entries_read = {};
};

struct XGroupSetIdOptions {
  /** As XGroupCreateOptions. */
  std::optional<long long> entries_read = {};
};

struct XPendingRangeOptions {
  /** Only those of this consumer. */
  std::optional<Arg> consumername = {};
  /** Only those delivered so many milliseconds ago or longer. */
  std::optional<Milliseconds> idle = {};
};

struct XClaimOptions {
  /** Take the entries to have been delivered so many milliseconds ago, not now. At most one of idle and time. */
  std::optional<Milliseconds> idle = {};
  /** Take the entries to have been delivered at this Unix time in milliseconds. */
  std::optional<UnixMilliseconds> time = {};
  /** Take the entries to have been delivered so many times; without it, one more than before. */
  std::optional<long long> retrycount = {};
  /** Claim also entries that are not pending, if the stream has them. */
  bool force = false;
};

struct XAutoClaimOptions {
  /** Begin with this id: what the call before gave as next. */
  Arg start_id = "0-0";
  /** Claim at most so many, by default 100; no more than ten times as many are looked at. */
  std::optional<long long> count = {};
};

struct XInfoStreamFullOptions {
  /** How many entries to tell, and how many pending ones of each group and consumer: all when 0, by default 10. */
  std::optional<long long> count = {};
};

struct XSetIdOptions {
  /** How many entries shall be taken to have been added ever (Redis 7.0). */
  std::optional<long long> entries_added = {};
  /** The highest id that shall be taken to have been deleted (Redis 7.0). */
  std::optional<Arg> max_deleted_id = {};
};

/** Streams, and for each the id behind which to read: {{"a", "0"}, {Key{"tag", "b"}, "5-1"}}, or a map. */
using StreamPositions = KeyValues;

/** Commands on streams. In ranges, "-" and "+" are the lowest and the highest id, "(5-1" leaves out 5-1 itself, and an
    id without a number is the first or last of its time. A key that does not exist is an empty stream unless said
    otherwise, and a stream that becomes empty stays, with its groups and its last id. A group that does not exist:
    ResponseError NOGROUP. A key that holds another type: ResponseError WRONGTYPE. */
template <class Self, template <class> class R>
class StreamCommands {
  using Entries = std::vector<StreamEntry>;
  using Ids = std::vector<std::string>;

 public:
  /** XACK. Acknowledges entries: they are no longer pending in the group. Returns how many were; 0 also when there is
      no such key or group. */
  R<long long> xack(Key name, const Arg& groupname, const Args& ids) const {
    return run<long long>(Command("XACK").key(name).arg(groupname).list(ids));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> xack(Key name, const Arg& groupname, const V&... ids)
  const { return xack(name, groupname, Args{Arg(ids)...}); }

  /** XADD. Appends an entry, xadd("s", {{"name", "value"}, {"n", 1}}), with its fields in that order; a name may come
      several times. Returns the entry's id; none when there is no such stream and options say nomkstream. ResponseError
      when the id is not greater than the last. */
  R<std::optional<std::string>> xadd(Key name, const FieldValues& fields, const XAddOptions& options = {}) const {
    Command command("XADD");
    append_trimming(command.key(name), options);
    command.flag(options.nomkstream, "NOMKSTREAM").arg(options.id).list(fields);
    return run<std::optional<std::string>>(command);
  }

  /** XAUTOCLAIM (Redis 6.2). Looks through a group's pending entries, and claims as xclaim() those that were delivered
      min_idle_time milliseconds ago or longer. Returns them, and where the next call has to begin. */
  R<AutoClaimed> xautoclaim(Key name, const Arg& groupname, const Arg& consumername, Milliseconds min_idle_time,
                            const XAutoClaimOptions& options = {}) const {
    return run<AutoClaimed>(autoclaiming(name, groupname, consumername, min_idle_time, options));
  }
  /** XAUTOCLAIM with JUSTID. Returns ids only, and does not count as one more delivery. */
  R<AutoClaimedIds> xautoclaim_justid(Key name, const Arg& groupname, const Arg& consumername,
                                      Milliseconds min_idle_time, const XAutoClaimOptions& options = {}) const {
    return run<AutoClaimedIds>(autoclaiming(name, groupname, consumername, min_idle_time, options).arg("JUSTID"));
  }

  /** XCLAIM. Makes consumername, which is created if need be, the one to whom entries are pending that were delivered
      min_idle_time milliseconds ago or longer; now counts as their delivery. Returns the entries that were claimed, in
      the order of message_ids. Those that the stream no longer has are no longer pending either (Redis 7.0). */
  R<Entries> xclaim(Key name, const Arg& groupname, const Arg& consumername, Milliseconds min_idle_time,
                    const Args& message_ids, const XClaimOptions& options = {}) const {
    return run<Entries>(claiming(name, groupname, consumername, min_idle_time, message_ids, options));
  }
  /** XCLAIM with JUSTID. Returns ids only, and does not count as one more delivery. */
  R<Ids> xclaim_justid(Key name, const Arg& groupname, const Arg& consumername, Milliseconds min_idle_time,
                       const Args& message_ids, const XClaimOptions& options = {}) const {
    return run<Ids>(claiming(name, groupname, consumername, min_idle_time, message_ids, options).arg("JUSTID"));
  }

  /** XDEL. Deletes entries and returns how many there were. In groups they stay pending, without their fields. */
  R<long long> xdel(Key name, const Args& ids) const { return run<long long>(Command("XDEL").key(name).list(ids)); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> xdel(Key name, const V&... ids)
  const { return xdel(name, Args{Arg(ids)...}); }

  /** XGROUP CREATE. Creates a group. Always true; ResponseError BUSYGROUP when it exists, and ResponseError when there
      is no such key and options do not say mkstream. */
  R<bool> xgroup_create(Key name, const Arg& groupname, const XGroupCreateOptions& options = {}) const {
    Command command("XGROUP", "CREATE");
    command.key(name).arg(groupname).arg(options.id).flag(options.mkstream, "MKSTREAM");
    return run<bool>(command.option("ENTRIESREAD", options.entries_read));
  }
  /** XGROUP CREATECONSUMER (Redis 6.2). Creates a consumer, which reading and claiming do as well. Returns how many
      were created, 0 when it exists. ResponseError when there is no such key. */
  R<long long> xgroup_createconsumer(Key name, const Arg& groupname, const Arg& consumername) const {
    return run<long long>(Command("XGROUP", "CREATECONSUMER").key(name).arg(groupname).arg(consumername));
  }
  /** XGROUP DELCONSUMER. Deletes a consumer, and what is pending to it is so no longer: nobody will be able to claim
      it. Returns how many entries that were; 0 also when there is no such consumer. ResponseError when there is no such
      key. */
  R<long long> xgroup_delconsumer(Key name, const Arg& groupname, const Arg& consumername) const {
    return run<long long>(Command("XGROUP", "DELCONSUMER").key(name).arg(groupname).arg(consumername));
  }
  /** XGROUP DESTROY. Deletes a group, with its consumers and what is pending; whether there was one. ResponseError when
      there is no such key. */
  R<bool> xgroup_destroy(Key name, const Arg& groupname) const {
    return run<bool>(Command("XGROUP", "DESTROY").key(name).arg(groupname));
  }
  /** XGROUP SETID. Lets a group go on behind another entry, as XGroupCreateOptions::id. Always true; ResponseError when
      there is no such key. */
  R<bool> xgroup_setid(Key name, const Arg& groupname, const Arg& id, const XGroupSetIdOptions& options = {}) const {
    Command command("XGROUP", "SETID");
    command.key(name).arg(groupname).arg(id);
    return run<bool>(command.option("ENTRIESREAD", options.entries_read));
  }

  /** XINFO CONSUMERS. The consumers of a group. ResponseError when there is no such key. Always asks the master. */
  R<std::vector<ConsumerInfo>> xinfo_consumers(Key name, const Arg& groupname) const {
    return run<std::vector<ConsumerInfo>>(Command("XINFO", "CONSUMERS").key(name).arg(groupname));
  }
  /** XINFO GROUPS. The groups of a stream. ResponseError when there is no such key. */
  R<std::vector<GroupInfo>> xinfo_groups(Key name) const {
    return run<std::vector<GroupInfo>>(Command("XINFO", "GROUPS").key(name));
  }
  /** XINFO STREAM. What a stream is like. ResponseError when there is no such key. Always asks the master. */
  R<StreamInfo> xinfo_stream(Key name) const { return run<StreamInfo>(Command("XINFO", "STREAM").key(name)); }
  /** XINFO STREAM with FULL. The same, with entries, groups, consumers and what is pending. */
  R<StreamFullInfo> xinfo_stream_full(Key name, const XInfoStreamFullOptions& options = {}) const {
    Command command("XINFO", "STREAM");
    return run<StreamFullInfo>(command.key(name).arg("FULL").option("COUNT", options.count));
  }

  /** XLEN. Number of entries. */
  R<long long> xlen(Key name) const { return run<long long>(Command("XLEN").key(name)); }

  /** XPENDING. How many entries are pending in a group, and to whom. A key that does not exist: ResponseError
      NOGROUP. */
  R<PendingSummary> xpending(Key name, const Arg& groupname) const {
    return run<PendingSummary>(Command("XPENDING").key(name).arg(groupname));
  }
  /** XPENDING of a range. The pending entries with ids from min to max, at most count. A key that does not exist:
      ResponseError NOGROUP. */
  R<std::vector<PendingEntry>> xpending_range(Key name, const Arg& groupname, const Arg& min, const Arg& max,
                                              long long count, const XPendingRangeOptions& options = {}) const {
    Command command("XPENDING");
    command.key(name).arg(groupname).option("IDLE", options.idle).arg(min).arg(max).arg(count);
    if (options.consumername) command.arg(*options.consumername);
    return run<std::vector<PendingEntry>>(command);
  }

  /** XRANGE. The entries with ids from min to max. */
  R<Entries> xrange(Key name, const Arg& min = "-", const Arg& max = "+", const XRangeOptions& options = {}) const {
    return run<Entries>(Command("XRANGE").key(name).arg(min).arg(max).option("COUNT", options.count));
  }
  /** XREVRANGE. As xrange(), from max down to min. */
  R<Entries> xrevrange(Key name, const Arg& max = "+", const Arg& min = "-", const XRangeOptions& options = {}) const {
    return run<Entries>(Command("XREVRANGE").key(name).arg(max).arg(min).option("COUNT", options.count));
  }

  /** XREAD. The entries behind the ids of streams, xread({{"a", "0"}, {"b", "5-1"}}), without waiting for any; in the
      order of the streams. Streams that have none are left out. Over several nodes each reads its streams at a moment
      of its own. */
  R<std::vector<StreamEntries>> xread(const StreamPositions& streams, const XReadOptions& options = {}) const {
    Command command("XREAD");
    return run<std::vector<StreamEntries>>(append_streams(command.option("COUNT", options.count), streams));
  }
  /** XREADGROUP. Of streams with id ">", the entries that the group has not been given yet: they become pending to
      consumername, which is created if need be. Streams that have none are left out. Of streams with another id, what
     is pending to the consumer behind that id. A key that does not exist, or has no such group: ResponseError NOGROUP,
      and nothing is delivered.

      Over several nodes the groups are looked at first, and then each node delivers at a moment of its own. When one
      fails then, what the others have delivered is in the PartialReplyError; when nothing was, the error is thrown as
      it is, and maybe_executed() says whether entries may have become pending without anyone having them. Those are
      given again, unless noack, to who asks with the id "0", as after a crash of the process. */
  R<std::vector<StreamEntries>> xreadgroup(const Arg& groupname, const Arg& consumername,
                                           const StreamPositions& streams,
                                           const XReadGroupOptions& options = {}) const {
    Command command("XREADGROUP");
    command.arg("GROUP").arg(groupname).arg(consumername).option("COUNT", options.count);
    return run<std::vector<StreamEntries>>(append_streams(command.flag(options.noack, "NOACK"), streams));
  }

  /** XSETID. Sets the last id of a stream, the one that following entries must exceed. Always true; ResponseError when
      the stream has a greater one, and when there is no such key. */
  R<bool> xsetid(Key name, const Arg& last_id, const XSetIdOptions& options = {}) const {
    Command command("XSETID");
    command.key(name).arg(last_id).option("ENTRIESADDED", options.entries_added);
    return run<bool>(command.option("MAXDELETEDID", options.max_deleted_id));
  }

  /** XTRIM. Deletes the oldest entries, and returns how many. */
  R<long long> xtrim(Key name, const XTrimOptions& options) const {
    Command command("XTRIM");
    append_trimming(command.key(name), options);
    return run<long long>(command);
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  template <class Options>
  static void append_trimming(Command& command, const Options& options) {
    if (options.maxlen) command.arg("MAXLEN").flag(options.approximate, "~").arg(*options.maxlen);
    if (options.minid) command.arg("MINID").flag(options.approximate, "~").arg(*options.minid);
    command.option("LIMIT", options.limit);
  }
  /** All keys, then all ids. */
  static Command& append_streams(Command& command, const StreamPositions& streams) {
    Command pairs("");
    pairs.list(streams);
    command.arg("STREAMS");
    for (const Command::KeyMark& key : pairs.keys()) command.append_key(pairs, key);
    for (const Command::KeyMark& key : pairs.keys()) command.append_word(pairs, std::size_t{key.argument} + 1);
    return command;
  }
  static Command claiming(Key name, const Arg& groupname, const Arg& consumername, Milliseconds min_idle_time,
                          const Args& message_ids, const XClaimOptions& options) {
    Command command("XCLAIM");
    command.key(name).arg(groupname).arg(consumername).arg(min_idle_time).list(message_ids);
    command.option("IDLE", options.idle).option("TIME", options.time).option("RETRYCOUNT", options.retrycount);
    command.flag(options.force, "FORCE");
    return command;
  }
  static Command autoclaiming(Key name, const Arg& groupname, const Arg& consumername, Milliseconds min_idle_time,
                              const XAutoClaimOptions& options) {
    Command command("XAUTOCLAIM");
    command.key(name).arg(groupname).arg(consumername).arg(min_idle_time).arg(options.start_id);
    command.option("COUNT", options.count);
    return command;
  }
};

}  // namespace v0_1
}  // namespace rediscluster
