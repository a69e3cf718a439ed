#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <thread>
#include <utility>

#include <rediscluster/testing/local_cluster.h>

#include "testing/server_process.h"
#include "testing/server_query.h"
#include "testing/unique_fd.h"

namespace rediscluster {
inline namespace v0_1 {
namespace testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Between two looks at something that cannot be waited for.
constexpr auto poll_pause = 2ms;

/** A port that the kernel gives to nobody else, neither for listening nor as the local end of a connection, as long as
    the socket exists; only a server that sets SO_REUSEADDR, as redis-server does, can listen on it. The option is set
    after bind() so that the kernel picks a port no other such socket has. */
struct ReservedPort {
  UniqueFd socket;
  int port = 0;
};

ReservedPort reserve_port() {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int on = 1;
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    throw LocalClusterError("no free port: " + std::generic_category().message(errno));
  }
  return {std::move(fd), ntohs(address.sin_port)};
}

std::string find_program(const LocalClusterOptions& options) {
  std::vector<std::string> names;
  std::string source = "PATH";
  if (const char* variable = std::getenv("REDIS_SERVER"); !options.server_program.empty()) {
    names = {options.server_program};
    source = "LocalClusterOptions::server_program";
  } else if (variable && *variable) {
    names = {variable};
    source = "environment variable REDIS_SERVER";
  } else {
    names = {"redis-server", "valkey-server"};
  }
  std::string tried;
  for (const std::string& name : names) {
    if (auto path = find_executable(name)) return *path;
    tried += (tried.empty() ? "" : ", ") + name;
  }
  throw LocalClusterError("no redis server found; looked for " + tried + " (" + source +
                          "). Install one (Debian, Ubuntu: apt-get install redis-server) or set REDIS_SERVER to its "
                          "path.");
}

std::string make_folder(bool unix_sockets) {
  const char* const variable = std::getenv("TMPDIR");
  std::string parent = variable && *variable ? variable : "/tmp";
  const std::string name = "/rediscluster-XXXXXX";
  // A socket's path has a short limit.
  constexpr std::size_t longest_socket_name = 20;
  if (unix_sockets && parent.size() + name.size() + longest_socket_name >= sizeof(sockaddr_un::sun_path)) {
    parent = "/tmp";
  }
  std::string path = fs::absolute(parent).string() + name;
  if (!::mkdtemp(path.data())) {
    throw LocalClusterError("cannot make a folder in " + parent + ": " + std::generic_category().message(errno));
  }
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Node {
  std::string name;
  const Node* master = nullptr;
  ReservedPort place = {};
  ReservedPort tls_place = {};
  std::string folder = {};
  std::string log_file = {};
  std::string socket_path = {};
  pid_t pid = -1;
  /** How long the log was when the server was last started. */
  std::size_t log_start = 0;

  std::string recent_log() const {
    const std::string text = read_file(log_file);
    return text.substr(std::min(log_start, text.size()));
  }
};

/** The message, with the end of what the server has to say about it. */
[[noreturn]] void fail(const Node& node, const std::string& what) {
  constexpr std::size_t most = 1500;
  std::string log = node.recent_log();
  if (log.size() > most) log = "..." + log.substr(log.size() - most);
  throw LocalClusterError(node.name + " (127.0.0.1:" + std::to_string(node.place.port) + ") " + what +
                          (log.empty() ? "; its log is empty" : "; its log ends:\n" + log));
}

}  // namespace

struct LocalCluster::Impl {
  const LocalClusterOptions options;
  const std::string program;
  const std::string folder;
  const pid_t owner = ::getpid();
  ClusterConfig config = {};
  std::mutex mutex = {};
  std::deque<Node> nodes = {};  // masters first; addresses are stable
  std::optional<Watchdog> watchdog = {};
  /** Servers before 7.0 do not know --enable-debug-command and always allow DEBUG. */
  bool debug_option = true;

  explicit Impl(LocalClusterOptions given)
      : options(std::move(given)), program(find_program(options)), folder(make_folder(options.unix_sockets)) {}

  ~Impl() {
    if (::getpid() != owner) return;
    for (const Node& node : nodes) {
      if (node.pid > 0) ::kill(node.pid, SIGKILL);
    }
    // Children that the servers forked to save are in the group too.
    if (watchdog) ::kill(-watchdog->group(), SIGKILL);
    for (const Node& node : nodes) {
      if (node.pid > 0) reap(node.pid);
    }
    // Such a child is not ours to wait for, and may create a file until it is gone.
    std::error_code error;
    for (int tries = 0; tries < 100; ++tries) {
      fs::remove_all(folder, error);
      if (!error) break;
      std::this_thread::sleep_for(poll_pause);
    }
  }

