// What the library throws: redis-py's names and inheritance.
//
//   RedisError
//     ConnectionError          no answer: the server cannot be reached, or the connection broke
//       AuthenticationError    the server did not accept our log-in
//       BusyLoadingError       the server is still loading its data
//       PartialReplyError      a node has failed after others had given something (partial_reply_error.h)
//     TimeoutError             no answer within the deadline
//     InvalidResponse          an answer that is not RESP, or does not fit the type that was asked for
//     ResponseError            the server's own error reply
//       NoScriptError ExecAbortError ReadOnlyError NoPermissionError
//     DataError                a mistake of the caller, found before anything was sent
//     PubSubError WatchError KeyError
//     LockError
//       LockNotOwnedError
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** Base of all exceptions of this library. */
class REDISCLUSTER_API RedisError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~RedisError() override;
};

/** A failure on the way to a server or back. No message holds a value or a password. */
class REDISCLUSTER_API ConnectionError : public RedisError {
 public:
  explicit ConnectionError(const std::string& what, bool maybe_executed = false)
      : RedisError(what), maybe_executed_(maybe_executed) {}
  ~ConnectionError() override;

  /** True when the server may have run the command although no reply came; false when it certainly did not. */
  bool maybe_executed() const noexcept { return maybe_executed_; }

 private:
  bool maybe_executed_;
};

/** WRONGPASS, NOAUTH, or another refusal of our credentials. */
class REDISCLUSTER_API AuthenticationError : public ConnectionError {
 public:
  using ConnectionError::ConnectionError;
  ~AuthenticationError() override;
};

/** LOADING: the server reads its data set and runs nothing yet. */
class REDISCLUSTER_API BusyLoadingError : public ConnectionError {
 public:
  using ConnectionError::ConnectionError;
  ~BusyLoadingError() override;
};

/** The deadline of a call has passed. Its message names the node and how long was waited. */
class REDISCLUSTER_API TimeoutError : public RedisError {
 public:
  explicit TimeoutError(const std::string& what, bool maybe_executed = false)
      : RedisError(what), maybe_executed_(maybe_executed) {}
  ~TimeoutError() override;

  /** True when the server may have run the command, or may yet run it. */
  bool maybe_executed() const noexcept { return maybe_executed_; }

 private:
  bool maybe_executed_;
};

/** What came is not a reply, breaks a bound on replies, or does not fit the type the caller asked for. */
class REDISCLUSTER_API InvalidResponse : public RedisError {
 public:
  using RedisError::RedisError;
  ~InvalidResponse() override;
};

/** The server answered with an error. what() begins with the server's text, "WRONGTYPE Operation against ...". */
class REDISCLUSTER_API ResponseError : public RedisError {
 public:
  explicit ResponseError(const std::string& text, const std::string& command = {}, const std::string& node = {});
  ~ResponseError() override;

  /** The server's own text. */
  std::string_view text() const noexcept { return std::string_view(what()).substr(0, text_size_); }
  /** Its first word: WRONGTYPE, OOM, ERR ... */
  std::string_view prefix() const noexcept;
  /** Name of the command, upper case, without arguments. */
  const std::string& command() const noexcept { return command_; }
  /** Name of the node that answered. */
  const std::string& node() const noexcept { return node_; }

 private:
  std::size_t text_size_;
  std::string command_;
  std::string node_;
};

/** NOSCRIPT: EVALSHA of a script the server does not have. */
class REDISCLUSTER_API NoScriptError : public ResponseError {
 public:
  using ResponseError::ResponseError;
  ~NoScriptError() override;
};

/** EXECABORT: a command of the transaction was refused when it was queued; nothing was run. */
class REDISCLUSTER_API ExecAbortError : public ResponseError {
 public:
  using ResponseError::ResponseError;
  ~ExecAbortError() override;
};

/** READONLY: a write reached a server that is a slave. */
class REDISCLUSTER_API ReadOnlyError : public ResponseError {
 public:
  using ResponseError::ResponseError;
  ~ReadOnlyError() override;
};

/** NOPERM: the ACL of our user forbids it. */
class REDISCLUSTER_API NoPermissionError : public ResponseError {
 public:
  using ResponseError::ResponseError;
  ~NoPermissionError() override;
};

/** A mistake in the configuration, in an argument, or a command that cannot be what was asked for: keys on several
    nodes where one is needed, say. Nothing was sent. */
class REDISCLUSTER_API DataError : public RedisError {
 public:
  using RedisError::RedisError;
  ~DataError() override;
};

/** Misuse of a subscription. */
class REDISCLUSTER_API PubSubError : public RedisError {
 public:
  using RedisError::RedisError;
  ~PubSubError() override;
};

/** A watched key changed before the transaction ran; nothing was run. */
class REDISCLUSTER_API WatchError : public RedisError {
 public:
  using RedisError::RedisError;
  ~WatchError() override;
};

/** r["key"] of a key that does not exist. */
class REDISCLUSTER_API KeyError : public RedisError {
 public:
  using RedisError::RedisError;
  ~KeyError() override;
};

/** A lock could not be acquired or released. */
class REDISCLUSTER_API LockError : public RedisError {
 public:
  using RedisError::RedisError;
  ~LockError() override;
};

/** A lock that someone else holds by now. */
class REDISCLUSTER_API LockNotOwnedError : public LockError {
 public:
  using LockError::LockError;
  ~LockNotOwnedError() override;
};

}  // namespace v0_1
}  // namespace rediscluster
