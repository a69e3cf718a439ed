#include <rediscluster/encryption.h>

namespace rediscluster {
inline namespace v0_1 {

// The destructors are the key functions, as those of exceptions are.
ByteTransform::~ByteTransform() = default;
Encryption::~Encryption() = default;

}  // namespace v0_1
}  // namespace rediscluster
