// The words that random commands are made of.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "oracle/random.h"

namespace rediscluster::oracle {

using Words = std::vector<std::string>;

/** Makes words of a kind: keys that mostly hold a certain type, values, numbers, times ... Few keys and few members, so
    that commands meet what others left. */
class Vocabulary {
 public:
  /** `large`: some values are long, and some lists of them too. */
  explicit Vocabulary(Random& random, bool large = false) : random_(random), large_(large) {}

  /** One or more words of this kind are appended; see the table in vocabulary.cpp. */
  using Make = void (Vocabulary::*)(Words&);
  /** Null when there is no such kind. */
  static Make find(std::string_view kind);

  /** A key, or an option, or a number, or a member, for a place where it does not belong. */
  std::string garbage();
  Random& random() { return random_; }
  bool large() const { return large_; }
  /** How many keys the last count has announced. */
  void set_count(std::size_t count) { count_ = count; }
  /** What DUMP has given, for RESTORE. */
  void remember_payload(std::string payload);

  /** All keys that are used. */
  static const Words& keys();
  static const Words& scripts();
  static std::string_view library();

  // The kinds.
  void any(Words& to);
  void string(Words& to) { key(to, "s"); }
  void text(Words& to) { key(to, "sn"); }
  void number(Words& to) { key(to, "n"); }
  void bits(Words& to) { key(to, "b"); }
  void bitsource(Words& to) { key(to, "bs"); }
  void hll(Words& to) { key(to, "p"); }
  void list(Words& to) { key(to, "li"); }
  void wordlist(Words& to) { key(to, "l"); }
  void numlist(Words& to) { key(to, "i"); }
  void set(Words& to) { key(to, "eu"); }
  void wordset(Words& to) { key(to, "e"); }
  void intset(Words& to) { key(to, "u"); }
  void zset(Words& to) { key(to, random_.chance(90) ? "z" : "w"); }
  void words(Words& to) { key(to, random_.chance(80) ? "w" : "z"); }
  void zinput(Words& to) { key(to, random_.chance(75) ? "zgw" : "eu"); }
  void sortable(Words& to) { key(to, random_.chance(70) ? "iu" : "lez"); }
  void geo(Words& to) { key(to, "g"); }
  void hash(Words& to) { key(to, "h"); }
  void stream(Words& to) { key(to, "x"); }

  void value(Words& to);
  void member(Words& to);
  void digit(Words& to);
  void field(Words& to);
  void place(Words& to);
  void integer(Words& to);
  void real(Words& to);
  void score(Words& to);
  void index(Words& to);
  void count(Words& to);
  void cursor(Words& to);
  void weights(Words& to);
  void least_score(Words& to);
  void greatest_score(Words& to);
  void least_word(Words& to);
  void greatest_word(Words& to);
  void bit(Words& to);
  void bit_offset(Words& to);
  void byte_offset(Words& to);
  void field_type(Words& to);
  void field_offset(Words& to);
  void seconds(Words& to);
  void milliseconds(Words& to);
  void restored_milliseconds(Words& to);
  void second(Words& to);
  void millisecond(Words& to);
  void longitude(Words& to);
  void latitude(Words& to);
  void distance(Words& to);
  void unit(Words& to);
  void id(Words& to);
  void new_id(Words& to);
  void group(Words& to);
  void consumer(Words& to);
  void idle(Words& to);
  void streams(Words& to);
  void streams_of_group(Words& to);
  void glob(Words& to);
  void by(Words& to);
  void get(Words& to);
  void database(Words& to);
  void payload(Words& to);
  void script(Words& to);
  void sha(Words& to);

 private:
  // One of the keys whose names begin with one of these letters; sometimes any other.
  void key(Words& to, std::string_view letters);
  template <class List>
  void pick(Words& to, const List& list) {
    to.emplace_back(random_.pick(list));
  }

  Random& random_;
  const bool large_;
  std::size_t count_ = 1;
  std::size_t last_id_ = 1;
  Words payloads_;
};

}  // namespace rediscluster::oracle
