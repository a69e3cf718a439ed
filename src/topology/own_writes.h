// Which of this client's writes a slave may not have yet.
//
// A write is marked with the time when it had been answered, before its caller goes on. A read needs the latest mark
// among its keys to be confirmed on the connection that is to answer it. Confirmed up to a time t is a slave's
// connection when the slave has said there that it has applied what the master had written by t: by an offset that was
// asked for at t, hence after every answer that was marked with t or earlier had come.
//
// Writes that are under way need no mark. Nobody has been told yet that they are done, so that a read may miss them as
// it may on a single server; and their mark, made when they are done, will be later than whatever was asked for while
// they were under way. A write whose answer never came is marked when that was found out: it is as good as we can do,
// and nobody was promised anything.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/partitioner.h>

#include "topology/replication.h"
#include "transport/deadline.h"
#include "transport/link.h"

namespace rediscluster::topology {

using transport::Clock;

/** A point of time by the steady clock that several threads use; 0: never. */
using Moment = Clock::rep;
constexpr Moment moment(Clock::time_point time) noexcept {
  return time.time_since_epoch().count();
}

/** Hashes of keys' names as they are stored: not of what picks their nodes. */
using KeyHashes = std::vector<std::uint32_t>;

/** What a request touches: certain keys, or whatever its node holds. Refers to what it is made from. */
class Touched {
 public:
  /** Whatever the node holds. */
  Touched() noexcept = default;
  /** The keys of a command; whatever the node holds when it has none, or may touch others than it names. */
  explicit Touched(const Command& command) noexcept : command_(&command) {}
  explicit Touched(const KeyHashes& hashes) noexcept : hashes_(&hashes) {}

  /** Calls f with each key's hash; false, and none of it, when it is whatever the node holds. */
  template <class F>
  bool for_each_key(F&& f) const {
    if (hashes_ != nullptr) {
      for (const std::uint32_t hash : *hashes_) f(hash);
      return true;
    }
    if (command_ == nullptr || command_->keys().empty() || reaches_further(*command_)) return false;
    for (const Command::KeyMark& mark : command_->keys()) f(crc32((*command_)[mark.argument]));
    return true;
  }
  std::size_t keys() const noexcept {
    return hashes_ != nullptr ? hashes_->size() : command_ != nullptr ? command_->keys().size() : 0;
  }

 private:
  static bool reaches_further(const Command& command) noexcept;

  const Command* command_ = nullptr;
  const KeyHashes* hashes_ = nullptr;
};

/** When keys were last written, for a whole client. Keys that share a place share the later time. */
class WriteTimes {
 public:
  void mark(std::uint32_t hash, Moment when) noexcept { raise(times_[place_of(hash)], when); }
  Moment of(std::uint32_t hash) const noexcept { return times_[place_of(hash)].load(std::memory_order_relaxed); }

  /** Never lowers it: a thread that comes late must not hide what another has marked. */
  static void raise(std::atomic<Moment>& time, Moment to) noexcept {
    Moment present = time.load(std::memory_order_relaxed);
    while (present < to && !time.compare_exchange_weak(present, to, std::memory_order_relaxed)) {
    }
  }

 private:
  static constexpr unsigned bits = 14;
  // Mixed, since all keys of a node have the same remainder.
  static std::size_t place_of(std::uint32_t hash) noexcept { return (hash * 0x9e3779b1U) >> (32 - bits); }

  std::array<std::atomic<Moment>, std::size_t{1} << bits> times_{};
};

/** The writes of one node, and up to when its master has said how far it had come. Thread-safe. */
class NodeWrites {
 public:
  /** How often, at most, a server is asked. */
  static constexpr auto asked_every = std::chrono::milliseconds(50);

  explicit NodeWrites(std::shared_ptr<WriteTimes> times) : times_(std::move(times)) {}

  /** To be called when a write has ended, before its caller is told. */
  void mark(const Touched& touched, Clock::time_point when) noexcept;
  /** The last write, whatever it touched; 0: none that counts. */
  Moment last() const noexcept {
    const Moment last = last_.load(std::memory_order_relaxed);
    return last > forgotten_.load(std::memory_order_relaxed) ? last : 0;
  }
  /** What must be confirmed for a read; 0: nothing. */
  Moment needed(const Touched& touched) const noexcept;
  /** The node's master is the server at `master`, which is only compared; null changes nothing. When it was another
     one, nothing that was written up to now is to be waited for any more, and what that one has said is void. */
  void follow(const transport::Link* master, Clock::time_point now) noexcept;

  /** Whether the master is to be asked now, together with something else that is sent to it. True once in 50 ms. */
  bool should_ask_master(Clock::time_point now) noexcept;
  /** The time that slaves can be confirmed for; 0: the master is to be asked first. */
  Moment told() const noexcept { return told_.load(std::memory_order_relaxed); }

  /** A new connection to the master has been made: it may have been restarted since it was last asked, and have another
      run_id. One that was restarted can do nothing for us without this. */
  void master_connected() noexcept;
  /** The master's answer to a question sent at `asked` or later. */
  void master_answered(const Replication& master, Clock::time_point asked);
  /** What a slave's answer confirms for the connection it came by; 0: nothing. */
  Moment confirmed_by(const Replication& slave);

  /** Has the answers that come from a server of the node told to those above, and its connections confirmed. */
  static void listen(const std::shared_ptr<NodeWrites>& writes, transport::Link& link);

 private:
  // Writes of more keys are marked as a whole.
  static constexpr std::size_t many = 256;

  const std::shared_ptr<WriteTimes> times_;
  std::atomic<Moment> last_{0};       // any write
  std::atomic<Moment> whole_{0};      // the last that may have touched any key
  std::atomic<Moment> forgotten_{0};  // what was written until then does not count
  std::atomic<Moment> asked_{0};      // when the master was last asked
  std::atomic<bool> renew_{false};    // what it said is not what its slaves go by

  std::atomic<const transport::Link*> master_{nullptr};

  std::mutex mutex_;  // guards changes of what follows; is taken while a connection is locked
  std::atomic<Moment> told_{0};
  std::string history_;
  long long offset_ = -1;
};

/** Adds a command's keys to `hashes`; false when it may touch whatever the node holds. */
bool collect_keys(const Command& command, KeyHashes& hashes);

}  // namespace rediscluster::topology
