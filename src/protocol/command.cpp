#include <cstdlib>
#include <cstring>
#include <new>

#include <rediscluster/command.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

void* move_to_heap(void* from, bool is_inline, std::size_t used, std::size_t capacity) {
  void* const grown = std::realloc(is_inline ? nullptr : from, capacity);
  if (grown == nullptr) throw std::bad_alloc();
  if (is_inline) std::memcpy(grown, from, used);
  return grown;
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
