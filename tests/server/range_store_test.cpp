// ZRANGESTORE, GEOSEARCHSTORE, GEORADIUS and GEORADIUSBYMEMBER with STORE, from one node to another.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/cluster_support.h"
#include "server/one_server.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

class RangeStoreTest : public BesideOneServer {
 protected:
  static void SetUpTestSuite() { start({"--zset-max-listpack-entries", "8"}); }
  void SetUp() override {
    BesideOneServer::SetUp();
    run({"ZADD", source, "1", "a", "1", "b", "2", "c", "2.5", "d", "0.1", "x\0\r\n"s, "inf", "e", "-inf", ""});
    run({"ZADD", lexical, "0", "a", "0", "b", "0", "c", "0", "d", "0", "e"});
    run({"SET", string, "x"});
    run({"LPUSH", list, "x"});
    for (int i = 0; i < 60; ++i) {
      run({"GEOADD", places, std::to_string(13 + i * 0.0137), std::to_string(38 - i * 0.0071),
           "p" + std::to_string(i)});
    }
    // Members that are no places, for their scores' sake.
    run({"ZADD", places, "0.5", "half", "3479099956230698.5", "broken"});
  }

  void expect_same_store(const Words& words, const std::string& destination) {
    expect_same(words);
    expect_same_result(destination);
  }

  // On different nodes, all of them; the destination on each of them.
  const std::string source = key_on(1, 3, 0);
  const std::string lexical = key_on(2, 3, 0);
  const std::string places = key_on(3, 3, 0);
  const std::string string = key_on(1, 3, 1);
  const std::string list = key_on(2, 3, 1);
  const Words destinations{key_on(1, 3, 2), key_on(2, 3, 2), key_on(3, 3, 2), string, list};
};

TEST_F(RangeStoreTest, RangesOfEveryKind) {
  for (const std::string& destination : destinations) {
    for (const std::string& from : {source, lexical, places, string, list, "none"s}) {
      for (const Words& range : std::vector<Words>{{"0", "-1"},
                                                   {"1", "2"},
                                                   {"1", "3", "REV"},
                                                   {"5", "1"},
                                                   {"-2", "100"},
                                                   {"(1", "inf", "BYSCORE"},
                                                   {"-inf", "+inf", "byscore", "limit", "1", "3"},
                                                   {"+inf", "-inf", "BYSCORE", "REV", "LIMIT", "0", "2"},
                                                   {"0", "3", "BYSCORE", "LIMIT", "-1", "2"},
                                                   {"0", "3", "LIMIT", "0", "-1", "BYSCORE"},
                                                   {"-", "+", "BYLEX"},
                                                   {"[b", "(e", "BYLEX", "LIMIT", "0", "2"},
                                                   {"+", "[b", "BYLEX", "REV"},
                                                   // wrong
                                                   {"0"},
                                                   {"x", "-1"},
                                                   {"0", "1.5"},
                                                   {"x", "1", "BYSCORE"},
                                                   {"a", "b", "BYLEX"},
                                                   {"0", "-1", "LIMIT", "0", "1"},
                                                   {"0", "-1", "LIMIT", "0", "-1"},
                                                   {"0", "-1", "BYSCORE", "LIMIT"},
                                                   {"0", "-1", "BYSCORE", "LIMIT", "0"},
                                                   {"0", "-1", "BYSCORE", "LIMIT", "x", "1"},
                                                   {"0", "-1", "BYSCORE", "BYSCORE"},
                                                   {"0", "-1", "BYSCORE", "BYLEX"},
                                                   {"0", "-1", "REV", "REV"},
                                                   {"0", "-1", "WITHSCORES"},
                                                   {"0", "-1", "nonsense"}}) {
        run({"SET", destination, "x", "PXAT", "99999999999999"});
        expect_same_store(Words{"ZRANGESTORE", destination, from} + range, destination);
      }
      run({"SET", string, "x"});
      run({"DEL", list});
      run({"LPUSH", list, "x"});
    }
  }
}

TEST_F(RangeStoreTest, SearchesWithAllDigitsOfTheirScores) {
  for (const std::string& destination : destinations) {
    for (const std::string& from : {places, source, string, "none"s}) {
      for (const Words& search : std::vector<Words>{{"FROMLONLAT", "13.3", "37.9", "BYRADIUS", "20", "km"},
                                                    {"FROMMEMBER", "p7", "BYBOX", "30", "20", "mi", "ASC"},
                                                    {"frommember", "p7", "byradius", "9999", "m", "count", "5"},
                                                    {"FROMMEMBER", "p7", "BYRADIUS", "1", "m"},
                                                    {"FROMLONLAT", "1", "1", "BYRADIUS", "1", "m"},
                                                    {"FROMMEMBER", "p7", "BYRADIUS", "20", "km", "COUNT", "3", "ANY"},
                                                    // wrong
                                                    {"FROMMEMBER", "nobody", "BYRADIUS", "1", "m"},
                                                    {"FROMMEMBER", "p7", "BYRADIUS", "1", "parsec"},
                                                    {"FROMMEMBER", "p7"},
                                                    {"BYRADIUS", "1", "m"},
                                                    {"FROMMEMBER", "p7", "BYRADIUS", "1", "m", "WITHDIST"},
                                                    {"FROMMEMBER", "p7", "BYRADIUS", "1", "m", "ANY"},
                                                    {"FROMMEMBER", "p7", "BYRADIUS", "1", "m", "COUNT", "0"},
                                                    {"nonsense"}}) {
        run({"SET", destination, "x", "PXAT", "99999999999999"});
        expect_same_store(Words{"GEOSEARCHSTORE", destination, from} + search, destination);
        expect_same_store(Words{"GEOSEARCHSTORE", destination, from} + search + Words{"STOREDIST"}, destination);
      }
    }
    run({"SET", string, "x"});
  }
}

