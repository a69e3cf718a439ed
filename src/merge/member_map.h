// What is known of each member, the texts lying elsewhere; for merging large replies: std::unordered_map makes an
// allocation for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace rediscluster::merge {

template <class Value>
class MemberMap {
 public:
  struct Member {
    std::string_view text;
    Value value;
    std::size_t hash;
  };

  explicit MemberMap(std::size_t expected = 0) {
    members_.reserve(expected);
    resize_slots(expected);
  }

  /** The value of this member, and whether it is new, and so the one that is given. */
  std::pair<Value&, bool> try_emplace(std::string_view text, Value value = {}) {
    if (2 * (members_.size() + 1) > slots_.size()) resize_slots(2 * members_.size() + 1);
    const std::size_t hash = std::hash<std::string_view>()(text);
    std::uint32_t& slot = slot_of(text, hash);
    const bool is_new = slot == empty;
    if (is_new) {
      slot = static_cast<std::uint32_t>(members_.size());
      members_.push_back({text, value, hash});
    }
    return {members_[slot].value, is_new};
  }

  /** Null when it is not there. */
  Value* find(std::string_view text) {
    const std::uint32_t at = slot_of(text, std::hash<std::string_view>()(text));
    return at == empty ? nullptr : &members_[at].value;
  }

  /** In the order of insertion. */
  const std::vector<Member>& members() const noexcept { return members_; }

 private:
  static constexpr std::uint32_t empty = std::numeric_limits<std::uint32_t>::max();

  // The slot that has it, or the empty one where it belongs.
  std::uint32_t& slot_of(std::string_view text, std::size_t hash) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      std::uint32_t& slot = slots_[at];
      if (slot == empty || (members_[slot].hash == hash && members_[slot].text == text)) return slot;
    }
  }

  void resize_slots(std::size_t expected) {
    std::size_t size = 16;
    while (size < 2 * expected) size *= 2;
    slots_.assign(size, empty);
    for (std::size_t i = 0; i < members_.size(); ++i) {
      std::size_t at = members_[i].hash & (size - 1);
      while (slots_[at] != empty) at = (at + 1) & (size - 1);
      slots_[at] = static_cast<std::uint32_t>(i);
    }
  }

  std::vector<Member> members_;
  std::vector<std::uint32_t> slots_;  // of members_; a power of two of them, at least half of them empty
};

}  // namespace rediscluster::merge