  Clock::time_point start_deadline() const { return Clock::now() + options.start_timeout; }

  void require_owner() const {
    if (::getpid() != owner) throw LocalClusterError("this LocalCluster belongs to the process that made it");
  }

  Node& find(std::string_view name) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [name](const Node& node) { return node.name == name; });
    if (found == nodes.end()) throw LocalClusterError("LocalCluster has no server \"" + std::string(name) + "\"");
    return *found;
  }

  static bool alive(Node& node) {
    if (node.pid > 0 && try_reap(node.pid)) node.pid = -1;
    return node.pid > 0;
  }

  /** Alive and not stopped. */
  static bool runs(Node& node) { return alive(node) && !is_stopped(node.pid); }

  Node& find_alive(std::string_view name) {
    Node& node = find(name);
    if (!alive(node)) fail(node, "is not alive");
    return node;
  }

  static void end(Node& node) {
    if (!alive(node)) return;
    ::kill(node.pid, SIGKILL);
    reap(node.pid);
    node.pid = -1;
  }

  auto ask(const Node& node, const std::vector<std::vector<std::string>>& commands, Clock::time_point deadline) const {
    return testing::ask(node.place.port, options.password, commands, deadline);
  }

  void start_all() {
    if (options.masters < 1 || options.slaves < 0) {
      throw LocalClusterError("LocalClusterOptions: masters must be at least 1 and slaves at least 0");
    }
    watchdog.emplace(folder);
    for (int i = 0; i < options.masters * (1 + options.slaves); ++i) {
      Node& node = nodes.emplace_back(Node{.name = "node_" + std::to_string(i + 1)});
      if (i >= options.masters) {
        node.master = &nodes[static_cast<std::size_t>((i - options.masters) / options.slaves)];
      }
      node.place = reserve_port();
      if (!options.tls_arguments.empty()) node.tls_place = reserve_port();
      node.folder = folder + "/" + node.name;
      node.log_file = node.folder + ".log";
      if (options.unix_sockets) node.socket_path = node.folder + ".sock";
      fs::create_directory(node.folder);
    }
    // A slave that starts before its master tries again only after a second, and one that comes while the master saves
    // for another may have to wait as long: hence first the masters, then one slave of each at a time.
    const auto deadline = start_deadline();
    std::vector<std::vector<Node*>> rounds(static_cast<std::size_t>(1 + options.slaves));
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      const auto masters = static_cast<std::size_t>(options.masters);
      const bool is_slave = i >= masters;
      rounds[is_slave ? 1 + (i - masters) % static_cast<std::size_t>(options.slaves) : 0].push_back(&nodes[i]);
    }
    for (const auto& round : rounds) start(round, deadline, true);

    for (const Node& node : nodes) {
      config.nodes[node.name] = {.host = "127.0.0.1",
                                 .port = node.place.port,
                                 .unix_socket_path = node.socket_path,
                                 .password = options.password};
      if (!node.master) {
        config.master_of[node.name];
      } else {
        std::vector<std::string> slaves = config.master_of[node.master->name].names();
        slaves.push_back(node.name);
        config.master_of[node.master->name] = Slaves(std::move(slaves));
      }
    }
  }

  void launch(Node& node) {
    const std::string port = std::to_string(node.place.port);
    std::vector<std::string> arguments;
    const auto add = [&arguments](std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); };
    add({"--port", port, "--bind", "127.0.0.1", "--protected-mode", "no"});
    add({"--daemonize", "no", "--logfile", "", "--dir", node.folder, "--save", "", "--appendonly", "no"});
    // Without a disk, a slave's first acknowledgement often comes before the master counts it as online, and the master
    // then sends nothing until the next one, a second later. With one, the master looks for the end of its saving child
    // hz times a second.
    add({"--repl-diskless-sync", "no", "--repl-diskless-sync-delay", "0", "--hz", "100"});
    if (debug_option) add({"--enable-debug-command", "yes"});
    if (!node.socket_path.empty()) add({"--unixsocket", node.socket_path});
    if (!options.password.empty()) add({"--requirepass", options.password, "--masterauth", options.password});
    if (node.master) add({"--replicaof", "127.0.0.1", std::to_string(node.master->place.port)});
    if (!options.tls_arguments.empty()) add({"--tls-port", std::to_string(node.tls_place.port)});
    arguments.insert(arguments.end(), options.tls_arguments.begin(), options.tls_arguments.end());
    arguments.insert(arguments.end(), options.server_arguments.begin(), options.server_arguments.end());

    std::error_code absent;
    const auto log_size = fs::file_size(node.log_file, absent);
    node.log_start = absent ? 0 : static_cast<std::size_t>(log_size);
    node.pid = spawn(
        {.program = program, .arguments = std::move(arguments), .output = node.log_file, .group = watchdog->group()});
  }

  /** Starts servers together and returns when all of them are ready. */
  void start(std::vector<Node*> pending, Clock::time_point deadline, bool may_change_port) {
    for (Node* node : pending) launch(*node);
    while (true) {
      std::erase_if(pending, [&](Node* node) {
        if (const auto how = try_reap(node->pid)) {
          node->pid = -1;
          relaunch(*node, *how, deadline, may_change_port);
          return false;
        }
        return is_ready(*node, deadline);
      });
      if (pending.empty()) return;
      if (Clock::now() >= deadline) fail(*pending.front(), "did not get ready in time");
      std::this_thread::sleep_for(poll_pause);
    }
  }

  /** For a server that ended while it was starting: tries again where that can help, else throws. */
  void relaunch(Node& node, const std::string& how, Clock::time_point deadline, bool may_change_port) {
    const std::string log = node.recent_log();
    if (debug_option && log.find("enable-debug-command") != std::string::npos) {
      debug_option = false;
    } else if (log.find("Address already in use") == std::string::npos || Clock::now() >= deadline) {
      fail(node, "ended while starting, " + how);
    } else if (may_change_port) {
      node.place = reserve_port();
      if (!options.tls_arguments.empty()) node.tls_place = reserve_port();
    }
    launch(node);
  }

  bool is_ready(Node& node, Clock::time_point deadline) {
    // Whoever took the port may never answer; our server's end has to be noticed all the same.
    deadline = std::min(deadline, Clock::now() + 1s);
    const auto replies = ask(node, {{"PING"}, {"INFO", "server"}}, deadline);
    // The process id tells our server from a stranger that was quicker to take the port.
    if (!replies || (*replies)[0] != "+PONG" || info_field((*replies)[1], "process_id") != std::to_string(node.pid)) {
      return false;
    }
    if (!node.master) return true;
    Node& master = find(node.master->name);
    return !runs(master) || in_sync(node, master, deadline);
  }

  bool in_sync(const Node& slave, const Node& master, Clock::time_point deadline) const {
    const auto of_slave = ask(slave, {{"INFO", "replication"}}, deadline);
    if (!of_slave || info_field((*of_slave)[0], "master_link_status") != "up") return false;
    const auto of_master = ask(master, {{"INFO", "replication"}}, deadline);
    if (!of_master) return false;
    const std::string online = ",port=" + std::to_string(slave.place.port) + ",state=online,";
    return (*of_master)[0].find(online) != std::string::npos;
  }

  void save(Node& node) {
    ::kill(node.pid, SIGCONT);
    const auto deadline = start_deadline();
    while (true) {
      const auto reply = ask(node, {{"SAVE"}}, deadline);
      if (reply && (*reply)[0] == "+OK") return;
      const bool already_saving = reply && (*reply)[0].find("in progress") != std::string::npos;
      if (!already_saving || Clock::now() >= deadline) {
        fail(node, "did not save its data: " + (reply ? (*reply)[0] : std::string("no answer")));
      }
      std::this_thread::sleep_for(poll_pause);
    }
  }

  void restart(Node& node, bool keep_data) {
    if (keep_data && alive(node)) save(node);
    end(node);
    if (!keep_data) {
      fs::remove_all(node.folder);
      fs::create_directory(node.folder);
    }
    start({&node}, start_deadline(), false);
  }

  void wait_for_replication(std::chrono::milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    struct Goal {
      Node* slave;
      long long offset;
    };
    std::vector<Goal> goals;
    for (Node& slave : nodes) {
      if (!runs(slave)) continue;
      const auto info = ask(slave, {{"INFO", "replication"}}, deadline);
      if (!info) fail(slave, "does not answer");
      if (info_field((*info)[0], "role") != "slave") continue;
      const std::string_view port = info_field((*info)[0], "master_port");
      const auto master = std::find_if(nodes.begin(), nodes.end(),
                                       [port](const Node& node) { return std::to_string(node.place.port) == port; });
      if (master == nodes.end() || !runs(*master)) continue;
      const auto of_master = ask(*master, {{"INFO", "replication"}}, deadline);
      if (!of_master) fail(*master, "does not answer");
      goals.push_back({&slave, offset((*of_master)[0], "master_repl_offset")});
    }
    while (true) {
      std::erase_if(goals, [&](const Goal& goal) {
        const auto info = ask(*goal.slave, {{"INFO", "replication"}}, deadline);
        return info && info_field((*info)[0], "master_link_status") == "up" &&
               offset((*info)[0], "slave_repl_offset") >= goal.offset;
      });
      if (goals.empty()) return;
      if (Clock::now() >= deadline) fail(*goals.front().slave, "has not caught up with its master in time");
      std::this_thread::sleep_for(poll_pause);
    }
  }

  static long long offset(std::string_view info, std::string_view name) {
    return std::strtoll(std::string(info_field(info, name)).c_str(), nullptr, 10);
  }
};

