// A cluster and one single server that are given the same commands and must answer the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <memory>
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

/** The reply as text, or the whole text of the server's error after "error:". Of `unordered` replies the elements are
    sorted. */
template <class Client>
std::string outcome(const Client& client, const Words& words, bool unordered = false) {
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

inline Words operator+(Words a, const Words& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/** How often a random comparison goes round: `usual`, times REDISCLUSTER_TEST_FACTOR. */
inline int rounds(int usual) {
  const char* const factor = std::getenv("REDISCLUSTER_TEST_FACTOR");
  return factor != nullptr ? usual * std::atoi(factor) : usual;
}

/** Servers 1 to 3 are the nodes of the cluster, the fourth is the single server. All are empty when a test begins. */
class BesideOneServer : public ::testing::Test {
 protected:
  static constexpr int masters = 3;

  static void start(const std::vector<std::string>& server_arguments) {
    servers_ = std::make_unique<testing::LocalCluster>(
        testing::LocalClusterOptions{.masters = masters + 1, .slaves = 0, .server_arguments = server_arguments});
  }
  static void SetUpTestSuite() { start({}); }
  static void TearDownTestSuite() { servers_.reset(); }
  void SetUp() override {
    r_.flushall();
    plain_.flushall();
  }

  static std::string node(int i) { return "node_" + std::to_string(i); }
  static ClusterConfig cluster() {
    ClusterConfig config;
    for (int i = 1; i <= masters; ++i) config.nodes[node(i)] = servers_->config().nodes.at(node(i));
    return config;
  }

  /** On both sides. */
  void run(const Words& words) {
    outcome(r_, words);
    outcome(plain_, words);
  }
  void expect_same(const Words& words, bool unordered = false) {
    std::string line;
    for (const std::string& word : words) line += word.substr(0, 100) + " ";
    answer_ = outcome(plain_, words, unordered);
    ASSERT_EQ(outcome(r_, words, unordered), answer_) << line;
  }
  /** The same; what came of it. */
  std::string answer_of_both(const Words& words) {
    expect_same(words);
    return answer_;
  }
  /** What a key holds, read by a command of its type, and when it expires. */
  void expect_same_key(const std::string& key) {
    expect_same({"TYPE", key});
    expect_same({"PEXPIRETIME", key});
    const std::string type = outcome(plain_, {"TYPE", key});
    if (type == "status:string") expect_same({"GET", key});
    if (type == "status:list") expect_same({"LRANGE", key, "0", "-1"});
    if (type == "status:set") expect_same({"SMEMBERS", key}, true);
    if (type == "status:hash") EXPECT_EQ(r_.hgetall(key), plain_.hgetall(key)) << key;
    if (type == "status:zset") expect_same({"ZRANGE", key, "0", "-1", "WITHSCORES"});
    if (type == "status:stream") expect_same({"XRANGE", key, "-", "+"});
  }
  /** The key that was written, and that no others were. */
  void expect_same_result(const std::string& key) {
    expect_same_key(key);
    expect_same({"DBSIZE"});
  }
  /** All keys. So there are no temporary ones either. */
  void expect_same_data() {
    ASSERT_NO_FATAL_FAILURE(expect_same({"KEYS", "*"}, true));
    for (const std::string& key : plain_.keys()) ASSERT_NO_FATAL_FAILURE(expect_same_key(key));
  }

  static inline std::unique_ptr<testing::LocalCluster> servers_;
  StrictRedisCluster r_{cluster(), {.socket_timeout = std::chrono::seconds(60)}};
  StrictRedis plain_{servers_->config().nodes.at(node(masters + 1)), {.socket_timeout = std::chrono::seconds(60)}};

 private:
  std::string answer_;
};

}  // namespace rediscluster::tests
