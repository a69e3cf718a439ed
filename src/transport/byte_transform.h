// Makes what stands between a connection's plain bytes and the bytes on its socket. Plain connections have none.
#pragma once

#include <functional>
#include <memory>

#include <rediscluster/encryption.h>

namespace rediscluster::transport {

/** Makes the transform of each new connection; may be empty. */
using ByteTransformFactory = std::function<std::unique_ptr<ByteTransform>()>;

}  // namespace rediscluster::transport
