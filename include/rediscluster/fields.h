// Replies that are names and values by turns: what a server tells about something, field by field.
#pragma once

#include <cstddef>
#include <string_view>

#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** Calls f(name, value) for each field of a reply that is a flat list of names and values; InvalidResponse when it is
    none. */
template <class F>
void for_each_field(TapeView reply, F&& f) {
  expect_container(reply, "names and values");
  std::size_t left = reply.elements();
  if (left % 2 != 0) throw_misfit(reply, "names and values");
  if (left == 0) return;
  TapeView name = reply.first();
  while (true) {
    const TapeView value = name.next();
    f(decode_text(name), value);
    left -= 2;
    if (left == 0) return;
    name = value.next();
  }
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
