#include "transport/call.h"

#include "transport/lane.h"

namespace rediscluster::transport {

Call::~Call() {
  if (lane_ != nullptr && !waited_) lane_->give_up(*this);
}

}  // namespace rediscluster::transport
