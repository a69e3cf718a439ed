#include "oracle/typed_line.h"

namespace rediscluster::oracle {

namespace {

template <class Use>
auto aggregated(Picks& p, const Use& use) {
  const auto* const aggregate = p.one_of({"SUM", "MIN", "MAX", "none"});
  ZAggregateOptions options;
  if (aggregate[0] != 'n') options.aggregate = aggregate;
  return use(options);
}

}  // namespace

void add_typed_sorted_sets(std::vector<TypedLine>& to) {
  to.push_back(typed("zadd", 60, [](auto& r, Picks& p) {
    const auto key = p("zset");
    return r.zadd(key, p.scores("member"));
  }));
  to.push_back(typed("zadd, options", 10, [](auto& r, Picks& p) {
    const auto key = p("zset");
    const bool ch = p.maybe(), gt = p.maybe();
    return r.zadd(key, p.scores("member"), {.ch = ch, .gt = gt});
  }));
  to.push_back(typed("zcard", 5, [](auto& r, Picks& p) { return r.zcard(p("zset")); }));
  to.push_back(typed("zdiff", 20, [](auto& r, Picks& p) { return r.zdiff(p.some("zinput")); }));
  to.push_back(typed("zdiff_withscores", 20, [](auto& r, Picks& p) { return r.zdiff_withscores(p.some("zinput")); }));
  to.push_back(typed("zdiffstore", 20, [](auto& r, Picks& p) {
    const auto destination = p("any");
    return r.zdiffstore(destination, p.some("zinput"));
  }));
  to.push_back(typed("zincrby", 5, [](auto& r, Picks& p) {
    const auto key = p("zset"), member = p("member");
    return r.zincrby(key, p.score(), member);
  }));
  to.push_back(typed("zinter", 20, [](auto& r, Picks& p) {
    return aggregated(p, [&](const auto& options) { return r.zinter(p.some("zinput"), options); });
  }));
  to.push_back(typed("zinter_withscores, weights", 20, [](auto& r, Picks& p) {
    return aggregated(p, [&](const auto& options) { return r.zinter_withscores(p.scores("zinput"), options); });
  }));
  to.push_back(typed("zintercard", 25, [](auto& r, Picks& p) {
    const auto keys = p.some("zinput");
    return r.zintercard(static_cast<long long>(keys.size()), keys, p.integer(-1, 3));
  }));
  to.push_back(typed("zinterstore", 15, [](auto& r, Picks& p) {
    const auto destination = p("zset");
    return aggregated(p, [&](const auto& options) { return r.zinterstore(destination, p.some("zinput"), options); });
  }));
  to.push_back(typed("zinterstore, weights", 15, [](auto& r, Picks& p) {
    const auto destination = p("any");
    return aggregated(p, [&](const auto& options) { return r.zinterstore(destination, p.scores("zinput"), options); });
  }));
  to.push_back(typed("zmpop", 30, [](auto& r, Picks& p) {
    const auto keys = p.some("zset");
    const bool min = p.maybe();
    return r.zmpop(static_cast<long long>(keys.size()), keys, {.min = min, .max = !min, .count = p.integer(1, 3)});
  }));
  to.push_back(typed("zmscore", 5, [](auto& r, Picks& p) {
    const auto key = p("zset");
    return r.zmscore(key, p.some("member"));
  }));
  to.push_back(typed("zpopmax", 5, [](auto& r, Picks& p) { return r.zpopmax(p("zset")); }));
  to.push_back(typed("zrange", 10, [](auto& r, Picks& p) {
    const auto key = p("zset");
    const long long from = p.integer(-4, 4), end = p.integer(-4, 4);
    return r.zrange(key, from, end, {.desc = p.maybe()});
  }));
  to.push_back(typed("zrange_withscores", 10, [](auto& r, Picks& p) {
    const auto key = p("zset"), least = p("least-score"), greatest = p("greatest-score");
    return r.zrange_withscores(key, least, greatest, {.byscore = true});
  }));
  to.push_back(typed("zrangestore", 20, [](auto& r, Picks& p) {
    const auto destination = p("any"), key = p("zset");
    const long long from = p.integer(-4, 4), end = p.integer(-4, 4);
    return r.zrangestore(destination, key, from, end, {.desc = p.maybe()});
  }));
  to.push_back(typed("zrank", 5, [](auto& r, Picks& p) {
    const auto key = p("zset"), member = p("member");
    return r.zrank(key, member);
  }));
  to.push_back(typed("zrem", 5, [](auto& r, Picks& p) {
    const auto key = p("zset");
    return r.zrem(key, p.some("member"));
  }));
  to.push_back(typed("zscore", 5, [](auto& r, Picks& p) {
    const auto key = p("zset"), member = p("member");
    return r.zscore(key, member);
  }));
  to.push_back(typed("zunion", 20, [](auto& r, Picks& p) {
    return aggregated(p, [&](const auto& options) { return r.zunion(p.some("zinput"), options); });
  }));
  to.push_back(typed("zunion_withscores, weights", 20, [](auto& r, Picks& p) {
    return aggregated(p, [&](const auto& options) { return r.zunion_withscores(p.scores("zinput"), options); });
  }));
  to.push_back(typed("zunionstore", 15, [](auto& r, Picks& p) {
    const auto destination = p("any");
    return aggregated(p, [&](const auto& options) { return r.zunionstore(destination, p.some("zinput"), options); });
  }));
  to.push_back(typed("zunionstore, weights", 15, [](auto& r, Picks& p) {
    const auto destination = p("zset");
    return aggregated(p, [&](const auto& options) { return r.zunionstore(destination, p.scores("zinput"), options); });
  }));

  // Places
  to.push_back(typed("geoadd", 30, [](auto& r, Picks& p) {
    const auto key = p("geo"), place = p("place");
    const double longitude = static_cast<double>(p.integer(10, 16)), latitude = static_cast<double>(p.integer(36, 42));
    return r.geoadd(key, {{longitude, latitude, place}});
  }));
  to.push_back(typed("geodist", 5, [](auto& r, Picks& p) {
    const auto key = p("geo"), one = p("place"), other = p("place");
    return r.geodist(key, one, other);
  }));
  to.push_back(typed("geopos", 5, [](auto& r, Picks& p) {
    const auto key = p("geo");
    return r.geopos(key, p.some("place"));
  }));
  to.push_back(typed("georadius", 5,
                     [](auto& r, Picks& p) { return r.georadius(p("geo"), 13.0, 38.0, 300.0, {.unit = "km"}); }));
  to.push_back(typed("georadius_store", 15, [](auto& r, Picks& p) {
    const auto key = p("geo"), destination = p("any");
    return r.georadius_store(key, 13.0, 38.0, 300.0, destination, {.unit = "km"});
  }));
  to.push_back(typed("georadiusbymember_store_dist", 15, [](auto& r, Picks& p) {
    const auto key = p("geo"), place = p("place"), destination = p("geo");
    return r.georadiusbymember_store_dist(key, place, 300.0, destination, {.unit = "km"});
  }));
  to.push_back(typed("geosearch_with", 5, [](auto& r, Picks& p) {
    const auto key = p("geo"), place = p("place");
    return r.geosearch_with(
        key, {.member = place, .unit = "km", .radius = 300.0, .withcoord = true, .withdist = true, .withhash = true});
  }));
  to.push_back(typed("geosearchstore", 20, [](auto& r, Picks& p) {
    const auto destination = p("any"), key = p("geo");
    return r.geosearchstore(
        destination, key, {.longitude = 13.0, .latitude = 38.0, .unit = "km", .radius = 300.0, .storedist = p.maybe()});
  }));
}

}  // namespace rediscluster::oracle
