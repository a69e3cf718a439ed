// Every command that random sequences are made of, and how its reply is compared.
#pragma once

#include <span>
#include <string_view>

namespace rediscluster::oracle {

/** What two right replies to the same command have in common. */
enum class Compare {
  exact,      ///< everything
  unordered,  ///< the elements, in any order
  pairs,      ///< the elements two by two, the pairs in any order
  left,       ///< all but some seconds: a time that is left
  expiry,     ///< the same for a moment, unless that was given as such (Vocabulary::second())
  moments,    ///< all but moments, and times since then
  kind,       ///< only what kind of reply it is: it tells of memory, of encodings, of times
  sort,       ///< what SORT leaves open is only compared as a multiset
  sample,     ///< random elements: so many, and each there
  pop,        ///< the same, and they are removed
  key,        ///< a random key: there
  scan        ///< all elements of all pages, in any order
};

struct Line {
  std::string_view name;
  /** How often it is used, compared with the others. */
  int weight;
  /** See Shape. */
  std::string_view shape;
  Compare compare = Compare::exact;
  /** Keys on several nodes are a DataError. */
  bool one_node = false;
  /** Its words are never spoilt, because it could wait for ever. */
  bool waits = false;
};

std::span<const Line> lines();

/** A command with keys that no line has, and why. */
struct Exception {
  std::string_view name;
  std::string_view reason;
};

std::span<const Exception> exceptions();

}  // namespace rediscluster::oracle
