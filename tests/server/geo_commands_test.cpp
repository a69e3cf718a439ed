// Commands on places, on real servers.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using std::nullopt;
using Strings = std::vector<std::string>;
using Results = std::vector<GeoResult>;

constexpr GeoPosition palermo{13.361389, 38.115556}, catania{15.087269, 37.502669};

class GeoCommandsTest : public CommandsTest {
 protected:
  /** The example of Redis' manual. */
  void add_sicily(Key key) {
    EXPECT_EQ(2, r.geoadd(key, {{palermo.longitude, palermo.latitude, "Palermo"},
                                {catania.longitude, catania.latitude, "Catania"}}));
  }
  static void expect_near(const GeoPosition& expected, const std::optional<GeoPosition>& found) {
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(expected.longitude, found->longitude, 1e-5);
    EXPECT_NEAR(expected.latitude, found->latitude, 1e-5);
  }
  static Strings sorted(Strings values) {
    std::sort(values.begin(), values.end());
    return values;
  }
};

TEST_F(GeoCommandsTest, Add) {
  add_sicily("k");
  EXPECT_EQ("zset", r.type("k"));
  EXPECT_EQ(0, r.geoadd("k", {{0, 0, "Palermo"}}));
  expect_near({0, 0}, r.geopos("k", "Palermo").at(0));
  EXPECT_EQ(1, r.geoadd("k", {{1, 1, "Palermo"}, {2, 2, binary}}, {.nx = true}));
  expect_near({0, 0}, r.geopos("k", "Palermo").at(0));
  EXPECT_EQ(0, r.geoadd("k", {{1, 1, "Palermo"}, {3, 3, "new"}}, {.xx = true}));
  expect_near({1, 1}, r.geopos("k", "Palermo").at(0));
  EXPECT_EQ(2, r.geoadd("k", {{5, 5, "Palermo"}, {3, 3, "new"}}, {.ch = true}));
  EXPECT_EQ(4, r.zcard("k"));
  const std::vector<GeoPlace> places{{1, 2, "a"}, {3, 4, "b"}};
  EXPECT_EQ(2, r.geoadd("from a vector", places));
  EXPECT_SERVER_ERROR(geoadd("k", {{0, 0, "x"}, {200, 0, "out of range"}}));
  EXPECT_EQ(nullopt, r.zscore("k", "x"));
  EXPECT_SERVER_ERROR(geoadd("k", {{0, 0, "x"}}, {.nx = true, .xx = true}));
  EXPECT_SERVER_ERROR(geoadd("k", std::vector<GeoPlace>()));
}

TEST_F(GeoCommandsTest, DistHashPos) {
  EXPECT_EQ(nullopt, r.geodist("k", "Palermo", "Catania"));
  EXPECT_EQ((std::vector<std::optional<std::string>>{nullopt, nullopt}), r.geohash("k", "Palermo", "Catania"));
  EXPECT_EQ((std::vector<std::optional<GeoPosition>>{nullopt, nullopt}), r.geopos("k", "Palermo", "Catania"));
  add_sicily("k");
  EXPECT_EQ(166274.1516, r.geodist("k", "Palermo", "Catania"));
  EXPECT_EQ(166274.1516, r.geodist("k", "Palermo", "Catania", "m"));
  EXPECT_EQ(166.2742, r.geodist("k", "Palermo", "Catania", "km"));
  EXPECT_EQ(103.3182, r.geodist("k", "Palermo", "Catania", "mi"));
  EXPECT_EQ(545518.8700, r.geodist("k", "Palermo", "Catania", "ft"));
  EXPECT_EQ(nullopt, r.geodist("k", "Palermo", "missing"));
  EXPECT_SERVER_ERROR(geodist("k", "Palermo", "Catania", "miles"));
  EXPECT_EQ((std::vector<std::optional<std::string>>{"sqc8b49rny0", nullopt, "sqdtr74hyu0"}),
            r.geohash("k", {"Palermo", "missing", "Catania"}));
  EXPECT_EQ((std::vector<std::optional<std::string>>{"sqdtr74hyu0"}), r.geohash("k", "Catania"));
  const std::vector<std::optional<GeoPosition>> positions = r.geopos("k", "Palermo", "missing", "Catania");
  ASSERT_EQ(3U, positions.size());
  expect_near(palermo, positions[0]);
  EXPECT_EQ(nullopt, positions[1]);
  expect_near(catania, positions[2]);
}

