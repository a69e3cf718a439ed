// Replacing a key, whatever it was, by a new value in one step on its node.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include <rediscluster/command.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** Makes `key` hold just `values`, added by `command` ("SADD", "RPUSH"), without an expiry. No reader ever sees it
    missing or half filled. No values: the key is deleted.

    A small value is written in one transaction. A large one is first built under a random temporary key that expires by
    itself should this process die, and then renamed. */
void replace_key(PartRunner& runner, Place node, std::string_view key, std::string_view command,
                 std::span<const std::string_view> values);

/** Appends value i, of whatever words it has: score and member for ZADD. May be asked for the same one twice. */
using AppendValue = std::function<void(Command&, std::size_t i)>;

/** The same with `count` values that need not lie in memory one by one. */
void replace_key(PartRunner& runner, Place node, std::string_view key, std::string_view command, std::size_t count,
                 const AppendValue& append);

}  // namespace rediscluster::merge
