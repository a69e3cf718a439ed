// The shape of a command's arguments, and words made by it.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "oracle/vocabulary.h"

namespace rediscluster::oracle {

/** What comes behind the name of a command, written as words with blanks between:
      integer     lower case: a kind of words of the Vocabulary; std::invalid_argument when it has none of that name
      COUNT, 0    anything else, or what follows a ': itself
      integer...  one or more times; also behind a closing bracket
      #set        a number and so many keys of that kind
      ( a | b )   one of these
      [ a | b ]   one of these, or nothing
      { a | b }   any of these, in any order */
class Shape {
 public:
  explicit Shape(std::string_view text);
  Shape(Shape&&) noexcept;
  ~Shape();

  void make(Vocabulary& vocabulary, Words& to) const;

  struct Part;

 private:
  std::vector<Part> parts_;
};

}  // namespace rediscluster::oracle
