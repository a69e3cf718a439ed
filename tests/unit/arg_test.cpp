// Arg, Score, spans and points of time, and the lists of parameters made from them.
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/arg.h>
#include <rediscluster/arguments.h>

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Words = std::vector<std::string>;

/** What a list of parameters appends to a command. */
template <class List>
Words words_of(const List& list) {
  Command command("X");
  command.list(list);
  Words words;
  for (std::size_t i = 1; i < command.size(); ++i) words.emplace_back(command[i]);
  return words;
}

template <class T>
class ArgOfInteger : public testing::Test {};
using Integers = testing::Types<signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long,
                                long long, unsigned long long, std::int8_t, std::uint64_t>;
TYPED_TEST_SUITE(ArgOfInteger, Integers);

TYPED_TEST(ArgOfInteger, IsDecimal) {
  using Limits = std::numeric_limits<TypeParam>;
  EXPECT_EQ(std::to_string(Limits::min()), Arg(Limits::min()).view());
  EXPECT_EQ(std::to_string(Limits::max()), Arg(Limits::max()).view());
  EXPECT_EQ("0", Arg(TypeParam{0}).view());
  EXPECT_EQ("42", Arg(TypeParam{42}).view());
}

TEST(Arg, IntegerExtremes) {
  EXPECT_EQ("-9223372036854775808", Arg(std::numeric_limits<std::int64_t>::min()).view());
  EXPECT_EQ("9223372036854775807", Arg(std::numeric_limits<std::int64_t>::max()).view());
  EXPECT_EQ("18446744073709551615", Arg(std::numeric_limits<std::uint64_t>::max()).view());
}

template <class T>
class ArgOfFloat : public testing::Test {};
using Floats = testing::Types<float, double, long double>;
TYPED_TEST_SUITE(ArgOfFloat, Floats);

TYPED_TEST(ArgOfFloat, ReadsBackAsTheSameValue) {
  using Limits = std::numeric_limits<TypeParam>;
  const TypeParam values[] = {0,
                              -TypeParam{0},
                              1,
                              -1.5,
                              TypeParam(0.1),
                              TypeParam(1) / 3,
                              TypeParam(1e21),
                              TypeParam(123456789.123456789),
                              Limits::min(),
                              Limits::max(),
                              Limits::lowest(),
                              Limits::epsilon(),
                              std::nextafter(TypeParam(1), TypeParam(2))};
  for (const TypeParam value : values) {
    const Arg arg(value);
    TypeParam read = 7;
    const auto [end, error] = std::from_chars(arg.view().data(), arg.view().data() + arg.view().size(), read);
    EXPECT_EQ(std::errc(), error) << arg.view();
    EXPECT_EQ(arg.view().data() + arg.view().size(), end) << arg.view();
    EXPECT_EQ(value, read) << arg.view();
    EXPECT_EQ(std::signbit(value), std::signbit(read)) << arg.view();
  }
}

TEST(Arg, Subnormals) {
  EXPECT_EQ("5e-324", Arg(std::numeric_limits<double>::denorm_min()).view());
  EXPECT_EQ("1e-45", Arg(std::numeric_limits<float>::denorm_min()).view());
}

TEST(Arg, FloatsAreShort) {
  EXPECT_EQ("0.1", Arg(0.1).view());
  EXPECT_EQ("0.1", Arg(0.1F).view());
  EXPECT_EQ("0.30000000000000004", Arg(0.1 + 0.2).view());
  EXPECT_EQ("3", Arg(3.0).view());
  EXPECT_EQ("1e+300", Arg(1e300).view());
  EXPECT_EQ("-2.5e-07", Arg(-2.5e-7).view());
}

TEST(Arg, InfiniteAndNan) {
  EXPECT_EQ("inf", Arg(std::numeric_limits<double>::infinity()).view());
  EXPECT_EQ("-inf", Arg(-std::numeric_limits<double>::infinity()).view());
  EXPECT_EQ("nan", Arg(std::numeric_limits<double>::quiet_NaN()).view());
}

TEST(Arg, Text) {
  const std::string text = "a\0b\r\n"s;
  EXPECT_EQ(text, Arg(text).view());
  EXPECT_EQ(text.data(), Arg(text).view().data()) << "text is not copied";
  EXPECT_EQ("literal", Arg("literal").view());
  EXPECT_EQ("view", Arg(std::string_view("view")).view());
  const char* const pointer = "pointer";
  EXPECT_EQ("pointer", Arg(pointer).view());
  EXPECT_EQ("", Arg("").view());
  EXPECT_EQ("", Arg(std::string_view()).view());
  EXPECT_EQ("", Arg(std::string()).view());
}

