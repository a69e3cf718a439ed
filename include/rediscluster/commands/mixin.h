// What all command mixins share.
//
// A command is defined once, in a class template over its executor:
//
//   template <class Self, template <class> class R>
//   class SetCommands {
//    public:
//     R<long long> scard(Key name) const { return run<long long>(Command("SCARD").key(name)); }
//
// Self::run<T>(Command) routes and sends it; the executor's R says what the caller gets: the value itself (cluster and
// single server) or Queued<T> (pipeline). Each mixin has a private run() of its own: with a common base, the cast to
// Self would be ambiguous.
//
// Names and order of parameters are redis-py's. What it leaves out unless asked for, is left out here; whether
// arguments go together is for the server to judge. Optional arguments are fields of an options struct, in redis-py's
// order.
#pragma once

#include <concepts>
#include <optional>

#include <rediscluster/arg.h>
#include <rediscluster/arguments.h>
#include <rediscluster/command.h>
#include <rediscluster/key.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** Arguments one by one, f("a", "b"): two or more, so that braces and single values never get here. */
template <class... K>
concept SeveralKeys = sizeof...(K) > 1 && (std::convertible_to<const K&, Key> && ...);
template <class... V>
concept SeveralArgs = sizeof...(V) > 1 && (std::convertible_to<const V&, Arg> && ...);

/** LIMIT with what was given of its two numbers: that one is missing is for the server to say. */
inline void append_limit(Command& command, const std::optional<long long>& start, const std::optional<long long>& num) {
  if (!start && !num) return;
  command.arg("LIMIT");
  if (start) command.arg(*start);
  if (num) command.arg(*num);
}

/** When something shall expire; the options are redis-py's. */
template <class Options>
void append_expiry(Command& command, const Options& options) {
  command.option("EX", options.ex).option("PX", options.px);
  command.option("EXAT", options.exat).option("PXAT", options.pxat);
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
