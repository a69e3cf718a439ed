// Places, HyperLogLogs, BITFIELD, fields that expire: the words that are sent, and what is made of replies.
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/result.h>
#include <rediscluster/tape.h>

#include "command_recorder.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;

template <class Executor>
class DataCommandEncoding : public testing::Test {
 protected:
  Executor r;
};
using Executors = testing::Types<Recorder<ClusterValue>, Recorder<SingleValue>, Recorder<QueuedValue>>;
TYPED_TEST_SUITE(DataCommandEncoding, Executors);

const UnixSeconds at_second = std::chrono::sys_seconds(1700000000s);
const UnixMilliseconds at_millisecond = std::chrono::sys_time<std::chrono::milliseconds>(1700000000123ms);

TYPED_TEST(DataCommandEncoding, Geo) {
  EXPECT_SENT("GEOADD [k] 13.5 -38 a 15 0 b", geoadd("k", {{13.5, -38, "a"}, {15, 0, "b"}}));
  EXPECT_SENT("GEOADD [k] NX XX CH 1 2 a", geoadd("k", {{1, 2, "a"}}, {.nx = true, .xx = true, .ch = true}));
  const std::vector<GeoPlace> places{{1, 2, "a"}, {3, 4, "b"}};
  EXPECT_SENT("GEOADD [k] 1 2 a 3 4 b", geoadd("k", places));
  EXPECT_SENT("GEODIST [k] a b", geodist("k", "a", "b"));
  EXPECT_SENT("GEODIST [k] a b km", geodist("k", "a", "b", "km"));
  EXPECT_SENT("GEOHASH [k] a", geohash("k", "a"));
  EXPECT_SENT("GEOHASH [k] a b", geohash("k", "a", "b"));
  EXPECT_SENT("GEOPOS [k] a b", geopos("k", {"a", "b"}));
  EXPECT_SENT("GEOPOS [k] a b", geopos("k", "a", "b"));
}

TYPED_TEST(DataCommandEncoding, GeoRadius) {
  EXPECT_SENT("GEORADIUS [k] 15 37.5 200 m", georadius("k", 15, 37.5, 200));
  EXPECT_SENT("GEORADIUS [k] 15 37 200 km COUNT 2 ANY ASC",
              georadius("k", 15, 37, 200, {.unit = "km", .count = 2, .sort = "ASC", .any = true}));
  EXPECT_SENT("GEORADIUS [k] 15 37 200 m WITHDIST WITHCOORD WITHHASH",
              georadius_with("k", 15, 37, 200, {.withdist = true, .withcoord = true, .withhash = true}));
  EXPECT_SENT(
      "GEORADIUS [k] 15 37 200 mi WITHDIST COUNT 1 ANY DESC",
      georadius_with("k", 15, 37, 200, {.unit = "mi", .withdist = true, .count = 1, .sort = "DESC", .any = true}));
  EXPECT_SENT("GEORADIUS [k] 15 37 200 m STORE [d]", georadius_store("k", 15, 37, 200, "d"));
  EXPECT_SENT("GEORADIUS [k] 15 37 200 ft COUNT 3 STOREDIST [d]",
              georadius_store_dist("k", 15, 37, 200, "d", {.unit = "ft", .count = 3}));
  EXPECT_SENT("GEORADIUS_RO [k] 15 37 200 m COUNT 3", georadius_ro("k", 15, 37, 200, {.count = 3}));
  EXPECT_SENT("GEORADIUS_RO [k] 15 37 200 m WITHHASH", georadius_ro_with("k", 15, 37, 200, {.withhash = true}));
  EXPECT_SENT("GEORADIUSBYMEMBER [k] a 200 m", georadiusbymember("k", "a", 200));
  EXPECT_SENT("GEORADIUSBYMEMBER [k] a 200 m WITHCOORD", georadiusbymember_with("k", "a", 200, {.withcoord = true}));
  EXPECT_SENT("GEORADIUSBYMEMBER [k] a 200 m STORE [d]", georadiusbymember_store("k", "a", 200, "d"));
  EXPECT_SENT("GEORADIUSBYMEMBER [k] a 200 km STOREDIST [d]",
              georadiusbymember_store_dist("k", "a", 200, "d", {.unit = "km"}));
  EXPECT_SENT("GEORADIUSBYMEMBER_RO [k] a 200 m", georadiusbymember_ro("k", "a", 200));
  EXPECT_SENT("GEORADIUSBYMEMBER_RO [k] a 200 m WITHDIST ASC",
              georadiusbymember_ro_with("k", "a", 200, {.withdist = true, .sort = "ASC"}));
}

