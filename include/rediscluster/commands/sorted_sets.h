// Commands on sorted sets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

struct ZAddOptions {
  /** Only add members that are not there yet. Not together with xx, gt or lt. */
  bool nx = false;
  /** Only change scores of members that are there. */
  bool xx = false;
  /** Count changed members too. */
  bool ch = false;
  /** Change a score only to a greater one (Redis 6.2). Members are added nevertheless. */
  bool gt = false;
  /** Change a score only to a lower one (Redis 6.2). Members are added nevertheless. */
  bool lt = false;
};

/** What zrange() takes start and end for: indices, or one of byscore and bylex. */
struct ZRangeOptions {
  /** From the highest to the lowest; start is then the higher bound. */
  bool desc = false;
  /** start and end are scores. Not together with bylex. */
  bool byscore = false;
  /** start and end are members, as of zrangebylex(). */
  bool bylex = false;
  /** Skip so many members of the range; together with num, and byscore or bylex. */
  std::optional<long long> offset = {};
  /** At most so many members, all when negative; together with offset. */
  std::optional<long long> num = {};
};

/** As ZRangeOptions. */
struct ZRangeStoreOptions {
  bool byscore = false;
  bool bylex = false;
  bool desc = false;
  std::optional<long long> offset = {};
  std::optional<long long> num = {};
};

/** A part of a range; both or none. */
struct ZRangeByOptions {
  /** Skip so many members. */
  std::optional<long long> start = {};
  /** At most so many members, all when negative. */
  std::optional<long long> num = {};
};

struct ZAggregateOptions {
  /** How scores of one member in several sets become one: "SUM" (the default), "MIN" or "MAX". */
  std::optional<Arg> aggregate = {};
};

struct ZMPopOptions {
  /** Remove members with the lowest scores. Just one of min and max. */
  bool min = false;
  /** Remove members with the highest scores. */
  bool max = false;
  /** How many at most. */
  long long count = 1;
};

/** A sorted set, or a set, and what its scores are multiplied by. */
struct WeightedKey {
  Key key;
  Score weight;

  friend void encode(Command& to, const WeightedKey& pair) { to.key(pair.key).arg(pair.weight); }
};
/** {{"a", 1}, {"b", 2.5}} or a map. */
using WeightedKeys = ListOf<WeightedKey>;

/** Commands on sorted sets. Members are ordered by score, and those with one score by their bytes; rank 0 is the
    lowest, -1 the highest; ranges include both ends. Scores of a range may be numbers, "-inf", "+inf", or "(5" for more
    (or less) than 5. A sorted set that becomes empty is deleted; a key that does not exist is an empty one. A key that
    holds another type: ResponseError WRONGTYPE. */
template <class Self, template <class> class R>
class SortedSetCommands {
  using Members = std::vector<std::string>;
  using ScoredResult = std::vector<std::pair<std::string, double>>;

 public:
  /** ZADD. Adds members or changes their scores, zadd("z", {{"a", 1}, {"b", 2.5}}). Returns how many were added.
      ResponseError when a score is nan. */
  R<long long> zadd(Key name, const ScoredMembers& mapping, const ZAddOptions& options = {}) const {
    return run<long long>(added(name, mapping, options, false));
  }
  /** ZADD with INCR. Adds to the score of one member, 0 when it is not there yet. Returns the new score; none when the
      options forbid the change. */
  R<std::optional<double>> zadd_incr(Key name, const ScoredMembers& mapping, const ZAddOptions& options = {}) const {
    return run<std::optional<double>>(added(name, mapping, options, true));
  }

  /** ZCARD. Number of members. */
  R<long long> zcard(Key name) const { return run<long long>(Command("ZCARD").key(name)); }

  /** ZCOUNT. Number of members with scores from min to max. */
  R<long long> zcount(Key name, const Arg& min, const Arg& max) const {
    return run<long long>(Command("ZCOUNT").key(name).arg(min).arg(max));
  }

