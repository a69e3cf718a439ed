#include <cstddef>
#include <cstdint>
#include <string_view>

#include <rediscluster/fields.h>
#include <rediscluster/stream.h>

namespace rediscluster {
inline namespace v0_1 {

namespace {

using std::chrono::milliseconds;

template <class T>
void read(TapeView reply, T& to) {
  to = Decoder<T>::decode(reply);
}
void read(TapeView reply, milliseconds& to) {
  to = milliseconds(Decoder<std::int64_t>::decode(reply));
}
void read(TapeView reply, StreamTime& to) {
  to = StreamTime(milliseconds(Decoder<std::int64_t>::decode(reply)));
}
// -1 for what never was.
template <class Time>
void read_unless_negative(TapeView reply, std::optional<Time>& to) {
  if (Decoder<std::int64_t>::decode(reply) >= 0) read(reply, to.emplace());
}

template <class T>
std::vector<T> vector_of(TapeView reply, T (*decode)(TapeView)) {
  std::vector<T> all;
  detail::expect_container(reply, "array");
  all.reserve(reply.elements());
  reply.for_each([&](TapeView element) { all.push_back(decode(element)); });
  return all;
}

StreamEntries decode_stream(TapeView reply) {
  detail::expect_elements(reply, 2, "stream and entries");
  StreamEntries stream;
  read(reply.first(), stream.name);
  read(reply.first().next(), stream.entries);
  return stream;
}

/** Where to go on, what was claimed and, since Redis 7.0, ids of deleted entries. */
template <class Entries>
void read_claimed(TapeView reply, std::string& next, Entries& entries, std::vector<std::string>& deleted) {
  if (!reply.is_container() || reply.elements() < 2) detail::throw_misfit(reply, "id, entries and deleted ids");
  read(reply.first(), next);
  const TapeView claimed = reply.first().next();
  read(claimed, entries);
  if (reply.elements() > 2) read(claimed.next(), deleted);
}

PendingDelivery decode_delivery(TapeView reply, bool with_consumer) {
  detail::expect_elements(reply, with_consumer ? 4 : 3, "pending entry");
  PendingDelivery delivery;
  TapeView element = reply.first();
  read(element, delivery.message_id);
  element = element.next();
  if (with_consumer) {
    read(element, delivery.consumer);
    element = element.next();
  }
  read(element, delivery.delivery_time);
  read(element.next(), delivery.times_delivered);
  return delivery;
}
PendingDelivery decode_groups_delivery(TapeView reply) {
  return decode_delivery(reply, true);
}
PendingDelivery decode_consumers_delivery(TapeView reply) {
  return decode_delivery(reply, false);
}

ConsumerFullInfo decode_full_consumer(TapeView reply) {
  ConsumerFullInfo consumer;
  detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
    if (field == "name") read(value, consumer.name);
    if (field == "seen-time") read(value, consumer.seen_time);
    if (field == "active-time") read_unless_negative(value, consumer.active_time);
    if (field == "pel-count") read(value, consumer.pel_count);
    if (field == "pending") consumer.pending = vector_of(value, decode_consumers_delivery);
  });
  for (PendingDelivery& delivery : consumer.pending) delivery.consumer = consumer.name;
  return consumer;
}

GroupFullInfo decode_full_group(TapeView reply) {
  GroupFullInfo group;
  detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
    if (field == "name") read(value, group.name);
    if (field == "last-delivered-id") read(value, group.last_delivered_id);
    if (field == "entries-read") read(value, group.entries_read);
    if (field == "lag") read(value, group.lag);
    if (field == "pel-count") read(value, group.pel_count);
    if (field == "pending") group.pending = vector_of(value, decode_groups_delivery);
    if (field == "consumers") group.consumers = vector_of(value, decode_full_consumer);
  });
  return group;
}

