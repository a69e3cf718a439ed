// Command: the bytes it makes, the words and keys it remembers.
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/arguments.h>
#include <rediscluster/command.h>

namespace rediscluster {
namespace {

using namespace std::string_literals;

/** RESP by the book. */
std::string encoded(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return bytes;
}

std::vector<std::string> words_of(const Command& command) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < command.size(); ++i) words.emplace_back(command[i]);
  return words;
}

void expect_words(const std::vector<std::string>& words, const Command& command) {
  EXPECT_EQ(words, words_of(command));
  EXPECT_EQ(encoded(words), command.bytes());
}

/** Indices of the words that are keys; tagged ones negative. */
std::vector<int> keys_of(const Command& command) {
  std::vector<int> keys;
  for (const Command::KeyMark& key : command.keys()) {
    keys.push_back(key.tagged ? -static_cast<int>(key.argument) : static_cast<int>(key.argument));
  }
  return keys;
}

TEST(Command, EncodesWords) {
  expect_words({"PING"}, Command("PING"));
  expect_words({"GET", "foo"}, Command("GET").key("foo"));
  expect_words({"CONFIG", "GET", "*"}, Command("CONFIG", "GET").arg("*"));
  expect_words({"SET", "k", "-5", "2.5", "text"}, Command("SET").key("k").arg(-5).arg(2.5).arg("text"s));
  expect_words({"X", "1.5", "10", "3", "7"},
               Command("X").arg(Score(1.5)).arg(Seconds(10)).arg(UnixSeconds(3)).arg(Arg(7)));
  EXPECT_EQ("GET", Command("GET").key("foo").name());
}

TEST(Command, EncodesEmptyAndBinaryWords) {
  expect_words({"SET", "", ""}, Command("SET").key("").arg(""));
  expect_words({"SET", "", ""}, Command("SET").key(std::string_view()).arg(std::string_view()));
  expect_words({""}, Command(""));
  const std::string binary = "\0\r\n$3\r\n*1\r\n\xff\n"s;
  expect_words({"SET", binary, binary, "\n"}, Command("SET").key(binary).arg(binary).arg("\n"));
}

TEST(Command, EncodesWordsOfEveryLength) {
  // The digits of the length, and the way from the inline buffer to the heap.
  constexpr std::size_t lengths[] = {0,   1,   8,   9,   10,  11,  98,   99,   100,  101,   200,   210,    220,
                                     230, 240, 250, 256, 257, 999, 1000, 1001, 9999, 10000, 65536, 1000000};
  for (const std::size_t length : lengths) {
    const std::string text(length, 'x');
    expect_words({"SET", text, "end"}, Command("SET").key(text).arg("end"));
  }
}

TEST(Command, EncodesAnyNumberOfWords) {
  for (const std::size_t count : std::initializer_list<std::size_t>{1, 2, 7, 8, 9, 10, 11, 98, 99, 100, 101, 998, 999,
                                                                    1000, 1001, 10000, 100001}) {
    Command command("MGET");
    std::vector<std::string> words{"MGET"};
    for (std::size_t i = 1; i < count; ++i) {
      words.push_back("key:" + std::to_string(i));
      command.key(words.back());
    }
    ASSERT_EQ(count, command.size());
    ASSERT_EQ(count - 1, command.keys().size());
    expect_words(words, command);
  }
}

TEST(Command, CanBeAppendedToAfterItWasRead) {
  Command command("MGET");
  std::vector<std::string> words{"MGET"};
  for (int i = 0; i < 20; ++i) {
    words.push_back(std::to_string(i));
    command.key(words.back());
    expect_words(words, command);
  }
}

TEST(Command, MarksKeys) {
  Command command("SORT");
  command.key("a").arg("STORE").key(Key{"tag", "b"});
  EXPECT_TRUE(command.keys_known());
  EXPECT_EQ((std::vector<int>{1, -3}), keys_of(command));
  EXPECT_EQ(crc32("tag"), command.keys()[1].tag_hash);
  expect_words({"SORT", "a", "STORE", "b"}, command);
  EXPECT_TRUE(Command("PING").keys().empty());
}