TEST_F(GeoCommandsTest, Search) {
  EXPECT_EQ(Strings(), r.geosearch("k", {.longitude = 15, .latitude = 37, .radius = 200}));
  EXPECT_EQ(Strings(), r.geosearch("k", {.member = "Palermo", .radius = 200})) << "no set, so no missing member";
  add_sicily("k");
  r.geoadd("k", {{12.758489, 38.788135, "edge1"}, {17.241510, 38.788135, "edge2"}});
  EXPECT_EQ((Strings{"Catania", "Palermo"}),
            r.geosearch("k", {.longitude = 15, .latitude = 37, .unit = "km", .radius = 200, .sort = "ASC"}));
  EXPECT_EQ((Strings{"Palermo", "Catania"}),
            r.geosearch("k", {.longitude = 15, .latitude = 37, .radius = 200000, .sort = "DESC"}));
  EXPECT_EQ(
      (Strings{"Catania", "Palermo", "edge2", "edge1"}),
      r.geosearch("k", {.longitude = 15, .latitude = 37, .unit = "km", .width = 400, .height = 400, .sort = "ASC"}));
  EXPECT_EQ(Strings{"Catania"},
            r.geosearch("k", {.longitude = 15, .latitude = 37, .unit = "km", .width = 400, .height = 150.5}));
  EXPECT_EQ((Strings{"Catania", "Palermo", "edge1"}),
            sorted(r.geosearch("k", {.member = "Palermo", .unit = "mi", .radius = 104})));
  EXPECT_EQ((Strings{"Palermo", "edge1"}),
            sorted(r.geosearch("k", {.member = "Palermo", .unit = "mi", .radius = 104, .count = 2})));
  EXPECT_EQ(Strings{"Palermo"}, r.geosearch("k", {.member = "Palermo", .unit = "ft", .radius = 1}));
  EXPECT_EQ(Strings{"Catania"},
            r.geosearch("k", {.longitude = 15, .latitude = 37, .unit = "km", .radius = 500, .count = 1}));
  EXPECT_EQ(
      2U,
      r.geosearch("k", {.longitude = 15, .latitude = 37, .unit = "km", .radius = 500, .count = 2, .any = true}).size());
  EXPECT_EQ(Strings(), r.geosearch("k", {.longitude = 0, .latitude = 0, .radius = 1}));
  EXPECT_SERVER_ERROR(geosearch("k", {.member = "missing", .radius = 1}));
  EXPECT_SERVER_ERROR(geosearch("k", {.radius = 1}));
  EXPECT_SERVER_ERROR(geosearch("k", {.longitude = 15, .radius = 1}));
  EXPECT_SERVER_ERROR(geosearch("k", {.member = "Palermo"}));
  EXPECT_SERVER_ERROR(geosearch("k", {.member = "Palermo", .radius = 1, .any = true}));
  EXPECT_SERVER_ERROR(geosearch("k", {.member = "Palermo", .unit = "miles", .radius = 1}));
}

