// What streams hold, and what servers tell about them, their groups and consumers.
//
// Ids are text, "1526919030474-55": a time in milliseconds and a number. Servers differ in what they tell: a field that
// not all of them have is optional, and none when the server has not told it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** A point of time as streams keep it. */
using StreamTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/** An entry of a stream. */
struct StreamEntry {
  std::string id = {};
  /** In the order in which they were given to xadd(); a name may come several times. */
  std::vector<std::pair<std::string, std::string>> fields = {};
  /** The entry was delivered to a consumer, who has not acknowledged it, and has since been deleted or trimmed off, so
      that nothing is left but its id. The id is empty too in what XCLAIM and XAUTOCLAIM of Redis 6.2 give. */
  bool deleted = false;

  bool operator==(const StreamEntry&) const = default;
};

/** What was read of one stream. */
struct StreamEntries {
  std::string name = {};
  std::vector<StreamEntry> entries = {};

  bool operator==(const StreamEntries&) const = default;
};

/** What xautoclaim() gives. */
struct AutoClaimed {
  /** Where to go on, as the next call's start_id; "0-0" when the whole list has been seen. */
  std::string next = {};
  /** What was claimed. */
  std::vector<StreamEntry> entries = {};
  /** Ids that were pending although their entries no longer exist; they are no longer pending (Redis 7.0). */
  std::vector<std::string> deleted = {};

  bool operator==(const AutoClaimed&) const = default;
};

/** What xautoclaim_justid() gives: as AutoClaimed, of the entries only their ids. */
struct AutoClaimedIds {
  std::string next = {};
  std::vector<std::string> ids = {};
  std::vector<std::string> deleted = {};

  bool operator==(const AutoClaimedIds&) const = default;
};

/** What xpending() tells of the entries that a group's consumers were given and have not acknowledged. */
struct PendingSummary {
  long long pending = 0;
  /** The lowest and the highest id; none when nothing is pending. */
  std::optional<std::string> min = {};
  std::optional<std::string> max = {};
  /** Those who have any, and how many. */
  std::vector<std::pair<std::string, long long>> consumers = {};

  bool operator==(const PendingSummary&) const = default;
};

/** An entry that is pending, as xpending_range() tells it. */
struct PendingEntry {
  std::string message_id = {};
  std::string consumer = {};
  std::chrono::milliseconds time_since_delivered = {};
  long long times_delivered = 0;

  bool operator==(const PendingEntry&) const = default;
};

/** A group of a stream, as xinfo_groups() tells it. */
struct GroupInfo {
  std::string name = {};
  long long consumers = 0;
  long long pending = 0;
  std::string last_delivered_id = {};
  /** How many entries had been read up to last_delivered_id; none also when the server does not know (Redis 7.0). */
  std::optional<long long> entries_read = {};
  /** How many entries are yet to be delivered; none also when the server does not know (Redis 7.0). */
  std::optional<long long> lag = {};

  bool operator==(const GroupInfo&) const = default;
};

/** A consumer of a group, as xinfo_consumers() tells it. */
struct ConsumerInfo {
  std::string name = {};
  long long pending = 0;
  /** Since the consumer last asked for anything. */
  std::chrono::milliseconds idle = {};
  /** Since the consumer was last given anything; none also when it never was (Redis 7.2). */
  std::optional<std::chrono::milliseconds> inactive = {};

  bool operator==(const ConsumerInfo&) const = default;
};

/** What xinfo_stream() and xinfo_stream_full() both tell. */
struct StreamSummary {
  /** Number of entries. */
  long long length = 0;
  long long radix_tree_keys = 0;
  long long radix_tree_nodes = 0;
  std::string last_generated_id = {};
  /** The highest id that was deleted by xdel(), "0-0" when none was (Redis 7.0). */
  std::optional<std::string> max_deleted_entry_id = {};
  /** How many entries were ever added (Redis 7.0). */
  std::optional<long long> entries_added = {};
  /** The lowest id, "0-0" when there is no entry (Redis 7.0). */
  std::optional<std::string> recorded_first_entry_id = {};

