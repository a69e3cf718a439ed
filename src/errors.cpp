#include <rediscluster/errors.h>
#include <rediscluster/partial_reply_error.h>

namespace rediscluster {
inline namespace v0_1 {

// The destructors are the key functions: each class's type information lives here, once.
RedisError::~RedisError() = default;
ConnectionError::~ConnectionError() = default;
AuthenticationError::~AuthenticationError() = default;
BusyLoadingError::~BusyLoadingError() = default;
PartialReplyError::~PartialReplyError() = default;
TimeoutError::~TimeoutError() = default;
InvalidResponse::~InvalidResponse() = default;
ResponseError::~ResponseError() = default;
NoScriptError::~NoScriptError() = default;
ExecAbortError::~ExecAbortError() = default;
ReadOnlyError::~ReadOnlyError() = default;
NoPermissionError::~NoPermissionError() = default;
DataError::~DataError() = default;
PubSubError::~PubSubError() = default;
WatchError::~WatchError() = default;
KeyError::~KeyError() = default;
LockError::~LockError() = default;
LockNotOwnedError::~LockNotOwnedError() = default;

namespace {
std::string describe(const std::string& text, const std::string& command, const std::string& node) {
  std::string what = text;
  if (!command.empty() || !node.empty()) {
    what += " (";
    what += command;
    if (!command.empty() && !node.empty()) what += " on ";
    what += node;
    what += ")";
  }
  return what;
}
}  // namespace

ResponseError::ResponseError(const std::string& text, const std::string& command, const std::string& node)
    : RedisError(describe(text, command, node)), text_size_(text.size()), command_(command), node_(node) {}

std::string_view ResponseError::prefix() const noexcept {
  return text().substr(0, text().find(' '));
}

}  // namespace v0_1
}  // namespace rediscluster
