// LocalCluster: that nothing of it survives, however the process ends.
#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

#include <rediscluster/testing/local_cluster.h>

#include "support/open_fds.h"
#include "support/plain_client.h"
#include "support/processes.h"

namespace {

using rediscluster::testing::LocalCluster;
using rediscluster::testing::LocalClusterError;
using rediscluster::tests::eventually;
using rediscluster::tests::process_exists;

std::vector<pid_t> pids(const LocalCluster& cluster) {
  std::vector<pid_t> result;
  for (const auto& [name, node] : cluster.config().nodes) result.push_back(cluster.pid(name));
  return result;
}

std::string ping(const LocalCluster& cluster) {
  return rediscluster::tests::PlainClient(cluster.config().nodes.at("node_1")).run({"PING"});
}

TEST(LocalClusterCleanupTest, LeavesNothingBehind) {
  { const LocalCluster first({.masters = 1, .slaves = 0}); }  // what is made once per process
  const std::size_t fds = rediscluster::tests::open_fds();
  std::vector<pid_t> servers;
  std::string folder;
  {
    LocalCluster cluster;
    servers = pids(cluster);
    folder = cluster.folder();
    EXPECT_TRUE(std::filesystem::exists(folder));
    cluster.stop("node_3");
    LocalCluster moved = std::move(cluster);
    EXPECT_TRUE(moved.is_alive("node_1"));
  }
  for (const pid_t pid : servers) EXPECT_FALSE(process_exists(pid));
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(rediscluster::tests::open_fds(), fds);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

TEST(LocalClusterCleanupTest, HoldsNoDescriptorOfTheProgram) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const LocalCluster cluster({.masters = 1, .slaves = 0});
  ::close(ends[1]);
  char byte = 0;
  ASSERT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
  EXPECT_EQ(::read(ends[0], &byte, 1), 0) << "a server or helper keeps the writing end open";
  ::close(ends[0]);
}

TEST(LocalClusterCleanupTest, ForkedChildLeavesTheClusterAlone) {
  LocalCluster cluster({.masters = 1, .slaves = 0});
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bool refused = false;
    try {
      cluster.kill("node_1");
    } catch (const LocalClusterError&) {
      refused = true;
    }
    { const LocalCluster dropped = std::move(cluster); }
    ::_exit(refused ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ping(cluster), "PONG");
  EXPECT_TRUE(std::filesystem::exists(cluster.folder()));
}

/** Forks a child that makes a cluster and then ends by end; the servers' ids and the folder must vanish. */
void expect_cleanup_after(const std::function<void()>& end) {
  std::array<int, 2> report{};
  ASSERT_EQ(::pipe2(report.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    auto* const cluster = new LocalCluster;
    cluster->stop("node_2");
    std::string text = cluster->folder();
    for (const pid_t pid : pids(*cluster)) text += " " + std::to_string(pid);
    if (::write(report[1], text.data(), text.size()) < 0) ::_exit(1);
    ::close(report[1]);
    end();
    ::_exit(0);
  }
  ::close(report[1]);
  std::string text;
  std::array<char, 1024> buffer{};
  for (ssize_t count = 0; (count = ::read(report[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(report[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);

  std::istringstream words(text);
  std::string folder;
  words >> folder;
  std::vector<pid_t> servers;
  for (pid_t pid = 0; words >> pid;) servers.push_back(pid);
  ASSERT_EQ(servers.size(), 4U) << text;
  for (const pid_t pid : servers) EXPECT_TRUE(eventually([&] { return !process_exists(pid); })) << pid;
  EXPECT_TRUE(eventually([&] { return !std::filesystem::exists(folder); })) << folder;
}

TEST(LocalClusterCleanupTest, CleansUpAfterAnAbort) {
  LocalCluster bystander({.masters = 1, .slaves = 0});
  expect_cleanup_after([] { std::abort(); });
  EXPECT_EQ(ping(bystander), "PONG");
}

TEST(LocalClusterCleanupTest, CleansUpAfterAKill) {
  expect_cleanup_after([] { ::raise(SIGKILL); });
}

TEST(LocalClusterCleanupTest, CleansUpAfterAnExitWithoutDestructors) {
  expect_cleanup_after([] { ::_exit(3); });
}

TEST(LocalClusterCleanupTest, CleansUpThoughAForkedChildLivesOn) {
  std::array<int, 2> lifeline{};
  ASSERT_EQ(::pipe2(lifeline.data(), O_CLOEXEC), 0);
  expect_cleanup_after([&] {
    if (::fork() == 0) {
      ::close(lifeline[1]);
      char byte = 0;
      while (::read(lifeline[0], &byte, 1) > 0) {
      }
      ::_exit(0);
    }
    ::raise(SIGKILL);
  });
  ::close(lifeline[0]);
  ::close(lifeline[1]);
}

}  // namespace
