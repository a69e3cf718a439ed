#include "oracle/typed_line.h"

namespace rediscluster::oracle {

void add_typed_strings(std::vector<TypedLine>& to) {
  // Keys
  to.push_back(typed("contains", 5, [](auto& r, Picks& p) { return r.contains(p("any")); }));
  to.push_back(typed("copy", 30, [](auto& r, Picks& p) {
    const auto from = p("any"), copy = p("any");
    return r.copy(from, copy, {.replace = p.maybe()});
  }));
  to.push_back(typed("del", 10, [](auto& r, Picks& p) { return r.del(p.some("any")); }));
  to.push_back(typed("del, two", 5, [](auto& r, Picks& p) {
    const auto one = p("any"), two = p("any");
    return r.del(one, two);
  }));
  to.push_back(typed("exists", 10, [](auto& r, Picks& p) { return r.exists(p.some("any")); }));
  to.push_back(typed("pexpireat", 15, [](auto& r, Picks& p) {
    const auto key = p("any");
    const long long when = 4102444800000 + p.integer(0, 3);
    return r.pexpireat(key, when, {.nx = p.maybe()});
  }));
  to.push_back(typed("expire", 5, [](auto& r, Picks& p) {
    const auto key = p("any");
    return r.expire(key, p.integer(1000, 100000000));
  }));
  to.push_back(typed("keys", 3, [](auto& r, Picks& p) { return sorted(r.keys(p("glob"))); }));
  to.push_back(typed("persist", 5, [](auto& r, Picks& p) { return r.persist(p("any")); }));
  to.push_back(typed("rename", 30, [](auto& r, Picks& p) {
    const auto from = p("any"), name = p("any");
    return r.rename(from, name);
  }));
  to.push_back(typed("renamenx", 30, [](auto& r, Picks& p) {
    const auto from = p("any"), name = p("any");
    return r.renamenx(from, name);
  }));
  to.push_back(typed("touch", 5, [](auto& r, Picks& p) { return r.touch(p.some("any")); }));
  to.push_back(typed("ttl", 5, [](auto& r, Picks& p) { return r.ttl(p("any")) >= 0; }));
  to.push_back(typed("type", 10, [](auto& r, Picks& p) { return r.type(p("any")); }));
  to.push_back(typed("unlink", 5, [](auto& r, Picks& p) { return r.unlink(p.some("any")); }));

  // Strings
  to.push_back(typed("append", 10, [](auto& r, Picks& p) {
    const auto key = p("string"), value = p("value");
    return r.append(key, value);
  }));
  to.push_back(typed("bitcount", 5, [](auto& r, Picks& p) { return r.bitcount(p("bitsource")); }));
  to.push_back(typed("bitcount, range", 5, [](auto& r, Picks& p) {
    const auto key = p("bitsource");
    const long long from = p.integer(-5, 5), end = p.integer(-5, 5);
    return r.bitcount(key, from, end);
  }));
  to.push_back(typed("bitop", 30, [](auto& r, Picks& p) {
    const auto destination = p("bits");
    const auto* const operation = p.one_of({"AND", "OR", "XOR", "NOT"});
    return r.bitop(operation, destination, p.some("bitsource"));
  }));
  to.push_back(typed("bitpos", 5, [](auto& r, Picks& p) {
    const auto key = p("bitsource");
    return r.bitpos(key, p.integer(0, 1));
  }));
  to.push_back(typed("decr", 5, [](auto& r, Picks& p) { return r.decr(p("number")); }));
  to.push_back(typed("get", 15, [](auto& r, Picks& p) { return r.get(p("text")); }));
  to.push_back(typed("getbit", 5, [](auto& r, Picks& p) {
    const auto key = p("bitsource");
    return r.getbit(key, p.integer(0, 200));
  }));
  to.push_back(typed("getdel", 5, [](auto& r, Picks& p) { return r.getdel(p("text")); }));
  to.push_back(typed("getrange", 5, [](auto& r, Picks& p) {
    const auto key = p("text");
    const long long from = p.integer(-5, 5), end = p.integer(-5, 5);
    return r.getrange(key, from, end);
  }));
  to.push_back(typed("getset", 5, [](auto& r, Picks& p) {
    const auto key = p("text"), value = p("value");
    return r.getset(key, value);
  }));
  to.push_back(typed("incr", 10, [](auto& r, Picks& p) {
    const auto key = p("number");
    return r.incr(key, p.integer(-5, 5));
  }));
  to.push_back(typed("incrbyfloat", 5, [](auto& r, Picks& p) {
    const auto key = p("number");
    return r.incrbyfloat(key, static_cast<double>(p.integer(-5, 5)) / 8);
  }));
  to.push_back(typed("lcs", 20, [](auto& r, Picks& p) {
    const auto one = p("text"), other = p("text");
    return r.lcs(one, other);
  }));
  to.push_back(typed("lcs_len", 15, [](auto& r, Picks& p) {
    const auto one = p("text"), other = p("text");
    return r.lcs_len(one, other);
  }));
  to.push_back(typed("lcs_idx", 15, [](auto& r, Picks& p) {
    const auto one = p("text"), other = p("text");
    const long long least = p.integer(0, 4);
    return r.lcs_idx(one, other, {.minmatchlen = least, .withmatchlen = p.maybe()});
  }));
  to.push_back(typed("mget", 15, [](auto& r, Picks& p) { return r.mget(p.some("any")); }));
  to.push_back(typed("mset", 15, [](auto& r, Picks& p) { return r.mset(p.pairs("text", "value")); }));
  to.push_back(typed("msetnx", 25, [](auto& r, Picks& p) { return r.msetnx(p.pairs("text", "value")); }));
  to.push_back(typed("set", 40, [](auto& r, Picks& p) {
    const auto key = p("text"), value = p("value");
    return r.set(key, value);
  }));
  to.push_back(typed("set, options", 15, [](auto& r, Picks& p) {
    const auto key = p("text"), value = p("value");
    const bool nx = p.maybe(), xx = p.integer(0, 3) == 0, keep = p.maybe();
    return r.set(key, value, {.nx = nx, .xx = xx, .keepttl = keep});
  }));
  to.push_back(typed("set_get", 10, [](auto& r, Picks& p) {
    const auto key = p("text"), value = p("value");
    return r.set_get(key, value);
  }));
  to.push_back(typed("setbit", 10, [](auto& r, Picks& p) {
    const auto key = p("bits");
    const long long at = p.integer(0, 200);
    return r.setbit(key, at, p.maybe());
  }));
  to.push_back(typed("setrange", 5, [](auto& r, Picks& p) {
    const auto key = p("string"), value = p("value");
    return r.setrange(key, p.integer(0, 20), value);
  }));
  to.push_back(typed("strlen", 5, [](auto& r, Picks& p) { return r.strlen(p("text")); }));

  // HyperLogLogs
  // Of one member: see slaves_may_miss() in contest.cpp.
  to.push_back(typed("pfadd", 30, [](auto& r, Picks& p) {
    const auto key = p("hll"), member = p("member");
    return r.pfadd(key, {member});
  }));
  to.push_back(typed("pfcount", 25, [](auto& r, Picks& p) { return r.pfcount(p.some("hll")); }));
  to.push_back(typed("pfmerge", 25, [](auto& r, Picks& p) {
    const auto key = p("hll");
    return r.pfmerge(key, p.some("hll"));
  }));
}

}  // namespace rediscluster::oracle
