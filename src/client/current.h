// The present one of objects that are replaced while threads use them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "transport/fork.h"

namespace rediscluster::client {

/** A number that differs between threads that run at the same time, as far as possible. */
inline unsigned thread_number() noexcept {
  static constinit std::atomic<unsigned> last{0};
  thread_local constinit unsigned mine = 0;
  if (mine == 0) mine = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return mine;
}

/** Readers never wait, and share no cache line with each other if they can help it. One that has been replaced is
    destroyed with the end of its last use. Thread-safe. */
template <class T>
class Current {
 public:
  /** Holds on to the object that was the present one when it began. Short-lived, and stays in its thread. */
  class Use {
   public:
    explicit Use(Current& owner) noexcept : owner_(owner), shard_(thread_number() % shards) { owner_.enter(*this); }
    ~Use() { owner_.leave(shard_, generation_); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    T& operator*() const noexcept { return *owner_.kept_[generation_ % slots]; }
    T* operator->() const noexcept { return &**this; }
    /** Whether another has taken its place meanwhile. */
    bool is_replaced() const noexcept { return owner_.generation_.load() != generation_; }
    /** How many came before it. */
    std::uint64_t number() const noexcept { return generation_; }
    std::shared_ptr<T> shared() const noexcept { return owner_.kept_[generation_ % slots]; }

   private:
    friend class Current;
    Current& owner_;
    const std::size_t shard_;
    std::uint64_t generation_ = 0;
  };

  explicit Current(std::shared_ptr<T> first) { kept_[0] = std::move(first); }

  Use use() noexcept { return Use(*this); }
  /** Uses that have begun go on with the old one. False when the one before the 63 last is still in use: then
     nothing has changed. One caller at a time. */
  bool replace(std::shared_ptr<T> next) noexcept {
    drop_unused();
    const std::uint64_t generation = generation_.load() + 1;
    {
      const std::lock_guard lock(mutex_);
      if (kept_[generation % slots] != nullptr) return false;
      kept_[generation % slots] = std::move(next);
      generation_.store(generation);
    }
    drop_unused();
    return true;
  }

  /** In a forked child, before anything else is called: nothing that came from the parent is ever touched again, not
     even destroyed, for its threads may have been in the middle of it. */
  void abandon() {
    for (Shard& shard : shards_) {
      for (std::atomic<int>& uses : shard.uses) uses.store(0);
    }
    for (std::shared_ptr<T>& kept : kept_) {
      if (kept != nullptr) new std::shared_ptr<T>(std::move(kept));
    }
  }

 private:
  static constexpr std::size_t slots = 64;
  static constexpr std::size_t shards = 16;
  struct alignas(64) Shard {
    std::array<std::atomic<int>, slots> uses{};
  };

  // A use counts for a generation; it is valid if that is the present one afterwards: then drop_unused() has seen it.
  void enter(Use& use) noexcept {
    for (;;) {
      use.generation_ = generation_.load();
      shards_[use.shard_].uses[use.generation_ % slots].fetch_add(1);
      if (generation_.load() == use.generation_) return;
      leave(use.shard_, use.generation_);
    }
  }

  void leave(std::size_t shard, std::uint64_t generation) noexcept {
    shards_[shard].uses[generation % slots].fetch_sub(1);
    if (generation_.load() != generation) drop_unused();
  }

  void drop_unused() noexcept {
    std::array<std::shared_ptr<T>, slots> unused;  // destroyed without the lock
    const std::lock_guard lock(mutex_);
    const std::size_t present = generation_.load() % slots;
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (slot != present && kept_[slot] != nullptr && !in_use(slot)) unused[slot] = std::move(kept_[slot]);
    }
  }

  bool in_use(std::size_t slot) const noexcept {
    for (const Shard& shard : shards_) {
      if (shard.uses[slot].load() != 0) return true;
    }
    return false;
  }

  std::array<Shard, shards> shards_;
  std::atomic<std::uint64_t> generation_{0};
  transport::ForkMutex mutex_;
  std::array<std::shared_ptr<T>, slots> kept_;  // by generation; written under mutex_, not while it may be in use
};

}  // namespace rediscluster::client
