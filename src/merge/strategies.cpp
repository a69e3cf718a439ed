#include "merge/strategies.h"

#include <algorithm>

#include "merge/copied_strings.h"
#include "merge/first_nonempty.h"
#include "merge/hyperloglog.h"
#include "merge/lcs.h"
#include "merge/random_key.h"
#include "merge/read_streams.h"
#include "merge/set_algebra.h"
#include "merge/sort.h"

namespace rediscluster::merge {

namespace {

// In the order of their names.
constexpr Strategy strategies[] = {
    {.command = "BITOP", .run = run_on_copies},
    {.command = "LCS", .plan = plan_lcs},
    {.command = "LMPOP", .run = pop_first_nonempty},
    {.command = "PFCOUNT", .plan = plan_pfcount},
    {.command = "PFMERGE", .run = run_on_copies},
    {.command = "RANDOMKEY", .run = random_key},
    {.command = "SDIFF", .plan = plan_set_algebra},
    {.command = "SDIFFSTORE", .run = store_set_algebra},
    {.command = "SINTER", .plan = plan_set_algebra},
    {.command = "SINTERSTORE", .run = store_set_algebra},
    {.command = "SORT", .run = sort},
    {.command = "SORT_RO", .run = sort},
    {.command = "SUNION", .plan = plan_set_algebra},
    {.command = "SUNIONSTORE", .run = store_set_algebra},
    {.command = "XREAD", .plan = plan_read_streams},
    {.command = "XREADGROUP", .run = read_streams_of_group},
    {.command = "ZMPOP", .run = pop_first_nonempty},
};
static_assert(std::ranges::is_sorted(strategies, {}, &Strategy::command));

}  // namespace

const Strategy* strategy_of(std::string_view command) noexcept {
  const auto found = std::ranges::lower_bound(strategies, command, {}, &Strategy::command);
  return found != std::end(strategies) && found->command == command ? found : nullptr;
}

}  // namespace rediscluster::merge
