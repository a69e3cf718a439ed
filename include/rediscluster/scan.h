// scan_iter() and its like: all keys, or all of what a key holds, as a range.
//
//   for (const auto& key : r.scan_iter({.match = "user:*", .count = 1000})) ...
//   for (auto& [field, value] : r.hscan_iter("hash")) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/commands/scans.h>
#include <rediscluster/key.h>

namespace rediscluster {
inline namespace v0_1 {

/** What a scan gives, a std::ranges::input_range of T. Pages are fetched as they are needed, one at a time: begin()
    fetches the first, ++ the next when one is at its end, and both throw what the calls throw. Each begin() is a scan
   of its own. Copyable; holds a copy of the client, and of the names and patterns it was made with. */
template <class Client, class T>
class ScanRange {
 public:
  /** `head`: the command up to its cursor. `tail`: what follows it. */
  ScanRange(const Client& client, const Command& head, const Command& tail)
      : client_(client), head_(head), tail_(tail) {}

  /** One scan. Move-only; the range must live, and stay where it is, as long. */
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default;
    iterator(iterator&&) noexcept = default;
    iterator& operator=(iterator&&) noexcept = default;

    /** An element of the present page; valid until the next ++, and may be moved from. */
    T& operator*() const noexcept { return *at_; }
    T* operator->() const noexcept { return at_; }
    /** When it throws, it may be called again: the page that could not be had is fetched anew. Until that has
        succeeded there is no element. */
    iterator& operator++() {
      if (at_ != end_) ++at_;
      if (at_ == end_) fetch();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const noexcept { return at_ == end_ && !more_; }

   private:
    friend class ScanRange;
    explicit iterator(const ScanRange& range) : range_(&range), more_(true) { fetch(); }

    void fetch() {
      while (more_ && at_ == end_) {
        ScanPage<T> page = range_->page(cursor_);
        items_ = std::move(page.items);
        at_ = items_.data();
        end_ = at_ + items_.size();
        cursor_ = page.cursor;
        more_ = cursor_ != 0;
      }
    }

    const ScanRange* range_ = nullptr;
    std::uint64_t cursor_ = 0;
    bool more_ = false;  // pages
    std::vector<T> items_;
    T* at_ = nullptr;
    T* end_ = nullptr;
  };

  iterator begin() const { return iterator(*this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  ScanPage<T> page(std::uint64_t cursor) const {
    Command command(head_);
    command.arg(cursor).append_words(tail_, 0, tail_.size());
    return client_.template run<ScanPage<T>>(command);
  }

  Client client_;
  Command head_;
  Command tail_;
};

/** Scans as ranges, for executors whose calls give values. What ScanCommands says of scans holds for these. */
template <class Client>
class ScanIterators {
 public:
  /** SCAN. The names of all keys, of a cluster those of all nodes. */
  ScanRange<Client, std::string> scan_iter(const ScanOptions& options = {}) const {
    return range<std::string>(Command("SCAN"), options);
  }
  /** SSCAN. The members of a set. */
  ScanRange<Client, std::string> sscan_iter(Key name, const KeyScanOptions& options = {}) const {
    return range<std::string>(Command("SSCAN").key(name), options);
  }
  /** HSCAN. The fields of a hash, each with its value. */
  ScanRange<Client, std::pair<std::string, std::string>> hscan_iter(Key name,
                                                                    const KeyScanOptions& options = {}) const {
    return range<std::pair<std::string, std::string>>(Command("HSCAN").key(name), options);
  }
  /** HSCAN with NOVALUES (Redis 7.4). The names of the fields of a hash. */
  ScanRange<Client, std::string> hscan_iter_novalues(Key name, const KeyScanOptions& options = {}) const {
    return range<std::string>(Command("HSCAN").key(name), options, "NOVALUES");
  }
  /** ZSCAN. The members of a sorted set, each with its score, without order. */
  ScanRange<Client, std::pair<std::string, double>> zscan_iter(Key name, const KeyScanOptions& options = {}) const {
    return range<std::pair<std::string, double>>(Command("ZSCAN").key(name), options);
  }

 private:
  template <class T, class AnyOptions, class... Word>
  ScanRange<Client, T> range(const Command& head, const AnyOptions& options, const Word&... last) const {
    Command tail = Command::of_user();
    detail::append_scan_options(tail, options);
    (tail.arg(last), ...);
    return {static_cast<const Client&>(*this), head, tail};
  }
};

}  // namespace v0_1
}  // namespace rediscluster
