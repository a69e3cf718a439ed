// LocalCluster: what it starts and what it does to single servers.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include <rediscluster/testing/local_cluster.h>

#include "support/plain_client.h"
#include "support/processes.h"

namespace {

using namespace std::chrono_literals;
using rediscluster::ClusterConfig;
using rediscluster::NodeConfig;
using rediscluster::testing::LocalCluster;
using rediscluster::testing::LocalClusterError;
using rediscluster::tests::eventually;
using rediscluster::tests::process_exists;
using Client = rediscluster::tests::PlainClient;

std::string run(const LocalCluster& cluster, const std::string& name, const std::vector<std::string>& command) {
  return Client(cluster.config().nodes.at(name)).run(command);
}

/** Sets an environment variable, or unsets it for nullptr, and restores it. */
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Environment() { set(old_ ? old_->c_str() : nullptr); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const char* value) { value ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  const char* name_;
  std::optional<std::string> old_;
};

TEST(LocalClusterTest, StartsMastersWithTheirSlaves) {
  const auto begin = std::chrono::steady_clock::now();
  const LocalCluster cluster({.masters = 2, .slaves = 2});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);

  const ClusterConfig& config = cluster.config();
  ASSERT_EQ(config.nodes.size(), 6U);
  EXPECT_EQ(config.master_of.at("node_1").names(), (std::vector<std::string>{"node_3", "node_4"}));
  EXPECT_EQ(config.master_of.at("node_2").names(), (std::vector<std::string>{"node_5", "node_6"}));
  EXPECT_EQ(config.master_of.size(), 2U);
  for (const auto& [master, slaves] : config.master_of) {
    EXPECT_EQ(run(cluster, master, {"ROLE"}).substr(0, 6), "master");
    EXPECT_EQ(run(cluster, master, {"SET", "key", master}), "OK");
    EXPECT_EQ(run(cluster, master, {"CONFIG", "GET", "save"}), "save ");
  }
  const_cast<LocalCluster&>(cluster).wait_for_replication();
  for (const auto& [master, slaves] : config.master_of) {
    for (const std::string& slave : slaves.names()) {
      EXPECT_EQ(run(cluster, slave, {"ROLE"}).substr(0, 5), "slave");
      EXPECT_EQ(run(cluster, slave, {"GET", "key"}), master);
      EXPECT_TRUE(cluster.is_alive(slave));
      EXPECT_NE(cluster.log(slave).find(" <-> REPLICA sync: Finished with success"), std::string::npos);
    }
  }
  EXPECT_EQ(run(cluster, "node_1", {"DEBUG", "SLEEP", "0"}), "OK");
}

TEST(LocalClusterTest, SlavesFollowAtOnce) {
  // Slaves that count as in sync but get nothing for their first second would make every other test slow.
  int late = 0;
  for (int i = 0; i < 6; ++i) {
    LocalCluster cluster({.masters = 1, .slaves = 2});
    EXPECT_EQ(run(cluster, "node_1", {"SET", "key", "value"}), "OK");
    const auto begin = std::chrono::steady_clock::now();
    cluster.wait_for_replication();
    if (std::chrono::steady_clock::now() - begin > 500ms) ++late;
  }
  EXPECT_LE(late, 1);  // a busy machine may delay one
}

TEST(LocalClusterTest, MastersAlone) {
  const LocalCluster cluster({.masters = 3, .slaves = 0});
  EXPECT_EQ(cluster.config().nodes.size(), 3U);
  ASSERT_EQ(cluster.config().master_of.size(), 3U);
  EXPECT_TRUE(cluster.config().master_of.at("node_3").names().empty());
}