  bool operator==(const StreamSummary&) const = default;
};

/** What xinfo_stream() tells. */
struct StreamInfo : StreamSummary {
  /** Number of groups. */
  long long groups = 0;
  /** None when there is no entry. */
  std::optional<StreamEntry> first_entry = {};
  std::optional<StreamEntry> last_entry = {};

  bool operator==(const StreamInfo&) const = default;
};

/** An entry that is pending, as xinfo_stream_full() tells it. */
struct PendingDelivery {
  std::string message_id = {};
  std::string consumer = {};
  StreamTime delivery_time = {};
  long long times_delivered = 0;

  bool operator==(const PendingDelivery&) const = default;
};

/** A consumer, as xinfo_stream_full() tells it. */
struct ConsumerFullInfo {
  std::string name = {};
  /** When it last asked for anything. */
  StreamTime seen_time = {};
  /** When it was last given anything; none also when it never was (Redis 7.2). */
  std::optional<StreamTime> active_time = {};
  /** How many entries are pending, whatever was left out of `pending`. */
  long long pel_count = 0;
  std::vector<PendingDelivery> pending = {};

  bool operator==(const ConsumerFullInfo&) const = default;
};

/** A group, as xinfo_stream_full() tells it; what is like in GroupInfo means the same. */
struct GroupFullInfo {
  std::string name = {};
  std::string last_delivered_id = {};
  std::optional<long long> entries_read = {};
  std::optional<long long> lag = {};
  /** How many entries are pending, whatever was left out of `pending`. */
  long long pel_count = 0;
  std::vector<PendingDelivery> pending = {};
  std::vector<ConsumerFullInfo> consumers = {};

  bool operator==(const GroupFullInfo&) const = default;
};

/** What xinfo_stream_full() tells. */
struct StreamFullInfo : StreamSummary {
  /** The first of them, as many as were asked for. */
  std::vector<StreamEntry> entries = {};
  std::vector<GroupFullInfo> groups = {};

  bool operator==(const StreamFullInfo&) const = default;
};

// Compiled once, in the library.

template <>
struct Decoder<StreamEntry> {
  REDISCLUSTER_API static StreamEntry decode(TapeView reply);
};
/** No reply at all, of XRANGE COUNT 0 say, is no entries. */
template <>
struct Decoder<std::vector<StreamEntry>> {
  REDISCLUSTER_API static std::vector<StreamEntry> decode(TapeView reply);
};
/** The same: of XREAD that found nothing. */
template <>
struct Decoder<std::vector<StreamEntries>> {
  REDISCLUSTER_API static std::vector<StreamEntries> decode(TapeView reply);
};
template <>
struct Decoder<AutoClaimed> {
  REDISCLUSTER_API static AutoClaimed decode(TapeView reply);
};
template <>
struct Decoder<AutoClaimedIds> {
  REDISCLUSTER_API static AutoClaimedIds decode(TapeView reply);
};
template <>
struct Decoder<PendingSummary> {
  REDISCLUSTER_API static PendingSummary decode(TapeView reply);
};
template <>
struct Decoder<PendingEntry> {
  REDISCLUSTER_API static PendingEntry decode(TapeView reply);
};
template <>
struct Decoder<GroupInfo> {
  REDISCLUSTER_API static GroupInfo decode(TapeView reply);
};
template <>
struct Decoder<ConsumerInfo> {
  REDISCLUSTER_API static ConsumerInfo decode(TapeView reply);
};
template <>
struct Decoder<StreamInfo> {
  REDISCLUSTER_API static StreamInfo decode(TapeView reply);
};
template <>
struct Decoder<StreamFullInfo> {
  REDISCLUSTER_API static StreamFullInfo decode(TapeView reply);
};

}  // namespace v0_1
}  // namespace rediscluster