  /** ZDIFF (Redis 6.2). The members of the first set that are in none of the others. The sets of this, of zinter(),
      zintercard(), zunion() and their stores may be plain ones: their scores are 1.

      Across nodes the sets are read side by side and combined here, large ones in several steps, so that no more is
     read than may be in the result. Not of one moment: what changes meanwhile may be seen in one set and not in
     another. */
  R<Members> zdiff(const Keys& keys) const { return run<Members>(counted("ZDIFF", keys)); }
  /** ZDIFF with WITHSCORES. */
  R<ScoredResult> zdiff_withscores(const Keys& keys) const {
    return run<ScoredResult>(counted("ZDIFF", keys).arg("WITHSCORES"));
  }
  /** ZDIFFSTORE (Redis 6.2). Stores what zdiff() gives in dest, whatever that held; an empty result deletes it. Returns
      the number of members.

      Across nodes the sets are read from the masters, not at one moment, and then dest is replaced in one step on its
      node: nobody sees it missing or half filled, but what was changed in the sets, or in dest, since they were read is
      overlooked. A crash, or an error, leaves dest as it was or as it is to be. A result too large for one command is
      first built under a temporary key on that node, which expires after a minute when nothing comes of it. */
  R<long long> zdiffstore(Key dest, const Keys& keys) const {
    return run<long long>(Command("ZDIFFSTORE").key(dest).arg(keys.size()).list(keys));
  }

  /** ZINCRBY. Adds to the score of a member, 0 when it is not there yet. Returns the new score. */
  R<double> zincrby(Key name, Score amount, const Arg& value) const {
    return run<double>(Command("ZINCRBY").key(name).arg(amount).arg(value));
  }

  /** ZINTER (Redis 6.2). The members that are in all sets, ordered by their combined scores. Across nodes not
      of one moment, as zdiff(). */
  R<Members> zinter(const Keys& keys, const ZAggregateOptions& options = {}) const {
    return run<Members>(aggregated("ZINTER", nullptr, keys, options));
  }
  R<Members> zinter(const WeightedKeys& keys, const ZAggregateOptions& options = {}) const {
    return run<Members>(aggregated("ZINTER", nullptr, keys, options));
  }
  /** ZINTER with WITHSCORES. */
  R<ScoredResult> zinter_withscores(const Keys& keys, const ZAggregateOptions& options = {}) const {
    return run<ScoredResult>(aggregated("ZINTER", nullptr, keys, options).arg("WITHSCORES"));
  }
  R<ScoredResult> zinter_withscores(const WeightedKeys& keys, const ZAggregateOptions& options = {}) const {
    return run<ScoredResult>(aggregated("ZINTER", nullptr, keys, options).arg("WITHSCORES"));
  }
  /** ZINTERCARD (Redis 7.0). How many members are in all of numkeys sets; counts no further than limit, unless that is
      0. Across nodes not of one moment, as zdiff(); members beyond the limit are not looked up. DataError when there
     are fewer keys than numkeys says, on several nodes. */
  R<long long> zintercard(long long numkeys, const Keys& keys, long long limit = 0) const {
    return run<long long>(Command("ZINTERCARD").arg(numkeys).list(keys).arg("LIMIT").arg(limit));
  }
  /** ZINTERSTORE. Stores what zinter() gives in dest, as zdiffstore() does. */
  R<long long> zinterstore(Key dest, const Keys& keys, const ZAggregateOptions& options = {}) const {
    return run<long long>(aggregated("ZINTERSTORE", &dest, keys, options));
  }
  R<long long> zinterstore(Key dest, const WeightedKeys& keys, const ZAggregateOptions& options = {}) const {
    return run<long long>(aggregated("ZINTERSTORE", &dest, keys, options));
  }

  /** ZLEXCOUNT. Number of members from min to max, as of zrangebylex(). */
  R<long long> zlexcount(Key name, const Arg& min, const Arg& max) const {
    return run<long long>(Command("ZLEXCOUNT").key(name).arg(min).arg(max));
  }

