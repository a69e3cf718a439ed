// Tape, TapeView and Reply.
#include <cstdint>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/errors.h>
#include <rediscluster/reply.h>
#include <rediscluster/tape.h>

namespace rediscluster {
namespace {

using namespace std::string_literals;

constexpr ReplyType text_types[] = {ReplyType::string,   ReplyType::status, ReplyType::error,
                                    ReplyType::verbatim, ReplyType::real,   ReplyType::big_number};
constexpr ReplyType container_types[] = {ReplyType::array, ReplyType::map, ReplyType::set, ReplyType::push};

/** [1, ["two", [], nil], {"k": 3.5}, ERR no] */
Tape sample() {
  Tape tape;
  const std::size_t all = tape.open(ReplyType::array, 4);
  tape.add_integer(1);
  const std::size_t inner = tape.open(ReplyType::array, 3);
  tape.add_text(ReplyType::string, "two");
  tape.close(tape.open(ReplyType::array, 0));
  tape.add_nil();
  tape.close(inner);
  const std::size_t map = tape.open(ReplyType::map, 2);
  tape.add_text(ReplyType::string, "k");
  tape.add_text(ReplyType::real, "3.5");
  tape.close(map);
  tape.add_text(ReplyType::error, "ERR no");
  tape.close(all);
  return tape;
}

TEST(Tape, HoldsEveryType) {
  Tape tape;
  EXPECT_TRUE(tape.empty());
  tape.add_nil();
  tape.add_integer(std::numeric_limits<std::int64_t>::min());
  tape.add_integer(std::numeric_limits<std::int64_t>::max());
  const std::string binary = "a\0\r\n"s;
  for (const ReplyType type : text_types) tape.add_text(type, binary);
  for (const ReplyType type : container_types) tape.close(tape.open(type, 0));

  ASSERT_EQ(13U, tape.size());
  EXPECT_EQ(ReplyType::nil, tape.type(0));
  EXPECT_EQ(std::numeric_limits<std::int64_t>::min(), tape.integer(1));
  EXPECT_EQ(std::numeric_limits<std::int64_t>::max(), tape.integer(2));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(text_types[i], tape.type(3 + i));
    EXPECT_EQ(binary, tape.text(3 + i));
    EXPECT_FALSE(tape.is_container(3 + i));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(container_types[i], tape.type(9 + i));
    EXPECT_TRUE(tape.is_container(9 + i));
    EXPECT_EQ(0U, tape.elements(9 + i));
    EXPECT_EQ(10 + i, tape.next(9 + i));
  }
}

TEST(Tape, Nests) {
  const Tape tape = sample();
  const TapeView all(tape, 0);
  ASSERT_EQ(4U, all.elements());
  const TapeView one = all.first();
  EXPECT_EQ(1, one.integer());
  const TapeView inner = one.next();
  ASSERT_EQ(3U, inner.elements());
  EXPECT_EQ("two", inner.first().text());
  EXPECT_EQ(0U, inner.first().next().elements());
  EXPECT_TRUE(inner.first().next().next().is_nil());
  const TapeView map = inner.next();
  EXPECT_EQ(ReplyType::map, map.type());
  EXPECT_EQ("3.5", map.first().next().text());
  EXPECT_TRUE(map.next().is_error());
  EXPECT_EQ(tape.size(), tape.next(0));
}

TEST(Tape, NestsDeep) {
  constexpr std::size_t depth = 100000;
  Tape tape;
  for (std::size_t i = 0; i < depth; ++i) tape.open(ReplyType::array, 1);
  tape.add_integer(7);
  for (std::size_t i = depth; i-- > 0;) tape.close(i);
  TapeView view(tape, 0);
  while (view.is_container()) view = view.first();
  EXPECT_EQ(7, view.integer());
  EXPECT_EQ(depth + 1, tape.next(0));
}

TEST(Tape, HoldsSeveralReplies) {
  Tape tape;
  tape.add_copy(sample(), 0);
  const std::size_t second = tape.size();
  tape.add_text(ReplyType::status, "OK");
  EXPECT_EQ(second, tape.next(0));
  EXPECT_EQ("OK", tape.text(second));
}

TEST(Tape, CopiesPartsOfAnother) {
  const Tape from = sample();
  Tape to;
  to.add_text(ReplyType::string, "before");
  to.add_copy(from, 2);  // ["two", [], nil]
  to.add_copy(from, from.next(2));
  to.add_integer(9);

  const TapeView inner = TapeView(to, 0).next();
  ASSERT_EQ(3U, inner.elements());
  EXPECT_EQ("two", inner.first().text());
  const TapeView map = inner.next();
  EXPECT_EQ("k", map.first().text());
  EXPECT_EQ("3.5", map.first().next().text());
  EXPECT_EQ(9, map.next().integer());
  EXPECT_EQ("before", to.text(0));
}

TEST(Tape, IsTruncatedAndCleared) {
  Tape tape;
  tape.add_text(ReplyType::string, "kept");
  const std::size_t nodes = tape.size();
  const std::size_t text = tape.text_size();
  tape.open(ReplyType::array, 5);
  tape.add_text(ReplyType::string, "half");
  tape.truncate(nodes, text);
  EXPECT_EQ(1U, tape.size());
  tape.add_text(ReplyType::string, "next");
  EXPECT_EQ("kept", tape.text(0));
  EXPECT_EQ("next", tape.text(1));
  tape.clear();
  EXPECT_TRUE(tape.empty());
  EXPECT_EQ(0U, tape.text_size());
}

TEST(Tape, SetsElementsLater) {
  Tape tape;
  const std::size_t all = tape.open(ReplyType::set, 0);
  tape.add_integer(1);
  tape.add_integer(2);
  tape.set_elements(all, 2);
  tape.close(all);
  EXPECT_EQ(2U, tape.elements(all));
  EXPECT_EQ(2, TapeView(tape, all).first().next().integer());
}

TEST(Tape, MovesAndReusesMemory) {
  Tape tape = sample();
  Tape moved = std::move(tape);
  EXPECT_EQ(4U, moved.elements(0));
  Tape assigned;
  assigned.add_integer(1);
  assigned = std::move(moved);
  EXPECT_EQ(4U, assigned.elements(0));
  for (int i = 0; i < 100; ++i) {
    Tape fresh;
    EXPECT_TRUE(fresh.empty());
    EXPECT_EQ(0U, fresh.text_size());
    fresh.add_text(ReplyType::string, std::string(static_cast<std::size_t>(i) * 100, 'x'));
    Tape second;
    EXPECT_TRUE(second.empty());
  }
}

TEST(Tape, MayEndInAnotherThread) {
  Reply reply;
  std::thread([&reply] { reply = Reply(sample()); }).join();
  EXPECT_EQ(4U, reply.size());
  std::thread([moved = std::move(reply)]() mutable { moved = Reply(); }).join();
}

TEST(Reply, DefaultIsNil) {
  const Reply reply;
  EXPECT_EQ(Reply::Type::nil, reply.type());
  EXPECT_TRUE(reply.is_nil());
  EXPECT_FALSE(reply.is_error());
  EXPECT_EQ(0U, reply.size());
  EXPECT_TRUE(reply.begin() == reply.end());
  EXPECT_THROW(reply.integer(), InvalidResponse);
  EXPECT_THROW(reply.number(), InvalidResponse);
  EXPECT_THROW(static_cast<void>(reply.string()), InvalidResponse);
  EXPECT_THROW(reply[0], std::out_of_range);
  EXPECT_TRUE(reply.view().is_nil());
}

TEST(Reply, ReadsEveryType) {
  Tape tape;
  const std::size_t all = tape.open(ReplyType::array, 0);
  for (const ReplyType type : text_types) tape.add_text(type, "text");
  tape.add_integer(-5);
  tape.add_text(ReplyType::string, "2.5");
  tape.add_text(ReplyType::real, "-inf");
  tape.set_elements(all, 9);
  tape.close(all);
  const Reply reply((std::move(tape)));

  for (std::size_t i = 0; i < 6; ++i) {
    const Reply element = reply[i];
    EXPECT_EQ(text_types[i], element.type());
    EXPECT_EQ("text", element.string());
    EXPECT_EQ(text_types[i] == Reply::Type::error, element.is_error());
    if (element.is_error()) {
      EXPECT_THROW(element.integer(), ResponseError);
      EXPECT_THROW(element.number(), ResponseError);
    } else {
      EXPECT_THROW(element.integer(), InvalidResponse);
      EXPECT_THROW(element.number(), InvalidResponse);
    }
    EXPECT_EQ(0U, element.size());
  }
  const Reply integer = reply[6];
  EXPECT_EQ(-5, integer.integer());
  EXPECT_EQ(-5.0, integer.number());
  EXPECT_THROW(static_cast<void>(integer.string()), InvalidResponse);
  EXPECT_EQ(2.5, reply[7].number());
  EXPECT_EQ(-std::numeric_limits<double>::infinity(), reply[8].number());
  EXPECT_THROW(reply.integer(), InvalidResponse);
  EXPECT_THROW(reply[9], std::out_of_range);
  EXPECT_THROW(reply[std::numeric_limits<std::size_t>::max()], std::out_of_range);
}

TEST(Reply, Iterates) {
  const Reply reply(sample());
  std::vector<Reply::Type> types;
  for (const Reply element : reply) types.push_back(element.type());
  EXPECT_EQ((std::vector<Reply::Type>{Reply::Type::integer, Reply::Type::array, Reply::Type::map, Reply::Type::error}),
            types);
  std::size_t inner = 0;
  for (const Reply element : reply[1]) inner += element.type() == Reply::Type::array ? 0 : 1;
  EXPECT_EQ(2U, inner);

  Reply::iterator i = reply.begin();
  EXPECT_EQ(1, (*i++).integer());
  EXPECT_EQ(3U, (*i).size());
  EXPECT_TRUE(i == ++reply.begin());
  EXPECT_TRUE(reply[1][1].begin() == reply[1][1].end());
  EXPECT_EQ(2U, reply[2].size()) << "a map has two elements an entry";
}
static_assert(std::forward_iterator<Reply::iterator>);

TEST(Reply, ElementsKeepTheTapeAlive) {
  Reply element;
  {
    const Reply reply(sample());
    element = reply[1];
  }
  const Reply two = element[0];
  element = Reply();
  EXPECT_EQ("two", two.string());
}

}  // namespace
}  // namespace rediscluster