LocalCluster::LocalCluster(LocalClusterOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  try {
    impl_->start_all();
  } catch (const LocalClusterError&) {
    throw;
  } catch (const std::exception& error) {
    throw LocalClusterError(std::string("cannot start a cluster: ") + error.what());
  }
}

LocalCluster::~LocalCluster() = default;
LocalCluster::LocalCluster(LocalCluster&& other) noexcept = default;
LocalCluster& LocalCluster::operator=(LocalCluster&& other) noexcept = default;

bool LocalCluster::available() {
  try {
    find_program({});
    return true;
  } catch (const LocalClusterError&) {
    return false;
  }
}

const ClusterConfig& LocalCluster::config() const noexcept {
  return impl_->config;
}

ClusterConfig LocalCluster::tls_config() const {
  if (impl_->options.tls_arguments.empty()) throw LocalClusterError("LocalClusterOptions::tls_arguments is empty");
  ClusterConfig config = impl_->config;
  for (const Node& node : impl_->nodes) {
    NodeConfig& server = config.nodes.at(node.name);
    server.port = node.tls_place.port;
    server.unix_socket_path.clear();
    server.tls = true;
  }
  return config;
}

const std::string& LocalCluster::folder() const noexcept {
  return impl_->folder;
}

void LocalCluster::kill(std::string_view name) {
  impl_->require_owner();
  const std::lock_guard lock(impl_->mutex);
  Impl::end(impl_->find(name));
}