TYPED_TEST(DataCommandEncoding, GeoSearch) {
  EXPECT_SENT("GEOSEARCH [k] FROMMEMBER a BYRADIUS 5 m", geosearch("k", {.member = "a", .radius = 5}));
  EXPECT_SENT("GEOSEARCH [k] FROMLONLAT 1 2.5 BYBOX 3 4 km DESC COUNT 5 ANY", geosearch("k", {.longitude = 1,
                                                                                              .latitude = 2.5,
                                                                                              .unit = "km",
                                                                                              .width = 3,
                                                                                              .height = 4,
                                                                                              .sort = "DESC",
                                                                                              .count = 5,
                                                                                              .any = true}));
  // What is wrong is for the server to say.
  EXPECT_SENT("GEOSEARCH [k]", geosearch("k", {}));
  EXPECT_SENT("GEOSEARCH [k] FROMLONLAT 1 BYBOX 4 m", geosearch("k", {.longitude = 1, .height = 4}));
  EXPECT_SENT("GEOSEARCH [k] FROMMEMBER a BYRADIUS 5 m WITHDIST WITHCOORD WITHHASH",
              geosearch_with("k", {.member = "a", .radius = 5, .withcoord = true, .withdist = true, .withhash = true}));
  EXPECT_SENT(
      "GEOSEARCH [k] FROMMEMBER a BYRADIUS 5 m ASC COUNT 1 ANY WITHDIST",
      geosearch_with("k", {.member = "a", .radius = 5, .sort = "ASC", .count = 1, .any = true, .withdist = true}));
  EXPECT_SENT("GEOSEARCHSTORE [d] [k] FROMMEMBER a BYRADIUS 5 m",
              geosearchstore("d", "k", {.member = "a", .radius = 5}));
  EXPECT_SENT("GEOSEARCHSTORE [d] [k] FROMLONLAT 0 0 BYRADIUS 5 ft ASC COUNT 1 ANY STOREDIST",
              geosearchstore("d", "k",
                             {.longitude = 0,
                              .latitude = 0,
                              .unit = "ft",
                              .radius = 5,
                              .sort = "ASC",
                              .count = 1,
                              .any = true,
                              .storedist = true}));
}

TYPED_TEST(DataCommandEncoding, HyperLogLog) {
  EXPECT_SENT("PFADD [k]", pfadd("k"));
  EXPECT_SENT("PFADD [k] a", pfadd("k", "a"));
  EXPECT_SENT("PFADD [k] a 1", pfadd("k", "a", 1));
  EXPECT_SENT("PFADD [k] a b", pfadd("k", {"a", "b"}));
  EXPECT_SENT("PFCOUNT [a]", pfcount("a"));
  EXPECT_SENT("PFCOUNT [a] [b]", pfcount({"a", "b"}));
  EXPECT_SENT("PFCOUNT [a] [b]", pfcount("a", "b"));
  EXPECT_SENT("PFMERGE [d]", pfmerge("d"));
  EXPECT_SENT("PFMERGE [d] [a]", pfmerge("d", "a"));
  EXPECT_SENT("PFMERGE [d] [a] [b]", pfmerge("d", {"a", "b"}));
  EXPECT_SENT("PFMERGE [d] [a] [b]", pfmerge("d", "a", "b"));
}

TYPED_TEST(DataCommandEncoding, Bitfield) {
  EXPECT_SENT("BITFIELD [k]", bitfield("k").execute());
  EXPECT_SENT("BITFIELD [k] SET u8 0 255 GET i16 #1 INCRBY u4 4 -1",
              bitfield("k").set("u8", 0, 255).get("i16", "#1").incrby("u4", 4, -1).execute());
  EXPECT_SENT("BITFIELD [k] OVERFLOW SAT INCRBY u8 0 1 OVERFLOW FAIL INCRBY u8 8 2",
              bitfield("k", "SAT").incrby("u8", 0, 1).incrby("u8", 8, 2, "FAIL").execute());
  EXPECT_SENT("BITFIELD [k] OVERFLOW FAIL SET u8 0 1", bitfield("k").overflow("FAIL").set("u8", 0, 1).execute());

  auto operation = this->r.bitfield(Key{"tag", "k"}, "SAT");
  const std::string key = "[" + std::to_string(crc32("tag")) + ":k]";
  EXPECT_EQ("BITFIELD " + key + " OVERFLOW SAT", describe(operation.command()));
  operation.get("u8", 0);
  operation.reset();
  operation.get("u8", 1);
  auto copy = operation;
  static_cast<void>(operation.execute());
  EXPECT_EQ("BITFIELD " + key + " OVERFLOW SAT GET u8 1", this->r.sent);
  EXPECT_EQ("BITFIELD " + key + " OVERFLOW SAT", describe(operation.command())) << "the steps are gone";
  static_cast<void>(operation.get("u8", 2).execute());
  EXPECT_EQ("BITFIELD " + key + " OVERFLOW SAT GET u8 2", this->r.sent);
  static_cast<void>(copy.execute());
  EXPECT_EQ("BITFIELD " + key + " OVERFLOW SAT GET u8 1", this->r.sent);
}

