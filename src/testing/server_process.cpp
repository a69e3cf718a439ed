#include "testing/server_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <mutex>
#include <pthread.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <system_error>

#include <rediscluster/testing/local_cluster.h>

#include "testing/unique_fd.h"

extern char** environ;

namespace rediscluster {
inline namespace v0_1 {
namespace testing {
namespace {

std::string error_text(int error) {
  return std::generic_category().message(error);
}

bool is_executable(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::string describe(int status) {
  if (WIFEXITED(status)) return "exit status " + std::to_string(WEXITSTATUS(status));
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return "status " + std::to_string(status);
}

/** posix_spawn's two argument objects, released when done. */
struct SpawnSettings {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnSettings() {
    if (posix_spawn_file_actions_init(&files) != 0) throw LocalClusterError("posix_spawn: out of memory");
    if (posix_spawnattr_init(&attributes) != 0) {
      posix_spawn_file_actions_destroy(&files);
      throw LocalClusterError("posix_spawn: out of memory");
    }
  }
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

// The lifelines of all watchdogs. A fork() child would keep them open beyond our end, so it closes its copies; the lock
// is held over fork() so that the list is whole in the child. Never destroyed: a child may be forked during exit.
struct Lifelines {
  std::mutex mutex;
  std::vector<int> fds;
};

Lifelines& lifelines() {
  static Lifelines* const all = [] {
    static Lifelines* instance = new Lifelines;
    pthread_atfork([] { instance->mutex.lock(); }, [] { instance->mutex.unlock(); },
                   [] {
                     for (const int fd : instance->fds) ::close(fd);
                     instance->fds.clear();
                     instance->mutex.unlock();
                   });
    return instance;
  }();
  return *all;
}

constexpr const char* ignore_signals = "trap '' HUP INT QUIT TERM; ";

}  // namespace

std::optional<std::string> find_executable(std::string_view name) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    std::string path(name);
    if (is_executable(path)) return path;
    return std::nullopt;
  }
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable ? variable : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    std::string path = (folder.empty() ? "." : std::string(folder)) + "/" + std::string(name);
    if (is_executable(path)) return path;
  }
  return std::nullopt;
}

pid_t spawn(const SpawnOptions& options) {
  SpawnSettings settings;
  int error = 0;
  const auto check = [&error](int result) {
    if (error == 0) error = result;
  };
  auto* const files = &settings.files;
  // Input comes first: were its descriptor 1 or 2, the next lines would overwrite it.
  if (options.input >= 0) {
    check(posix_spawn_file_actions_adddup2(files, options.input, 0));
  } else {
    check(posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0));
  }
  check(posix_spawn_file_actions_addopen(files, 1, options.output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
  check(posix_spawn_file_actions_adddup2(files, 1, 2));
#if defined(__GLIBC__) && defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
  check(posix_spawn_file_actions_addclosefrom_np(files, 3));
#endif
#endif
  sigset_t none;
  sigset_t every;
  sigemptyset(&none);
  sigfillset(&every);
  auto* const attributes = &settings.attributes;
  check(posix_spawnattr_setsigmask(attributes, &none));
  check(posix_spawnattr_setsigdefault(attributes, &every));
  check(posix_spawnattr_setpgroup(attributes, options.group));
  check(posix_spawnattr_setflags(
      attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP)));

  std::vector<std::string> words{options.program};
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  pid_t pid = -1;
  if (error == 0) error = ::posix_spawn(&pid, options.program.c_str(), files, attributes, argv.data(), environ);
  if (error != 0) throw LocalClusterError("cannot start " + options.program + ": " + error_text(error));
  return pid;
}

std::optional<std::string> try_reap(pid_t pid) {
  int status = 0;
  const pid_t result = ::waitpid(pid, &status, WNOHANG);
  if (result == pid) return describe(status);
  // Reaped by somebody else's wait(), or SIGCHLD is ignored.
  if (result < 0 && errno == ECHILD) return "unknown status";
  return std::nullopt;
}

void reap(pid_t pid) noexcept {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
}

bool is_stopped(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');
  return name_end != std::string::npos && name_end + 2 < text.size() && text[name_end + 2] == 'T';
}

Watchdog::Watchdog(const std::string& folder) : owner_(::getpid()) {
  Lifelines& all = lifelines();
  UniqueFd waiting_end;
  {
    const std::lock_guard lock(all.mutex);
    all.fds.reserve(all.fds.size() + 1);
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw LocalClusterError("pipe: " + error_text(errno));
    waiting_end.reset(ends[0]);
    lifeline_ = ends[1];
    all.fds.push_back(lifeline_);
  }
  try {
    const std::string wait = std::string(ignore_signals) + "read -r _; ";
    leader_ = spawn({.program = "/bin/sh", .arguments = {"-c", wait}, .input = waiting_end.get()});
    // Killed processes take a moment to vanish, and may create a file until then. In a container whose init does not
    // reap, they never do: hence the bound.
    const std::string clean = wait +
                              "PATH=/usr/bin:/bin; i=0; "
                              "while kill -s KILL -- \"-$1\" 2>/dev/null && [ $i -lt 50 ]; "
                              "do i=$((i+1)); sleep 0.02; done; rm -rf -- \"$2\"";
    cleaner_ = spawn({.program = "/bin/sh",
                      .arguments = {"-c", clean, "rediscluster-watchdog", std::to_string(leader_), folder},
                      .input = waiting_end.get()});
  } catch (...) {
    end();
    throw;
  }
}

Watchdog::~Watchdog() {
  if (::getpid() == owner_) end();  // in a fork() child the lifeline is closed already
}

void Watchdog::end() noexcept {
  if (leader_ > 0) {
    ::kill(-leader_, SIGKILL);
    reap(leader_);
  }
  if (cleaner_ > 0) {
    ::kill(cleaner_, SIGKILL);
    reap(cleaner_);
  }
  Lifelines& all = lifelines();
  const std::lock_guard lock(all.mutex);
  std::erase(all.fds, lifeline_);
  ::close(lifeline_);
}

}  // namespace testing
}  // namespace v0_1
}  // namespace rediscluster