TEST_F(GeoCommandsTest, SearchWith) {
  const GeoSearchWithOptions nothing{.longitude = 15, .latitude = 37, .unit = "km", .radius = 200, .sort = "ASC"};
  EXPECT_EQ(Results(), r.geosearch_with("k", nothing));
  add_sicily("k");
  EXPECT_EQ((Results{{"Catania"}, {"Palermo"}}), r.geosearch_with("k", nothing));
  GeoSearchWithOptions one = nothing;
  one.withdist = true;
  EXPECT_EQ((Results{{.member = "Catania", .distance = 56.4413}, {.member = "Palermo", .distance = 190.4424}}),
            r.geosearch_with("k", one));
  one = nothing;
  one.withhash = true;
  EXPECT_EQ((Results{{.member = "Catania", .hash = 3479447370796909}, {.member = "Palermo", .hash = 3479099956230698}}),
            r.geosearch_with("k", one));
  one = nothing;
  one.withcoord = true;
  Results found = r.geosearch_with("k", one);
  ASSERT_EQ(2U, found.size());
  expect_near(catania, found[0].position);
  expect_near(palermo, found[1].position);
  EXPECT_EQ(nullopt, found[0].distance);
  EXPECT_EQ(nullopt, found[0].hash);

  found = r.geosearch_with("k", {.member = "Palermo",
                                 .unit = "km",
                                 .width = 1,
                                 .height = 1,
                                 .sort = "DESC",
                                 .count = 1,
                                 .any = true,
                                 .withcoord = true,
                                 .withdist = true,
                                 .withhash = true});
  ASSERT_EQ(1U, found.size());
  expect_near(palermo, found[0].position);
  EXPECT_EQ((GeoResult{"Palermo", 0.0, 3479099956230698, found[0].position}), found[0]);
}

TEST_F(GeoCommandsTest, SearchStore) {
  const Key k = together("k"), d = together("d");
  EXPECT_EQ(0, r.geosearchstore(d, k, {.longitude = 15, .latitude = 37, .radius = 200}));
  add_sicily(k);
  r.set(d, "of another type");
  EXPECT_EQ(2, r.geosearchstore(d, k, {.longitude = 15, .latitude = 37, .unit = "km", .radius = 200}));
  EXPECT_EQ("sqc8b49rny0", r.geohash(d, "Palermo").at(0));
  EXPECT_EQ(1, r.geosearchstore(d, k,
                                {.longitude = 15,
                                 .latitude = 37,
                                 .unit = "km",
                                 .width = 500,
                                 .height = 500,
                                 .sort = "DESC",
                                 .count = 1,
                                 .storedist = true}));
  EXPECT_NEAR(190.4424, r.zscore(d, "Palermo").value(), 0.0001);
  EXPECT_EQ(1, r.geosearchstore(d, k, {.member = "Palermo", .radius = 1e6, .count = 1, .any = true}));
  EXPECT_EQ(0, r.geosearchstore(d, k, {.longitude = 0, .latitude = 0, .radius = 1}));
  EXPECT_FALSE(r.contains(d));
  ASSERT_NE(r.getnodefor("foo").name, r.getnodefor("bar").name);
  r.geoadd("bar", {{1, 1, "m"}});
  EXPECT_EQ(1, r.geosearchstore("foo", "bar", {.longitude = 1, .latitude = 1, .radius = 1000}));
  EXPECT_EQ(r.zscore("bar", "m"), r.zscore("foo", "m"));
}

