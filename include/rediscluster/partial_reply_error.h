// A command that takes something away has failed on one node, after others had given what it asked for.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include <rediscluster/errors.h>
#include <rediscluster/export.h>
#include <rediscluster/reply.h>

namespace rediscluster {
inline namespace v0_1 {

/** What nodes have already handed out, which no second call would give again, when another node has failed: the entries
    that XREADGROUP has delivered. maybe_executed() is true. */
class REDISCLUSTER_API PartialReplyError : public ConnectionError {
 public:
  PartialReplyError(const std::string& what, Reply reply, std::exception_ptr cause)
      : ConnectionError(what, true), reply_(std::move(reply)), cause_(std::move(cause)) {}
  ~PartialReplyError() override;

  /** The reply as the command would have given it, had the other nodes had nothing: decode<T>(error.reply().view())
     makes a value of it. */
  const Reply& reply() const noexcept { return reply_; }
  /** What has gone wrong. */
  const std::exception_ptr& cause() const noexcept { return cause_; }

 private:
  Reply reply_;
  std::exception_ptr cause_;
};

}  // namespace v0_1
}  // namespace rediscluster
