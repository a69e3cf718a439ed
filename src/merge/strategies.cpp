#include "merge/strategies.h"

#include <algorithm>

#include "merge/move_element.h"
#include "merge/move_key.h"
#include "merge/random_key.h"
#include "merge/set_algebra.h"
#include "merge/set_if_none.h"

namespace rediscluster::merge {

namespace {

// In the order of their names.
constexpr Strategy strategies[] = {
    {.command = "COPY", .run = move_key},
    {.command = "LMOVE", .run = move_list_element},
    {.command = "MSETNX", .run = set_if_none},
    {.command = "RANDOMKEY", .run = random_key},
    {.command = "RENAME", .run = move_key},
    {.command = "RENAMENX", .run = move_key},
    {.command = "RPOPLPUSH", .run = move_list_element},
    {.command = "SDIFF", .plan = plan_set_algebra},
    {.command = "SDIFFSTORE", .run = store_set_algebra},
    {.command = "SINTER", .plan = plan_set_algebra},
    {.command = "SINTERSTORE", .run = store_set_algebra},
    {.command = "SMOVE", .run = move_set_member},
    {.command = "SUNION", .plan = plan_set_algebra},
    {.command = "SUNIONSTORE", .run = store_set_algebra},
};
static_assert(std::ranges::is_sorted(strategies, {}, &Strategy::command));

}  // namespace

const Strategy* strategy_of(std::string_view command) noexcept {
  const auto found = std::ranges::lower_bound(strategies, command, {}, &Strategy::command);
  return found != std::end(strategies) && found->command == command ? found : nullptr;
}

}  // namespace rediscluster::merge
