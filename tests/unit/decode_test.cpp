// decode<T>: every type that fits, and what does not.
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/commands/all_commands.h>
#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

namespace rediscluster {
namespace {

using namespace std::string_literals;
using Strings = std::vector<std::string>;

/** A reply, written down: text("a"), integer(1), array(integer(1), nil()). */
using Write = std::function<void(Tape&)>;
Write nil() {
  return [](Tape& tape) { tape.add_nil(); };
}
Write integer(std::int64_t value) {
  return [value](Tape& tape) { tape.add_integer(value); };
}
Write of_type(ReplyType type, std::string value) {
  return [type, value = std::move(value)](Tape& tape) { tape.add_text(type, value); };
}
Write text(std::string value) {
  return of_type(ReplyType::string, std::move(value));
}
Write status(std::string value) {
  return of_type(ReplyType::status, std::move(value));
}
Write error(std::string value) {
  return of_type(ReplyType::error, std::move(value));
}
Write container(ReplyType type, std::vector<Write> elements) {
  return [type, elements = std::move(elements)](Tape& tape) {
    const std::size_t node = tape.open(type, elements.size());
    for (const Write& element : elements) element(tape);
    tape.close(node);
  };
}
template <class... W>
Write array(const W&... elements) {
  return container(ReplyType::array, {elements...});
}

template <class T>
T decoded(const Write& write) {
  Tape tape;
  write(tape);
  return decode<T>(TapeView(tape, 0));
}

template <class T>
void expect_misfit(const Write& write) {
  EXPECT_THROW(decoded<T>(write), InvalidResponse);
}

TEST(Decode, Integers) {
  EXPECT_EQ(5, decoded<long long>(integer(5)));
  EXPECT_EQ(-5, decoded<long long>(text("-5")));
  EXPECT_EQ(5, decoded<int>(status("5")));
  EXPECT_EQ(std::numeric_limits<std::int64_t>::min(), decoded<std::int64_t>(text("-9223372036854775808")));
  EXPECT_EQ(std::numeric_limits<std::int64_t>::max(), decoded<std::int64_t>(integer(9223372036854775807)));
  for (const std::string bad : {"", "x", "1x", " 1", "1 ", "1.5", "+", "-", "9223372036854775808", "0x10"}) {
    SCOPED_TRACE(bad);
    expect_misfit<long long>(text(bad));
  }
  expect_misfit<long long>(nil());
  expect_misfit<long long>(array(integer(1)));
}

TEST(Decode, IntegerRanges) {
  EXPECT_EQ(127, decoded<std::int8_t>(integer(127)));
  EXPECT_EQ(-128, decoded<std::int8_t>(integer(-128)));
  expect_misfit<std::int8_t>(integer(128));
  expect_misfit<std::int8_t>(integer(-129));
  EXPECT_EQ(255, decoded<std::uint8_t>(integer(255)));
  expect_misfit<std::uint8_t>(integer(256));
  expect_misfit<unsigned>(integer(-1));
  expect_misfit<unsigned long long>(integer(-1));
  EXPECT_EQ(4294967295U, decoded<std::uint32_t>(integer(4294967295)));
  expect_misfit<std::uint32_t>(integer(4294967296));
  expect_misfit<int>(integer(2147483648));
  expect_misfit<int>(text("2147483648"));
}

TEST(Decode, FloatingPoint) {
  EXPECT_EQ(2.5, decoded<double>(text("2.5")));
  EXPECT_EQ(2.5F, decoded<float>(of_type(ReplyType::real, "2.5")));
  EXPECT_EQ(3.0, decoded<double>(integer(3)));
  EXPECT_EQ(0.1, decoded<double>(text("0.10000000000000001")));
  EXPECT_EQ(1e300, decoded<double>(text("1e+300")));
  EXPECT_EQ(std::numeric_limits<double>::infinity(), decoded<double>(text("inf")));
  EXPECT_EQ(-std::numeric_limits<double>::infinity(), decoded<double>(text("-inf")));
  EXPECT_TRUE(std::isnan(decoded<double>(text("nan"))));
  for (const std::string bad : {"", "x", "1x", " 1", "1,5"}) {
    SCOPED_TRACE(bad);
    expect_misfit<double>(text(bad));
  }
  expect_misfit<double>(nil());
  expect_misfit<double>(array());
}

TEST(Decode, Bool) {
  EXPECT_TRUE(decoded<bool>(integer(1)));
  EXPECT_TRUE(decoded<bool>(integer(-2)));
  EXPECT_FALSE(decoded<bool>(integer(0)));
  EXPECT_TRUE(decoded<bool>(status("OK")));
  EXPECT_FALSE(decoded<bool>(nil()));
  expect_misfit<bool>(text("1"));
  expect_misfit<bool>(array());
}

TEST(Decode, Text) {
  EXPECT_EQ("a\0\r\n"s, decoded<std::string>(text("a\0\r\n"s)));
  EXPECT_EQ("", decoded<std::string>(text("")));
  EXPECT_EQ("OK", decoded<std::string>(status("OK")));
  EXPECT_EQ("v", decoded<std::string>(of_type(ReplyType::verbatim, "v")));
  EXPECT_EQ("123456789012345678901", decoded<std::string>(of_type(ReplyType::big_number, "123456789012345678901")));
  expect_misfit<std::string>(integer(1));
  expect_misfit<std::string>(nil());
  expect_misfit<std::string>(array(text("a")));
}

TEST(Decode, Optional) {
  EXPECT_EQ(std::nullopt, decoded<std::optional<std::string>>(nil()));
  EXPECT_EQ("a", decoded<std::optional<std::string>>(text("a")));
  EXPECT_EQ("", decoded<std::optional<std::string>>(text("")));
  EXPECT_EQ(0, decoded<std::optional<long long>>(integer(0)));
  EXPECT_EQ(std::nullopt, decoded<std::optional<Strings>>(nil()));
  EXPECT_EQ(Strings{}, decoded<std::optional<Strings>>(array()));
  expect_misfit<std::optional<std::string>>(integer(1));
}

TEST(Decode, Sequences) {
  EXPECT_EQ((Strings{"a", "", "b"}), decoded<Strings>(array(text("a"), text(""), text("b"))));
  EXPECT_EQ(Strings(), decoded<Strings>(array()));
  EXPECT_EQ((std::vector<long long>{1, 2}), decoded<std::vector<long long>>(array(integer(1), text("2"))));
  EXPECT_EQ((std::vector<bool>{true, false}), decoded<std::vector<bool>>(array(integer(1), integer(0))));
  EXPECT_EQ((std::list<int>{1}), decoded<std::list<int>>(array(integer(1))));
  EXPECT_EQ((std::deque<std::string>{"a"}), decoded<std::deque<std::string>>(array(text("a"))));
  EXPECT_EQ(Strings{"a"}, decoded<Strings>(container(ReplyType::set, {text("a")})));
  using Optionals = std::vector<std::optional<std::string>>;
  EXPECT_EQ((Optionals{"a", std::nullopt}), decoded<Optionals>(array(text("a"), nil())));
  using Nested = std::vector<std::vector<long long>>;
  EXPECT_EQ((Nested{{1, 2}, {}, {3}}),
            decoded<Nested>(array(array(integer(1), integer(2)), array(), array(integer(3)))));
  expect_misfit<Strings>(text("a"));
  expect_misfit<Strings>(nil());
  expect_misfit<Strings>(array(text("a"), nil()));
  expect_misfit<Nested>(array(integer(1)));
}

TEST(Decode, Sets) {
  EXPECT_EQ((std::set<std::string>{"a", "b"}), decoded<std::set<std::string>>(array(text("b"), text("a"))));
  EXPECT_EQ((std::unordered_set<std::string>{"a"}),
            decoded<std::unordered_set<std::string>>(container(ReplyType::set, {text("a")})));
  EXPECT_EQ((std::multiset<int>{1, 1}), decoded<std::multiset<int>>(array(integer(1), integer(1))));
  EXPECT_TRUE(decoded<std::set<int>>(array()).empty());
  expect_misfit<std::set<int>>(array(text("a")));
  expect_misfit<std::set<int>>(integer(1));
}

TEST(Decode, Maps) {
  using Map = std::map<std::string, long long>;
  const Map expected{{"a", 1}, {"b", 2}};
  EXPECT_EQ(expected, decoded<Map>(array(text("a"), integer(1), text("b"), text("2"))));
  EXPECT_EQ(expected, decoded<Map>(container(ReplyType::map, {text("a"), integer(1), text("b"), integer(2)})));
  using Unordered = std::unordered_map<std::string, std::string>;
  EXPECT_EQ((Unordered{{"a", "x"}}), decoded<Unordered>(array(text("a"), text("x"))));
  using Nested = std::map<std::string, Strings>;
  EXPECT_EQ((Nested{{"a", {"x", "y"}}, {"b", {}}}),
            decoded<Nested>(array(text("a"), array(text("x"), text("y")), text("b"), array())));
  EXPECT_TRUE(decoded<Map>(array()).empty());
  expect_misfit<Map>(array(text("a"), integer(1), text("b")));
  expect_misfit<Map>(text("a"));
  expect_misfit<Map>(nil());
}

TEST(Decode, PairsAndTuples) {
  using Pair = std::pair<std::string, long long>;
  EXPECT_EQ((Pair{"a", 1}), decoded<Pair>(array(text("a"), integer(1))));
  expect_misfit<Pair>(array(text("a")));
  expect_misfit<Pair>(array(text("a"), integer(1), integer(2)));
  expect_misfit<Pair>(array());
  expect_misfit<Pair>(text("a"));
  using Popped = std::optional<std::pair<std::string, Strings>>;
  EXPECT_EQ((Popped{{"k", {"a", "b"}}}), decoded<Popped>(array(text("k"), array(text("a"), text("b")))));
  EXPECT_EQ(Popped(), decoded<Popped>(nil()));

  using Tuple = std::tuple<std::string, Strings, std::optional<double>>;
  EXPECT_EQ((Tuple{"a", {"x"}, std::nullopt}), decoded<Tuple>(array(text("a"), array(text("x")), nil())));
  EXPECT_EQ((Tuple{"a", {}, 2.5}), decoded<Tuple>(array(text("a"), array(), text("2.5"))));
  expect_misfit<Tuple>(array(text("a"), array()));
  expect_misfit<Tuple>(nil());
}

TEST(Decode, ListsOfPairs) {
  using Scores = std::vector<std::pair<std::string, double>>;
  const Scores expected{{"a", 1}, {"b", 2.5}};
  EXPECT_EQ(expected, decoded<Scores>(array(text("a"), text("1"), text("b"), text("2.5")))) << "as RESP2 sends them";
  EXPECT_EQ(expected, decoded<Scores>(array(array(text("a"), text("1")), array(text("b"), text("2.5")))));
  EXPECT_EQ(expected, decoded<Scores>(container(ReplyType::map, {text("a"), integer(1), text("b"), text("2.5")})));
  EXPECT_EQ(Scores(), decoded<Scores>(array()));
  expect_misfit<Scores>(array(text("a")));
  expect_misfit<Scores>(array(array(text("a"))));
  expect_misfit<Scores>(array(array(text("a"), text("1")), text("b")));
  expect_misfit<Scores>(text("a"));
}

TEST(Decode, Groups) {
  using Groups = std::vector<std::array<std::optional<std::string>, 2>>;
  EXPECT_EQ((Groups{{"a", "x"}, {"b", std::nullopt}}), decoded<Groups>(array(text("a"), text("x"), text("b"), nil())));
  EXPECT_EQ(Groups(), decoded<Groups>(array()));
  expect_misfit<Groups>(array(text("a")));
  expect_misfit<Groups>(nil());
}

TEST(Decode, ErrorsAreThrownAsWhatTheyAre) {
  const auto prefix_of = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const ResponseError& thrown) {
      return std::string(thrown.prefix());
    }
    return "no ResponseError";
  };
  const Write wrong_type = error("WRONGTYPE Operation against a key");
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<long long>(wrong_type); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<double>(wrong_type); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<bool>(wrong_type); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<std::string>(wrong_type); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<std::optional<std::string>>(wrong_type); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<Strings>(wrong_type); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<Strings>(array(text("a"), wrong_type)); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<std::set<int>>(array(integer(1), wrong_type)); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<std::map<int, int>>(array(integer(1), wrong_type)); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<std::pair<int, int>>(array(integer(1), wrong_type)); }));
  EXPECT_EQ("WRONGTYPE", prefix_of([&] { decoded<std::vector<Strings>>(array(array(text("a"), wrong_type))); }));
  EXPECT_THROW(decoded<long long>(error("NOSCRIPT No matching script")), NoScriptError);
  EXPECT_THROW(decoded<Strings>(array(error("NOSCRIPT No matching script"))), NoScriptError);
}