TEST_F(GeoCommandsTest, Radius) {
  EXPECT_EQ(Strings(), r.georadius("k", 15, 37, 200));
  EXPECT_EQ(Results(), r.georadius_with("k", 15, 37, 200, {.withdist = true}));
  EXPECT_EQ(Strings(), r.georadius_ro("k", 15, 37, 200));
  EXPECT_EQ(Results(), r.georadius_ro_with("k", 15, 37, 200, {.withdist = true}));
  add_sicily("k");
  const GeoRadiusOptions near{.unit = "km", .sort = "ASC"};
  EXPECT_EQ((Strings{"Catania", "Palermo"}), r.georadius("k", 15, 37, 200, near));
  EXPECT_EQ((Strings{"Catania", "Palermo"}), r.georadius_ro("k", 15, 37, 200, near));
  EXPECT_EQ(Strings{"Catania"}, r.georadius("k", 15, 37, 100000));
  EXPECT_EQ(Strings{"Palermo"}, r.georadius("k", 15, 37, 200, {.unit = "km", .count = 1, .sort = "DESC"}));
  EXPECT_EQ(1U, r.georadius("k", 15, 37, 200, {.unit = "mi", .count = 1, .any = true}).size());
  EXPECT_EQ((Results{{.member = "Palermo", .distance = 190.4424}}),
            r.georadius_with("k", 15, 37, 200, {.unit = "km", .withdist = true, .count = 1, .sort = "DESC"}));
  const Results full = r.georadius_ro_with(
      "k", 15, 37, 200,
      {.unit = "km", .withdist = true, .withcoord = true, .withhash = true, .count = 2, .sort = "ASC"});
  ASSERT_EQ(2U, full.size());
  expect_near(catania, full[0].position);
  EXPECT_EQ((GeoResult{"Catania", 56.4413, 3479447370796909, full[0].position}), full[0]);
  EXPECT_EQ(1U, r.georadius_ro_with("k", 15, 37, 200, {.unit = "km", .count = 1, .any = true}).size());
  EXPECT_SERVER_ERROR(georadius("k", 15, 37, -1));
  EXPECT_SERVER_ERROR(georadius_ro("k", 15, 37, 1, {.any = true}));
}

TEST_F(GeoCommandsTest, RadiusByMember) {
  EXPECT_EQ(Strings(), r.georadiusbymember("k", "Palermo", 1));
  EXPECT_EQ(Results(), r.georadiusbymember_with("k", "Palermo", 1, {.withdist = true}));
  EXPECT_EQ(Strings(), r.georadiusbymember_ro("k", "Palermo", 1));
  EXPECT_EQ(Results(), r.georadiusbymember_ro_with("k", "Palermo", 1, {.withdist = true}));
  add_sicily("k");
  EXPECT_EQ((Strings{"Palermo", "Catania"}), r.georadiusbymember("k", "Palermo", 200, {.unit = "km", .sort = "ASC"}));
  EXPECT_EQ((Strings{"Catania", "Palermo"}),
            r.georadiusbymember_ro("k", "Palermo", 200, {.unit = "km", .sort = "DESC"}));
  EXPECT_EQ(Strings{"Palermo"}, r.georadiusbymember("k", "Palermo", 200000, {.count = 1}));
  const Results expected{{.member = "Palermo", .distance = 0.0}, {.member = "Catania", .distance = 166.2742}};
  EXPECT_EQ(expected, r.georadiusbymember_with("k", "Palermo", 200, {.unit = "km", .withdist = true, .sort = "ASC"}));
  EXPECT_EQ(expected,
            r.georadiusbymember_ro_with("k", "Palermo", 200, {.unit = "km", .withdist = true, .sort = "ASC"}));
  EXPECT_SERVER_ERROR(georadiusbymember("k", "missing", 1));
}

