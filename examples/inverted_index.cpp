// Indexes text files over a sharded cluster and answers queries about them:
//
//   word:<word>         set of the documents that the word stands in
//   counts:<document>   sorted set: how often each word stands in the document
//   words               sorted set: how often each word stands in all documents
//
// Every answer is checked against a plain index in memory. The servers are private ones on free ports; with servers of
// your own, only the configuration differs.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "inverted_index/checks.h"
#include "inverted_index/plain_index.h"
#include "inverted_index/text_files.h"

using rediscluster::StrictRedisCluster;
using namespace inverted_index;

namespace {

constexpr std::size_t pipeline_size = 1000;      // commands sent at once
constexpr std::size_t words_in_memory = 500000;  // different words that are counted before they are sent

std::string word_key(std::string_view word) {
  return "word:" + std::string(word);
}
std::string counts_key(std::string_view document) {
  return "counts:" + std::string(document);
}

// Counts the words of one document here and sends the counts in pipelines: between two flushes, a word costs the same
// whether it stands there once or a million times.
class DocumentWriter {
 public:
  DocumentWriter(StrictRedisCluster& r, std::string document) : r_(r), document_(std::move(document)) {}

  void add(const std::string& word) {
    ++counts_[word];
    if (counts_.size() == words_in_memory) flush();
  }

  void flush() {
    std::vector<std::pair<long long, std::string_view>> sorted;
    sorted.reserve(counts_.size());
    for (const auto& [word, count] : counts_) sorted.emplace_back(count, word);
    std::sort(sorted.begin(), sorted.end());  // a sorted set takes members in its own order several times faster

    const std::string counts = counts_key(document_);
    auto pipeline = r_.pipeline();
    for (const auto& [count, word] : sorted) {
      pipeline.sadd(word_key(word), document_);
      pipeline.zincrby(counts, count, word);
      pipeline.zincrby("words", count, word);
      if (pipeline.size() >= pipeline_size) pipeline.execute();  // throws if any of its commands failed
    }
    pipeline.execute();
    counts_.clear();
  }

 private:
  StrictRedisCluster& r_;
  const std::string document_;
  std::unordered_map<std::string, long long> counts_;
};

PlainIndex index_files(StrictRedisCluster& r, const std::vector<std::string>& files) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<std::string> names = document_names(files);
  PlainIndex plain;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    DocumentWriter writer(r, names[i]);
    plain.begin_document(names[i]);
    bytes += for_each_word(files[i], [&](const std::string& word) {
      writer.add(word);
      plain.add(word);
    });
    writer.flush();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << files.size() << (files.size() == 1 ? " document, " : " documents, ") << bytes << " bytes, "
            << plain.words().size() << " different words, indexed in " << std::fixed << std::setprecision(2)
            << seconds.count() << " s\n";
  return plain;
}

void print_documents(StrictRedisCluster& r, const PlainIndex& plain) {
  std::cout << "\nDocuments (different words; most frequent):\n";
  for (const std::string& document : plain.documents()) {
    std::cout << "  " << document << " (" << r.zcard(counts_key(document)) << ';';
    for (const auto& [word, count] : r.zrevrange_withscores(counts_key(document), 0, 3)) {
      std::cout << ' ' << word << ' ' << std::llround(count);
    }
    std::cout << ")\n";
  }
}

void print_top_words(StrictRedisCluster& r) {
  std::cout << "\nTop words:\n";
  for (const auto& [word, count] : r.zrevrange_withscores("words", 0, 9)) {
    std::cout << std::setw(10) << std::llround(count) << "  " << word << '\n';
  }
}

// DBSIZE of each master, and of the cluster.
void print_spread(StrictRedisCluster& r, const PlainIndex& plain) {
  std::cout << "\nKeys:\n";
  const long long total = r.dbsize();
  long long sum = 0;
  for (std::size_t i = 1; i <= r.masters(); ++i) {
    const std::string node = "node_" + std::to_string(i);
    const long long keys = r.node(node).dbsize();
    const double share = total == 0 ? 0 : 100.0 * static_cast<double>(keys) / static_cast<double>(total);
    std::cout << std::setw(10) << keys << "  " << node << std::setprecision(1) << "  " << share << " %\n";
    sum += keys;
  }
  const std::vector<Ranking> rankings = plain.rankings();
  const auto sorted_sets = std::ranges::count_if(rankings, [](const Ranking& ranking) { return !ranking.empty(); }) +
                           (plain.words().empty() ? 0 : 1);
  check_answer("sum of DBSIZE", sum, total);
  check_answer("DBSIZE", total, static_cast<long long>(plain.words().size()) + sorted_sets);
}

