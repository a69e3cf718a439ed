#include "transport/call.h"

#include <utility>

#include "transport/lane.h"
#include "transport/link.h"

namespace rediscluster::transport {

Call::~Call() {
  if (lane_ != nullptr && !waited_) lane_->give_up(*this);
  if (own_lane_ != nullptr) link_->give_back(std::move(own_lane_));
}

}  // namespace rediscluster::transport