TEST_F(GeoCommandsTest, RadiusStore) {
  const Key k = together("k"), d = together("d");
  add_sicily(k);
  EXPECT_EQ(2, r.georadius_store(k, 15, 37, 200, d, {.unit = "km"}));
  EXPECT_EQ("sqc8b49rny0", r.geohash(d, "Palermo").at(0));
  EXPECT_EQ(1, r.georadius_store_dist(k, 15, 37, 200, d, {.unit = "km", .count = 1, .sort = "DESC"}));
  EXPECT_NEAR(190.4424, r.zscore(d, "Palermo").value(), 0.0001);
  EXPECT_EQ(0, r.georadius_store(k, 0, 0, 1, d));
  EXPECT_FALSE(r.contains(d));
  EXPECT_EQ(1, r.georadiusbymember_store(k, "Palermo", 1, d));
  EXPECT_EQ("sqc8b49rny0", r.geohash(d, "Palermo").at(0));
  EXPECT_EQ(2, r.georadiusbymember_store_dist(k, "Palermo", 200, d, {.unit = "km"}));
  EXPECT_NEAR(166.2742, r.zscore(d, "Catania").value(), 0.0001);
  EXPECT_EQ(0, r.georadiusbymember_store(together("missing"), "Palermo", 1, d));
  EXPECT_FALSE(r.contains(d));
  ASSERT_NE(r.getnodefor("foo").name, r.getnodefor("bar").name);
  r.geoadd("foo", {{1, 1, "m"}});
  EXPECT_EQ(1, r.georadius_store("foo", 1, 1, 1000, "bar"));
  EXPECT_EQ(1, r.georadiusbymember_store("foo", "m", 1, "bar"));
  EXPECT_EQ(r.zscore("foo", "m"), r.zscore("bar", "m"));
  EXPECT_EQ(1, r.georadius_store_dist("foo", 1, 1, 1000, "bar"));
  EXPECT_EQ(1, r.georadiusbymember_store_dist("foo", "m", 1, "bar"));
  EXPECT_EQ(0, r.zscore("bar", "m"));
}

TEST_F(GeoCommandsTest, InAPipeline) {
  Pipeline p = r.pipeline();
  const Queued<long long> added = p.geoadd("k", {{13.361389, 38.115556, "Palermo"}});
  const Queued<Results> found = p.geosearch_with("k", {.member = "Palermo", .radius = 1, .withdist = true});
  const Queued<std::vector<std::optional<GeoPosition>>> positions = p.geopos("k", "missing");
  p.execute();
  EXPECT_EQ(1, added.get());
  EXPECT_EQ((Results{{.member = "Palermo", .distance = 0.0}}), found.get());
  EXPECT_EQ((std::vector<std::optional<GeoPosition>>{nullopt}), positions.get());
}

TEST_F(GeoCommandsTest, WrongType) {
  const Key text = together("text"), d = together("d");
  r.set(text, "v");
  EXPECT_WRONG_TYPE(geoadd(text, {{0, 0, "m"}}));
  EXPECT_WRONG_TYPE(geodist(text, "a", "b"));
  EXPECT_WRONG_TYPE(geohash(text, "a"));
  EXPECT_WRONG_TYPE(geopos(text, "a"));
  EXPECT_WRONG_TYPE(georadius(text, 0, 0, 1));
  EXPECT_WRONG_TYPE(georadius_with(text, 0, 0, 1, {.withdist = true}));
  EXPECT_WRONG_TYPE(georadius_store(text, 0, 0, 1, d));
  EXPECT_WRONG_TYPE(georadius_store_dist(text, 0, 0, 1, d));
  EXPECT_WRONG_TYPE(georadius_ro(text, 0, 0, 1));
  EXPECT_WRONG_TYPE(georadius_ro_with(text, 0, 0, 1, {.withdist = true}));
  EXPECT_WRONG_TYPE(georadiusbymember(text, "m", 1));
  EXPECT_WRONG_TYPE(georadiusbymember_with(text, "m", 1, {.withdist = true}));
  EXPECT_WRONG_TYPE(georadiusbymember_store(text, "m", 1, d));
  EXPECT_WRONG_TYPE(georadiusbymember_store_dist(text, "m", 1, d));
  EXPECT_WRONG_TYPE(georadiusbymember_ro(text, "m", 1));
  EXPECT_WRONG_TYPE(georadiusbymember_ro_with(text, "m", 1, {.withdist = true}));
  EXPECT_WRONG_TYPE(geosearch(text, {.member = "m", .radius = 1}));
  EXPECT_WRONG_TYPE(geosearch_with(text, {.member = "m", .radius = 1}));
  EXPECT_WRONG_TYPE(geosearchstore(d, text, {.member = "m", .radius = 1}));
}

}  // namespace
}  // namespace rediscluster
