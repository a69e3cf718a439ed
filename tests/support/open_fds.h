// Counting open file descriptors, for tests that nothing leaks.
#pragma once

#include <cstddef>
#include <filesystem>

namespace rediscluster::tests {

/** How many file descriptors this process has open. Other threads may change it at any time. */
inline std::size_t open_fds() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count - 1;  // the directory itself was open
}

}  // namespace rediscluster::tests
