// What a pipeline has collected.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/config.h>
#include <rediscluster/reply.h>
#include <rediscluster/result.h>

#include "client/core.h"
#include "client/requests.h"
#include "merge/plan.h"
#include "topology/own_writes.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** Commands in the order they were called, and for each place they go to the bytes of its share. */
class Batch {
 public:
  /** Gives the core through which commands are to be run now; all that are sent together go through the same. */
  using Present = std::function<std::shared_ptr<Core>()>;

  Batch(Present present, const CallOptions& call) : present_(std::move(present)), call_(call) {}

  std::shared_ptr<const QueuedReply> add(const Command& command);
  /** Sends everything at once, gives each queued reply its value or its error, and empties the batch. */
  std::vector<std::shared_ptr<const QueuedReply>> execute();
  std::size_t size() const noexcept { return entries_.size(); }
  void clear() noexcept;

 private:
  // One command's place in the batches of the places it goes to.
  struct Slot {
    std::size_t share;  // index into shares_
    std::size_t reply;  // which of its replies
  };
  // A command that was split.
  struct Parts {
    std::vector<Slot> slots;
    std::function<Tape(std::span<const merge::PartReply>)> merge;
  };
  // Small, and cheap to move: there are as many as commands.
  struct Entry {
    std::shared_ptr<QueuedReply> queued;
    Slot slot{};
    std::unique_ptr<Parts> parts = {};             // null: the slot's reply is the command's
    std::unique_ptr<const Command> original = {};  // when what is sent does not tell it
  };
  // Queued replies are allocated together; each keeps its neighbours alive.
  using Block = std::array<QueuedReply, 16>;
  struct Share {
    merge::Place place;
    std::string bytes;
    std::size_t commands = 0;
    routing::Access access = routing::Access::read;
    bool own_connection = false;
    topology::KeyHashes keys = {};  // that it reads; once it holds a write: that it writes
    bool any_key = false;           // or whatever the node holds

    void add_keys(const merge::Single& part);
  };
  // A share's replies, and where each of them begins.
  struct Outcome {
    std::shared_ptr<const Tape> tape;
    std::vector<std::size_t> nodes;
    std::exception_ptr error;
  };

  void place(Entry& entry, const Command& command);
  void place_anew();
  std::shared_ptr<QueuedReply> new_queued();
  Slot append(const merge::Single& part);
  std::vector<Outcome> run(std::span<const Share> shares) const;
  void resolve(const Entry& entry, std::span<const Share> shares, std::span<const Outcome> outcomes) const;
  void resolve_parts(const Entry& entry, std::span<const Share> shares, std::span<const Outcome> outcomes) const;

  const Present present_;
  const CallOptions call_;
  std::shared_ptr<Core> core_;  // since the first command
  std::vector<Entry> entries_;
  std::shared_ptr<Block> block_;
  std::size_t used_ = 0;  // of block_
  std::vector<Share> shares_;
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
