#include "merge/strategies.h"

#include <algorithm>

#include "merge/copied_strings.h"
#include "merge/first_nonempty.h"
#include "merge/hyperloglog.h"
#include "merge/lcs.h"
#include "merge/move_element.h"
#include "merge/move_key.h"
#include "merge/random_key.h"
#include "merge/range_store.h"
#include "merge/read_streams.h"
#include "merge/set_algebra.h"
#include "merge/set_if_none.h"
#include "merge/sort.h"
#include "merge/sorted_set_algebra.h"

namespace rediscluster::merge {

namespace {

// In the order of their names.
constexpr Strategy strategies[] = {
    {.command = "BITOP", .run = run_on_copies},
    {.command = "COPY", .run = move_key},
    {.command = "GEORADIUS", .run = store_search},
    {.command = "GEORADIUSBYMEMBER", .run = store_search},
    {.command = "GEOSEARCHSTORE", .run = store_search},
    {.command = "LCS", .plan = plan_lcs},
    {.command = "LMOVE", .run = move_list_element},
    {.command = "LMPOP", .run = pop_first_nonempty},
    {.command = "MSETNX", .run = set_if_none},
    {.command = "PFCOUNT", .plan = plan_pfcount},
    {.command = "PFMERGE", .run = run_on_copies},
    {.command = "RANDOMKEY", .run = random_key},
    {.command = "RENAME", .run = move_key},
    {.command = "RENAMENX", .run = move_key},
    {.command = "RPOPLPUSH", .run = move_list_element},
    {.command = "SDIFF", .plan = plan_set_algebra},
    {.command = "SDIFFSTORE", .run = store_set_algebra},
    {.command = "SINTER", .plan = plan_set_algebra},
    {.command = "SINTERCARD", .plan = plan_sorted_set_algebra, .run = run_sorted_set_algebra},
    {.command = "SINTERSTORE", .run = store_set_algebra},
    {.command = "SMOVE", .run = move_set_member},
    {.command = "SORT", .run = sort},
    {.command = "SORT_RO", .run = sort},
    {.command = "SUNION", .plan = plan_set_algebra},
    {.command = "SUNIONSTORE", .run = store_set_algebra},
    {.command = "XREAD", .plan = plan_read_streams},
    {.command = "XREADGROUP", .run = read_streams_of_group},
    {.command = "ZDIFF", .plan = plan_sorted_set_algebra, .run = run_sorted_set_algebra},
    {.command = "ZDIFFSTORE", .run = store_sorted_set_algebra},
    {.command = "ZINTER", .plan = plan_sorted_set_algebra, .run = run_sorted_set_algebra},
    {.command = "ZINTERCARD", .plan = plan_sorted_set_algebra, .run = run_sorted_set_algebra},
    {.command = "ZINTERSTORE", .run = store_sorted_set_algebra},
    {.command = "ZMPOP", .run = pop_first_nonempty},
    {.command = "ZRANGESTORE", .run = store_range},
    {.command = "ZUNION", .plan = plan_sorted_set_algebra},
    {.command = "ZUNIONSTORE", .run = store_sorted_set_algebra},
};
static_assert(std::ranges::is_sorted(strategies, {}, &Strategy::command));

}  // namespace

const Strategy* strategy_of(std::string_view command) noexcept {
  const auto found = std::ranges::lower_bound(strategies, command, {}, &Strategy::command);
  return found != std::end(strategies) && found->command == command ? found : nullptr;
}

}  // namespace rediscluster::merge