/** An executor that cannot be copied, as a pipeline. */
class Unique : public AllCommands<Unique, SingleValue> {
 public:
  Unique() = default;
  Unique(const Unique&) = delete;

  template <class T>
  T run(const Command& command) const {
    sent.push_back(describe(command));
    return {};
  }

  mutable std::vector<std::string> sent;
};

TEST(BitfieldOfAPipeline, RefersToIt) {
  const Unique pipeline;
  auto operation = pipeline.bitfield("k");
  operation.get("u8", 0).execute();
  operation.get("u8", 1).execute();
  EXPECT_EQ((std::vector<std::string>{"BITFIELD [k] GET u8 0", "BITFIELD [k] GET u8 1"}), pipeline.sent);
}

TYPED_TEST(DataCommandEncoding, HashFieldExpiry) {
  EXPECT_SENT("HEXPIRE [h] 60 FIELDS 1 a", hexpire("h", 1min, "a"));
  EXPECT_SENT("HEXPIRE [h] 10 NX XX GT LT FIELDS 2 a b",
              hexpire("h", 10, {"a", "b"}, {.nx = true, .xx = true, .gt = true, .lt = true}));
  EXPECT_SENT("HEXPIRE [h] 10 FIELDS 2 a b", hexpire("h", 10, "a", "b"));
  EXPECT_SENT("HPEXPIRE [h] 1000 GT FIELDS 1 a", hpexpire("h", 1s, "a", {.gt = true}));
  EXPECT_SENT("HPEXPIRE [h] 10 FIELDS 2 a b", hpexpire("h", 10, "a", "b"));
  EXPECT_SENT("HEXPIREAT [h] 1700000000 LT FIELDS 1 a", hexpireat("h", at_second, "a", {.lt = true}));
  EXPECT_SENT("HEXPIREAT [h] 1700000000 FIELDS 2 a b", hexpireat("h", at_second, "a", "b"));
  EXPECT_SENT("HPEXPIREAT [h] 1700000000123 XX FIELDS 1 a", hpexpireat("h", at_millisecond, "a", {.xx = true}));
  EXPECT_SENT("HPEXPIREAT [h] 1700000000123 FIELDS 2 a b", hpexpireat("h", at_millisecond, "a", "b"));
  EXPECT_SENT("HEXPIRETIME [h] FIELDS 1 a", hexpiretime("h", "a"));
  EXPECT_SENT("HEXPIRETIME [h] FIELDS 2 a b", hexpiretime("h", "a", "b"));
  EXPECT_SENT("HPEXPIRETIME [h] FIELDS 1 a", hpexpiretime("h", "a"));
  EXPECT_SENT("HPEXPIRETIME [h] FIELDS 2 a b", hpexpiretime("h", "a", "b"));
  EXPECT_SENT("HGETDEL [h] FIELDS 2 a b", hgetdel("h", {"a", "b"}));
  EXPECT_SENT("HGETDEL [h] FIELDS 2 a b", hgetdel("h", "a", "b"));
  EXPECT_SENT("HGETEX [h] FIELDS 1 a", hgetex("h", "a"));
  EXPECT_SENT("HGETEX [h] FIELDS 2 a b", hgetex("h", "a", "b"));
  EXPECT_SENT("HGETEX [h] EX 1 PX 2 EXAT 3 PXAT 4 PERSIST FIELDS 1 a",
              hgetex("h", "a", {.ex = 1, .px = 2, .exat = 3, .pxat = 4, .persist = true}));
  EXPECT_SENT("HPERSIST [h] FIELDS 1 a", hpersist("h", "a"));
  EXPECT_SENT("HPERSIST [h] FIELDS 2 a b", hpersist("h", "a", "b"));
  EXPECT_SENT("HTTL [h] FIELDS 1 a", httl("h", "a"));
  EXPECT_SENT("HTTL [h] FIELDS 2 a b", httl("h", "a", "b"));
  EXPECT_SENT("HPTTL [h] FIELDS 1 a", hpttl("h", "a"));
  EXPECT_SENT("HPTTL [h] FIELDS 2 a b", hpttl("h", "a", "b"));
  EXPECT_SENT("HSETEX [h] FIELDS 1 a 1", hsetex("h", "a", 1));
  EXPECT_SENT("HSETEX [h] KEEPTTL FIELDS 2 a 1 b 2",
              hsetex("h", std::map<std::string, int>{{"a", 1}, {"b", 2}}, {.keepttl = true}));
  EXPECT_SENT("HSETEX [h] FNX EX 10 FIELDS 2 a 1 b 2",
              hsetex("h", {{"a", 1}, {"b", 2}}, {.ex = 10s, .data_persist_option = "FNX"}));
  EXPECT_SENT(
      "HSETEX [h] FXX EX 1 PX 2 EXAT 3 PXAT 4 KEEPTTL FIELDS 1 a v",
      hsetex("h", "a", "v", {.ex = 1, .px = 2, .exat = 3, .pxat = 4, .data_persist_option = "FXX", .keepttl = true}));
}

