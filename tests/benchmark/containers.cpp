// Large replies that become standard containers.
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "paired.h"
#include "servers.h"
#include "topics.h"

namespace rediscluster::benchmarks {

namespace {

struct Setup {
  Setup() : config(shared_servers(1)), ours(config), theirs(config) {}
  const ClusterConfig config;
  StrictRedisCluster ours;
  plain::Cluster theirs;
};

using List = std::vector<std::string>;
using Map = std::unordered_map<std::string, std::string>;

List plain_list(redisContext* connection, const std::string& key) {
  const auto reply = plain::checked(redisCommand(connection, "LRANGE %b 0 -1", key.data(), key.size()));
  List list;
  list.reserve(reply->elements);
  for (std::size_t i = 0; i < reply->elements; ++i) {
    list.emplace_back(reply->element[i]->str, static_cast<std::size_t>(reply->element[i]->len));
  }
  return list;
}

Map plain_map(redisContext* connection, const std::string& key) {
  const auto reply = plain::checked(redisCommand(connection, "HGETALL %b", key.data(), key.size()));
  Map map;
  map.reserve(reply->elements / 2);
  for (std::size_t i = 0; i + 1 < reply->elements; i += 2) {
    map.emplace(plain::text(*reply->element[i]), plain::text(*reply->element[i + 1]));
  }
  return map;
}

// "element:0042", made as long as wanted.
std::string numbered(const char* name, std::size_t number, std::size_t size) {
  std::string text = name + std::to_string(10000 + number);
  text.resize(std::max(size, text.size()), '.');
  return text;
}

Sides list_sides(std::size_t elements, std::size_t element_size) {
  auto setup = std::make_shared<Setup>();
  const std::string key = "list of " + std::to_string(element_size);
  setup->ours.del(key);
  List list;
  for (std::size_t i = 0; i < elements; ++i) list.push_back(numbered("element", i, element_size));
  setup->ours.rpush(key, list);
  check(setup->ours.lrange(key, 0, -1) == list && plain_list(setup->theirs[0], key) == list, "LRANGE differs");
  return {[=] { benchmark::DoNotOptimize(setup->ours.lrange(key, 0, -1)); },
          [=] { benchmark::DoNotOptimize(plain_list(setup->theirs[0], key)); }};
}

Sides map_sides(std::size_t entries) {
  auto setup = std::make_shared<Setup>();
  const std::string key = "map";
  setup->ours.del(key);
  Map map;
  for (std::size_t i = 0; i < entries; ++i) map.emplace(numbered("field", i, 0), numbered("value", i, 0));
  for (const auto& [field, value] : map) setup->ours.hset(key, field, value);
  check(setup->ours.hgetall(key) == map && plain_map(setup->theirs[0], key) == map, "HGETALL differs");
  return {[=] { benchmark::DoNotOptimize(setup->ours.hgetall(key)); },
          [=] { benchmark::DoNotOptimize(plain_map(setup->theirs[0], key)); }};
}

}  // namespace

void add_containers() {
  for (const std::size_t size : {12U, 40U}) {
    add_pair({.name = "LRANGE of 10,000 with " + std::to_string(size) + " bytes into vector<string>",
              .calls = 3,
              .wall = rate_at_least(1.6),
              .user_cpu = time_at_most(1.0),
              .prepare = [size] { return list_sides(10000, size); }});
  }
  add_pair({.name = "HGETALL of 1,000 into unordered_map",
            .calls = 10,
            .wall = rate_at_least(1.4),
            .user_cpu = time_at_most(1.0),
            .prepare = [] { return map_sides(1000); }});
}

}  // namespace rediscluster::benchmarks