void read_summary(std::string_view field, TapeView value, StreamSummary& summary) {
  if (field == "length") read(value, summary.length);
  if (field == "radix-tree-keys") read(value, summary.radix_tree_keys);
  if (field == "radix-tree-nodes") read(value, summary.radix_tree_nodes);
  if (field == "last-generated-id") read(value, summary.last_generated_id);
  if (field == "max-deleted-entry-id") read(value, summary.max_deleted_entry_id);
  if (field == "entries-added") read(value, summary.entries_added);
  if (field == "recorded-first-entry-id") read(value, summary.recorded_first_entry_id);
}

}  // namespace

StreamEntry Decoder<StreamEntry>::decode(TapeView reply) {
  StreamEntry entry;
  if (reply.is_nil()) {
    entry.deleted = true;
    return entry;
  }
  detail::expect_elements(reply, 2, "id and fields");
  read(reply.first(), entry.id);
  const TapeView fields = reply.first().next();
  entry.deleted = fields.is_nil();
  if (!entry.deleted) read(fields, entry.fields);
  return entry;
}

std::vector<StreamEntry> Decoder<std::vector<StreamEntry>>::decode(TapeView reply) {
  if (reply.is_nil()) return {};
  return vector_of(reply, Decoder<StreamEntry>::decode);
}

std::vector<StreamEntries> Decoder<std::vector<StreamEntries>>::decode(TapeView reply) {
  if (reply.is_nil()) return {};
  return vector_of(reply, decode_stream);
}

AutoClaimed Decoder<AutoClaimed>::decode(TapeView reply) {
  AutoClaimed claimed;
  read_claimed(reply, claimed.next, claimed.entries, claimed.deleted);
  return claimed;
}

AutoClaimedIds Decoder<AutoClaimedIds>::decode(TapeView reply) {
  AutoClaimedIds claimed;
  read_claimed(reply, claimed.next, claimed.ids, claimed.deleted);
  return claimed;
}

PendingSummary Decoder<PendingSummary>::decode(TapeView reply) {
  detail::expect_elements(reply, 4, "summary of pending entries");
  PendingSummary summary;
  TapeView element = reply.first();
  read(element, summary.pending);
  read(element = element.next(), summary.min);
  read(element = element.next(), summary.max);
  element = element.next();
  if (!element.is_nil()) read(element, summary.consumers);
  return summary;
}

PendingEntry Decoder<PendingEntry>::decode(TapeView reply) {
  detail::expect_elements(reply, 4, "pending entry");
  PendingEntry entry;
  TapeView element = reply.first();
  read(element, entry.message_id);
  read(element = element.next(), entry.consumer);
  read(element = element.next(), entry.time_since_delivered);
  read(element.next(), entry.times_delivered);
  return entry;
}

GroupInfo Decoder<GroupInfo>::decode(TapeView reply) {
  GroupInfo group;
  detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
    if (field == "name") read(value, group.name);
    if (field == "consumers") read(value, group.consumers);
    if (field == "pending") read(value, group.pending);
    if (field == "last-delivered-id") read(value, group.last_delivered_id);
    if (field == "entries-read") read(value, group.entries_read);
    if (field == "lag") read(value, group.lag);
  });
  return group;
}

ConsumerInfo Decoder<ConsumerInfo>::decode(TapeView reply) {
  ConsumerInfo consumer;
  detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
    if (field == "name") read(value, consumer.name);
    if (field == "pending") read(value, consumer.pending);
    if (field == "idle") read(value, consumer.idle);
    if (field == "inactive") read_unless_negative(value, consumer.inactive);
  });
  return consumer;
}

StreamInfo Decoder<StreamInfo>::decode(TapeView reply) {
  StreamInfo info;
  detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
    read_summary(field, value, info);
    if (field == "groups") read(value, info.groups);
    if (field == "first-entry") read(value, info.first_entry);
    if (field == "last-entry") read(value, info.last_entry);
  });
  return info;
}

StreamFullInfo Decoder<StreamFullInfo>::decode(TapeView reply) {
  StreamFullInfo info;
  detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
    read_summary(field, value, info);
    if (field == "entries") read(value, info.entries);
    if (field == "groups") info.groups = vector_of(value, decode_full_group);
  });
  return info;
}

}  // namespace v0_1
}  // namespace rediscluster