TEST(Command, OfUser) {
  Command command = Command::of_user();
  EXPECT_FALSE(command.keys_known());
  EXPECT_EQ(0U, command.size());
  command.arg("SET").arg(Key{"tag", "k"}).arg("v");
  EXPECT_EQ(std::vector<int>{-1}, keys_of(command));
  EXPECT_FALSE(command.keys_known());
  expect_words({"SET", "k", "v"}, command);

  const Command found = Command("X").key("k");
  command.set_keys(found.keys());
  EXPECT_TRUE(command.keys_known());
  EXPECT_EQ(std::vector<int>{1}, keys_of(command));
}

TEST(Command, OptionsAndFlags) {
  Command command("X");
  command.flag(true, "NX").flag(false, "XX");
  command.option("EX", std::optional<Seconds>(10)).option("PX", std::optional<Milliseconds>());
  command.option("BY", std::optional<Arg>("pattern")).option("COUNT", std::optional<long long>(-1));
  expect_words({"X", "NX", "EX", "10", "BY", "pattern", "COUNT", "-1"}, command);
  EXPECT_TRUE(command.keys().empty());
}

TEST(Command, AppendsLists) {
  Command command("X");
  command.list(Keys{"a", Key{"t", "b"}}).list(Args{1, "c"}).list(KeyValues{{"k", 2}}).list(ScoredMembers{{"m", 3}});
  expect_words({"X", "a", "b", "1", "c", "k", "2", "3", "m"}, command);
  EXPECT_EQ((std::vector<int>{1, -2, 5}), keys_of(command));
}

TEST(Command, AppendsWordsOfAnother) {
  Command from("MSET");
  from.key("a").arg("1").key(Key{"t", "b"}).arg("2").key("c").arg(std::string(500, 'x'));

  Command all("ALL");
  expect_words({"ALL", "MSET", "a", "1", "b", "2", "c", std::string(500, 'x')}, all.append_words(from, 0, from.size()));
  EXPECT_EQ((std::vector<int>{2, -4, 6}), keys_of(all));

  Command part("X", "Y");
  expect_words({"X", "Y", "b", "2"}, part.append_words(from, 3, 2));
  EXPECT_EQ(std::vector<int>{-2}, keys_of(part));
  EXPECT_EQ(crc32("t"), part.keys()[0].tag_hash);
  expect_words({"X", "Y", "b", "2"}, part.append_words(from, 3, 0));

  Command one("Z");
  one.append_key(from, from.keys()[2]).append_word(from, 6).append_word(from, 1).append_key(from, from.keys()[1]);
  expect_words({"Z", "c", std::string(500, 'x'), "a", "b"}, one);
  EXPECT_EQ((std::vector<int>{1, -4}), keys_of(one));
}

TEST(Command, CopiesAndMoves) {
  for (const std::size_t length : std::initializer_list<std::size_t>{3, 5000}) {
    const std::string text(length, 'v');
    Command command("SET");
    command.key(Key{"t", text}).arg(text);
    for (int i = 0; i < static_cast<int>(length) / 100; ++i) command.key("more");
    const std::vector<std::string> words = words_of(command);
    const std::vector<int> keys = keys_of(command);

    Command copy = command;
    expect_words(words, copy);
    EXPECT_EQ(keys, keys_of(copy));
    copy.arg("changed");
    expect_words(words, command);

    copy = command;
    expect_words(words, copy);
    const Command& self = copy;
    copy = self;
    expect_words(words, copy);

    Command moved = std::move(copy);
    expect_words(words, moved);
    Command assigned("OTHER");
    assigned.arg(std::string(1000, 'o'));
    assigned = std::move(moved);
    expect_words(words, assigned);
    EXPECT_EQ(keys, keys_of(assigned));
    moved = Command("NEW");  // a moved-from command can be given a new value
    expect_words({"NEW"}, moved);
    assigned.arg("end");
    EXPECT_EQ("end", assigned[assigned.size() - 1]);
  }
}

TEST(Command, ManyLiveInAVector) {
  std::vector<Command> commands;
  for (int i = 0; i < 50; ++i) commands.push_back(Command("GET").key(std::to_string(i)));
  for (int i = 0; i < 50; ++i) expect_words({"GET", std::to_string(i)}, commands[static_cast<std::size_t>(i)]);
}

}  // namespace
}  // namespace rediscluster
