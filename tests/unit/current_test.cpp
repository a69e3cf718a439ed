#include "client/current.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rediscluster::client {
namespace {

// Says when it is destroyed, and notices being used afterwards.
struct Counted {
  Counted(int its_number, std::atomic<int>& counter) : number(its_number), alive(counter) { ++alive; }
  ~Counted() {
    number = -1;
    --alive;
  }
  std::atomic<int> number;
  std::atomic<int>& alive;
};

TEST(CurrentTest, AReplacedObjectLivesUntilItsLastUseEnds) {
  std::atomic<int> alive = 0;
  Current<Counted> current(std::make_shared<Counted>(1, alive));
  {
    const auto old = current.use();
    EXPECT_FALSE(old.is_replaced());
    ASSERT_TRUE(current.replace(std::make_shared<Counted>(2, alive)));
    EXPECT_TRUE(old.is_replaced());
    EXPECT_EQ(old->number, 1);
    EXPECT_EQ(old.number(), 0U);
    EXPECT_EQ(current.use()->number, 2);
    EXPECT_EQ(current.use().number(), 1U);
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(current.use()->number, 2);
}

TEST(CurrentTest, WithoutUsesTheOldOneGoesAtOnce) {
  std::atomic<int> alive = 0;
  Current<Counted> current(std::make_shared<Counted>(0, alive));
  for (int i = 1; i < 100; ++i) {
    ASSERT_TRUE(current.replace(std::make_shared<Counted>(i, alive)));
    EXPECT_EQ(alive, 1);
  }
  const std::shared_ptr<Counted> shared = current.use().shared();
  ASSERT_TRUE(current.replace(std::make_shared<Counted>(100, alive)));
  EXPECT_EQ(shared->number, 99);
}

TEST(CurrentTest, RefusesToBeReplacedWhileAVeryOldOneIsInUse) {
  std::atomic<int> alive = 0;
  Current<Counted> current(std::make_shared<Counted>(0, alive));
  {
    const auto old = current.use();
    for (int i = 1; i < 64; ++i) ASSERT_TRUE(current.replace(std::make_shared<Counted>(i, alive)));
    EXPECT_FALSE(current.replace(std::make_shared<Counted>(64, alive)));
    EXPECT_EQ(current.use()->number, 63);
    EXPECT_EQ(old->number, 0);
    EXPECT_EQ(alive, 2);  // those between are not in use
  }
  EXPECT_TRUE(current.replace(std::make_shared<Counted>(65, alive)));
}

TEST(CurrentTest, ThreadsNeverSeeADestroyedOne) {
  std::atomic<int> alive = 0;
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  {
    Current<Counted> current(std::make_shared<Counted>(0, alive));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        int last = 0;
        while (!stop) {
          const auto one = current.use();
          const int number = one->number;
          if (number < last) ++wrong;  // -1 when destroyed; and never backwards
          last = number;
        }
      });
    }
    int refused = 0;
    for (int i = 1; i <= 2000;) {
      if (current.replace(std::make_shared<Counted>(i, alive))) {
        ++i;
      } else {
        ++refused;
        std::this_thread::yield();
      }
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(alive, 1);
    EXPECT_EQ(current.use()->number, 2000);
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace rediscluster::client
