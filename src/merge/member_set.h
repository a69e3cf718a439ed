// A set of texts that lie elsewhere, for merging large replies: std::unordered_set makes an allocation for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace rediscluster::merge {

class MemberSet {
 public:
  explicit MemberSet(std::size_t expected = 0) {
    members_.reserve(expected);
    resize_slots(expected);
  }

  /** False when it is there already. */
  bool insert(std::string_view text) {
    if (2 * (members_.size() + 1) > slots_.size()) resize_slots(2 * members_.size() + 1);
    const std::size_t hash = std::hash<std::string_view>()(text);
    std::uint32_t& slot = find(text, hash);
    if (slot != empty) return false;
    slot = static_cast<std::uint32_t>(members_.size());
    members_.push_back({text, hash, 0});
    return true;
  }

  std::size_t size() const noexcept { return members_.size(); }

  /** Calls f for each member, in the order of insertion. */
  template <class F>
  void for_each(F f) const {
    for (const Member& member : members_) f(member.text);
  }

  /** Each member has a mark, at first 0. */
  void set_mark(std::string_view text, std::uint32_t from, std::uint32_t to) {
    const std::uint32_t at = find(text, std::hash<std::string_view>()(text));
    if (at != empty && members_[at].mark == from) members_[at].mark = to;
  }
  /** Keeps only members with this mark. Nothing but for_each() and size() may be called afterwards. */
  void keep_marked(std::uint32_t mark) {
    std::erase_if(members_, [&](const Member& member) { return member.mark != mark; });
  }

 private:
  struct Member {
    std::string_view text;
    std::size_t hash;
    std::uint32_t mark;
  };
  static constexpr std::uint32_t empty = std::numeric_limits<std::uint32_t>::max();

  // The slot that has it, or the empty one where it belongs.
  std::uint32_t& find(std::string_view text, std::size_t hash) {
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
