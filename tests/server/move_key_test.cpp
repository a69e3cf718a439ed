// RENAME, RENAMENX and COPY between nodes.
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/move_fixture.h"

namespace rediscluster::tests {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

/** Commands that make `key` a value of some kind. */
struct Value {
  std::string name;
  std::function<std::vector<Words>(const std::string& key)> commands;
};

std::vector<Value> all_values() {
  const auto one = [](Words words) {
    return [words](const std::string& key) {
      Words command = words;
      command[1] = key;
      return std::vector<Words>{command};
    };
  };
  const auto many = [](std::string name, int count, int words) {
    return [=](const std::string& key) {
      Words command{name, key};
      for (int i = 0; i < count; ++i) {
        if (name == "ZADD") command.push_back(std::to_string(i) + ".25");
        command.push_back("m" + std::to_string(i));
        if (words == 2) command.push_back("v\0\r\n"s + std::to_string(i));
      }
      return std::vector<Words>{command};
    };
  };
  return {
      {"string", one({"SET", "", "a\0b\r\n\xff"s})},
      {"integer", one({"SET", "", "-12345"})},
      {"empty", one({"SET", "", ""})},
      {"megabytes", one({"SET", "", std::string(5'000'000, 'x')})},
      {"list", one({"RPUSH", "", "a", "", "c\0"s, "a"})},
      {"long list", many("RPUSH", 20000, 1)},
      {"integers", one({"SADD", "", "1", "2", "300000"})},
      {"set", one({"SADD", "", "a", "", "c\0"s})},
      {"large set", many("SADD", 20000, 1)},
      {"hash", one({"HSET", "", "f", "v", "", "x\0"s})},
      {"large hash", many("HSET", 20000, 2)},
      {"sorted set", one({"ZADD", "", "1.5", "a", "-inf", "b", "1e300", "c\0"s, "0.1", ""})},
      {"large sorted set", many("ZADD", 20000, 1)},
      {"stream",
       [](const std::string& key) {
         return std::vector<Words>{{"XADD", key, "1-1", "f", "v"},
                                   {"XADD", key, "1-2", "f", "v\0"s},
                                   {"XADD", key, "2-1", "g", "w"},
                                   {"XGROUP", "CREATE", key, "group", "0"},
                                   {"XGROUP", "CREATE", key, "idle group", "1-2"},
                                   {"XREADGROUP", "GROUP", "group", "alice", "COUNT", "2", "STREAMS", key, ">"},
                                   {"XREADGROUP", "GROUP", "group", "bob", "STREAMS", key, ">"},
                                   {"XACK", key, "group", "1-1"},
                                   {"XDEL", key, "1-2"}};  // still pending
       }},
  };
}

class MoveKeyTest : public MoveTest {
 protected:
  void make(const Value& value, const std::string& key) {
    for (const Words& words : value.commands(key)) run(words);
  }
  void expect_same_value(const std::string& key) {
    expect_same_key(key);
    if (outcome(plain_, {"TYPE", key}) != "status:stream") return;
    for (const std::string group : {"group", "idle group"}) expect_same({"XPENDING", key, group});
    expect_same({"XINFO", "GROUPS", key});
    expect_same({"XLEN", key});
    for (const std::string consumer : {"alice", "bob"}) {
      // The time since the delivery differs.
      const auto pending = [&](auto& client) {
        std::string text;
        const Reply entries = client.execute_command(Words{"XPENDING", key, "group", "-", "+", "9", consumer});
        for (const Reply& entry : entries) text += text_of(entry[0]) + text_of(entry[1]) + text_of(entry[3]) + " ";
        return text;
      };
      EXPECT_EQ(pending(r_), pending(plain_));
    }
  }
};

TEST_F(MoveKeyTest, EveryTypeIsMovedAsItIs) {
  for (const Value& value : all_values()) {
    SCOPED_TRACE(value.name);
    SetUp();
    make(value, a_);
    expect_same({"RENAME", a_, b_});
    expect_same_value(b_);
    expect_same({"RENAMENX", b_, c_});
    expect_same_value(c_);
    expect_same({"COPY", c_, a_});
    expect_same_value(a_);
    expect_same_value(c_);
    expect_same({"EXISTS", a_, b_, c_});
    expect_no_other_keys();
  }
}

TEST_F(MoveKeyTest, EveryTypeOfDestinationIsReplaced) {
  for (const Value& value : all_values()) {
    SCOPED_TRACE(value.name);
    SetUp();
    make(value, b_);
    run({"PEXPIREAT", b_, "99999999999999"});
    run({"SET", a_, "new"});
    expect_same({"RENAMENX", a_, b_});
    expect_same({"COPY", a_, b_});
    expect_same_value(b_);
    expect_same({"COPY", a_, b_, "REPLACE"});
    expect_same_value(b_);
    make(value, c_);
    run({"PEXPIREAT", c_, "99999999999999"});
    expect_same({"RENAME", a_, c_});
    expect_same_value(c_);
    expect_same({"EXISTS", a_});
    expect_no_other_keys();
  }
}

TEST_F(MoveKeyTest, TheExpiryIsKeptToTheMillisecond) {
  run({"SET", a_, "x"});
  run({"PEXPIREAT", a_, "9999999999123"});
  expect_same({"COPY", a_, b_});
  expect_same_key(b_);
  expect_same({"RENAME", a_, c_});
  expect_same_key(c_);
  expect_same({"PEXPIRETIME", c_});
}

TEST_F(MoveKeyTest, AValueThatExpiresMeanwhileIsNoMore) {
  for (int i = 0; i < 20; ++i) {
    r_.set(a_, "x", {.px = 1});
    r_.set(b_, "old");
    const std::string reply = outcome(r_, {"RENAME", a_, b_});
    const bool moved = reply == "status:OK";
    if (!moved) EXPECT_EQ(reply, "error:ERR no such key");
    EXPECT_TRUE(eventually([&] { return r_.get(b_) == (moved ? std::nullopt : std::optional("old"s)); }));
    EXPECT_EQ(r_.pttl(b_), moved ? -2 : -1);
  }
  EXPECT_TRUE(eventually([&] { return r_.dbsize() <= 1; }));
}

TEST_F(MoveKeyTest, MissingKeysAndMistakesAnswerAsOneServerDoes) {
  run({"SET", b_, "x"});
  for (const Words& words : std::vector<Words>{{"RENAME", a_, b_},
                                               {"RENAME", a_, c_},
                                               {"rename", a_, c_},
                                               {"RENAMENX", a_, b_},
                                               {"RENAMENX", a_, c_},
                                               {"RENAMENX", b_, b_},
                                               {"RENAME", b_, b_},
                                               {"COPY", a_, b_},
                                               {"COPY", a_, c_},
                                               {"COPY", a_, b_, "REPLACE"},
                                               {"COPY", a_, b_, "replace", "Replace"},
                                               {"COPY", b_, c_, "DB"},
                                               {"COPY", b_, c_, "DB", "x"},
                                               {"COPY", b_, c_, "DB", "00"},
                                               {"COPY", b_, c_, "DB", "99999999999999999999"},
                                               {"COPY", b_, c_, "DB", "0", "FOO"},
                                               {"COPY", b_, c_, "FOO"},
                                               {"COPY", b_, c_, "REPLACE", "FOO"},
                                               {"COPY", b_, b_},
                                               {"COPY", b_},
                                               {"RENAME", a_, b_, c_},
                                               {"RENAMENX", a_, b_, c_},
                                               {"RENAME", a_}}) {
    expect_same(words);
  }
  expect_same_key(b_);
  expect_no_other_keys();
}

TEST_F(MoveKeyTest, ADatabaseOfItsOwnIsRefusedUnlessItIsTheClients) {
  r_.set(a_, "x");
  EXPECT_TRUE(r_.copy(a_, b_, {.destination_db = 0}));
  EXPECT_EQ(r_.get(b_), "x");
  EXPECT_THAT(error_of<DataError>([&] { r_.copy(a_, c_, {.destination_db = 1}); }), HasSubstr("another database"));
  StrictRedisCluster second(cluster(), {.db = 1});
  second.set(a_, "y");
  EXPECT_TRUE(second.copy(a_, c_, {.destination_db = 1}));
  EXPECT_EQ(second.get(c_), "y");
  EXPECT_EQ(r_.get(c_), std::nullopt);
  EXPECT_THAT(error_of<DataError>([&] { second.copy(a_, b_, {.destination_db = 0}); }), HasSubstr("another database"));
  second.flushdb();
}

TEST_F(MoveKeyTest, TypedMethods) {
  r_.rpush(a_, "1", "2");
  EXPECT_TRUE(r_.copy(a_, b_));
  EXPECT_FALSE(r_.copy(a_, b_));
  EXPECT_TRUE(r_.copy(a_, b_, {.replace = true}));
  EXPECT_FALSE(r_.renamenx(a_, b_));
  EXPECT_TRUE(r_.renamenx(a_, c_));
  EXPECT_TRUE(r_.rename(c_, b_));
  EXPECT_EQ(r_.lrange(b_, 0, -1), (Words{"1", "2"}));
  EXPECT_EQ(r_.dbsize(), 1);
  EXPECT_THAT(error_of<ResponseError>([&] { r_.rename(a_, b_); }),
              AllOf(HasSubstr("no such key"), HasSubstr("RENAME")));
  const Key one{"x", "same"};
  Key other{"y", "same"};
  for (int i = 0; r_.getnodefor(other).name == r_.getnodefor(one).name; ++i)
    other = Key{"y" + std::to_string(i), "same"};
  r_.set(one, "1");
  EXPECT_TRUE(r_.rename(one, other)) << "a name may be on two nodes";
  EXPECT_EQ(r_.get(one), std::nullopt);
  EXPECT_EQ(r_.get(other), "1");
}

TEST_F(MoveKeyTest, OfSeveralRenamesOfOneSourceOneSucceeds) {
  for (int round = 0; round < 50; ++round) {
    r_.flushall();
    r_.set(a_, "value");
    r_.set(b_, "old b");
    std::atomic<int> moved = 0;
    std::vector<std::string> errors(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      threads.emplace_back([&, i] {
        errors[i] = error_of<ResponseError>([&] {
          r_.rename(a_, i % 2 == 0 ? b_ : c_);
          ++moved;
        });
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(moved, 1);
    for (const std::string& error : errors) {
      if (error != "no error") EXPECT_THAT(error, HasSubstr("ERR no such key"));
    }
    const auto b = r_.get(b_);
    const auto c = r_.get(c_);
    EXPECT_TRUE((b == "value" && !c) || (b == "old b" && c == "value")) << b.value_or("-") << " " << c.value_or("-");
    EXPECT_EQ(r_.get(a_), std::nullopt);
    EXPECT_EQ(r_.dbsize(), c ? 2 : 1);
    if (HasFailure()) return;
  }
}

// A set that is filled by some is renamed to be emptied by another.
TEST_F(MoveKeyTest, WhatIsWrittenToTheSourceMeanwhileIsFoundOnce) {
  constexpr int writers = 3;
  constexpr int batches = 60;
  std::atomic<int> batch = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < writers; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; batch < batches; ++i) {
        const int seen = batch;
        for (int j = 0; j < 20; ++j) {
          r_.sadd(a_, std::to_string(t) + ":" + std::to_string(i) + ":" + std::to_string(j));
        }
        while (batch == seen) std::this_thread::yield();
        r_.sadd(c_, std::to_string(t) + ":" + std::to_string(i));
      }
    });
  }
  std::set<std::string> found;
  const auto take = [&] {
    for (const std::string& member : r_.smembers(b_)) EXPECT_TRUE(found.insert(member).second) << member;
    r_.del(b_);
  };
  while (batch < batches) {
    const std::string error = error_of<ResponseError>([&] { r_.rename(a_, b_); });
    if (error != "no error") {
      ASSERT_THAT(error, HasSubstr("no such key"));
      continue;
    }
    take();
    ++batch;
  }
  for (std::thread& thread : threads) thread.join();
  if (error_of<ResponseError>([&] { r_.rename(a_, b_); }) == "no error") take();
  const auto rounds = r_.scard(c_);
  EXPECT_GT(rounds, 0);
  EXPECT_EQ(found.size(), static_cast<std::size_t>(rounds) * 20);
  EXPECT_EQ(r_.dbsize(), 1);
}

TEST_F(MoveKeyTest, ReadersOfTheDestinationNeverSeeItMissingOrHalf) {
  Words members;
  for (int i = 0; i < 3000; ++i) members.push_back(std::to_string(i));
  std::atomic<bool> stop = false;
  r_.sadd(b_, members);
  std::thread reader([&] {
    while (!stop) EXPECT_EQ(r_.scard(b_), 3000);
  });
  for (int i = 0; i < 50; ++i) {
    r_.sadd(a_, members);
    r_.rename(a_, b_);
    r_.copy(b_, c_, {.replace = true});
  }
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace rediscluster::tests
