// Random choices that are the same for the same seed on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace rediscluster::oracle {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /** 0 ... n - 1 */
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class Range>
  const auto& pick(const Range& range) {
    return *(std::begin(range) + static_cast<std::ptrdiff_t>(below(std::size(range))));
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace rediscluster::oracle