TEST(Arg, CopiesAreIndependent) {
  Arg copy("text");
  {
    const Arg number(12345);
    copy = number;
  }
  EXPECT_EQ("12345", copy.view());
  const Arg moved = std::move(copy);
  EXPECT_EQ("12345", moved.view());
  std::vector<Arg> many;
  for (int i = 0; i < 100; ++i) many.emplace_back(i);
  for (std::size_t i = 0; i < many.size(); ++i) EXPECT_EQ(std::to_string(i), many[i].view());
}

// What could be meant in two ways does not convert.
static_assert(!std::is_convertible_v<bool, Arg>);
static_assert(!std::is_convertible_v<char, Arg>);
static_assert(!std::is_convertible_v<wchar_t, Arg>);
static_assert(!std::is_convertible_v<char8_t, Arg>);
static_assert(!std::is_convertible_v<char16_t, Arg>);
static_assert(!std::is_convertible_v<char32_t, Arg>);
static_assert(!std::is_convertible_v<std::nullptr_t, Arg>);
static_assert(!std::is_convertible_v<void*, Arg>);
static_assert(!std::is_convertible_v<std::vector<std::string>, Arg>);
static_assert(std::is_convertible_v<const char*, Arg>);
static_assert(std::is_convertible_v<int, Arg> && std::is_convertible_v<float, Arg>);
static_assert(std::is_nothrow_copy_constructible_v<Arg>);
static_assert(!std::is_convertible_v<bool, Score> && !std::is_convertible_v<char, Score>);
static_assert(!std::is_convertible_v<const char*, Score>);

TEST(Score, TakesAnyNumber) {
  EXPECT_EQ(1.0, Score(1).value);
  EXPECT_EQ(-2.5, Score(-2.5F).value);
  EXPECT_EQ(18446744073709551616.0, Score(std::numeric_limits<std::uint64_t>::max()).value);
  EXPECT_TRUE(std::isinf(Score(std::numeric_limits<float>::infinity()).value));
}

// A span is taken in its unit or a coarser one.
static_assert(std::is_convertible_v<std::chrono::minutes, Seconds>);
static_assert(!std::is_convertible_v<std::chrono::milliseconds, Seconds>);
static_assert(std::is_convertible_v<std::chrono::seconds, Milliseconds>);
static_assert(!std::is_convertible_v<std::chrono::microseconds, Milliseconds>);
static_assert(!std::is_convertible_v<bool, Seconds> && !std::is_convertible_v<double, Seconds>);
static_assert(!std::is_convertible_v<bool, UnixSeconds>);
static_assert(!std::is_convertible_v<std::chrono::steady_clock::time_point, UnixSeconds>);

TEST(TimeSpan, Counts) {
  EXPECT_EQ(10, Seconds(10).count());
  EXPECT_EQ(10, Seconds(10s).count());
  EXPECT_EQ(7200, Seconds(2h).count());
  EXPECT_EQ(10, Milliseconds(10).count());
  EXPECT_EQ(10000, Milliseconds(10s).count());
  EXPECT_EQ(-5, Milliseconds(-5ms).count());
  EXPECT_EQ(10s, Seconds(10U).duration());
}

TEST(UnixTime, CutsToItsUnit) {
  const auto when = std::chrono::system_clock::time_point(1700000000s) + 999ms;
  EXPECT_EQ(1700000000, UnixSeconds(when).count());
  EXPECT_EQ(1700000000999, UnixMilliseconds(when).count());
  EXPECT_EQ(5, UnixSeconds(5).count());
  EXPECT_EQ(1700000000000, UnixMilliseconds(std::chrono::sys_seconds(1700000000s)).count());
  EXPECT_EQ(-1, UnixSeconds(std::chrono::system_clock::time_point(-1ms)).count()) << "downwards, before 1970 too";
}

