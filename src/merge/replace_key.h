// Replacing a key, whatever it was, by a new value in one step on its node.
#pragma once

#include <span>
#include <string_view>

#include "merge/plan.h"

namespace rediscluster::merge {

/** Makes `key` hold just `values`, added by `command` ("SADD", "RPUSH"), without an expiry. No reader ever sees it
    missing or half filled. No values: the key is deleted.

    A small value is written in one transaction. A large one is first built under a random temporary key that expires by
    itself should this process die, and then renamed. */
void replace_key(PartRunner& runner, Place node, std::string_view key, std::string_view command,
                 std::span<const std::string_view> values);

}  // namespace rediscluster::merge