TEST(Decode, MessagesNameTheTypesButNoValue) {
  try {
    decoded<long long>(text("secret"));
    FAIL();
  } catch (const InvalidResponse& thrown) {
    EXPECT_EQ(std::string::npos, std::string(thrown.what()).find("secret")) << thrown.what();
  }
  try {
    decoded<std::string>(array(text("secret")));
    FAIL();
  } catch (const InvalidResponse& thrown) {
    EXPECT_NE(std::string::npos, std::string(thrown.what()).find("array")) << thrown.what();
    EXPECT_EQ(std::string::npos, std::string(thrown.what()).find("secret")) << thrown.what();
  }
}

TEST(Decode, ResultsOfCommands) {
  using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
  EXPECT_EQ(Time(std::chrono::microseconds(1700000000000123)),
            decoded<Time>(array(text("1700000000"), text("000123"))));
  expect_misfit<Time>(array(text("1700000000")));
  expect_misfit<Time>(integer(1700000000));

  const Write match = array(array(integer(4), integer(7)), array(integer(5), integer(8)));
  const Write long_match = array(array(integer(4), integer(7)), array(integer(5), integer(8)), integer(4));
  EXPECT_EQ((LcsMatch{{4, 7}, {5, 8}, std::nullopt}), decoded<LcsMatch>(match));
  EXPECT_EQ((LcsMatch{{4, 7}, {5, 8}, 4}), decoded<LcsMatch>(long_match));
  const LcsMatches expected{{LcsMatch{{4, 7}, {5, 8}, 4}}, 6};
  EXPECT_EQ(expected, decoded<LcsMatches>(array(text("matches"), array(long_match), text("len"), integer(6))));
  EXPECT_EQ(expected, decoded<LcsMatches>(
                          container(ReplyType::map, {text("len"), integer(6), text("matches"), array(long_match)})));
  EXPECT_EQ(LcsMatches(), decoded<LcsMatches>(array(text("matches"), array(), text("len"), integer(0))));
  EXPECT_EQ(LcsMatches(), decoded<LcsMatches>(array()));
  expect_misfit<LcsMatches>(array(text("matches")));
  expect_misfit<LcsMatches>(array(text("matches"), array(array(array(integer(4))))));
  expect_misfit<LcsMatches>(text("abc"));
  expect_misfit<LcsMatch>(array(array(integer(4), integer(7))));
}

