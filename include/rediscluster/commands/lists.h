// Commands on lists, and SORT.
#pragma once

#include <array>
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

struct LPosOptions {
  /** Begin with match number `rank`; counted from the end of the list when negative. */
  std::optional<long long> rank = {};
  /** Compare only so many elements; 0: all. */
  std::optional<long long> maxlen = {};
};

/** How SORT sorts. Elements are compared as numbers, unless alpha is set. */
struct SortOptions {
  /** Skip so many elements of the result; together with num. */
  std::optional<long long> start = {};
  /** At most so many elements; together with start. */
  std::optional<long long> num = {};
  /** Compare not the elements but the values of other keys: "weight_*", "object_*->field", where the asterisk stands
      for the element. A pattern without one: do not sort. */
  std::optional<Arg> by = {};
  /** Descending. */
  bool desc = false;
  /** Compare as text. */
  bool alpha = false;
};

struct SortStoreOptions {
  /** As of SortOptions. */
  std::optional<long long> start = {};
  std::optional<long long> num = {};
  std::optional<Arg> by = {};
  /** Store not the elements but the values of other keys, one for each element and pattern; "#" is the element. What
      does not exist is stored as an empty string. */
  Args get = {};
  bool desc = false;
  bool alpha = false;
};

/** N values one behind the other make one element (ListCommands::sort_groups). */
template <class E, std::size_t N>
struct Decoder<std::vector<std::array<E, N>>> {
  static std::vector<std::array<E, N>> decode(TapeView reply) {
    detail::expect_container(reply, "array of groups");
    const std::size_t values = reply.elements();
    if (values % N != 0) detail::throw_misfit(reply, "array of groups");
    std::vector<std::array<E, N>> result;
    result.reserve(values / N);
    TapeView value = reply;
    for (std::size_t i = 0; i < values; ++i) {
      value = i == 0 ? reply.first() : value.next();
      if (i % N == 0) result.emplace_back();
      result.back()[i % N] = Decoder<E>::decode(value);
    }
    return result;
  }
};

/** Commands on lists. Index 0 is the first element (the left end), -1 the last; ranges include both ends. A list that
    becomes empty is deleted. A key that holds another type: ResponseError WRONGTYPE. */
template <class Self, template <class> class R>
class ListCommands {
 public:
  /** LINDEX. The element at an index; none when there is none, or no such key. */
  R<std::optional<std::string>> lindex(Key name, long long index) const {
    return run<std::optional<std::string>>(Command("LINDEX").key(name).arg(index));
  }

  /** LINSERT. Inserts value "BEFORE" or "AFTER" the first element that equals refvalue. Returns the length afterwards;
      -1 when there is no refvalue, 0 when there is no such key. */
  R<long long> linsert(Key name, const Arg& where, const Arg& refvalue, const Arg& value) const {
    return run<long long>(Command("LINSERT").key(name).arg(where).arg(refvalue).arg(value));
  }

  /** LLEN. Number of elements; 0 when there is no such key. */
  R<long long> llen(Key name) const { return run<long long>(Command("LLEN").key(name)); }

  /** LMOVE (Redis 6.2). Moves an element from the end src of the first list, "LEFT" or "RIGHT", to the end dest of the
      second, which is created when it does not exist and may be the same. Returns it; none when there is no first list.
      Over two nodes it is first added and then removed: for a moment it is in both lists, never in none, and a crash
     may leave it in both. A second list that is none refuses it before. When others take it from the first list in that
      moment, it is taken back from the second; when others have taken it there as well, it exists twice:
      ConnectionError, whose maybe_executed() is true, says so. Callers who do the same take turns, by a key
      rediscluster:moving:... on the first list's node, which expires by itself within seconds. */
  R<std::optional<std::string>> lmove(Key first_list, Key second_list, const Arg& src = "LEFT",
                                      const Arg& dest = "RIGHT") const {
    return run<std::optional<std::string>>(Command("LMOVE").key(first_list).key(second_list).arg(src).arg(dest));
  }

