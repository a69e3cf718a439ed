// A cluster of three masters and one single server, which are given the same commands.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

namespace rediscluster::tests {

using Words = std::vector<std::string>;

inline std::string text_of(const Reply& reply) {
  switch (reply.type()) {
    case Reply::Type::nil:
      return "nil";
    case Reply::Type::integer:
      return ":" + std::to_string(reply.integer());
    case Reply::Type::array: {
      std::string text = "[";
      for (const Reply& element : reply) text += text_of(element) + ",";
      return text + "]";
    }
    default:
      return std::string(name_of(reply.type())) + ":" + std::string(reply.string());
  }
}

/** The reply, or the whole text of the server's error. Any other exception passes. */
template <class Client>
std::string outcome_of(const Client& client, const Words& words) {
  try {
    return text_of(client.execute_command(words));
  } catch (const ResponseError& error) {
    return "-" + std::string(error.text());
  }
}

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/** Random numbers whose seed is printed, and can be given by REDISCLUSTER_TEST_SEED. */
class Random {
 public:
  Random() {
    const char* const given = std::getenv("REDISCLUSTER_TEST_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atol(given)) : std::random_device()();
    std::cout << "REDISCLUSTER_TEST_SEED=" << seed << std::endl;
    generator_.seed(seed);
  }
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(generator_); }
  bool once_in(std::size_t n) { return below(n) == 0; }
  const std::string& of(const Words& words) { return words[below(words.size())]; }

 private:
  std::mt19937 generator_;
};

/** How often a random comparison goes round: `usual`, times REDISCLUSTER_TEST_FACTOR. */
inline int rounds(int usual) {
  const char* const factor = std::getenv("REDISCLUSTER_TEST_FACTOR");
  return factor != nullptr ? usual * std::atoi(factor) : usual;
}

class SameAsOneServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    servers_ = std::make_unique<testing::LocalCluster>(testing::LocalClusterOptions{
        .masters = 4, .slaves = 0, .server_arguments = {"--zset-max-listpack-entries", "8"}});
  }
  static void TearDownTestSuite() { servers_.reset(); }
  void SetUp() override { run({"FLUSHALL"}); }

  static ClusterConfig cluster() {
    ClusterConfig config = servers_->config();
    config.nodes.erase("node_4");
    config.master_of.clear();
    return config;
  }

  /** On both sides. */
  void run(const Words& words) {
    outcome_of(r_, words);
    outcome_of(plain_, words);
  }
  void expect_same(const Words& words) {
    std::string line;
    for (const std::string& word : words) line += word.substr(0, 40) + " ";
    ASSERT_EQ(outcome_of(r_, words), outcome_of(plain_, words)) << line;
  }
  void expect_same_data(const Words& keys) {
    for (const std::string& key : keys) {
      expect_same({"TYPE", key});
      expect_same({"PEXPIRETIME", key});
      const std::string type = outcome_of(plain_, {"TYPE", key});
      if (type == "status:zset") expect_same({"ZRANGE", key, "0", "-1", "WITHSCORES"});
      if (type == "status:set") expect_same({"SCARD", key});
      if (type == "status:string") expect_same({"GET", key});
    }
    expect_same({"DBSIZE"});  // no temporary keys
  }

  static inline std::unique_ptr<testing::LocalCluster> servers_;
  StrictRedisCluster r_{cluster()};
  StrictRedis plain_{servers_->config().nodes.at("node_4")};
};

}  // namespace rediscluster::tests