  /** ZMPOP (Redis 7.0). Removes members from the first of num_keys sorted sets that is not empty. That set's name and
      the members with their scores; none when all are empty. A key of another type in front of it: ResponseError
      WRONGTYPE. Over several nodes as lmpop(): each key was empty when it was asked. */
  R<std::optional<std::pair<std::string, ScoredResult>>> zmpop(long long num_keys, const Keys& keys,
                                                               const ZMPopOptions& options) const {
    Command command("ZMPOP");
    command.arg(num_keys).list(keys).flag(options.min, "MIN").flag(options.max, "MAX");
    if (options.count != 1) command.arg("COUNT").arg(options.count);
    return run<std::optional<std::pair<std::string, ScoredResult>>>(command);
  }

  /** ZMSCORE (Redis 6.2). The scores of members; none for what is no member. */
  R<std::vector<std::optional<double>>> zmscore(Key key, const Args& members) const {
    return run<std::vector<std::optional<double>>>(Command("ZMSCORE").key(key).list(members));
  }

  /** ZPOPMAX. Removes and returns the count members (1 when not given) with the highest scores, highest first. */
  R<ScoredResult> zpopmax(Key name, const std::optional<long long>& count = {}) const {
    return popped("ZPOPMAX", name, count);
  }
  /** ZPOPMIN. Removes and returns the count members (1 when not given) with the lowest scores, lowest first. */
  R<ScoredResult> zpopmin(Key name, const std::optional<long long>& count = {}) const {
    return popped("ZPOPMIN", name, count);
  }

  /** ZRANDMEMBER (Redis 6.2). Any member; none when the set is empty. */
  R<std::optional<std::string>> zrandmember(Key key) const {
    return run<std::optional<std::string>>(Command("ZRANDMEMBER").key(key));
  }
  /** ZRANDMEMBER with a count. Up to so many different members; with a negative count just as many as it says, which
      may be the same. */
  R<Members> zrandmember_count(Key key, long long count) const {
    return run<Members>(Command("ZRANDMEMBER").key(key).arg(count));
  }
  /** ZRANDMEMBER with WITHSCORES. As zrandmember_count(), each member with its score. */
  R<ScoredResult> zrandmember_withscores(Key key, long long count) const {
    return run<ScoredResult>(Command("ZRANDMEMBER").key(key).arg(count).arg("WITHSCORES"));
  }

  /** ZRANGE. The members from start to end: of ranks, or as the options say (Redis 6.2) of scores or of members. */
  R<Members> zrange(Key name, const Arg& start, const Arg& end, const ZRangeOptions& options = {}) const {
    return run<Members>(ranged(name, start, end, options));
  }
  /** ZRANGE with WITHSCORES. */
  R<ScoredResult> zrange_withscores(Key name, const Arg& start, const Arg& end,
                                    const ZRangeOptions& options = {}) const {
    return run<ScoredResult>(ranged(name, start, end, options).arg("WITHSCORES"));
  }
  /** ZRANGESTORE (Redis 6.2). Stores what zrange() gives in dest, as zdiffstore() does. From one node to another the
      range is read from the source's master, and with bylex it costs a write there: under a temporary key that is gone
      at the end of the same transaction. */
  R<long long> zrangestore(Key dest, Key name, const Arg& start, const Arg& end,
                           const ZRangeStoreOptions& options = {}) const {
    Command command("ZRANGESTORE");
    command.key(dest).key(name).arg(start).arg(end);
    command.flag(options.byscore, "BYSCORE").flag(options.bylex, "BYLEX").flag(options.desc, "REV");
    detail::append_limit(command, options.offset, options.num);
    return run<long long>(command);
  }

  /** ZRANGEBYLEX. The members from min to max by their bytes: "[a" includes a, "(a" does not, "-" and "+" are the ends.
      Meaningful only when all scores are the same. */
  R<Members> zrangebylex(Key name, const Arg& min, const Arg& max, const ZRangeByOptions& options = {}) const {
    return run<Members>(limited("ZRANGEBYLEX", name, min, max, options));
  }
  /** ZREVRANGEBYLEX. As zrangebylex(), from max down to min. */
  R<Members> zrevrangebylex(Key name, const Arg& max, const Arg& min, const ZRangeByOptions& options = {}) const {
    return run<Members>(limited("ZREVRANGEBYLEX", name, max, min, options));
  }

