#include "fault/watch.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <execinfo.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <malloc.h>
#include <random>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/sanitizers.h"

namespace rediscluster::tests {

namespace {

using namespace std::chrono_literals;

void print_stack(int) {
  constexpr int most = 64;
  void* frames[most];
  ::backtrace_symbols_fd(frames, ::backtrace(frames, most), STDERR_FILENO);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, "\n", 1);
}

// One thread after the other, so that their stacks do not mix.
void print_all_stacks() {
  std::signal(SIGUSR2, print_stack);
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    const std::string id = entry.path().filename();
    std::fprintf(stderr, "thread %s:\n", id.c_str());
    ::syscall(SYS_tgkill, ::getpid(), std::atoi(id.c_str()), SIGUSR2);
    std::this_thread::sleep_for(50ms);
  }
}

constexpr auto work = sanitized ? 6ms : 2ms;  // more than the end of a call takes

Clock::duration cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// Computes for that long, and tells how much longer it took.
Clock::duration slowdown_of(Clock::duration time) {
  const auto begin = Clock::now();
  const auto cpu_begin = cpu_time();
  while (cpu_time() - cpu_begin < time) {
  }
  return Clock::now() - begin - (cpu_time() - cpu_begin);
}

}  // namespace

long long from_environment(const char* name, long long otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::atoll(text) : otherwise;
}

unsigned fault_seed() {
  static const unsigned seed = [] {
    const auto chosen = static_cast<unsigned>(from_environment("REDISCLUSTER_FAULT_SEED", std::random_device()()));
    std::cout << "REDISCLUSTER_FAULT_SEED=" << chosen << std::endl;
    return chosen;
  }();
  return seed;
}

Watchdog::Watchdog(Clock::duration limit) : limit_(limit), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  over_.notify_all();
  thread_.join();
}

Watchdog::Post& Watchdog::new_post() {
  const std::lock_guard lock(mutex_);
  return posts_.emplace_back();
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!over_.wait_for(lock, 200ms, [this] { return ending_; })) {
    const auto now = Clock::now();
    for (const Post& post : posts_) {
      const Clock::rep since = post.since_.load();
      if (since == 0 || now - Clock::time_point(Clock::duration(since)) < limit_) continue;
      std::fprintf(stderr, "a thread hangs in a call; all threads:\n");
      print_all_stacks();
      std::abort();
    }
  }
}

SchedulingDelay::SchedulingDelay() {
  for (int i = 0; i < 2; ++i) {
    threads_.emplace_back([this] {
      while (!ending_) {
        const auto due = Clock::now() + 20ms;
        std::this_thread::sleep_until(due);
        const Clock::rep late = (Clock::now() - due + slowdown_of(work)).count();
        Clock::rep largest = largest_;
        while (late > largest && !largest_.compare_exchange_weak(largest, late)) {
        }
      }
    });
  }
}

SchedulingDelay::~SchedulingDelay() {
  ending_ = true;
  for (std::thread& thread : threads_) thread.join();
}

std::size_t allocated_bytes() {
  if (sanitized) return 0;
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace rediscluster::tests
