// Work that is done in a forked child.
#pragma once

#include <cstdio>
#include <exception>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

namespace rediscluster::tests {

/** Runs `work` in a forked child, which is ended should it hang: the exit code it has returned, or called _exit() with;
    nothing when it has ended otherwise. */
template <class F>
std::optional<int> exit_code_of_child(F work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    int code = 1;
    try {
      code = work();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "in the child: %s\n", error.what());
    }
    ::_exit(code);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return std::nullopt;
  return WEXITSTATUS(status);
}

/** Runs `check` in a forked child; whether it returned true there. */
template <class F>
bool in_child(F check) {
  return exit_code_of_child([&] { return check() ? 0 : 1; }) == 0;
}

}  // namespace rediscluster::tests
