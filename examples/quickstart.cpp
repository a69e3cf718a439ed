// The seed program: two masters with a slave each, and the calls that a first user makes. Prints each call with its
// result. The servers are private ones on free ports; with servers of your own, only the configuration differs.
#include <chrono>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

using namespace std::chrono_literals;
using rediscluster::Key;

namespace {

std::string shown(bool value) {
  return value ? "true" : "false";
}
std::string shown(long long value) {
  return std::to_string(value);
}
std::string shown(const std::string& value) {
  return '"' + value + '"';
}
template <class T>
std::string shown(const std::optional<T>& value) {
  return value ? shown(*value) : "none";
}
template <class Range>
std::string shown_list(const Range& values, char open, char close) {
  std::string text(1, open);
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + shown(value);
  return text + close;
}
template <class T>
std::string shown(const std::vector<T>& values) {
  return shown_list(values, '[', ']');
}
std::string shown(const std::unordered_set<std::string>& values) {
  return shown_list(std::set<std::string>(values.begin(), values.end()), '{', '}');  // sorted, to be the same each time
}
std::string shown(const rediscluster::NodeRef& node) {
  return node.name;
}

template <class T>
void print(const char* call, const T& result) {
  std::cout << call << "  ->  " << shown(result) << '\n';
}

// Two masters; node_4 is the slave of node_1, node_3 that of node_2.
rediscluster::ClusterConfig seed_topology(const rediscluster::testing::LocalCluster& servers) {
  const auto& nodes = servers.config().nodes;
  const auto slave_of = [&](const char* master) {
    return nodes.at(servers.config().master_of.at(master).names().at(0));
  };
  return {.nodes = {{"node_1", nodes.at("node_1")},
                    {"node_2", nodes.at("node_2")},
                    {"node_3", slave_of("node_2")},
                    {"node_4", slave_of("node_1")}},
          .master_of = {{"node_1", "node_4"}, {"node_2", "node_3"}},
          .default_node = "node_1"};
}

void run() {
  const rediscluster::testing::LocalCluster servers({.masters = 2, .slaves = 1});
  const rediscluster::ClusterConfig cluster = seed_topology(servers);
  rediscluster::StrictRedisCluster r(cluster, {.db = 0});

  print(R"(r.set("foo", "bar"))", r.set("foo", "bar"));
  print(R"(r.get("foo"))", r.get("foo"));
  print(R"(r.set("foo", "bar", {.ex = 10s, .nx = true}))", r.set("foo", "bar", {.ex = 10s, .nx = true}));
  print(R"(r.get("nothing"))", r.get("nothing"));
  print(R"(r.del("foo"))", r.del("foo"));

  print(R"(r.sadd("foo", {"a1", "a2", "a3"}))", r.sadd("foo", {"a1", "a2", "a3"}));
  print(R"(r.sadd("bar", {"a3", "b1"}))", r.sadd("bar", {"a3", "b1"}));
  print(R"(r.sdiffstore("foobar", {"foo", "bar"}))", r.sdiffstore("foobar", {"foo", "bar"}));
  print(R"(r.smembers("foobar"))", r.smembers("foobar"));
  print(R"(r.sinter({"foo", "bar"}))", r.sinter({"foo", "bar"}));

  print(R"(r.getnodefor("foo"))", r.getnodefor("foo"));
  print(R"(r.getnodefor("bar"))", r.getnodefor("bar"));
  print(R"(r.getnodefor("foobar"))", r.getnodefor("foobar"));

  print(R"(r.set(Key{"userinfo", "name"}, "Ada"))", r.set(Key{"userinfo", "name"}, "Ada"));
  print(R"(r.mget({"a", Key{"userinfo", "name"}, "c"}))", r.mget({"a", Key{"userinfo", "name"}, "c"}));
  r["greeting"] = "hello";
  const std::string greeting = r["greeting"];
  print(R"(r["greeting"])", greeting);

  auto pipeline = r.pipeline();
  auto counted = pipeline.incr("visits");
  auto read = pipeline.get("visits");
  pipeline.execute();
  print("p.incr(\"visits\")", counted.get());
  print("p.get(\"visits\")", read.get());

  const auto reply = r.execute_command("OBJECT", "ENCODING", "visits");
  print(R"(r.execute_command("OBJECT", "ENCODING", "visits"))", std::string(reply.string()));
  print(R"(r.dbsize())", r.dbsize());
  print(R"(r.node("node_2").dbsize())", r.node("node_2").dbsize());
  print(R"(r.with({.timeout = 50ms, .mastersonly = true}).get("greeting"))",
        r.with({.timeout = 50ms, .mastersonly = true}).get("greeting"));
  print("r.flushdb()", r.flushdb());
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "quickstart: " << error.what() << '\n';
    return 1;
  }
}
