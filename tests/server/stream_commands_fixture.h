// What the tests of commands on streams share.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/pipeline.h>
#include <rediscluster/stream.h>

#include "commands_fixture.h"

namespace rediscluster {

using Entries = std::vector<StreamEntry>;
using Streams = std::vector<StreamEntries>;
using Ids = std::vector<std::string>;

class StreamCommandsTest : public CommandsTest {
 protected:
  /** Entries "1-0", "2-0" ... with one field n that says which. */
  void fill(Key name, int count) {
    auto p = r.pipeline();
    for (int i = 1; i <= count; ++i) p.xadd(name, {{"n", i}}, {.id = i});
    p.execute();
  }
  static StreamEntry entry(int i) { return {std::to_string(i) + "-0", {{"n", std::to_string(i)}}}; }
  static StreamEntry deleted(int i) { return {std::to_string(i) + "-0", {}, true}; }
  /** The first `count` entries, delivered to a consumer that has not acknowledged them. */
  void deliver(Key name, int count) {
    r.xgroup_create(name, "g", {.id = 0, .mkstream = true});
    r.xreadgroup("g", "c", {{name, ">"}}, {.count = count});
  }
  Ids pending() {
    Ids ids;
    for (const PendingEntry& one : r.xpending_range("s", "g", "-", "+", 1000)) ids.push_back(one.message_id);
    return ids;
  }
  /** Whether the server's raw reply, a list of fields, has one of this name. */
  static bool has_field(const Reply& fields, std::string_view name) {
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const Reply field = fields[i];
      if (field.string() == name) return true;
    }
    return false;
  }
  static StreamTime now() {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

/** EXPECT_NO_GROUP(xpending("s", "g")) */
#define EXPECT_NO_GROUP(...) expect_error("NOGROUP", [&] { static_cast<void>(r.__VA_ARGS__); })

}  // namespace rediscluster
