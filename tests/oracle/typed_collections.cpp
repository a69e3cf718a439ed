#include <algorithm>
#include <cstring>
#include <vector>

#include "oracle/typed_line.h"

namespace rediscluster::oracle {
namespace {

/** What is equal up to a NUL by SORT's ALPHA, always in the same order; `text` gives what it compares. */
template <class T, class Text>
std::vector<T> with_equals_sorted(std::vector<T> elements, Text text) {
  for (auto first = elements.begin(); first != elements.end();) {
    const auto last =
        std::find_if(first, elements.end(), [&](const T& one) { return std::strcmp(text(one), text(*first)) != 0; });
    std::sort(first, last);
    first = last;
  }
  return elements;
}

}  // namespace

void add_typed_collections(std::vector<TypedLine>& to) {
  // Lists
  to.push_back(typed("lindex", 5, [](auto& r, Picks& p) {
    const auto key = p("list");
    return r.lindex(key, p.integer(-4, 4));
  }));
  to.push_back(typed("linsert", 5, [](auto& r, Picks& p) {
    const auto key = p("list"), at = p("member"), value = p("member");
    return r.linsert(key, p.one_of({"BEFORE", "AFTER"}), at, value);
  }));
  to.push_back(typed("llen", 5, [](auto& r, Picks& p) { return r.llen(p("list")); }));
  to.push_back(typed("lmove", 40, [](auto& r, Picks& p) {
    const auto from = p("list"), destination = p("list");
    const auto* const side = p.one_of({"LEFT", "RIGHT"});
    return r.lmove(from, destination, side, p.one_of({"LEFT", "RIGHT"}));
  }));
  to.push_back(typed("lmpop", 30, [](auto& r, Picks& p) {
    const auto keys = p.some("list");
    return r.lmpop(static_cast<long long>(keys.size()), keys, p.one_of({"LEFT", "RIGHT"}));
  }));
  to.push_back(typed("lpop", 5, [](auto& r, Picks& p) { return r.lpop(p("list")); }));
  to.push_back(typed("lpop_count", 5, [](auto& r, Picks& p) {
    const auto key = p("list");
    return r.lpop_count(key, p.integer(0, 3));
  }));
  to.push_back(typed("lpos", 5, [](auto& r, Picks& p) {
    const auto key = p("list"), value = p("member");
    return r.lpos(key, value);
  }));
  to.push_back(typed("lpush", 25, [](auto& r, Picks& p) {
    const auto key = p("list");
    return r.lpush(key, p.some("digit"));
  }));
  to.push_back(typed("lrange", 10, [](auto& r, Picks& p) {
    const auto key = p("list");
    const long long from = p.integer(-5, 5), end = p.integer(-5, 5);
    return r.lrange(key, from, end);
  }));
  to.push_back(typed("lrem", 5, [](auto& r, Picks& p) {
    const auto key = p("list"), value = p("digit");
    return r.lrem(key, p.integer(-2, 2), value);
  }));
  to.push_back(typed("rpoplpush", 30, [](auto& r, Picks& p) {
    const auto from = p("list"), destination = p("list");
    return r.rpoplpush(from, destination);
  }));
  to.push_back(typed("rpush", 25, [](auto& r, Picks& p) {
    const auto key = p("wordlist");
    return r.rpush(key, p.some("member"));
  }));

  // Sorting; the order is left open of equals by ALPHA and BY together, of sets that are not sorted, and of what is
  // equal before a NUL by ALPHA.
  to.push_back(typed("sort", 20, [](auto& r, Picks& p) {
    const auto key = p("numlist");
    const auto* const by = p.one_of({"n*", "h*->f1", "s*"});
    const long long start = p.integer(0, 2), num = p.integer(0, 5);
    return r.sort(key, {.start = start, .num = num, .by = by, .desc = p.maybe()});
  }));
  to.push_back(typed("sort_get", 20, [](auto& r, Picks& p) {
    const auto key = p("numlist");
    const auto patterns = p.some("get");
    return r.sort_get(key, patterns, {.desc = p.maybe()});
  }));
  to.push_back(typed("sort_groups", 10, [](auto& r, Picks& p) {
    const auto key = p("numlist"), other = p("get");
    const bool alpha = p.maybe();
    return with_equals_sorted(r.sort_groups(key, {"#", other}, {.alpha = alpha}),
                              [](const auto& group) { return group[0].value().c_str(); });
  }));
  to.push_back(typed("sort_store", 20, [](auto& r, Picks& p) {
    const auto key = p("numlist"), destination = p("any"), by = p("by");
    const auto patterns = p.some("get");
    return r.sort_store(key, destination, {.by = by, .get = patterns});
  }));
  to.push_back(typed("sort_ro", 10, [](auto& r, Picks& p) {
    const auto key = p("sortable");
    return with_equals_sorted(r.sort_ro(key, {.alpha = true}),
                              [](const std::string& element) { return element.c_str(); });
  }));
  to.push_back(typed("sort_ro_get", 10, [](auto& r, Picks& p) {
    const auto key = p("numlist");
    return r.sort_ro_get(key, p.some("get"));
  }));

  // Sets
  to.push_back(typed("sadd", 50, [](auto& r, Picks& p) {
    const auto key = p("set");
    return r.sadd(key, p.some("member"));
  }));
  to.push_back(typed("scard", 5, [](auto& r, Picks& p) { return r.scard(p("set")); }));
  to.push_back(typed("sdiff", 20, [](auto& r, Picks& p) { return r.sdiff(p.some("set")); }));
  to.push_back(typed("sdiffstore", 20, [](auto& r, Picks& p) {
    const auto destination = p("any");
    return r.sdiffstore(destination, p.some("set"));
  }));
  to.push_back(typed("sinter", 20, [](auto& r, Picks& p) { return r.sinter(p.some("set")); }));
  to.push_back(typed("sintercard", 25, [](auto& r, Picks& p) {
    const auto keys = p.some("set");
    return r.sintercard(static_cast<long long>(keys.size()), keys, p.integer(-1, 3));
  }));
  to.push_back(typed("sinterstore", 20, [](auto& r, Picks& p) {
    const auto destination = p("set");
    return r.sinterstore(destination, p.some("set"));
  }));
  to.push_back(typed("sismember", 5, [](auto& r, Picks& p) {
    const auto key = p("set"), member = p("member");
    return r.sismember(key, member);
  }));
  to.push_back(typed("smembers", 10, [](auto& r, Picks& p) { return r.smembers(p("set")); }));
  to.push_back(typed("smismember", 5, [](auto& r, Picks& p) {
    const auto key = p("set");
    return r.smismember(key, p.some("member"));
  }));
  to.push_back(typed("smove", 40, [](auto& r, Picks& p) {
    const auto from = p("set"), destination = p("set"), member = p("member");
    return r.smove(from, destination, member);
  }));
  to.push_back(typed("srem", 5, [](auto& r, Picks& p) {
    const auto key = p("set");
    return r.srem(key, p.some("member"));
  }));
  to.push_back(typed("sunion", 20, [](auto& r, Picks& p) { return r.sunion(p.some("set")); }));
  to.push_back(typed("sunionstore", 20, [](auto& r, Picks& p) {
    const auto destination = p("any");
    return r.sunionstore(destination, p.some("set"));
  }));

  // Hashes
  to.push_back(typed("hdel", 5, [](auto& r, Picks& p) {
    const auto key = p("hash");
    return r.hdel(key, p.some("field"));
  }));
  to.push_back(typed("hexists", 5, [](auto& r, Picks& p) {
    const auto key = p("hash"), field = p("field");
    return r.hexists(key, field);
  }));
  to.push_back(typed("hget", 10, [](auto& r, Picks& p) {
    const auto key = p("hash"), field = p("field");
    return r.hget(key, field);
  }));
  to.push_back(typed("hgetall", 10, [](auto& r, Picks& p) { return r.hgetall(p("hash")); }));
  to.push_back(typed("hincrby", 5, [](auto& r, Picks& p) {
    const auto key = p("hash"), field = p("field");
    return r.hincrby(key, field, p.integer(-3, 3));
  }));
  to.push_back(typed("hkeys", 5, [](auto& r, Picks& p) { return sorted(r.hkeys(p("hash"))); }));
  to.push_back(typed("hmget", 5, [](auto& r, Picks& p) {
    const auto key = p("hash");
    return r.hmget(key, p.some("field"));
  }));
  to.push_back(typed("hset", 30, [](auto& r, Picks& p) {
    const auto key = p("hash");
    return r.hset(key, p.pairs("field", "value"));
  }));
  to.push_back(typed("hsetnx", 5, [](auto& r, Picks& p) {
    const auto key = p("hash"), field = p("field"), value = p("value");
    return r.hsetnx(key, field, value);
  }));
}

}  // namespace rediscluster::oracle
