// SHA-1, by which servers name scripts. Not for anything that must be safe from an attacker.
#pragma once

#include <string>
#include <string_view>

namespace rediscluster::protocol {

/** The SHA-1 of any bytes (FIPS 180-4), as 40 hex digits in lower case. */
std::string sha1_hex(std::string_view bytes);

}  // namespace rediscluster::protocol
