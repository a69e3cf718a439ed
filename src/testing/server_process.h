// Starting and ending child processes, so that none outlives this process.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace rediscluster {
inline namespace v0_1 {
namespace testing {

/** The path of an executable: name itself when it holds a slash, else the first one found in PATH. */
std::optional<std::string> find_executable(std::string_view name);

struct SpawnOptions {
  std::string program;
  /** Without the program's own name. */
  std::vector<std::string> arguments = {};
  /** The child's standard input; -1: /dev/null. */
  int input = -1;
  /** File that standard output and error are appended to. */
  std::string output = "/dev/null";
  /** Process group to join; 0: a new one, of which the child is leader. */
  pid_t group = 0;
};

/** Starts a child with default signal handling and none of our other descriptors. Throws LocalClusterError. */
pid_t spawn(const SpawnOptions& options);

/** Whether a child has ended; it is reaped then and how it ended is told ("exit status 1", "signal 9"). */
std::optional<std::string> try_reap(pid_t pid);
/** Waits for the end of a child and reaps it. */
void reap(pid_t pid) noexcept;
/** Whether a process is stopped, as by SIGSTOP. */
bool is_stopped(pid_t pid);

/** Two small processes that wait for our end. One is leader of the process group to which servers are added as they
    are spawned, so that no server exists that is not known; the other then kills that group and removes folder. What
    they wait for is the end of a pipe that only we hold open: the kernel closes it whatever we die of, which
    PR_SET_PDEATHSIG would take for the end of the thread that spawned. fork() children close it at once. */
class Watchdog {
 public:
  explicit Watchdog(const std::string& folder);
  /** Kills what is in the group; folder is the owner's to remove, before this is destroyed. */
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  pid_t group() const noexcept { return leader_; }

 private:
  void end() noexcept;

  pid_t owner_;
  int lifeline_ = -1;
  pid_t leader_ = -1;
  pid_t cleaner_ = -1;
};

}  // namespace testing
}  // namespace v0_1
}  // namespace rediscluster
