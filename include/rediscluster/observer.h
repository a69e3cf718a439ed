// Being told what a client does, for metrics and logs: Options::observer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <rediscluster/export.h>
#include <rediscluster/topology.h>

namespace rediscluster {
inline namespace v0_1 {

namespace detail {
class Observation;
}

/** How a command, or a pipeline's share of a node, ended. */
enum class Outcome {
  ok,                ///< the server has answered, and not with an error
  error_reply,       ///< the server has answered with an error; of a pipeline, its first reply
  connection_error,  ///< ConnectionError and what is derived from it
  timeout,           ///< TimeoutError
  other_error        ///< InvalidResponse, say
};

// The texts of events are valid during the call only. None holds a password, a key or a value.

/** What one server was asked, and how it ended. A command over several nodes is one of these for each. */
struct CommandEvent {
  std::string_view command;  ///< as it was sent, "GET"; of a pipeline's share its first one
  std::size_t commands = 1;  ///< how many: more than one for a pipeline, a transaction, or many reads of one call
  std::string_view node;     ///< node_1 ...; empty for a StrictRedis made alone
  std::string_view server;   ///< name of the server that was asked last
  ServerRole role = ServerRole::unknown;
  std::chrono::nanoseconds latency{0};  ///< from being asked for to the end, retries included
  std::size_t sent = 0;                 ///< bytes of the request
  std::size_t received = 0;             ///< bytes of text in the replies
  Outcome outcome = Outcome::ok;
  std::string_view error;  ///< of an error reply its first word, "WRONGTYPE"; else the exception's text
};

/** A connection was made, or is no more. Attempts that fail are none of these. */
struct ConnectionEvent {
  std::string_view server;
  std::string_view host;
  int port = 0;
  bool up = false;
  std::string_view reason;  ///< why it was lost; empty when we have closed it
};

/** A command is tried again: on the same server, or, when they differ, on another of the node's (fail-over). */
struct RetryEvent {
  std::string_view command;
  std::string_view node;
  std::string_view from;    ///< server that failed
  std::string_view to;      ///< server that is asked next; empty when that is decided later, after a pause
  std::string_view reason;  ///< text of the error
};

/** Another server takes the writes of a node from now on. */
struct PromotionEvent {
  std::string_view node;
  std::string_view from;  ///< empty when there was none
  std::string_view to;
};

/** To be derived from. Events come in the threads that call the client, while no lock is held, so the client may be
    used from here (which makes events of its own); they come from many threads at once, and hold up the call that they
    belong to. Exceptions go no further: they are counted. */
class REDISCLUSTER_API Observer {
 public:
  Observer();
  virtual ~Observer();
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  virtual void on_command(const CommandEvent& /*event*/) {}
  /** Told in the thread of some call soon after; of connections that are closed with the last handle of a client only
      if another client with the same observer goes on. At most 1,000 are kept until then. */
  virtual void on_connection(const ConnectionEvent& /*event*/) {}
  virtual void on_retry(const RetryEvent& /*event*/) {}
  /** Own writes before this moment are not read back with certainty any more: see ReadYourWrites. */
  virtual void on_promotion(const PromotionEvent& /*event*/) {}

  /** Exceptions that the functions above have thrown. */
  std::uint64_t exceptions() const noexcept { return exceptions_.load(std::memory_order_relaxed); }

 private:
  friend class detail::Observation;
  struct Pending;

  std::atomic<std::uint64_t> exceptions_{0};
  const std::unique_ptr<Pending> pending_;  // connection events that are still to be told
};

}  // namespace v0_1
}  // namespace rediscluster
