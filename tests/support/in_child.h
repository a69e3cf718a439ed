// Work that is done in a forked child.
#pragma once

#include <cstdio>
#include <exception>
#include <sys/wait.h>
#include <unistd.h>

namespace rediscluster::tests {

/** Runs `check` in a forked child, which is ended should it hang; whether it returned true there. */
template <class F>
bool in_child(F check) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(30);
    bool right = false;
    try {
      right = check();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "in the child: %s\n", error.what());
    }
    ::_exit(right ? 0 : 1);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace rediscluster::tests
