// What the tests know of the sanitizer they are built with.
#pragma once

namespace rediscluster::tests {

#if defined(__SANITIZE_THREAD__)
/** ThreadSanitizer ends a child that starts threads when its parent had some: it cannot tell the new ones from the old
    ones, not even with die_after_fork=0. */
constexpr bool thread_sanitizer = true;
#else
constexpr bool thread_sanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/** Everything takes several times as long, and the sanitizer's own memory grows with what is done. */
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

}  // namespace rediscluster::tests