  /** ZRANGEBYSCORE. The members with scores from min to max. */
  R<Members> zrangebyscore(Key name, const Arg& min, const Arg& max, const ZRangeByOptions& options = {}) const {
    return run<Members>(limited("ZRANGEBYSCORE", name, min, max, options));
  }
  /** ZRANGEBYSCORE with WITHSCORES. */
  R<ScoredResult> zrangebyscore_withscores(Key name, const Arg& min, const Arg& max,
                                           const ZRangeByOptions& options = {}) const {
    return run<ScoredResult>(limited("ZRANGEBYSCORE", name, min, max, options).arg("WITHSCORES"));
  }
  /** ZREVRANGEBYSCORE. As zrangebyscore(), from max down to min. */
  R<Members> zrevrangebyscore(Key name, const Arg& max, const Arg& min, const ZRangeByOptions& options = {}) const {
    return run<Members>(limited("ZREVRANGEBYSCORE", name, max, min, options));
  }
  /** ZREVRANGEBYSCORE with WITHSCORES. */
  R<ScoredResult> zrevrangebyscore_withscores(Key name, const Arg& max, const Arg& min,
                                              const ZRangeByOptions& options = {}) const {
    return run<ScoredResult>(limited("ZREVRANGEBYSCORE", name, max, min, options).arg("WITHSCORES"));
  }

  /** ZRANK. The rank of a member; none when it is no member. */
  R<std::optional<long long>> zrank(Key name, const Arg& value) const {
    return run<std::optional<long long>>(Command("ZRANK").key(name).arg(value));
  }
  /** ZRANK with WITHSCORE (Redis 7.2, otherwise a ResponseError). Rank and score of a member. */
  R<std::optional<std::pair<long long, double>>> zrank_withscore(Key name, const Arg& value) const {
    return run<std::optional<std::pair<long long, double>>>(Command("ZRANK").key(name).arg(value).arg("WITHSCORE"));
  }

