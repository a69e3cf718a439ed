// A cluster beside one plain server: what one answers, so does the other.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

namespace rediscluster::tests {

/** Servers 1 to 3 are the nodes of the cluster `r_`, the fourth is `plain_`. All are empty when a test begins. */
class AsOneServerTest : public ::testing::Test {
 protected:
  using Words = std::vector<std::string>;

  static void SetUpTestSuite() { servers_ = new rediscluster::testing::LocalCluster({.masters = 4, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete servers_;
    servers_ = nullptr;
  }
  void SetUp() override {
    r_.flushall();
    plain_.flushall();
  }

  static ClusterConfig cluster() {
    ClusterConfig cluster = servers_->config();
    cluster.nodes.erase("node_4");
    cluster.master_of.erase("node_4");
    return cluster;
  }

  static std::string text_of(const Reply& reply) {
    switch (reply.type()) {
      case Reply::Type::nil:
        return "nil";
      case Reply::Type::integer:
        return std::to_string(reply.integer());
      case Reply::Type::array: {
        std::string text = "[";
        for (const Reply& element : reply) text += text_of(element) + ",";
        return text + "]";
      }
      default:
        return std::string(name_of(reply.type())) + ":" + std::string(reply.string());
    }
  }

  /** A reply, or the whole text of the server's error. */
  template <class Client>
  static std::string outcome(Client& client, const Words& words) {
    try {
      return text_of(client.execute_command(words));
    } catch (const ResponseError& error) {
      return "-" + std::string(error.text());
    } catch (const RedisError& error) {
      return std::string("thrown: ") + error.what();
    }
  }

  /** Runs the command here and there; what came of it. */
  std::string expect_same(const Words& words) {
    std::string line;
    for (const std::string& word : words) line += word + " ";
    const std::string there = outcome(plain_, words);
    EXPECT_EQ(outcome(r_, words), there) << line;
    return there;
  }

  /** Seeded by REDISCLUSTER_TEST_SEED, and says with what. */
  static std::mt19937 seeded() {
    const char* const given = std::getenv("REDISCLUSTER_TEST_SEED");
    const unsigned seed = given != nullptr ? static_cast<unsigned>(std::atol(given)) : std::random_device()();
    std::cout << "REDISCLUSTER_TEST_SEED=" << seed << std::endl;
    return std::mt19937(seed);
  }

  static inline rediscluster::testing::LocalCluster* servers_ = nullptr;
  StrictRedisCluster r_{cluster()};
  StrictRedis plain_{servers_->config().nodes.at("node_4")};
};

}  // namespace rediscluster::tests
