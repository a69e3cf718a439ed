// What makes the library usable in a child process after fork(): the child gets connections of its own, the parent does
// not notice.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

namespace rediscluster::transport {

/** Changes in a child that was forked. Whoever owns locks or connections compares it, before it takes any lock, with
    what it was when they were made: threads of the parent that held them do not exist in the child. */
unsigned fork_generation() noexcept;

/** Held for a moment by whoever replaces what a fork has made useless; no fork happens meanwhile. */
class ForkLock {
 public:
  ForkLock() noexcept;
  ~ForkLock();
  ForkLock(const ForkLock&) = delete;
  ForkLock& operator=(const ForkLock&) = delete;
};

/** A mutex that is free in a child, though another thread of the parent may have held it. What it guards must be
    consistent at all times, or replaced as well. */
class ForkMutex {
 public:
  ForkMutex() : mutex_(new std::mutex), generation_(fork_generation()) {}
  ~ForkMutex() { delete mutex_; }
  ForkMutex(const ForkMutex&) = delete;
  ForkMutex& operator=(const ForkMutex&) = delete;

  void lock() {
    if (generation_.load(std::memory_order_acquire) != fork_generation()) renew();
    mutex_->lock();
  }
  void unlock() { mutex_->unlock(); }

 private:
  void renew();

  std::mutex* mutex_;
  std::atomic<unsigned> generation_;
};

/** A file descriptor that is closed with its owner, and at once in forked children. */
class Descriptor {
 public:
  Descriptor() noexcept = default;
  ~Descriptor() { reset(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  /** -1: none, or it was the parent's. */
  int get() const noexcept { return fd_; }
  /** Takes over another one and closes the present one. */
  void reset(int fd = -1) noexcept;

 private:
  friend void close_inherited() noexcept;

  int fd_ = -1;
  Descriptor* previous_ = nullptr;  // of all that are open
  Descriptor* next_ = nullptr;
};

}  // namespace rediscluster::transport
