#include "fault/crash.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

#include <rediscluster/rediscluster.h>

#include "support/in_child.h"
#include "support/processes.h"
#include "support/system_calls.h"

namespace rediscluster::tests {

namespace {

using namespace std::chrono_literals;
using Words = CrashGround::Words;

int code_of(Ending ending) {
  return static_cast<int>(ending);
}

// What the child does.
Ending run_with_fault(const ClusterConfig& cluster, const Words& command, const Words& keys, Fault fault, int step) {
  StrictRedisCluster r(cluster, {.socket_timeout = 2s, .retries = 2, .retry_backoff = 1ms});
  for (const std::string& key : keys) r.exists(key);  // the connections are there
  std::atomic<int> steps = 0;
  const auto fails = [&] {
    const int now = ++steps;
    if (now < step || (now > step && fault == Fault::loss)) return false;
    if (fault == Fault::death || fault == Fault::torn) ::_exit(code_of(Ending::died));
    return true;
  };
  const OnSend on_send([&](std::string_view bytes, int& error) -> std::size_t {
    if (fault == Fault::torn && steps == step - 1) {
      ++steps;
      return (bytes.size() + 1) / 2;
    }
    error = ETIMEDOUT;
    return fails() ? 0 : bytes.size();
  });
  const OnReceive on_receive([&] { return fails() ? ETIMEDOUT : 0; });
  try {
    r.execute_command(command);
    return steps < step ? Ending::unharmed : Ending::recovered;
  } catch (const ConnectionError& error) {
    return error.maybe_executed() ? Ending::maybe_executed : Ending::not_executed;
  } catch (const TimeoutError& error) {
    return error.maybe_executed() ? Ending::maybe_executed : Ending::not_executed;
  } catch (const RedisError& error) {
    std::fprintf(stderr, "%s: %s\n", command[0].c_str(), error.what());
    return Ending::not_executed;
  }
}

}  // namespace

CrashGround::CrashGround() : servers_({.masters = 3, .slaves = 0}) {
  for (const char* const name : {"node_1", "node_2", "node_3"}) {
    nodes_.push_back(std::make_unique<PlainClient>(servers_.config().nodes.at(name)));
  }
}

PlainClient& CrashGround::node_of(const std::string& key) {
  return *nodes_[Partitioner(nodes_.size()).node_of(key)];
}

void CrashGround::prepare(const std::vector<Words>& commands) {
  for (const auto& node : nodes_) node->run({"FLUSHALL"});
  for (const Words& words : commands) {
    const std::size_t key = words[0] == "XGROUP" ? 2 : words[0] == "XREADGROUP" ? words.size() - 2 : 1;
    node_of(words[key]).run(words);
  }
}

bool CrashGround::sees_only_us() {
  return std::ranges::all_of(nodes_, [](const auto& node) {
    return node->run({"INFO", "clients"}).find("connected_clients:1\r") != std::string::npos;
  });
}

std::optional<Ending> CrashGround::run(const Words& command, const Words& keys, Fault fault, int step) {
  const std::optional<int> code =
      exit_code_of_child([&] { return code_of(run_with_fault(servers_.config(), command, keys, fault, step)); });
  // A server that has seen the end of a connection has run all that came before it.
  if (!eventually([&] { return sees_only_us(); })) throw std::runtime_error("connections of the child are left");
  if (!code || *code < code_of(Ending::unharmed) || *code > code_of(Ending::not_executed)) return std::nullopt;
  return static_cast<Ending>(*code);
}

CrashGround::Snapshot CrashGround::snapshot(const Words& keys) {
  Snapshot snapshot;
  for (const std::string& key : keys) {
    PlainClient& node = node_of(key);
    const std::string type = node.run({"TYPE", key});
    std::string& text = snapshot[key];
    text = type;
    if (type == "none") continue;
    text += " " + node.run({"DEBUG", "DIGEST-VALUE", key}) + " " + node.run({"PEXPIRETIME", key});
    if (type == "stream") text += " " + node.run({"XINFO", "GROUPS", key});
  }
  return snapshot;
}

std::map<std::string, long long> CrashGround::temporary_keys() {
  std::map<std::string, long long> found;
  for (const auto& node : nodes_) {
    std::istringstream names(node->run({"KEYS", "rediscluster:*"}));
    for (std::string name; names >> name;) found[name] = std::stoll(node->run({"PTTL", name}));
  }
  return found;
}

}  // namespace rediscluster::tests