// Three frequent words for queries: each stands in about half of the documents, and no two neighbours are on one node
// (as long as there is more than one node and enough words).
std::vector<std::string> choose_words(StrictRedisCluster& r, const PlainIndex& plain) {
  std::vector<std::string> words = r.zrevrange("words", 0, 999);
  auto pipeline = r.pipeline();
  std::unordered_map<std::string, rediscluster::Queued<long long>> documents_of;
  for (const std::string& word : words) documents_of.emplace(word, pipeline.scard(word_key(word)));
  pipeline.execute();

  const auto wanted = static_cast<long long>(plain.documents().size() + 1) / 2;
  const auto distance = [&](const std::string& word) { return std::abs(documents_of.at(word).get() - wanted); };
  std::ranges::stable_sort(words, {}, distance);

  std::vector<std::string> chosen;
  std::string last_node;
  while (chosen.size() < 3) {
    const auto word = std::ranges::find_if(words, [&](const std::string& candidate) {
      return r.getnodefor(word_key(candidate)).name != last_node && std::ranges::count(chosen, candidate) == 0;
    });
    if (word == words.end()) break;
    chosen.push_back(*word);
    if (r.masters() > 1) last_node = r.getnodefor(word_key(*word)).name;
  }
  return chosen;
}

void answer(StrictRedisCluster& r, std::string_view command, const std::vector<std::string>& words,
            const std::unordered_set<std::string>& found, const Documents& right) {
  const Documents documents(found.begin(), found.end());
  std::string query(command);
  for (const std::string& word : words) query += ' ' + word_key(word);
  check_answer(query, documents, right);

  std::cout << "  " << command;
  for (const std::string& word : words) std::cout << ' ' << word << '@' << r.getnodefor(word_key(word)).name;
  std::cout << "  ->  " << documents.size() << (documents.size() == 1 ? " document" : " documents");
  for (const std::string& document : documents) std::cout << (document == *documents.begin() ? ": " : ", ") << document;
  std::cout << '\n';
}

void run_queries(StrictRedisCluster& r, const PlainIndex& plain) {
  const std::vector<std::string> chosen = choose_words(r, plain);
  if (chosen.empty()) return;
  std::vector<std::vector<std::string>> queries = {{chosen.front(), "nosuchword"}, chosen};
  if (chosen.size() > 2) queries.push_back({chosen[1], chosen[2]});

  std::cout << "\nQueries (word@node):\n";
  for (const auto& words : queries) {
    std::vector<std::string> keys;
    for (const std::string& word : words) keys.push_back(word_key(word));
    answer(r, "SINTER", words, r.sinter(keys), expected(plain, words, [](const auto& a, const auto& b, auto to) {
             std::ranges::set_intersection(a, b, to);
           }));
    answer(r, "SUNION", words, r.sunion(keys),
           expected(plain, words, [](const auto& a, const auto& b, auto to) { std::ranges::set_union(a, b, to); }));
    answer(r, "SDIFF", words, r.sdiff(keys), expected(plain, words, [](const auto& a, const auto& b, auto to) {
             std::ranges::set_difference(a, b, to);
           }));
  }
}

// All that the cluster holds, beyond what was asked above.
void check_everything(StrictRedisCluster& r, const PlainIndex& plain) {
  const auto start = std::chrono::steady_clock::now();
  check_words(r, plain);
  check_counts(r, "words", plain.ranking());
  const std::vector<Ranking> rankings = plain.rankings();
  for (std::size_t i = 0; i < rankings.size(); ++i) check_counts(r, counts_key(plain.documents()[i]), rankings[i]);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << "\nAll sets and counts are those of the plain index (" << std::setprecision(2) << seconds.count()
            << " s).\n";
}

struct Arguments {
  int nodes = 2;
  std::vector<std::string> files;
};

Arguments parse(const std::vector<std::string>& words) {
  constexpr int most_nodes = 100;
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--nodes") {
      const std::string number = i + 1 < words.size() ? words[++i] : "";
      const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), arguments.nodes);
      if (error != std::errc() || end != number.data() + number.size() || arguments.nodes < 1 ||
          arguments.nodes > most_nodes) {
        throw std::invalid_argument("--nodes takes a number from 1 to " + std::to_string(most_nodes));
      }
    } else if (words[i].starts_with("--")) {
      throw std::invalid_argument("unknown option " + words[i] + "; usage: inverted_index [--nodes N] [FILE...]");
    } else {
      arguments.files.push_back(words[i]);
    }
  }
  if (arguments.files.empty()) arguments.files = files_under("/usr/share/common-licenses");
  for (const std::string& file : arguments.files) require_readable(file);
  return arguments;
}

void run(const Arguments& arguments) {
  rediscluster::testing::LocalCluster servers({.masters = arguments.nodes, .slaves = 1});
  StrictRedisCluster r(servers.config());
  const PlainIndex plain = index_files(r, arguments.files);
  servers.wait_for_replication(std::chrono::minutes(1));  // from here on slaves answer: let them have it all
  print_documents(r, plain);
  print_top_words(r);
  print_spread(r, plain);
  run_queries(r, plain);
  check_everything(r, plain);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(parse({argv + 1, argv + argc}));
    if (!std::cout.flush()) throw std::runtime_error("cannot write the output");
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "inverted_index: " << error.what() << '\n';
    return 1;
  }
}