void LocalCluster::stop(std::string_view name) {
  impl_->require_owner();
  const std::lock_guard lock(impl_->mutex);
  Node& node = impl_->find_alive(name);
  while (true) {
    ::kill(node.pid, SIGSTOP);
    if (is_stopped(node.pid)) return;
    if (!Impl::alive(node)) fail(node, "ended while it was being stopped");
    std::this_thread::sleep_for(poll_pause);
  }
}

void LocalCluster::resume(std::string_view name) {
  impl_->require_owner();
  const std::lock_guard lock(impl_->mutex);
  ::kill(impl_->find_alive(name).pid, SIGCONT);
}

void LocalCluster::restart(std::string_view name, RestartOptions options) {
  impl_->require_owner();
  const std::lock_guard lock(impl_->mutex);
  impl_->restart(impl_->find(name), options.keep_data);
}

bool LocalCluster::is_alive(std::string_view name) const {
  impl_->require_owner();
  const std::lock_guard lock(impl_->mutex);
  return Impl::alive(impl_->find(name));
}

pid_t LocalCluster::pid(std::string_view name) const {
  impl_->require_owner();
  const std::lock_guard lock(impl_->mutex);
  return impl_->find_alive(name).pid;
}

std::string LocalCluster::log(std::string_view name) const {
  return read_file(impl_->find(name).log_file);  // neither changes once the cluster is up
}

void LocalCluster::wait_for_replication(std::chrono::milliseconds timeout) {
  impl_->require_owner();
  const std::lock_guard lock(impl_->mutex);
  impl_->wait_for_replication(timeout);
}

}  // namespace testing
}  // namespace v0_1
}  // namespace rediscluster
