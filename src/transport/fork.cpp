#include "transport/fork.h"

#include <pthread.h>
#include <unistd.h>

namespace rediscluster::transport {

namespace {

std::atomic<unsigned> generation{0};
std::mutex forking;  // held by the thread that forks, in the parent and then in the child, while it does
Descriptor* open_descriptors = nullptr;  // guarded by forking

}  // namespace

// In the child, whose only thread this is.
void close_inherited() noexcept {
  while (open_descriptors != nullptr) {
    Descriptor& descriptor = *open_descriptors;
    open_descriptors = descriptor.next_;
    ::close(descriptor.fd_);
    descriptor.fd_ = -1;
    descriptor.previous_ = descriptor.next_ = nullptr;
  }
}

namespace {

[[maybe_unused]] const int installed = ::pthread_atfork([] { forking.lock(); }, [] { forking.unlock(); },
                                                        [] {
                                                          close_inherited();
                                                          generation.fetch_add(1, std::memory_order_relaxed);
                                                          forking.unlock();
                                                        });

}  // namespace

unsigned fork_generation() noexcept {
  return generation.load(std::memory_order_relaxed);
}

ForkLock::ForkLock() noexcept {
  forking.lock();
}

ForkLock::~ForkLock() {
  forking.unlock();
}

void ForkMutex::renew() {
  const ForkLock lock;
  if (generation_.load(std::memory_order_relaxed) == fork_generation()) return;
  mutex_ = new std::mutex;  // the other one stays as it is: it may not be destroyed while it is locked
  generation_.store(fork_generation(), std::memory_order_release);
}

void Descriptor::reset(int fd) noexcept {
  int closed = -1;
  {
    const ForkLock lock;
    closed = fd_;
    if (fd_ >= 0) {
      (previous_ == nullptr ? open_descriptors : previous_->next_) = next_;
      if (next_ != nullptr) next_->previous_ = previous_;
      previous_ = next_ = nullptr;
    }
    fd_ = fd;
    if (fd_ >= 0) {
      next_ = open_descriptors;
      if (next_ != nullptr) next_->previous_ = this;
      open_descriptors = this;
    }
  }
  if (closed >= 0) ::close(closed);
}

}  // namespace rediscluster::transport
