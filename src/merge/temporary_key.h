// Keys that are made on a server for the steps of one command only.
#pragma once

#include <chrono>
#include <string>

namespace rediscluster::merge {

/** How long a temporary key lives should this process die, unless it is renewed. Every one is made with it in the same
    transaction, so that none is left behind for ever. */
inline constexpr std::chrono::milliseconds temporary_lifetime = std::chrono::seconds(60);

/** A name that nobody else uses: 128 random bits. */
std::string temporary_name();

}  // namespace rediscluster::merge
