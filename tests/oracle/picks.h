// Arguments for typed methods: the same ones each time they are drawn with the same seed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "oracle/random.h"
#include "oracle/vocabulary.h"

namespace rediscluster::oracle {

class Picks {
 public:
  explicit Picks(std::uint64_t seed) : random_(seed), vocabulary_(random_) {}

  /** A word of a kind of the Vocabulary. */
  std::string operator()(std::string_view kind) {
    Words words;
    (vocabulary_.*Vocabulary::find(kind))(words);
    return words[0];
  }
  /** One to four of them. */
  Words some(std::string_view kind) {
    Words words;
    for (std::size_t i = 1 + random_.below(4); i != 0; --i) words.push_back((*this)(kind));
    return words;
  }
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view first, std::string_view second) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (std::size_t i = 1 + random_.below(4); i != 0; --i) {
      std::string one = (*this)(first);
      pairs.emplace_back(std::move(one), (*this)(second));
    }
    return pairs;
  }
  std::vector<std::pair<std::string, double>> scores(std::string_view kind) {
    std::vector<std::pair<std::string, double>> pairs;
    for (std::string& word : some(kind)) pairs.emplace_back(std::move(word), score());
    return pairs;
  }
  double score() {
    static constexpr double some[] = {0, 1, 2, 3, -1, 0.1, 0.2, 0.3, 0.7, 2.5, 1e17, -1e17, 1e308, -1e308};
    return random_.pick(some);
  }
  long long integer(long long least, long long greatest) {
    return least + static_cast<long long>(random_.below(static_cast<std::size_t>(greatest - least + 1)));
  }
  bool maybe() { return random_.chance(50); }
  const char* one_of(std::initializer_list<const char*> words) { return random_.pick(words); }

 private:
  Random random_;
  Vocabulary vocabulary_;
};

}  // namespace rediscluster::oracle
