// What OpenSSL says went wrong.
#pragma once

#include <string>

namespace rediscluster::tls {

/** The reason of the first error that OpenSSL has noted in this thread since its notes were last cleared; clears them.
    "unknown reason" when there is none. */
std::string take_reason();

}  // namespace rediscluster::tls
