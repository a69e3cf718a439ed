#include <string>

#include "oracle/typed_line.h"

namespace rediscluster::oracle {

namespace {

// Ids that were or will be given; those that are too small are the server's error.
std::string id(Picks& p) {
  return std::to_string(p.integer(1, 10000)) + "-1";
}

std::vector<std::pair<std::string, std::string>> positions(Picks& p, bool of_group) {
  std::vector<std::pair<std::string, std::string>> positions;
  for (std::string& key : p.some("stream"))
    positions.emplace_back(std::move(key), of_group ? ">" : p.maybe() ? "0" : id(p));
  return positions;
}

}  // namespace

void add_typed_streams(std::vector<TypedLine>& to) {
  to.push_back(typed("xack", 5, [](auto& r, Picks& p) {
    const auto key = p("stream"), group = p("group"), one = id(p);
    return r.xack(key, group, one);
  }));
  to.push_back(typed("xadd", 60, [](auto& r, Picks& p) {
    const auto key = p("stream"), one = id(p);
    return r.xadd(key, p.pairs("field", "value"), {.id = one});
  }));
  to.push_back(typed("xautoclaim", 5, [](auto& r, Picks& p) {
    const auto key = p("stream"), group = p("group"), consumer = p("consumer");
    return r.xautoclaim(key, group, consumer, 0, {.count = p.integer(1, 3)});
  }));
  to.push_back(typed("xdel", 5, [](auto& r, Picks& p) {
    const auto key = p("stream"), one = id(p);
    return r.xdel(key, one);
  }));
  to.push_back(typed("xgroup_create", 20, [](auto& r, Picks& p) {
    const auto key = p("stream"), group = p("group");
    return r.xgroup_create(key, group, {.id = "0", .mkstream = p.maybe()});
  }));
  to.push_back(typed("xinfo_groups", 5, [](auto& r, Picks& p) { return r.xinfo_groups(p("stream")); }));
  to.push_back(typed("xinfo_stream", 5, [](auto& r, Picks& p) { return r.xinfo_stream(p("stream")); }));
  to.push_back(typed("xlen", 5, [](auto& r, Picks& p) { return r.xlen(p("stream")); }));
  to.push_back(typed("xpending", 5, [](auto& r, Picks& p) {
    const auto key = p("stream"), group = p("group");
    return r.xpending(key, group);
  }));
  to.push_back(typed("xrange", 5, [](auto& r, Picks& p) { return r.xrange(p("stream")); }));
  to.push_back(typed("xread", 40, [](auto& r, Picks& p) {
    const auto streams = positions(p, false);
    return r.xread(streams, {.count = p.integer(1, 4)});
  }));
  to.push_back(typed("xreadgroup", 40, [](auto& r, Picks& p) {
    const auto group = p("group"), consumer = p("consumer");
    const auto streams = positions(p, true);
    return r.xreadgroup(group, consumer, streams, {.count = p.integer(1, 4)});
  }));
  to.push_back(typed("xtrim", 3, [](auto& r, Picks& p) {
    const auto key = p("stream");
    return r.xtrim(key, {.maxlen = p.integer(0, 10)});
  }));
}

const std::vector<TypedLine>& typed_lines() {
  static const std::vector<TypedLine> lines = [] {
    std::vector<TypedLine> all;
    add_typed_strings(all);
    add_typed_collections(all);
    add_typed_sorted_sets(all);
    add_typed_streams(all);
    return all;
  }();
  return lines;
}

}  // namespace rediscluster::oracle
