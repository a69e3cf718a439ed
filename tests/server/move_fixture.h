// Moves between nodes, compared with what one server does.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "server/one_server.h"
#include "support/interposed_server.h"
#include "support/processes.h"

namespace rediscluster::tests {

class MoveTest : public BesideOneServer {
 protected:
  /** Asks the server of a node, without the library under test. */
  static std::string on(int number, const Words& words) { return ask(servers_->config(), node(number), words); }
  static std::string on_node_of(const std::string& key, const Words& words) {
    return on(static_cast<int>(Partitioner(masters).node_of(key)) + 1, words);
  }
  void expect_no_other_keys() { EXPECT_EQ(r_.dbsize(), plain_.dbsize()); }

  /** A key of each node. */
  const std::string a_ = key_on(1, masters);
  const std::string b_ = key_on(2, masters);
  const std::string c_ = key_on(3, masters);
};

/** The same cluster, with somebody between the client and the nodes. */
class InterposedMoveTest : public MoveTest {
 protected:
  using Hook = std::function<Passage(int node, Received& command)>;

  InterposedMoveTest() {
    for (int i = 1; i <= masters; ++i) {
      between_.push_back(std::make_unique<InterposedServer>(servers_->config().nodes.at(node(i))));
    }
  }

  ClusterConfig interposed() const {
    ClusterConfig cluster;
    for (int i = 1; i <= masters; ++i) {
      cluster.nodes[node(i)] = between_[static_cast<std::size_t>(i - 1)]->config();
    }
    return cluster;
  }
  /** Called in several threads. */
  void hook(const Hook& hook) {
    for (int i = 1; i <= masters; ++i) {
      between_[static_cast<std::size_t>(i - 1)]->observe(
          hook ? [hook, i](Received& command) { return hook(i, command); } : InterposedServer::Observer());
    }
  }
  /** Runs `action` once, before the first command of this name that this node gets. */
  void before(const std::string& name, int at_node, const std::function<void()>& action) {
    hook([=, done = std::make_shared<std::atomic<bool>>(false)](int node, const Received& command) {
      if (node == at_node && command[0] == name && !done->exchange(true)) action();
      return Passage::pass;
    });
  }

  enum class Fault { killed_before, killed_after, cut_before, cut_after };
  /** Has the command with this number, counted over all nodes, lost, or its reply: for good (nothing passes any more,
     as if the process had been killed) or just this once. Returns the count of commands so far. */
  std::shared_ptr<std::atomic<int>> fail_at(int number, Fault fault) {
    auto count = std::make_shared<std::atomic<int>>(0);
    hook([=](int, const Received& command) {
      if (command[0] == "INFO") return Passage::pass;  // asked by the library for itself
      const int now = ++*count;
      const bool for_good = fault == Fault::killed_before || fault == Fault::killed_after;
      if (now < number || (now > number && !for_good)) return Passage::pass;
      if (now > number) return Passage::lose_command;
      return fault == Fault::killed_before || fault == Fault::cut_before ? Passage::lose_command : Passage::lose_reply;
    });
    return count;
  }
  /** No key but these is without an expiry. */
  static void expect_nothing_left_for_ever(const Words& keys) {
    for (int i = 1; i <= masters; ++i) {
      PlainClient plain(servers_->config().nodes.at(node(i)));
      std::string names = plain.run({"KEYS", "*"}) + " ";
      for (std::size_t at = 0, end; (end = names.find(' ', at)) != std::string::npos; at = end + 1) {
        const std::string name = names.substr(at, end - at);
        if (name.empty() || std::ranges::find(keys, name) != keys.end()) continue;
        EXPECT_THAT(std::stoll(plain.run({"PTTL", name})), ::testing::AllOf(::testing::Gt(0), ::testing::Le(60000)))
            << name;
      }
    }
  }

  std::vector<std::unique_ptr<InterposedServer>> between_;
};

}  // namespace rediscluster::tests
