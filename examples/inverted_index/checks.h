// Compares what the cluster holds with the plain index.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "plain_index.h"

namespace inverted_index {

inline void print(std::ostream& out, long long value) {
  out << value;
}
inline void print(std::ostream& out, const std::pair<std::string, double>& member) {
  out << member.first << ' ' << member.second;
}
inline void print(std::ostream& out, const Documents& documents) {
  out << '{';
  for (const std::string& document : documents) out << ' ' << document;
  out << " }";
}

/** Throws when the cluster's answer is not what the plain index says. */
template <class T>
void check_answer(const std::string& query, const T& answer, const T& right) {
  if (answer == right) return;
  std::ostringstream text;
  text << "wrong answer: " << query << " gave ";
  print(text, answer);
  text << " instead of ";
  print(text, right);
  throw std::runtime_error(text.str());
}

/** A sorted set: all members, their scores and their order. */
inline void check_counts(rediscluster::StrictRedisCluster& r, const std::string& key, const Ranking& right) {
  constexpr long long page_size = 1000;
  const auto size = static_cast<long long>(right.size());
  check_answer("ZCARD " + key, r.zcard(key), size);
  for (long long first = 0; first < size; first += page_size) {
    const auto page = r.zrevrange_withscores(key, first, first + page_size - 1);
    const std::string query = "ZREVRANGE " + key + " from rank " + std::to_string(first);
    check_answer("length of " + query, static_cast<long long>(page.size()), std::min(page_size, size - first));
    for (std::size_t i = 0; i < page.size(); ++i) {
      const auto& [count, word] = right[static_cast<std::size_t>(first) + i];
      check_answer(query, page[i], {std::string(word), static_cast<double>(count)});
    }
  }
}

/** The sets of documents of all words, asked for in pipelines. */
inline void check_words(rediscluster::StrictRedisCluster& r, const PlainIndex& plain) {
  constexpr std::size_t pipeline_size = 1000;
  auto pipeline = r.pipeline();
  std::vector<std::pair<std::string, rediscluster::Queued<std::unordered_set<std::string>>>> answers;
  const auto compare = [&] {
    pipeline.execute();
    for (const auto& [word, answer] : answers) {
      const auto documents = answer.get();
      check_answer("SMEMBERS word:" + word, Documents(documents.begin(), documents.end()), plain.documents_with(word));
    }
    answers.clear();
  };
  for (const auto& [word, postings] : plain.words()) {
    answers.emplace_back(word, pipeline.smembers("word:" + word));
    if (pipeline.size() == pipeline_size) compare();
  }
  compare();
}

}  // namespace inverted_index