  /** LMPOP (Redis 7.0). Removes up to count elements from the end "LEFT" or "RIGHT" of the first of num_keys lists that
      is not empty. That list's name and the elements; none when all are empty. A key of another type in front of it:
      ResponseError WRONGTYPE.

      Over several nodes the keys are asked in their order, on the masters, and each was empty when it was asked. That
      they were at one moment is not certain: an element that others move meanwhile, to a list that was asked already,
      is missed. Elements are taken from one list, in one step; when that fails, maybe_executed() says whether they may
      be gone, and a process that dies may lose them, as with one server. */
  R<std::optional<std::pair<std::string, std::vector<std::string>>>> lmpop(long long num_keys, const Keys& keys,
                                                                           const Arg& direction,
                                                                           long long count = 1) const {
    Command command("LMPOP");
    command.arg(num_keys).list(keys).arg(direction);
    if (count != 1) command.arg("COUNT").arg(count);
    return run<std::optional<std::pair<std::string, std::vector<std::string>>>>(command);
  }

  /** LPOP. Removes and returns the first element; none when there is no such key. */
  R<std::optional<std::string>> lpop(Key name) const {
    return run<std::optional<std::string>>(Command("LPOP").key(name));
  }
  /** LPOP with a count (Redis 6.2). Removes and returns up to count elements; none when there is no such key. */
  R<std::optional<std::vector<std::string>>> lpop_count(Key name, long long count) const {
    return run<std::optional<std::vector<std::string>>>(Command("LPOP").key(name).arg(count));
  }

  /** LPOS (Redis 6.0.6). Index of the first element that equals value; none when there is none, or no such key. */
  R<std::optional<long long>> lpos(Key name, const Arg& value, const LPosOptions& options = {}) const {
    return run<std::optional<long long>>(
        Command("LPOS").key(name).arg(value).option("RANK", options.rank).option("MAXLEN", options.maxlen));
  }
  /** LPOS with COUNT. Indices of the first `count` elements that equal value; with 0, of all. */
  R<std::vector<long long>> lpos_count(Key name, const Arg& value, long long count,
                                       const LPosOptions& options = {}) const {
    Command command("LPOS");
    command.key(name).arg(value).option("RANK", options.rank).arg("COUNT").arg(count);
    return run<std::vector<long long>>(command.option("MAXLEN", options.maxlen));
  }

