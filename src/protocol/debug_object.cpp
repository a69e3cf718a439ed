#include <rediscluster/commands/server.h>

#include "protocol/read_fields.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {

using protocol::FieldOf;
using protocol::into;

constexpr FieldOf<DebugObject> fields[] = {
    {"at", into<&DebugObject::at>},
    {"refcount", into<&DebugObject::refcount>},
    {"encoding", into<&DebugObject::encoding>},
    {"serializedlength", into<&DebugObject::serializedlength>},
    {"lru", into<&DebugObject::lru>},
    {"lru_seconds_idle", into<&DebugObject::lru_seconds_idle>},
};

}  // namespace

// "Value at:0x7f... refcount:1 encoding:embstr ..."
DebugObject Decoder<DebugObject>::decode(TapeView reply) {
  DebugObject object;
  protocol::read_words<DebugObject>(object, detail::decode_text(reply), ':', fields);
  return object;
}

}  // namespace v0_1
}  // namespace rediscluster