TEST(LocalClusterTest, SeveralAtOnce) {
  std::vector<std::unique_ptr<LocalCluster>> clusters(3);
  std::vector<std::thread> threads;
  // The threads that start the servers end at once; the servers must not.
  for (auto& cluster : clusters) threads.emplace_back([&cluster] { cluster = std::make_unique<LocalCluster>(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& cluster : clusters) {
    for (const auto& [name, node] : cluster->config().nodes) EXPECT_EQ(run(*cluster, name, {"PING"}), "PONG");
  }
}

TEST(LocalClusterTest, KillAndRestartEmpty) {
  LocalCluster cluster({.masters = 1, .slaves = 1});
  const NodeConfig master = cluster.config().nodes.at("node_1");
  EXPECT_EQ(run(cluster, "node_1", {"SET", "key", "value"}), "OK");
  const pid_t old = cluster.pid("node_1");

  cluster.kill("node_1");
  cluster.kill("node_1");
  EXPECT_FALSE(process_exists(old));
  EXPECT_FALSE(cluster.is_alive("node_1"));
  EXPECT_TRUE(cluster.is_alive("node_2"));
  EXPECT_THROW(cluster.pid("node_1"), LocalClusterError);
  EXPECT_THROW(cluster.stop("node_1"), LocalClusterError);
  EXPECT_FALSE(Client(master).connected());
  cluster.wait_for_replication();  // a slave of a dead master is left out

  cluster.restart("node_1");
  EXPECT_NE(cluster.pid("node_1"), old);
  EXPECT_EQ(Client(master).run({"DBSIZE"}), "0");
  cluster.wait_for_replication();
  EXPECT_EQ(run(cluster, "node_2", {"DBSIZE"}), "0");

  cluster.restart("node_2");
  EXPECT_NE(run(cluster, "node_2", {"INFO", "replication"}).find("master_link_status:up"), std::string::npos);
}

TEST(LocalClusterTest, RestartWithData) {
  LocalCluster cluster({.masters = 1, .slaves = 1});
  EXPECT_EQ(run(cluster, "node_1", {"SET", "key", "value"}), "OK");
  cluster.restart("node_1", {.keep_data = true});
  EXPECT_EQ(run(cluster, "node_1", {"GET", "key"}), "value");

  cluster.wait_for_replication();
  cluster.stop("node_2");
  cluster.restart("node_2", {.keep_data = true});
  EXPECT_EQ(run(cluster, "node_2", {"GET", "key"}), "value");

  // What a dead server saved last is what it has.
  EXPECT_EQ(run(cluster, "node_1", {"SAVE"}), "OK");
  EXPECT_EQ(run(cluster, "node_1", {"SET", "later", "lost"}), "OK");
  cluster.kill("node_1");
  cluster.restart("node_1", {.keep_data = true});
  EXPECT_EQ(run(cluster, "node_1", {"MGET", "key", "later"}), "value nil");

  cluster.restart("node_1");
  EXPECT_EQ(run(cluster, "node_1", {"DBSIZE"}), "0");
}

TEST(LocalClusterTest, ReplicationIsAwaited) {
  LocalCluster cluster({.masters = 1, .slaves = 1});
  Client master(cluster.config().nodes.at("node_1"));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(master.run({"SET", "key", std::to_string(i)}), "OK");
    cluster.wait_for_replication();
    EXPECT_EQ(run(cluster, "node_2", {"GET", "key"}), std::to_string(i));
  }
  // One that is stuck without being stopped is an error.
  EXPECT_EQ(run(cluster, "node_2", {"REPLICAOF", "127.0.0.1", "1"}), "OK");
  cluster.wait_for_replication();  // it follows a stranger now
  EXPECT_EQ(run(cluster, "node_2", {"REPLICAOF", "NO", "ONE"}), "OK");
  cluster.wait_for_replication();  // and now nobody
  EXPECT_EQ(run(cluster, "node_2", {"CONFIG", "SET", "masterauth", "wrong"}), "OK");
  EXPECT_EQ(run(cluster, "node_1", {"CONFIG", "SET", "requirepass", ""}), "OK");
  EXPECT_EQ(run(cluster, "node_1", {"ACL", "SETUSER", "default", "-psync"}), "OK");
  EXPECT_EQ(
      run(cluster, "node_2", {"REPLICAOF", "127.0.0.1", std::to_string(cluster.config().nodes.at("node_1").port)}),
      "OK");
  try {
    cluster.wait_for_replication(50ms);
    FAIL() << "a slave that cannot follow went unnoticed";
  } catch (const LocalClusterError& error) {
    EXPECT_NE(std::string(error.what()).find("node_2"), std::string::npos) << error.what();
  }
}

TEST(LocalClusterTest, StopAndResume) {
  LocalCluster cluster({.masters = 1, .slaves = 1});
  Client client(cluster.config().nodes.at("node_1"));
  EXPECT_EQ(client.run({"PING"}), "PONG");
  cluster.stop("node_1");
  cluster.stop("node_1");
  EXPECT_TRUE(cluster.is_alive("node_1"));
  client.set_timeout(50);
  EXPECT_EQ(client.run({"PING"}), "no reply");
  cluster.wait_for_replication();  // a stopped server is left out
  cluster.resume("node_1");
  cluster.resume("node_1");
  EXPECT_EQ(run(cluster, "node_1", {"PING"}), "PONG");

  cluster.stop("node_2");
  const pid_t stopped = cluster.pid("node_2");
  cluster.kill("node_2");
  EXPECT_FALSE(process_exists(stopped));
}

TEST(LocalClusterTest, NoticesAServerThatEndsByItself) {
  LocalCluster cluster({.masters = 1, .slaves = 0});
  EXPECT_EQ(run(cluster, "node_1", {"SHUTDOWN", "NOSAVE"}), "no reply");
  EXPECT_TRUE(eventually([&] { return !cluster.is_alive("node_1"); }));
  cluster.restart("node_1");
  EXPECT_EQ(run(cluster, "node_1", {"PING"}), "PONG");
}

TEST(LocalClusterTest, NobodyElseGetsThePortOfADeadServer) {
  LocalCluster cluster({.masters = 1, .slaves = 0});
  cluster.kill("node_1");
  // Without care, one of these would be given the port as its own end and so connect to itself.
  const NodeConfig node = cluster.config().nodes.at("node_1");
  for (int i = 0; i < 3000; ++i) ASSERT_FALSE(Client(node).connected());
  cluster.restart("node_1");
  EXPECT_TRUE(Client(node).connected());
}

TEST(LocalClusterTest, UnixSockets) {
  // Longer than a socket's path may be.
  const auto long_folder = std::filesystem::temp_directory_path() / ("rediscluster_test_" + std::string(100, 'x'));
  std::filesystem::create_directory(long_folder);
  for (const char* const folder : {static_cast<const char*>(nullptr), long_folder.c_str()}) {
    const Environment tmpdir("TMPDIR", folder);
    LocalCluster cluster({.masters = 1, .slaves = 1, .unix_sockets = true});
    for (const auto& [name, node] : cluster.config().nodes) {
      ASSERT_FALSE(node.unix_socket_path.empty());
      EXPECT_EQ(Client(node).run({"PING"}), "PONG");
    }
    cluster.restart("node_1");
    EXPECT_EQ(run(cluster, "node_1", {"PING"}), "PONG");
  }
  EXPECT_TRUE(std::filesystem::is_empty(long_folder));
  std::filesystem::remove_all(long_folder);
}

TEST(LocalClusterTest, Password) {
  LocalCluster cluster({.masters = 1, .slaves = 1, .password = "open sesame \"!"});
  NodeConfig node = cluster.config().nodes.at("node_2");
  EXPECT_EQ(node.password, "open sesame \"!");
  EXPECT_EQ(Client(node).run({"PING"}), "PONG");
  node.password.clear();
  EXPECT_EQ(Client(node).run({"PING"}).substr(0, 6), "NOAUTH");
  cluster.restart("node_2", {.keep_data = true});
  cluster.wait_for_replication();
}

TEST(LocalClusterTest, ServerArgumentsWin) {
  const LocalCluster cluster({.masters = 1, .slaves = 0, .server_arguments = {"--save", "77 7", "--databases", "3"}});
  EXPECT_EQ(run(cluster, "node_1", {"CONFIG", "GET", "save"}), "save 77 7");
  EXPECT_EQ(run(cluster, "node_1", {"CONFIG", "GET", "databases"}), "databases 3");
}

TEST(LocalClusterTest, WrongUse) {
  EXPECT_THROW(LocalCluster({.masters = 0}), LocalClusterError);
  EXPECT_THROW(LocalCluster({.slaves = -1}), LocalClusterError);
  LocalCluster cluster({.masters = 1, .slaves = 0});
  EXPECT_THROW(cluster.kill("node_2"), LocalClusterError);
  EXPECT_THROW(cluster.log(""), LocalClusterError);
}

TEST(LocalClusterTest, SaysWhyAServerDoesNotStart) {
  try {
    const LocalCluster cluster({.masters = 1, .slaves = 0, .server_arguments = {"--no-such-option", "1"}});
    FAIL() << "started";
  } catch (const LocalClusterError& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-option"), std::string::npos) << error.what();
  }
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(LocalCluster({.server_arguments = {"--port", "0"}, .start_timeout = 100ms}), LocalClusterError);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(LocalClusterTest, SaysThatNoProgramIsFound) {
  const Environment path("PATH", "/nowhere");
  {
    const Environment variable("REDIS_SERVER", nullptr);
    EXPECT_FALSE(LocalCluster::available());
    try {
      LocalCluster cluster;
      FAIL() << "started";
    } catch (const LocalClusterError& error) {
      const std::string text = error.what();
      for (const char* part : {"redis-server", "valkey-server", "REDIS_SERVER", "apt-get install"}) {
        EXPECT_NE(text.find(part), std::string::npos) << text;
      }
    }
  }
  const Environment variable("REDIS_SERVER", "/nowhere/at-all");
  EXPECT_FALSE(LocalCluster::available());
  EXPECT_THROW(LocalCluster{}, LocalClusterError);
}

/** A program in a folder of its own that execs redis-server after some shell lines. */
class Wrapper {
 public:
  Wrapper(const std::string& name, const std::string& lines) {
    std::array<char, 32> folder{"/tmp/rediscluster-test-XXXXXX"};
    folder_ = ::mkdtemp(folder.data());
    std::ofstream(path(name)) << "#!/bin/sh\n" << lines << "\nexec /usr/bin/env redis-server \"$@\"\n";
    std::filesystem::permissions(path(name), std::filesystem::perms::owner_all);
  }
  ~Wrapper() { std::filesystem::remove_all(folder_); }
  Wrapper(const Wrapper&) = delete;
  Wrapper& operator=(const Wrapper&) = delete;

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

TEST(LocalClusterTest, FindsTheProgram) {
  const Wrapper wrapper("valkey-server", "echo started by the wrapper");
  {
    const LocalCluster cluster({.masters = 1, .slaves = 0, .server_program = wrapper.path("valkey-server")});
    EXPECT_NE(cluster.log("node_1").find("started by the wrapper"), std::string::npos);
  }
  {
    const Environment variable("REDIS_SERVER", wrapper.path("valkey-server").c_str());
    const LocalCluster cluster({.masters = 1, .slaves = 0});
    EXPECT_NE(cluster.log("node_1").find("started by the wrapper"), std::string::npos);
  }
  const Environment variable("REDIS_SERVER", nullptr);
  const Environment path("PATH", wrapper.folder().c_str());
  EXPECT_TRUE(LocalCluster::available());
}

TEST(LocalClusterTest, ServersWithoutTheDebugOption) {
  const Wrapper wrapper("redis-6",
                        "case \"$*\" in *enable-debug-command*) "
                        "echo \">>> 'enable-debug-command \\\"yes\\\"'\"; echo 'Bad directive'; exit 1;; esac");
  const LocalCluster cluster({.masters = 1, .slaves = 1, .server_program = wrapper.path("redis-6")});
  EXPECT_EQ(run(cluster, "node_2", {"PING"}), "PONG");
}

TEST(LocalClusterTest, AnotherPortWhenTheServerCannotBind) {
  const Wrapper wrapper("redis-server",
                        "mark=$(dirname \"$0\")/tried; if [ ! -e \"$mark\" ]; then echo \"$2\" > \"$mark\"; "
                        "echo 'bind: Address already in use'; exit 1; fi");
  const LocalCluster cluster({.masters = 1, .slaves = 0, .server_program = wrapper.path("redis-server")});
  std::string first_port;
  std::ifstream(wrapper.path("tried")) >> first_port;
  EXPECT_NE(first_port, std::to_string(cluster.config().nodes.at("node_1").port));
  EXPECT_EQ(run(cluster, "node_1", {"PING"}), "PONG");
}

}  // namespace
