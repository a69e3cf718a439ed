#include "transport/fork.h"

#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "client/current.h"
#include "support/in_child.h"
#include "support/open_fds.h"

namespace rediscluster::transport {
namespace {

using tests::in_child;

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST(ForkTest, OnlyTheChildIsOfAnotherGeneration) {
  const unsigned generation = fork_generation();
  EXPECT_TRUE(in_child([&] { return fork_generation() == generation + 1; }));
  EXPECT_TRUE(in_child([&] { return in_child([&] { return fork_generation() == generation + 2; }); }));
  EXPECT_EQ(fork_generation(), generation);
}

TEST(ForkTest, AMutexThatAnotherThreadHeldIsFreeInTheChild) {
  ForkMutex mutex;
  mutex.lock();  // the child is forked by another thread, which does not hold it
  bool worked = false;
  std::thread([&] {
    worked = in_child([&] {
      for (int i = 0; i < 2; ++i) {
        const std::lock_guard lock(mutex);
      }
      return true;
    });
  }).join();
  EXPECT_TRUE(worked);
  mutex.unlock();
  const std::lock_guard lock(mutex);
}

TEST(ForkTest, DescriptorsAreClosedInTheChildAlone) {
  const std::size_t before = tests::open_fds();
  {
    Descriptor first;
    Descriptor second;
    Descriptor gone;
    EXPECT_EQ(first.get(), -1);
    first.reset(::open("/dev/null", O_RDONLY));
    second.reset(::open("/dev/null", O_RDONLY));
    gone.reset(::open("/dev/null", O_RDONLY));
    const int closed = gone.get();
    gone.reset();
    EXPECT_FALSE(is_open(closed));
    const int fd1 = first.get();
    const int fd2 = second.get();
    EXPECT_TRUE(in_child([&] {
      if (is_open(fd1) || is_open(fd2) || first.get() != -1 || second.get() != -1) return false;
      const int mine = ::open("/dev/null", O_RDONLY);  // the same number again
      first.reset();
      second.reset(::open("/dev/null", O_RDONLY));
      return is_open(mine) && is_open(second.get());
    }));
    EXPECT_TRUE(is_open(fd1));
    EXPECT_TRUE(is_open(fd2));
    second.reset(::open("/dev/null", O_RDONLY));
    EXPECT_FALSE(is_open(fd2) && second.get() != fd2);
  }
  EXPECT_EQ(tests::open_fds(), before);
}

TEST(ForkTest, UsesOfTheParentsThreadsDoNotKeepAnythingInTheChild) {
  client::Current<int> current(std::make_shared<int>(0));
  const auto use = current.use();
  bool worked = false;
  std::thread([&] {
    worked = in_child([&] {
      current.abandon();
      for (int i = 1; i < 100; ++i) {
        if (!current.replace(std::make_shared<int>(i))) return false;
      }
      return *current.use() == 99;
    });
  }).join();
  EXPECT_TRUE(worked);
}

}  // namespace
}  // namespace rediscluster::transport
