// The keys that BY and GET of SORT name by a pattern, and what they hold.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include <rediscluster/tape.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** "weight_*", "object_*->field", "#". */
class SortPattern {
 public:
  explicit SortPattern(std::string_view pattern);

  /** "#": the element itself. */
  bool is_element() const noexcept { return is_element_; }
  /** Whether it has an asterisk for the element to replace. A pattern without one has no value. */
  bool names_keys() const noexcept { return names_keys_; }
  std::string_view before() const noexcept { return before_; }
  std::string_view behind() const noexcept { return behind_; }
  /** Of a hash. */
  std::optional<std::string_view> field() const noexcept { return field_; }

 private:
  bool is_element_ = false;
  bool names_keys_ = false;
  std::string_view before_;
  std::string_view behind_;
  std::optional<std::string_view> field_;
};

/** A key to look up: that of a pattern that names keys, for an element. */
struct SortLookup {
  const SortPattern* pattern;
  std::string_view element;
};

/** The strings that were found, or nil, in the order of the lookups, one behind the other. A key of another type than
    the pattern asks for counts as missing, as the server has it. */
Tape look_up(std::span<const SortLookup> lookups, PartRunner& runner, bool on_masters);

}  // namespace rediscluster::merge
