// What a command's result is in each executor: the value itself, one per node, or queued.
#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <rediscluster/command.h>
#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/export.h>
#include <rediscluster/reply.h>
#include <rediscluster/tape.h>

namespace rediscluster {
inline namespace v0_1 {

/** Marks a result that one server gives once and a cluster once a node: T there, node name -> T here. */
template <class T>
struct PerNode;

namespace detail {
template <class T>
struct ClusterValueOf {
  using type = T;
};
template <class T>
struct ClusterValueOf<PerNode<T>> {
  using type = std::map<std::string, T>;
};
template <class T>
struct SingleValueOf {
  using type = T;
};
template <class T>
struct SingleValueOf<PerNode<T>> {
  using type = T;
};

/** What a queued command becomes when its pipeline is executed: a reply on a tape that is shared with others, or an
    exception. */
struct QueuedReply {
  std::shared_ptr<const Tape> tape;
  std::size_t node = 0;
  std::exception_ptr error;
  std::string command;
};
/** The reply; throws its error, or DataError when the pipeline has not been executed. */
REDISCLUSTER_API TapeView value_of(const QueuedReply& queued);
/** Throws InvalidResponse anew, with the name of the command. To be called in a catch block only. */
[[noreturn]] REDISCLUSTER_API void rethrow_misfit(const InvalidResponse& error, std::string_view command);

/** The value of a reply; a misfit names the command. */
template <class T>
T decode_reply(TapeView reply, std::string_view command) {
  try {
    return decode<T>(reply);
  } catch (const InvalidResponse& error) {
    rethrow_misfit(error, command);
  }
}
/** The same for a tape that is not needed any more: a Reply takes it over and copies nothing. */
template <class T>
T decode_reply(Tape&& tape, const Command& command) {
  if constexpr (std::same_as<T, Reply>) {
    return Reply(std::move(tape));
  } else {
    try {
      return decode<T>(TapeView(tape, 0));
    } catch (const InvalidResponse& error) {
      rethrow_misfit(error, command.name());
    }
  }
}
}  // namespace detail

template <class T>
using ClusterValue = typename detail::ClusterValueOf<T>::type;
template <class T>
using SingleValue = typename detail::SingleValueOf<T>::type;

/** The result of a command in a pipeline. */
template <class T>
class Queued {
 public:
  explicit Queued(std::shared_ptr<const detail::QueuedReply> reply) noexcept : reply_(std::move(reply)) {}

  /** The command's result, decoded anew at each call. Throws the error this one command met, whatever became of the
      others; DataError before execute(). */
  T get() const {
    const TapeView reply = detail::value_of(*reply_);
    if constexpr (std::same_as<T, Reply>) {
      return Reply(reply_->tape, reply_->node);
    } else {
      return detail::decode_reply<T>(reply, reply_->command);
    }
  }

 private:
  std::shared_ptr<const detail::QueuedReply> reply_;
};

template <class T>
using QueuedValue = Queued<ClusterValue<T>>;

}  // namespace v0_1
}  // namespace rediscluster
