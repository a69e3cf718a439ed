// The same index without Redis, to check its answers against.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace inverted_index {

using Documents = std::set<std::string>;
/** Counts with their words, in ZREVRANGE's order: highest count first, words of one count from z to a. */
using Ranking = std::vector<std::pair<long long, std::string_view>>;

/** For each word, in which documents it stands and how often. */
class PlainIndex {
 public:
  struct Posting {
    std::size_t document;  // index into documents()
    long long count;
  };

  /** Words added from now on belong to this document. */
  void begin_document(std::string name) { documents_.push_back(std::move(name)); }
  void add(const std::string& word) {
    std::vector<Posting>& postings = words_[word];
    const std::size_t document = documents_.size() - 1;
    if (postings.empty() || postings.back().document != document) postings.push_back({document, 0});
    ++postings.back().count;
  }

  const std::vector<std::string>& documents() const { return documents_; }
  const std::unordered_map<std::string, std::vector<Posting>>& words() const { return words_; }

  Documents documents_with(const std::string& word) const {
    Documents names;
    if (const auto found = words_.find(word); found != words_.end()) {
      for (const Posting& posting : found->second) names.insert(documents_[posting.document]);
    }
    return names;
  }

  /** Of all documents together. */
  Ranking ranking() const {
    Ranking total;
    for (const auto& [word, postings] : words_) {
      long long count = 0;
      for (const Posting& posting : postings) count += posting.count;
      total.emplace_back(count, word);
    }
    std::sort(total.begin(), total.end(), std::greater<>());
    return total;
  }
  /** Of each document, in the order of documents(). */
  std::vector<Ranking> rankings() const {
    std::vector<Ranking> of_documents(documents_.size());
    for (const auto& [word, postings] : words_) {
      for (const Posting& posting : postings) of_documents[posting.document].emplace_back(posting.count, word);
    }
    for (Ranking& ranking : of_documents) std::sort(ranking.begin(), ranking.end(), std::greater<>());
    return of_documents;
  }

 private:
  std::vector<std::string> documents_;
  std::unordered_map<std::string, std::vector<Posting>> words_;
};

/** What a query should give: the first word's documents, combined with those of each other word. */
template <class Combine>
Documents expected(const PlainIndex& plain, const std::vector<std::string>& words, Combine combine) {
  Documents result = plain.documents_with(words.front());
  for (std::size_t i = 1; i < words.size(); ++i) {
    const Documents other = plain.documents_with(words[i]);
    Documents combined;
    combine(result, other, std::inserter(combined, combined.end()));
    result = std::move(combined);
  }
  return result;
}

}  // namespace inverted_index
