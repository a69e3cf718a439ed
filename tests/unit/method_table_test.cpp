// Whoever comes from redis-py finds every method under its own name.
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>

namespace rediscluster {
namespace {

// A name that two bases have cannot be told which is meant: that tells whether one base has it, in whatever form.
#define REDIS_PY_METHOD(name)              \
  struct Named_##name {                    \
    int name;                              \
  };                                       \
  template <class T>                       \
  struct Both_##name : T, Named_##name {}; \
  template <class T>                       \
  constexpr bool has_##name = !requires {  \
    &Both_##name<T>::name;                 \
  };
#include "redis_py_methods.inc"
#undef REDIS_PY_METHOD

template <class T>
std::set<std::string> methods_of() {
  std::set<std::string> found;
#define REDIS_PY_METHOD(name) \
  if (has_##name<T>) found.insert(#name);
#include "redis_py_methods.inc"
#undef REDIS_PY_METHOD
  return found;
}

struct Row {
  std::string of_class, method, kind, command, tier;
};

std::vector<Row> table() {
  std::ifstream file(TEST_DATA_DIR "/redis_py_methods.tsv");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#') || line.starts_with("class\t")) continue;
    std::istringstream fields(line);
    Row row;
    std::getline(fields, row.of_class, '\t');
    std::getline(fields, row.method, '\t');
    std::getline(fields, row.kind, '\t');
    std::getline(fields, row.command, '\t');
    std::getline(fields, row.tier, '\t');
    rows.push_back(row);
  }
  return rows;
}

// What C++ writes in another way.
const std::map<std::string, std::string> other_names = {{"delete", "del"}};

// Methods without a counterpart of their name, and why.
const std::map<std::string, std::string> exceptions = {
#include "redis_py_exceptions.inc"
};

TEST(MethodTableTest, EveryMethodOfRedisPyIsThere) {
  const std::set<std::string> cluster = methods_of<StrictRedisCluster>();
  const std::set<std::string> server = methods_of<StrictRedis>();
  const std::vector<Row> rows = table();
  ASSERT_GT(rows.size(), 300U);
  std::set<std::string> needed;
  for (const Row& row : rows) {
    const auto other = other_names.find(row.method);
    const std::string& name = other == other_names.end() ? row.method : other->second;
    if (exceptions.contains(name)) {
      needed.insert(name);
      EXPECT_FALSE(cluster.contains(name)) << name << " is an exception no more";
      continue;
    }
    EXPECT_TRUE(cluster.contains(name)) << row.of_class << '.' << row.method << ": " << row.command;
    EXPECT_TRUE(server.contains(name)) << row.of_class << '.' << row.method << ": " << row.command;
  }
  for (const auto& [name, why] : exceptions) EXPECT_TRUE(needed.contains(name)) << name << " is not in the table";
}

TEST(MethodTableTest, APipelineHasWhatSendsOneCommand) {
  const std::set<std::string> queued = methods_of<Pipeline>();
  for (const Row& row : table()) {
    const auto other = other_names.find(row.method);
    const std::string& name = other == other_names.end() ? row.method : other->second;
    if (row.kind != "command" || row.tier == "C" || exceptions.contains(name)) continue;
    EXPECT_TRUE(queued.contains(name)) << row.of_class << '.' << row.method << ": " << row.command;
  }
}

}  // namespace
}  // namespace rediscluster
