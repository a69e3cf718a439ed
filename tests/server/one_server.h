// A cluster and one single server that are given the same commands and must answer the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

namespace rediscluster::tests {

using Words = std::vector<std::string>;

inline std::string to_text(const Reply& reply) {
  switch (reply.type()) {
    case Reply::Type::nil:
      return "nil";
    case Reply::Type::integer:
      return std::to_string(reply.integer());
    case Reply::Type::array: {
      std::string text = "[";
      for (const Reply& element : reply) text += to_text(element) + ",";
      return text + "]";
    }
    default:
      return std::string(name_of(reply.type())) + ":" + std::string(reply.string());
  }
}

/** What is random in a test, by a seed that is printed and may be given. */
class Chance {
 public:
  Chance() {
    const char* const given = std::getenv("REDISCLUSTER_TEST_SEED");
    const unsigned seed = given ? static_cast<unsigned>(std::atol(given)) : std::random_device()();
    std::cout << "REDISCLUSTER_TEST_SEED=" << seed << std::endl;
    random_.seed(seed);
  }
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  T of(const std::vector<T>& choices) {
    return choices[below(choices.size())];
  }
  std::string of(const Words& words) { return words[below(words.size())]; }

 private:
  std::mt19937 random_;
};

/** The first masters are the nodes, the last is the single server. */
template <int Nodes = 3>
class BesideOneServer : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { servers_ = new testing::LocalCluster({.masters = Nodes + 1, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete servers_;
    servers_ = nullptr;
  }
  void SetUp() override {
    r_.flushall();
    plain_.flushall();
  }

  static std::string name_of_node(int i) { return "node_" + std::to_string(i); }
  static ClusterConfig cluster() {
    ClusterConfig config;
    for (int i = 1; i <= Nodes; ++i) config.nodes[name_of_node(i)] = servers_->config().nodes.at(name_of_node(i));
    return config;
  }

  /** A reply, or the whole text of the error. Of `unordered` ones the elements are sorted. */
  template <class Client>
  static std::string outcome(Client& client, const Words& words, bool unordered = false) {
    try {
      const Reply reply = client.execute_command(words);
      if (!unordered || reply.type() != Reply::Type::array) return to_text(reply);
      Words elements;
      for (const Reply& element : reply) elements.push_back(to_text(element));
      std::ranges::sort(elements);
      std::string text;
      for (const std::string& element : elements) text += element + ",";
      return text;
    } catch (const ResponseError& error) {
      return "error:" + std::string(error.text());
    }
  }
  void expect_same(const Words& words, bool unordered = false) {
    std::string line;
    for (const std::string& word : words) line += word.substr(0, 100) + " ";
    ASSERT_EQ(outcome(r_, words, unordered), outcome(plain_, words, unordered)) << line;
  }
  /** All keys: their type, content and expiry. So there are no temporary ones either. */
  void expect_same_data() {
    ASSERT_NO_FATAL_FAILURE(expect_same({"KEYS", "*"}, true));
    for (const std::string& key : plain_.keys()) {
      expect_same({"TYPE", key});
      expect_same({"PEXPIRETIME", key});
      const std::string type = outcome(plain_, {"TYPE", key});
      if (type == "status:string") expect_same({"GET", key});
      if (type == "status:list") expect_same({"LRANGE", key, "0", "-1"});
      if (type == "status:set") expect_same({"SMEMBERS", key}, true);
      if (type == "status:hash") expect_same({"HGETALL", key}, true);
      if (type == "status:zset") expect_same({"ZRANGE", key, "0", "-1", "WITHSCORES"});
      if (::testing::Test::HasFatalFailure()) return;
    }
  }

  static testing::LocalCluster* servers_;
  StrictRedisCluster r_{cluster(), {.socket_timeout = std::chrono::seconds(60)}};
  StrictRedis plain_{servers_->config().nodes.at(name_of_node(Nodes + 1)),
                     {.socket_timeout = std::chrono::seconds(60)}};
};
template <int Nodes>
testing::LocalCluster* BesideOneServer<Nodes>::servers_ = nullptr;

}  // namespace rediscluster::tests