  /** ZREM. Removes members and returns how many there were. */
  R<long long> zrem(Key name, const Args& values) const {
    return run<long long>(Command("ZREM").key(name).list(values));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> zrem(Key name, const V&... values)
  const { return zrem(name, Args{Arg(values)...}); }

  /** ZREMRANGEBYLEX. Removes the members from min to max, as of zrangebylex(), and returns how many. */
  R<long long> zremrangebylex(Key name, const Arg& min, const Arg& max) const {
    return run<long long>(Command("ZREMRANGEBYLEX").key(name).arg(min).arg(max));
  }
  /** ZREMRANGEBYRANK. Removes the members of ranks from min to max and returns how many. */
  R<long long> zremrangebyrank(Key name, long long min, long long max) const {
    return run<long long>(Command("ZREMRANGEBYRANK").key(name).arg(min).arg(max));
  }
  /** ZREMRANGEBYSCORE. Removes the members with scores from min to max and returns how many. */
  R<long long> zremrangebyscore(Key name, const Arg& min, const Arg& max) const {
    return run<long long>(Command("ZREMRANGEBYSCORE").key(name).arg(min).arg(max));
  }

  /** ZREVRANGE. The members of ranks from start to end, rank 0 being the highest. */
  R<Members> zrevrange(Key name, long long start, long long end) const {
    return run<Members>(Command("ZREVRANGE").key(name).arg(start).arg(end));
  }
  /** ZREVRANGE with WITHSCORES. */
  R<ScoredResult> zrevrange_withscores(Key name, long long start, long long end) const {
    return run<ScoredResult>(Command("ZREVRANGE").key(name).arg(start).arg(end).arg("WITHSCORES"));
  }

  /** ZREVRANK. As zrank(), rank 0 being the highest. */
  R<std::optional<long long>> zrevrank(Key name, const Arg& value) const {
    return run<std::optional<long long>>(Command("ZREVRANK").key(name).arg(value));
  }
  /** ZREVRANK with WITHSCORE (Redis 7.2, otherwise a ResponseError). */
  R<std::optional<std::pair<long long, double>>> zrevrank_withscore(Key name, const Arg& value) const {
    return run<std::optional<std::pair<long long, double>>>(Command("ZREVRANK").key(name).arg(value).arg("WITHSCORE"));
  }

  /** ZSCORE. The score of a member; none when it is no member. */
  R<std::optional<double>> zscore(Key name, const Arg& value) const {
    return run<std::optional<double>>(Command("ZSCORE").key(name).arg(value));
  }

  /** ZUNION (Redis 6.2). The members of all sets, ordered by their combined scores. Across nodes not
      of one moment, as zdiff(). */
  R<Members> zunion(const Keys& keys, const ZAggregateOptions& options = {}) const {
    return run<Members>(aggregated("ZUNION", nullptr, keys, options));
  }
  R<Members> zunion(const WeightedKeys& keys, const ZAggregateOptions& options = {}) const {
    return run<Members>(aggregated("ZUNION", nullptr, keys, options));
  }
  /** ZUNION with WITHSCORES. */
  R<ScoredResult> zunion_withscores(const Keys& keys, const ZAggregateOptions& options = {}) const {
    return run<ScoredResult>(aggregated("ZUNION", nullptr, keys, options).arg("WITHSCORES"));
  }
  R<ScoredResult> zunion_withscores(const WeightedKeys& keys, const ZAggregateOptions& options = {}) const {
    return run<ScoredResult>(aggregated("ZUNION", nullptr, keys, options).arg("WITHSCORES"));
  }
  /** ZUNIONSTORE. Stores what zunion() gives in dest, as zdiffstore() does. */
  R<long long> zunionstore(Key dest, const Keys& keys, const ZAggregateOptions& options = {}) const {
    return run<long long>(aggregated("ZUNIONSTORE", &dest, keys, options));
  }
  R<long long> zunionstore(Key dest, const WeightedKeys& keys, const ZAggregateOptions& options = {}) const {
    return run<long long>(aggregated("ZUNIONSTORE", &dest, keys, options));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  static Command added(Key name, const ScoredMembers& mapping, const ZAddOptions& options, bool incr) {
    Command command("ZADD");
    command.key(name).flag(options.nx, "NX").flag(options.xx, "XX").flag(options.ch, "CH").flag(incr, "INCR");
    command.flag(options.gt, "GT").flag(options.lt, "LT").list(mapping);
    return command;
  }
  static Command counted(std::string_view word, const Keys& keys) {
    Command command(word);
    command.arg(keys.size()).list(keys);
    return command;
  }
  template <class List>
  static Command aggregated(std::string_view word, const Key* dest, const List& keys,
                            const ZAggregateOptions& options) {
    Command command(word);
    if (dest != nullptr) command.key(*dest);
    append_weighted(command.arg(keys.size()), keys);
    command.option("AGGREGATE", options.aggregate);
    return command;
  }
  static void append_weighted(Command& command, const Keys& keys) { command.list(keys); }
  /** All keys, then all weights. */
  static void append_weighted(Command& command, const WeightedKeys& keys) {
    Command pairs("");
    pairs.list(keys);
    for (const Command::KeyMark& key : pairs.keys()) command.append_key(pairs, key);
    command.flag(keys.size() != 0, "WEIGHTS");
    for (const Command::KeyMark& key : pairs.keys()) command.append_word(pairs, std::size_t{key.argument} + 1);
  }
  static Command ranged(Key name, const Arg& start, const Arg& end, const ZRangeOptions& options) {
    // As redis-py does: older servers have no ZRANGE with REV.
    const bool by_rank = !options.byscore && !options.bylex && !options.offset && !options.num;
    Command command(by_rank && options.desc ? "ZREVRANGE" : "ZRANGE");
    command.key(name).arg(start).arg(end).flag(options.byscore, "BYSCORE").flag(options.bylex, "BYLEX");
    command.flag(options.desc && !by_rank, "REV");
    detail::append_limit(command, options.offset, options.num);
    return command;
  }
  static Command limited(std::string_view word, Key name, const Arg& from, const Arg& to,
                         const ZRangeByOptions& options) {
    Command command(word);
    command.key(name).arg(from).arg(to);
    detail::append_limit(command, options.start, options.num);
    return command;
  }
  R<ScoredResult> popped(std::string_view word, Key name, const std::optional<long long>& count) const {
    Command command(word);
    command.key(name);
    if (count) command.arg(*count);
    return run<ScoredResult>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
