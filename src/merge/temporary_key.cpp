#include "merge/temporary_key.h"

#include <random>
#include <string_view>

namespace rediscluster::merge {

std::string temporary_name() {
  std::random_device random;
  std::string name = "rediscluster:tmp:";
  constexpr std::string_view digits = "0123456789abcdef";
  for (int word = 0; word < 4; ++word) {
    for (unsigned bits = random(), i = 0; i < 8; ++i, bits >>= 4) name += digits[bits & 0xfU];
  }
  return name;
}

}  // namespace rediscluster::merge