TEST_F(RangeStoreTest, TheOldSearches) {
  for (const std::string& destination : destinations) {
    for (const std::string& from : {places, source, string, "none"s}) {
      for (const Words& options : std::vector<Words>{{"STORE", destination},
                                                     {"storedist", destination},
                                                     {"COUNT", "4", "STORE", destination, "DESC"},
                                                     {"STORE", "STORE", "STOREDIST", destination},
                                                     {"STOREDIST", destination, "STORE", destination},
                                                     {"STOREDIST", string, "STORE", destination},
                                                     // wrong
                                                     {"STORE", destination, "STORE"},
                                                     {"STORE", destination, "WITHCOORD"},
                                                     {"STORE", destination, "COUNT", "x"},
                                                     {"STORE", destination, "nonsense"}}) {
        run({"DEL", destination});
        run({"LPUSH", destination, "x"});
        expect_same_store(Words{"GEORADIUS", from, "13.3", "37.9", "20", "km"} + options, destination);
        expect_same_store(Words{"GEORADIUS", from, "13.3", "37.9", "20", "ell"} + options, destination);
        expect_same_store(Words{"GEORADIUSBYMEMBER", from, "p9", "20000", "ft"} + options, destination);
        expect_same_store(Words{"GEORADIUSBYMEMBER", from, "nobody", "20000", "ft"} + options, destination);
      }
    }
    run({"SET", string, "x"});
  }
}

TEST_F(RangeStoreTest, RandomCommandsAnswerAsOneServerDoes) {
  Chance random;
  // Members in ranges of members need one and the same score, else what is found depends on chance.
  const Words keys = destinations + Words{source, places, "none"};
  const Words bounds{"-inf", "inf", "(1", "1", "2", "(2.5", "0", "-1", "3", "-3", "[a", "(c", "-", "+", "x", "[d"};
  for (int i = 0; i < rounds(3000); ++i) {
    const std::string destination = random.of(destinations);
    Words words;
    switch (random.below(6)) {
      case 0:
        run({random.of({"ZADD", "GEOADD"}), random.of(keys), random.of(bounds), random.of(bounds), random.of(bounds)});
        run({"ZADD", random.of(keys), random.of(bounds), random.of({"a", "b", "c", "p3"})});
        continue;
      case 1:
        words = {"GEORADIUS",
                 random.of(keys),
                 "13.2",
                 "37.8",
                 std::to_string(random.below(60)),
                 random.of({"km", "m", "mi", "ft", "x"})};
        words = words + Words{random.of({"STORE", "STOREDIST"}), destination};
        break;
      case 2:
        words = {"GEOSEARCHSTORE", destination, random.of(keys), "FROMMEMBER", "p" + std::to_string(random.below(70)),
                 "BYBOX",          "40",        "17.5",          "km"};
        if (random.one_in(2)) words = words + Words{"COUNT", std::to_string(random.below(20))};
        if (random.one_in(2)) words = words + Words{"STOREDIST"};
        if (random.one_in(3)) words = words + Words{random.of({"ASC", "DESC", "ANY", "WITHHASH"})};
        break;
      default:
        words = {"ZRANGESTORE", destination, random.of(keys), random.of(bounds), random.of(bounds)};
        if (random.one_in(3)) words[2] = lexical;
        if (random.one_in(3)) words = words + Words{"REV"};
        if (words[2] == lexical) words = words + Words{random.of({"BYLEX", "bylex"})};
        if (random.one_in(2)) words = words + Words{random.of({"BYSCORE", "ByScore"})};
        if (random.one_in(3)) {
          words = words + Words{"LIMIT", std::to_string(random.below(4)),
                                std::to_string(static_cast<int>(random.below(5)) - 1)};
        }
    }
    expect_same_store(words, destination);
    if (HasFatalFailure()) return;
  }
}

TEST_F(RangeStoreTest, ARangeOfManyMembersIsStoredWhole) {
  Words words{"ZADD", source};
  for (int i = 0; i < 20000; ++i) {
    words.push_back(std::to_string(i * 0.37));
    words.push_back("member:" + std::to_string(i));
  }
  run(words);
  expect_same_store({"ZRANGESTORE", destinations[1], source, "0", "-1"}, destinations[1]);
  expect_same_store({"ZRANGESTORE", destinations[2], source, "-", "+", "BYLEX"}, destinations[2]);
}

TEST_F(RangeStoreTest, NotInPipelines) {
  auto pipeline = r_.pipeline();
  EXPECT_THAT(error_of<DataError>([&] { pipeline.execute_command("ZRANGESTORE", destinations[1], source, "0", "-1"); }),
              HasSubstr("takes more than one step"));
}

}  // namespace
}  // namespace rediscluster::tests