/** An array of integers, decoded. */
template <class T>
T decoded(std::initializer_list<std::int64_t> integers) {
  Tape tape;
  const std::size_t array = tape.open(ReplyType::array, integers.size());
  for (const std::int64_t integer : integers) tape.add_integer(integer);
  tape.close(array);
  return decode<T>(TapeView(tape, 0));
}

TEST(DataCommandDecoding, WhatBecameOfFields) {
  using Expiries = std::vector<FieldExpiry>;
  EXPECT_EQ((Expiries{FieldExpiry::no_such_field, FieldExpiry::refused, FieldExpiry::set, FieldExpiry::deleted}),
            decoded<Expiries>({-2, 0, 1, 2}));
  for (const std::int64_t wrong : {-3, -1, 3}) EXPECT_THROW(decoded<Expiries>({wrong}), InvalidResponse) << wrong;
  using Persists = std::vector<FieldPersist>;
  EXPECT_EQ((Persists{FieldPersist::no_such_field, FieldPersist::not_expiring, FieldPersist::done}),
            decoded<Persists>({-2, -1, 1}));
  for (const std::int64_t wrong : {-3, 0, 2}) EXPECT_THROW(decoded<Persists>({wrong}), InvalidResponse) << wrong;
}

TEST(DataCommandDecoding, TimesOfFields) {
  const auto lives = [](auto time) {
    using Time = decltype(time);
    return std::vector<FieldTime<Time>>{
        {FieldLife::no_such_field}, {FieldLife::persistent}, {FieldLife::expires, time}, {FieldLife::expires}};
  };
  EXPECT_EQ(lives(90s), decoded<std::vector<FieldTime<std::chrono::seconds>>>({-2, -1, 90, 0}));
  EXPECT_EQ(lives(90ms), decoded<std::vector<FieldTime<std::chrono::milliseconds>>>({-2, -1, 90, 0}));
  using Moment = std::chrono::sys_seconds;
  EXPECT_EQ(lives(Moment(1700000000s)), decoded<std::vector<FieldTime<Moment>>>({-2, -1, 1700000000, 0}));
  EXPECT_THROW(decoded<std::vector<FieldTime<Moment>>>({-3}), InvalidResponse);
}

TEST(DataCommandDecoding, Durations) {
  EXPECT_EQ((std::vector<std::chrono::minutes>{3min, -1min}), decoded<std::vector<std::chrono::minutes>>({3, -1}));
}

TEST(DataCommandDecoding, GeoResults) {
  Tape tape;
  const std::size_t all = tape.open(ReplyType::array, 3);
  tape.add_text(ReplyType::string, "alone");
  const std::size_t full = tape.open(ReplyType::array, 4);
  tape.add_text(ReplyType::string, "full");
  tape.add_text(ReplyType::string, "190.4424");
  tape.add_integer(3479099956230698);
  const std::size_t position = tape.open(ReplyType::array, 2);
  tape.add_text(ReplyType::string, "13.5");
  tape.add_text(ReplyType::string, "-38");
  tape.close(position);
  tape.close(full);
  const std::size_t some = tape.open(ReplyType::array, 2);
  tape.add_text(ReplyType::string, "12");
  tape.add_integer(7);
  tape.close(some);
  tape.close(all);
  EXPECT_EQ((std::vector<GeoResult>{
                {"alone"}, {"full", 190.4424, 3479099956230698, GeoPosition{13.5, -38}}, {.member = "12", .hash = 7}}),
            decode<std::vector<GeoResult>>(TapeView(tape, 0)));
  EXPECT_THROW(decoded<GeoResult>({}), InvalidResponse);
  EXPECT_THROW(decoded<GeoResult>({1}), InvalidResponse);
  EXPECT_THROW(decoded<GeoPosition>({1}), InvalidResponse);
  EXPECT_EQ((GeoPosition{1, 2}), decoded<GeoPosition>({1, 2}));
}

}  // namespace
}  // namespace rediscluster