TEST(ServerInfo, ReadsFields) {
  const auto info = decoded<ServerInfo>(text(
      "# Server\r\nredis_version:7.0.15\r\nexecutable:C:/redis\r\nempty:\r\n\r\n# Modules\r\nmodule:name=a,ver=1\r\n"
      "module:name=b,ver=2\r\n# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=0\r\nused_cpu_sys:0.25\r\nno "
      "colon\r\nlast:1"));
  EXPECT_EQ("7.0.15", info["redis_version"]);
  EXPECT_EQ("C:/redis", info.at("executable"));
  EXPECT_EQ("", info["empty"]);
  EXPECT_EQ("name=a,ver=1\nname=b,ver=2", info["module"]);
  EXPECT_EQ((ServerInfo::Fields{{"keys", "2"}, {"expires", "1"}, {"avg_ttl", "0"}}), info.parts("db0"));
  EXPECT_EQ(1, info.integer("last"));
  EXPECT_EQ(0.25, info.number("used_cpu_sys"));
  EXPECT_EQ(7U, info.size());
  EXPECT_TRUE(info.contains("db0"));
  EXPECT_FALSE(info.contains("# Server"));
  EXPECT_TRUE(info.find("nothing") == info.end());
  EXPECT_EQ("db0", info.begin()->first);
  EXPECT_THROW(info["nothing"], KeyError);
  EXPECT_THROW(info.integer("nothing"), KeyError);
  EXPECT_THROW(info.parts("nothing"), KeyError);
  EXPECT_THROW(info.integer("redis_version"), InvalidResponse);
  EXPECT_THROW(info.integer("empty"), InvalidResponse);
  EXPECT_THROW(info.number("executable"), InvalidResponse);
  EXPECT_EQ((Strings{"Server", "Modules", "Keyspace"}), info.sections());
  EXPECT_EQ((ServerInfo::Fields{{"redis_version", "7.0.15"}, {"executable", "C:/redis"}, {"empty", ""}}),
            info.section("server"));
  EXPECT_EQ((ServerInfo::Fields{{"module", "name=a,ver=1\nname=b,ver=2"}}), info.section("Modules"));
  EXPECT_TRUE(info.section("nothing").empty());
  EXPECT_TRUE(ServerInfo("").empty());
  EXPECT_TRUE(ServerInfo("").sections().empty());
  expect_misfit<ServerInfo>(array(text("a")));
}

TEST(Decode, RangesOfATape) {
  // A view into the middle of a tape sees its own element only.
  Tape tape;
  integer(1)(tape);
  const std::size_t second = tape.size();
  array(text("a"), text("b"))(tape);
  integer(3)(tape);
  EXPECT_EQ((Strings{"a", "b"}), decode<Strings>(TapeView(tape, second)));
}

}  // namespace
}  // namespace rediscluster
