#include "merge/lcs.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>

#include "merge/arguments.h"
#include "protocol/reply_error.h"

namespace rediscluster::merge {

namespace {

// The server's table has a number of four bytes for each pair of beginnings, and must not be larger than this.
constexpr std::uint64_t proto_max_bulk_len = std::uint64_t{512} << 20;

// The lengths of the longest common subsequences of all beginnings of two strings, of which only the last row is kept,
// and, if wanted, a bit for each pair of beginnings that says where the longer one came from.
class Table {
 public:
  Table(std::string_view a, std::string_view b, bool with_ways) : width_(b.size()), row_(b.size() + 1) {
    if (with_ways) ways_.resize(a.size() * b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      std::uint32_t diagonal = 0;
      for (std::size_t j = 0; j < b.size(); ++j) {
        const std::uint32_t without_a = row_[j + 1];
        const std::uint32_t without_b = row_[j];
        const bool drop_a = without_a > without_b;
        if (with_ways) ways_[i * width_ + j] = drop_a;
        row_[j + 1] = a[i] == b[j] ? diagonal + 1 : std::max(without_a, without_b);
        diagonal = without_a;
      }
    }
  }

  std::uint32_t length() const { return row_.back(); }
  // Whether of a[0, i] and b[0, j], which end differently, a must be shortened first.
  bool drops_a(std::size_t i, std::size_t j) const { return ways_[i * width_ + j]; }

 private:
  const std::size_t width_;
  std::vector<std::uint32_t> row_;
  std::vector<bool> ways_;
};

// A part that is in both strings, by its first bytes.
struct Match {
  std::size_t a;
  std::size_t b;
  std::size_t length;
};

// From the end of the strings to their beginning; calls `use` with each pair of equal bytes.
template <class Use>
void walk(std::string_view a, std::string_view b, const Table& table, Use use) {
  for (std::size_t i = a.size(), j = b.size(); i > 0 && j > 0;) {
    if (a[i - 1] == b[j - 1]) {
      use(--i, --j);
    } else if (table.drops_a(i - 1, j - 1)) {
      --i;
    } else {
      --j;
    }
  }
}

std::vector<Match> matches_of(std::string_view a, std::string_view b, const Table& table) {
  std::vector<Match> matches;
  walk(a, b, table, [&](std::size_t i, std::size_t j) {
    if (!matches.empty() && matches.back().a == i + 1 && matches.back().b == j + 1) {
      matches.back() = {i, j, matches.back().length + 1};
    } else {
      matches.push_back({i, j, 1});
    }
  });
  return matches;
}

void add_range(Tape& tape, std::size_t first, std::size_t length) {
  const std::size_t range = tape.open(ReplyType::array, 2);
  tape.add_integer(static_cast<std::int64_t>(first));
  tape.add_integer(static_cast<std::int64_t>(first + length - 1));
  tape.close(range);
}

Tape tape_of(const std::vector<Match>& matches, std::uint32_t length, bool with_lengths) {
  Tape tape;
  const std::size_t map = tape.open(ReplyType::array, 4);
  tape.add_text(ReplyType::string, "matches");
  const std::size_t array = tape.open(ReplyType::array, matches.size());
  for (const Match& match : matches) {
    const std::size_t element = tape.open(ReplyType::array, with_lengths ? 3 : 2);
    add_range(tape, match.a, match.length);
    add_range(tape, match.b, match.length);
    if (with_lengths) tape.add_integer(static_cast<std::int64_t>(match.length));
    tape.close(element);
  }
  tape.close(array);
  tape.add_text(ReplyType::string, "len");
  tape.add_integer(length);
  tape.close(map);
  return tape;
}

[[noreturn]] void fail(std::string_view error, const Command& command) {
  protocol::throw_reply_error(error, command.name(), {});
}

LcsOptions options_of(const Command& command) {
  LcsOptions options;
  for (std::size_t i = 3; i < command.size(); ++i) {
    if (is_word(command[i], "IDX")) {
      options.matches = true;
    } else if (is_word(command[i], "LEN")) {
      options.length = true;
    } else if (is_word(command[i], "WITHMATCHLEN")) {
      options.match_lengths = true;
    } else if (is_word(command[i], "MINMATCHLEN") && i + 1 < command.size()) {
      const auto least = integer_argument(command[++i]);
      if (!least) fail(not_an_integer, command);
      options.least = *least;
    } else {
      fail(syntax_error, command);
    }
  }
  return options;
}

// In the order in which the server checks: types, options, sizes.
Tape merge_lcs(std::span<const PartReply> replies, const Command& command) {
  for (const PartReply& part : replies) {
    if (part.reply.is_error() && protocol::error_prefix(part.reply.text()) == "WRONGTYPE") {
      fail("ERR The specified keys must contain string values", command);
    }
  }
  throw_if_failed(replies, command.name());
  const LcsOptions options = options_of(command);
  if (options.matches && options.length) {
    fail("ERR If you want both the length and indexes, please just use IDX.", command);
  }
  const auto text_of = [](TapeView reply) { return reply.is_nil() ? std::string_view() : detail::decode_text(reply); };
  const std::string_view a = text_of(replies[0].reply);
  const std::string_view b = text_of(replies[1].reply);
  if ((a.size() + 1) * (b.size() + 1) * sizeof(std::uint32_t) > proto_max_bulk_len) {
    fail("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len", command);
  }
  return longest_common_subsequence(a, b, options);
}

}  // namespace

Tape longest_common_subsequence(std::string_view a, std::string_view b, const LcsOptions& options) {
  const Table table(a, b, !options.length);
  if (options.matches) {
    std::vector<Match> matches = matches_of(a, b, table);
    std::erase_if(matches, [&](const Match& match) { return std::cmp_less(match.length, options.least); });
    return tape_of(matches, table.length(), options.match_lengths);
  }
  Tape tape;
  if (options.length) {
    tape.add_integer(table.length());
  } else {
    std::string common;
    walk(a, b, table, [&](std::size_t i, std::size_t) { common += a[i]; });
    std::ranges::reverse(common);
    tape.add_text(ReplyType::string, common);
  }
  return tape;
}

Plan plan_lcs(const Command& command, std::span<const std::uint32_t> node_of_key) {
  Plan plan;
  for (std::size_t i = 0; i < node_of_key.size(); ++i) {
    plan.parts.push_back({node_of_key[i], routing::Access::read, Command("GET")});
    plan.parts.back().command.append_key(command, command.keys()[i]);
  }
  plan.merge = [command](std::span<const PartReply> replies) { return merge_lcs(replies, command); };
  return plan;
}

}  // namespace rediscluster::merge
