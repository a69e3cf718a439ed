// What the library is held to already. A feature that is being built is switched on here, and its tests run from then.
#pragma once

namespace rediscluster::tests {

/** A client follows a promotion that happens while it runs. */
inline constexpr bool follows_promotion = true;
/** Reads see own writes however far the slaves are behind, and not only for a second. */
inline constexpr bool confirms_own_writes = true;

}  // namespace rediscluster::tests