  /** LPUSH. Puts values before the first element one after the other, so that the last becomes the first. Creates the
      list when there is none. Returns its length afterwards. */
  R<long long> lpush(Key name, const Args& values) const { return push("LPUSH", name, values); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> lpush(Key name, const V&... values)
  const { return lpush(name, Args{Arg(values)...}); }
  /** LPUSHX. As lpush(), but when there is no such key, it does nothing and returns 0. */
  R<long long> lpushx(Key name, const Args& values) const { return push("LPUSHX", name, values); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> lpushx(Key name, const V&... values)
  const { return lpushx(name, Args{Arg(values)...}); }

  /** LRANGE. The elements from start to end; empty when the range or the list is. */
  R<std::vector<std::string>> lrange(Key name, long long start, long long end) const {
    return run<std::vector<std::string>>(Command("LRANGE").key(name).arg(start).arg(end));
  }

  /** LREM. Removes elements that equal value: the first `count`, with a negative count the last, with 0 all. Returns
      how many. */
  R<long long> lrem(Key name, long long count, const Arg& value) const {
    return run<long long>(Command("LREM").key(name).arg(count).arg(value));
  }

  /** LSET. Replaces the element at an index. Always true; ResponseError when there is no such index or key. */
  R<bool> lset(Key name, long long index, const Arg& value) const {
    return run<bool>(Command("LSET").key(name).arg(index).arg(value));
  }

  /** LTRIM. Removes all elements but those from start to end. Always true. */
  R<bool> ltrim(Key name, long long start, long long end) const {
    return run<bool>(Command("LTRIM").key(name).arg(start).arg(end));
  }

  /** RPOP. Removes and returns the last element; none when there is no such key. */
  R<std::optional<std::string>> rpop(Key name) const {
    return run<std::optional<std::string>>(Command("RPOP").key(name));
  }
  /** RPOP with a count (Redis 6.2). As lpop_count(), the last element first. */
  R<std::optional<std::vector<std::string>>> rpop_count(Key name, long long count) const {
    return run<std::optional<std::vector<std::string>>>(Command("RPOP").key(name).arg(count));
  }

  /** RPOPLPUSH. As lmove(src, dst, "RIGHT", "LEFT"). */
  R<std::optional<std::string>> rpoplpush(Key src, Key dst) const {
    return run<std::optional<std::string>>(Command("RPOPLPUSH").key(src).key(dst));
  }

  /** RPUSH. Puts values behind the last element. Creates the list when there is none. Returns its length afterwards. */
  R<long long> rpush(Key name, const Args& values) const { return push("RPUSH", name, values); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> rpush(Key name, const V&... values)
  const { return rpush(name, Args{Arg(values)...}); }
  /** RPUSHX. As rpush(), but when there is no such key, it does nothing and returns 0. */
  R<long long> rpushx(Key name, const Args& values) const { return push("RPUSHX", name, values); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<long long> rpushx(Key name, const V&... values)
  const { return rpushx(name, Args{Arg(values)...}); }

  /** SORT. The elements of a list, set or sorted set, sorted; empty when there is no such key. ResponseError when an
      element, or what `by` finds, is no number and alpha is not set.

      With more than one node, a `by` that looks at other keys finds each on the node that its whole name belongs to,
      never by a tag, and the elements are sorted here. The key is read at one moment on its master, the others
     afterwards at moments of their own; nothing is written. With alpha, what `by` finds is compared byte by byte,
     whatever locale the servers have, and elements for which it finds the same come in the order that they have in the
     key. */
  R<std::vector<std::string>> sort(Key name, const SortOptions& options = {}) const {
    return run<std::vector<std::string>>(sorted("SORT", name, options));
  }
  /** SORT with GET. As sort(), but in place of each element the values of other keys, one for each pattern ("object_*",
      "object_*->field"; "#" is the element itself); none where there is none, or a key of another type. The keys may
     lie on any nodes, as those of `by`. */
  R<std::vector<std::optional<std::string>>> sort_get(Key name, const Args& get,
                                                      const SortOptions& options = {}) const {
    return run<std::vector<std::optional<std::string>>>(sorted("SORT", name, options, &get));
  }
  /** SORT with GET. As sort_get(), with what belongs to one element together: sort_groups("k", {"#", "object_*"}). */
  template <std::size_t N>
  R<std::vector<std::array<std::optional<std::string>, N>>> sort_groups(Key name, const Arg (&get)[N],
                                                                        const SortOptions& options = {}) const {
    const Args patterns(get);
    return run<std::vector<std::array<std::optional<std::string>, N>>>(sorted("SORT", name, options, &patterns));
  }
  /** SORT with STORE. As sort(), but stores the result as a list in `store`, whatever that held; an empty result
      deletes it. Returns the number of elements. Where `get` finds nothing, an empty text is stored.

      Across nodes all is read from masters, and then the list replaces `store` in one step on its node; a change of the
      key in between is not seen. A crash leaves `store` as it was or complete; part of a large list may be left under a
      temporary name, which expires within a minute. */
  R<long long> sort_store(Key name, Key store, const SortStoreOptions& options = {}) const {
    const SortOptions how{options.start, options.num, options.by, options.desc, options.alpha};
    return run<long long>(sorted("SORT", name, how, &options.get).arg("STORE").key(store));
  }

  /** SORT_RO (Redis 7.0). As sort(), but slaves may serve it, the keys that `by` looks at included. */
  R<std::vector<std::string>> sort_ro(Key key, const SortOptions& options = {}) const {
    return run<std::vector<std::string>>(sorted("SORT_RO", key, options));
  }
  /** SORT_RO with GET (Redis 7.0). As sort_get(), but a slave may serve it. */
  R<std::vector<std::optional<std::string>>> sort_ro_get(Key key, const Args& get,
                                                         const SortOptions& options = {}) const {
    return run<std::vector<std::optional<std::string>>>(sorted("SORT_RO", key, options, &get));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  R<long long> push(std::string_view word, Key name, const Args& values) const {
    return run<long long>(Command(word).key(name).list(values));
  }
  static Command sorted(std::string_view word, Key name, const SortOptions& options, const Args* get = nullptr) {
    Command command(word);
    command.key(name).option("BY", options.by);
    detail::append_limit(command, options.start, options.num);
    if (get != nullptr) {
      Command patterns("");
      patterns.list(*get);
      for (std::size_t i = 1; i < patterns.size(); ++i) command.arg("GET").append_word(patterns, i);
    }
    command.flag(options.desc, "DESC").flag(options.alpha, "ALPHA");
    return command;
  }
};

}  // namespace v0_1
}  // namespace rediscluster
