#include "transport/backoff.h"

namespace rediscluster::transport {

std::uint32_t random_bits() noexcept {
  thread_local std::uint64_t state = 0;
  if (state == 0) {
    state =
        static_cast<std::uint64_t>(Clock::now().time_since_epoch().count()) ^ reinterpret_cast<std::uintptr_t>(&state);
  }
  // splitmix64
  std::uint64_t z = state += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
}

}  // namespace rediscluster::transport
