// twemproxy (Debian's package nutcracker) places keys as we do: hash crc32a, distribution modula.
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "support/plain_client.h"
#include "support/processes.h"
#include "support/temporary_folder.h"
#include "testing/server_process.h"
#include "testing/unique_fd.h"

namespace rediscluster::oracle {
namespace {

using testing::LocalCluster;
using tests::PlainClient;

std::optional<std::string> find_twemproxy() {
  for (const char* const name : {"nutcracker", "/usr/sbin/nutcracker"}) {
    if (auto found = testing::find_executable(name)) return found;
  }
  return std::nullopt;
}

// Free at the moment.
int free_port() {
  const testing::UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

class TwemproxyProcess {
 public:
  TwemproxyProcess(std::string program, const ClusterConfig& cluster) : program_(std::move(program)) {
    // Somebody may take a port before it does.
    for (int attempt = 0; attempt < 5 && pid_ == 0; ++attempt) start(cluster);
    if (pid_ == 0) throw std::runtime_error("twemproxy does not start: " + log());
  }
  ~TwemproxyProcess() {
    ::kill(pid_, SIGTERM);
    testing::reap(pid_);
  }
  TwemproxyProcess(const TwemproxyProcess&) = delete;
  TwemproxyProcess& operator=(const TwemproxyProcess&) = delete;

  NodeConfig address() const { return {.host = "127.0.0.1", .port = port_}; }

 private:
  void start(const ClusterConfig& cluster) {
    port_ = free_port();
    std::ofstream configuration(file("nutcracker.yml"));
    configuration << "cluster:\n  listen: 127.0.0.1:" << port_
                  << "\n  redis: true\n  hash: crc32a\n  distribution: modula\n  auto_eject_hosts: false\n"
                     "  timeout: 10000\n  servers:\n";
    // The last one first: it goes by the names.
    for (auto node = cluster.nodes.rbegin(); node != cluster.nodes.rend(); ++node) {
      configuration << "   - " << node->second.host << ":" << node->second.port << ":1 " << node->first << "\n";
    }
    configuration.close();
    const pid_t pid = testing::spawn({.program = program_,
                                      .arguments = {"-c", file("nutcracker.yml"), "-o", file("log"), "-p", file("pid"),
                                                    "-a", "127.0.0.1", "-s", std::to_string(free_port())},
                                      .group = watchdog_->group()});
    bool ended = false;
    const bool answers = tests::eventually([&] {
      ended = testing::try_reap(pid).has_value();
      return ended || PlainClient(address()).run({"GET", "nothing"}) == "nil";
    });
    if (ended) return;
    pid_ = pid;
    if (!answers) throw std::runtime_error("twemproxy does not answer: " + log());
  }

  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string log() const {
    std::ifstream from(file("log"));
    return {std::istreambuf_iterator<char>(from), {}};
  }

  tests::TemporaryFolder folder_;
  std::unique_ptr<testing::Watchdog> watchdog_ = std::make_unique<testing::Watchdog>(folder_.path());
  std::string program_;
  int port_ = 0;
  pid_t pid_ = 0;
};

// Of all lengths and all bytes.
std::vector<std::string> some_keys(std::size_t count) {
  const char* const given = std::getenv("REDISCLUSTER_ORACLE_SEED");
  const unsigned long long seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "REDISCLUSTER_ORACLE_SEED=" << seed << std::endl;
  std::mt19937_64 random(seed);
  std::set<std::string> keys;
  while (keys.size() < count) {
    std::string key = "key:" + std::to_string(keys.size());
    if (keys.size() % 2 == 0) {
      key.resize(1 + random() % 100);
      for (char& c : key) c = static_cast<char>(random() % 256);
    }
    keys.insert(std::move(key));
  }
  return {keys.begin(), keys.end()};
}

TEST(Twemproxy, FindsWhatWeWriteAndWeWhatItWrites) {
  const std::optional<std::string> program = find_twemproxy();
  if (!program) {
    const bool could_be_installed = std::getenv("CI") != nullptr || testing::find_executable("apt-get").has_value();
    ASSERT_FALSE(could_be_installed) << "the package nutcracker is missing: tests/run.sh installs it";
    GTEST_SKIP() << "this machine has no twemproxy, nor a package of it";
  }
  const LocalCluster servers({.masters = 5, .slaves = 0});
  const StrictRedisCluster r(servers.config());
  const TwemproxyProcess twemproxy(*program, servers.config());
  PlainClient proxied(twemproxy.address());
  const std::vector<std::string> keys = some_keys(10000);

  std::vector<std::pair<std::string, std::string>> values;
  for (std::size_t i = 0; i < keys.size(); ++i) values.emplace_back(keys[i], "ours " + std::to_string(i));
  r.mset(values);
  for (const auto& [key, value] : values) ASSERT_EQ(proxied.run({"GET", key}), value) << ::testing::PrintToString(key);
  // Not all on one node, where nobody could miss them.
  for (const auto& [name, node] : servers.config().nodes) EXPECT_GT(r.node(name).dbsize(), 1500) << name;

  r.flushall();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    values[i].second = "its " + std::to_string(i);
    ASSERT_EQ(proxied.run({"SET", keys[i], values[i].second}), "OK");
  }
  const auto found = r.mget(keys);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    ASSERT_EQ(found[i], values[i].second) << ::testing::PrintToString(keys[i]);
    ASSERT_EQ(r.get(keys[i]), values[i].second);
  }
  EXPECT_EQ(r.dbsize(), 10000);
}

}  // namespace
}  // namespace rediscluster::oracle
