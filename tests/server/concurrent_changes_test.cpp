// Threads that move values and store results over nodes at the same time: nothing is lost, nothing is there twice, and
// nobody sees anything half done.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/sanitizers.h"

namespace rediscluster::tests {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using Strings = std::vector<std::string>;

constexpr int threads = 8;
constexpr int rounds = sanitized ? 50 : 200;

class ConcurrentChangesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { servers_ = new testing::LocalCluster({.masters = 3, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete servers_;
    servers_ = nullptr;
  }
  void SetUp() override {
    r_.flushall();
    for (int i = 0; i < 6; ++i) names_.push_back(key_on(i % 3 + 1, 3, i / 3));
  }

  // `work` of each thread, with its number and random numbers; an exception is a failure.
  void run(int count, const std::function<void(int, std::mt19937&)>& work) {
    std::vector<std::thread> running;
    for (int i = 0; i < count; ++i) {
      running.emplace_back([&, i] {
        std::mt19937 random(static_cast<unsigned>(i));
        try {
          work(i, random);
        } catch (const std::exception& error) {
          ADD_FAILURE() << "thread " << i << ": " << error.what();
        }
      });
    }
    for (std::thread& thread : running) thread.join();
  }
  const std::string& any(std::mt19937& random) const {
    return names_[std::uniform_int_distribution<std::size_t>(0, names_.size() - 1)(random)];
  }
  void move_any(std::mt19937& random) {
    const char* const ends[] = {"LEFT", "RIGHT"};
    if (random() % 2 == 0) {
      r_.rpoplpush(any(random), any(random));
    } else {
      r_.lmove(any(random), any(random), ends[random() % 2], ends[random() % 2]);
    }
  }
  // Threads rename so many values at random; where `tells` says so, an error has told of one that is there twice.
  void rename_values(int count, const std::function<bool(const ConnectionError&)>& tells) {
    const Strings values = numbered(count);
    for (std::size_t i = 0; i < values.size(); ++i) r_.set(names_[i], values[i]);
    std::atomic<std::size_t> told = 0;
    run(threads, [&](int, std::mt19937& random) {
      for (int i = 0; i < rounds / 2; ++i) {
        try {
          r_.renamenx(any(random), any(random));
        } catch (const ResponseError& error) {
          if (error.text() != "ERR no such key") throw;
        } catch (const ConnectionError& error) {
          if (!tells(error)) throw;
          ++told;
        }
      }
    });
    Strings all;
    for (const auto& value : r_.mget(names_)) {
      if (value) all.push_back(*value);
    }
    std::ranges::sort(all);
    EXPECT_LE(all.size(), values.size() + told);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    EXPECT_EQ(all, values);
  }
  // What all the lists hold, sorted.
  Strings all_of_lists(const Strings& lists) {
    Strings all;
    for (const std::string& list : lists) std::ranges::copy(r_.lrange(list, 0, -1), std::back_inserter(all));
    std::ranges::sort(all);
    return all;
  }
  // Those of the library that will not expire.
  int temporary_keys() {
    int left = 0;
    for (const char* const node : {"node_1", "node_2", "node_3"}) {
      for (const std::string& key : r_.node(node).keys("rediscluster:*")) left += r_.node(node).pttl(key) < 0 ? 1 : 0;
    }
    return left;
  }
  static Strings numbered(int count) {
    Strings values;
    for (int i = 0; i < count; ++i) values.push_back("value:" + std::to_string(i));
    std::ranges::sort(values);
    return values;
  }

  static testing::LocalCluster* servers_;
  StrictRedisCluster r_{servers_->config(), {.socket_timeout = std::chrono::seconds(30)}};
  Strings names_;
};
testing::LocalCluster* ConcurrentChangesTest::servers_ = nullptr;

TEST_F(ConcurrentChangesTest, ElementsOfListsOnSeveralNodes) {
  names_.resize(3);  // one a node
  const Strings values = numbered(30);
  r_.rpush(names_[0], values);
  run(threads, [&](int, std::mt19937& random) {
    for (int i = 0; i < rounds; ++i) move_any(random);
  });
  EXPECT_EQ(all_of_lists(names_), values);
}

// What is moved within a node is moved by the server, which knows nothing of those who copy the same element to another
// node meanwhile. Nothing is lost then; and an element that is there twice was told of.
TEST_F(ConcurrentChangesTest, ElementsThatAreMovedWithinANodeToo) {
  const Strings values = numbered(30);
  r_.rpush(names_[0], values);
  std::atomic<std::size_t> told = 0;
  run(threads, [&](int, std::mt19937& random) {
    for (int i = 0; i < rounds; ++i) {
      try {
        move_any(random);
      } catch (const ConnectionError& error) {
        EXPECT_THAT(error.what(), HasSubstr("may exist twice"));
        EXPECT_TRUE(error.maybe_executed());
        ++told;
      }
    }
  });
  Strings all = all_of_lists(names_);
  EXPECT_LE(all.size(), values.size() + told);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  EXPECT_EQ(all, values);
}

TEST_F(ConcurrentChangesTest, ElementsThatArePushedAndPoppedMeanwhile) {
  std::mutex mutex;
  Strings popped;
  run(threads, [&](int thread, std::mt19937& random) {
    for (int i = 0; i < rounds; ++i) {
      switch (thread % 4) {
        case 0:
          r_.rpush(names_[0], {"value:" + std::to_string(thread / 4 * rounds + i)});
          break;
        case 3:
          if (const auto value = r_.lpop(names_[2])) {
            const std::lock_guard lock(mutex);
            popped.push_back(*value);
          }
          break;
        default:
          r_.lmove(names_[random() % 2], names_[1 + random() % 2]);
      }
    }
  });
  Strings all = all_of_lists(names_);
  std::ranges::copy(popped, std::back_inserter(all));
  std::ranges::sort(all);
  EXPECT_EQ(all, numbered(threads / 4 * rounds));
}

TEST_F(ConcurrentChangesTest, MembersOfSets) {
  const Strings values = numbered(20);
  r_.sadd(names_[0], values);
  run(threads, [&](int, std::mt19937& random) {
    for (int i = 0; i < rounds; ++i) r_.smove(any(random), any(random), values[random() % values.size()]);
  });
  Strings all;
  for (const std::string& name : names_) std::ranges::copy(r_.smembers(name), std::back_inserter(all));
  std::ranges::sort(all);
  EXPECT_EQ(all, values);
}

TEST_F(ConcurrentChangesTest, KeysThatAreRenamedWhereNoneIs) {
  names_.resize(3);  // one a node
  rename_values(2, [](const ConnectionError&) { return false; });
}

// As for elements: within a node a server renames, and takes no turns with others.
TEST_F(ConcurrentChangesTest, KeysThatAreRenamedWithinANodeToo) {
  rename_values(3, [](const ConnectionError& error) {
    return error.maybe_executed() && std::string_view(error.what()).find("changed by others") != std::string::npos;
  });
}

TEST_F(ConcurrentChangesTest, AListThatIsRenamedWhileOthersPush) {
  std::mutex mutex;
  Strings taken;
  run(threads, [&](int thread, std::mt19937&) {
    for (int i = 0; i < rounds; ++i) {
      if (thread % 2 == 0) {
        r_.rpush(names_[0], {"value:" + std::to_string(thread / 2 * rounds + i)});
        continue;
      }
      const std::string to = key_on(thread % 3 + 1, 3, 100 + thread * rounds + i);
      try {
        r_.rename(names_[0], to);
        const std::lock_guard lock(mutex);
        taken.push_back(to);
      } catch (const ResponseError& error) {
        if (error.text() != "ERR no such key") throw;
      }
    }
  });
  taken.push_back(names_[0]);
  EXPECT_EQ(all_of_lists(taken), numbered(threads / 2 * rounds));
}

// Half of the threads store a small and a large result by turns, the others look.
TEST_F(ConcurrentChangesTest, ADestinationIsAlwaysOneResultOrTheOther) {
  constexpr long long few = 10;
  constexpr long long many = 9000;
  const std::string& to = names_[2];
  const std::string from[] = {names_[0], names_[1]};
  const std::string bits[] = {names_[3], names_[4]};
  r_.sadd(from[0], numbered(few));
  r_.sadd(from[1], numbered(many));
  const long long sizes[] = {few, many};
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}})
    r_.set(bits[i], std::string(static_cast<std::size_t>(sizes[i]), 'x'));
  struct Store {
    std::function<void(std::size_t)> store;  // number 0 or 1
    const char* size;
  };
  const Store stores[] = {
      {[&](std::size_t i) { r_.execute_command("SUNIONSTORE", to, from[i], "none"); }, "SCARD"},
      {[&](std::size_t i) { r_.execute_command("ZUNIONSTORE", to, 2, from[i], "none"); }, "ZCARD"},
      {[&](std::size_t i) { r_.execute_command("SORT", from[i], "ALPHA", "STORE", to); }, "LLEN"},
      {[&](std::size_t i) { r_.execute_command("COPY", from[i], to, "REPLACE"); }, "SCARD"},
      {[&](std::size_t i) { r_.execute_command("BITOP", "OR", to, bits[i], "none"); }, "STRLEN"},
  };
  for (const Store& store : stores) {
    SCOPED_TRACE(store.size);
    r_.del(to);
    store.store(0);
    std::atomic<int> writing = threads / 2;
    std::atomic<int> seen = 0;
    run(threads, [&](int thread, std::mt19937& random) {
      if (thread % 2 == 0) {
        for (int i = 0; i < rounds / 10; ++i) store.store(random() % 2);
        --writing;
        return;
      }
      while (writing != 0) {
        EXPECT_THAT(r_.execute_command<long long>(store.size, to), AnyOf(few, many));
        ++seen;
      }
    });
    EXPECT_GT(seen, 0);
  }
  EXPECT_EQ(0, temporary_keys());
}

}  // namespace
}  // namespace rediscluster::tests