TEST(Args, FromEverything) {
  EXPECT_EQ((Words{"a", "1", "2.5"}), words_of(Args{"a", 1, 2.5}));
  EXPECT_EQ(Words{"a"}, words_of(Args("a")));
  EXPECT_EQ(Words{"a"}, words_of(Args("a"s)));
  EXPECT_EQ(Words{"7"}, words_of(Args(7)));
  EXPECT_EQ(Words{"0.5"}, words_of(Args(0.5)));
  EXPECT_EQ(Words{"x"}, words_of(Args(Arg("x"))));
  EXPECT_EQ(Words(), words_of(Args{}));

  const std::vector<std::string> strings{"a", "b\0c"s, ""};
  EXPECT_EQ((Words{"a", "b\0c"s, ""}), words_of(Args(strings)));
  EXPECT_EQ(3U, Args(strings).size());
  EXPECT_EQ(Words(), words_of(Args(std::vector<std::string>())));
  EXPECT_EQ((Words{"1", "-2"}), words_of(Args(std::vector<int>{1, -2})));
  EXPECT_EQ((Words{"1", "2"}), words_of(Args(std::set<long>{2, 1})));
  EXPECT_EQ((Words{"x", "y"}), words_of(Args(std::list<std::string_view>{"x", "y"})));
  EXPECT_EQ((Words{"x", "y"}), words_of(Args(std::deque<const char*>{"x", "y"})));
  EXPECT_EQ((Words{"x", "y"}), words_of(Args(std::array<std::string, 2>{"x", "y"})));
  EXPECT_EQ((Words{"x", "1"}), words_of(Args(std::vector<Arg>{"x", 1})));
  EXPECT_EQ(Words{"u"}, words_of(Args(std::unordered_set<std::string>{"u"})));
  const std::string_view c_array[] = {"p", "q"};
  EXPECT_EQ((Words{"p", "q"}), words_of(Args(c_array)));
  EXPECT_EQ((Words{"p", "q"}), words_of(Args(std::span<const std::string_view>(c_array))));
  const int numbers[] = {3, 4};
  EXPECT_EQ((Words{"3", "4"}), words_of(Args(numbers)));
}

TEST(Keys, FromEverything) {
  EXPECT_EQ((Words{"a", "b", "c"}), words_of(Keys{"a", Key{"tag", "b"}, "c"s}));
  EXPECT_EQ(Words{"a"}, words_of(Keys("a")));
  EXPECT_EQ(Words{"a"}, words_of(Keys(Key{"tag", "a"})));
  EXPECT_EQ(Words(), words_of(Keys{}));
  EXPECT_EQ((Words{"a", "b"}), words_of(Keys(std::vector<std::string>{"a", "b"})));
  EXPECT_EQ((Words{"a", "b"}), words_of(Keys(std::set<std::string>{"b", "a"})));
  EXPECT_EQ((Words{"a", "b"}), words_of(Keys(std::vector<Key>{"a", Key{"tag", "b"}})));
  const char* const c_array[] = {"p", "q"};
  EXPECT_EQ((Words{"p", "q"}), words_of(Keys(c_array)));
  const std::string_view views[] = {"p", "q"};
  EXPECT_EQ(Words{"q"}, words_of(Keys(std::span(views).subspan(1))));

  Command command("MGET");
  command.list(Keys{"a", Key{"tag", "b"}});
  ASSERT_EQ(2U, command.keys().size());
  EXPECT_FALSE(command.keys()[0].tagged);
  EXPECT_TRUE(command.keys()[1].tagged);
  EXPECT_EQ(crc32("tag"), command.keys()[1].tag_hash);
}
static_assert(!std::is_convertible_v<int, Keys>, "a number is no key");

TEST(ListOf, PairsFromEverything) {
  EXPECT_EQ((Words{"a", "1", "b", "x"}), words_of(KeyValues{{"a", 1}, {"b", "x"}}));
  EXPECT_EQ((Words{"a", "1"}), words_of(KeyValues{{Key{"tag", "a"}, 1}}));
  EXPECT_EQ((Words{"a", "1", "b", "2"}), words_of(KeyValues(std::map<std::string, int>{{"b", 2}, {"a", 1}})));
  EXPECT_EQ((Words{"a", "1"}), words_of(FieldValues(std::unordered_map<std::string, std::string>{{"a", "1"}})));
  EXPECT_EQ((Words{"1", "2"}), words_of(FieldValues{{1, 2}}));
  EXPECT_EQ((Words{"1", "a", "2.5", "b"}), words_of(ScoredMembers{{"a", 1}, {"b", 2.5}})) << "score first";
  EXPECT_EQ((Words{"1", "a", "1", "a"}),
            words_of(ScoredMembers(std::vector<std::pair<std::string, double>>{{"a", 1}, {"a", 1}})));
  const std::pair<std::string_view, int> c_array[] = {{"p", 1}, {"q", 2}};
  EXPECT_EQ((Words{"1", "p", "2", "q"}), words_of(ScoredMembers(c_array)));
  EXPECT_EQ(Words(), words_of(KeyValues{}));
  EXPECT_EQ(0U, KeyValues(std::map<std::string, int>()).size());
}

}  // namespace
}  // namespace rediscluster
