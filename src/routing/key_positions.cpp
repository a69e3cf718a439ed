#include "routing/key_positions.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "protocol/letter_case.h"

namespace rediscluster::routing {

namespace {

using protocol::is_word;
using Arguments = std::span<const std::string_view>;
using Positions = std::vector<KeyPosition>;

bool parse(std::string_view text, long long& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// An index as the signed numbers of KeySpec are added to it; false when the result is before or behind the arguments.
bool advance(std::size_t& at, long long by, std::size_t size) {
  const auto sum = static_cast<long long>(at) + by;
  if (sum < 0 || sum >= static_cast<long long>(size)) return false;
  at = static_cast<std::size_t>(sum);
  return true;
}

bool find_begin(const KeySpec& spec, Arguments argv, std::size_t& begin) {
  const std::size_t size = argv.size();
  begin = 0;
  if (spec.begin == KeySpec::Begin::index) return advance(begin, spec.begin_index, size);
  if (spec.begin != KeySpec::Begin::keyword) return false;
  // As the server does: the last argument forwards, and the first word backwards, are not looked at.
  if (spec.begin_index >= 0) {
    if (!advance(begin, spec.begin_index, size)) return false;
    for (; begin + 1 < size; ++begin) {
      if (is_word(argv[begin], spec.keyword)) return advance(begin, 1, size);
    }
    return false;
  }
  begin = size;
  if (!advance(begin, spec.begin_index, size)) return false;
  for (; begin > 0; --begin) {
    if (is_word(argv[begin], spec.keyword)) return advance(begin, 1, size);
  }
  return false;
}

void append(std::size_t first, std::size_t count, std::size_t step, bool write, Positions& positions) {
  for (std::size_t i = 0; i < count; ++i) positions.push_back({first + i * step, write});
}

// False when the arguments are such that the server refuses the whole command.
bool append_range(const KeySpec& spec, std::size_t begin, std::size_t size, Positions& positions) {
  const auto step = static_cast<std::size_t>(std::max(spec.step, 1));
  std::size_t last = begin;
  if (spec.last >= 0) {
    if (!advance(last, spec.last, size)) return true;
    append(begin, (last - begin) / step + 1, step, spec.write, positions);
    return true;
  }
  const std::size_t rest = size - begin;
  const std::size_t part = spec.limit > 1 ? rest / static_cast<std::size_t>(spec.limit) : rest;
  last = begin + part;
  if (!advance(last, spec.last, size) || last < begin) return true;
  if (step > 1 && (last - begin + 1) % step != 0) return false;
  append(begin, (last - begin) / step + 1, step, spec.write, positions);
  return true;
}

bool append_counted(const KeySpec& spec, std::size_t begin, Arguments argv, Positions& positions) {
  const auto step = static_cast<std::size_t>(std::max(spec.step, 1));
  std::size_t count_at = begin;
  long long count = 0;
  if (!advance(count_at, spec.last, argv.size()) || !parse(argv[count_at], count) || count < 0) return false;
  if (count == 0) return true;
  std::size_t first = begin;
  if (!advance(first, spec.first, argv.size())) return false;
  const std::size_t room = (argv.size() - first - 1) / step + 1;
  if (static_cast<unsigned long long>(count) > room) return false;
  append(first, static_cast<std::size_t>(count), step, spec.write, positions);
  return true;
}

bool append_spec(const KeySpec& spec, Arguments argv, Positions& positions) {
  std::size_t begin = 0;
  if (!find_begin(spec, argv, begin)) return true;
  switch (spec.find) {
    case KeySpec::Find::range:
      return append_range(spec, begin, argv.size(), positions);
    case KeySpec::Find::keynum:
      return append_counted(spec, begin, argv, positions);
    case KeySpec::Find::unknown:
      break;
  }
  return true;
}

// ---- Commands whose key specs are incomplete, or say less than the server does.
// --------------------------------------

/** The options of SORT: SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC] [ALPHA] [STORE key]. */
struct SortOptions {
  std::size_t store = 0;  // argument of the destination; of several the last counts
  bool patterns = false;
};

SortOptions sort_options(Arguments argv) {
  SortOptions options;
  for (std::size_t i = 2; i < argv.size(); ++i) {
    if (is_word(argv[i], "LIMIT")) {
      i += 2;
    } else if (i + 1 < argv.size() && is_word(argv[i], "STORE")) {
      options.store = ++i;
    } else if (i + 1 < argv.size() && (is_word(argv[i], "BY") || is_word(argv[i], "GET"))) {
      // A pattern without an asterisk names no key: BY nosort, GET #.
      options.patterns = argv[++i].find('*') != std::string_view::npos || options.patterns;
    }
  }
  return options;
}

void append_sort(Arguments argv, Positions& positions) {
  if (argv.size() < 2) return;
  positions.push_back({1, false});
  if (const std::size_t store = sort_options(argv).store; store != 0) positions.push_back({store, true});
}

// GEORADIUS key ... [COUNT n [ANY]] ... [STORE key|STOREDIST key]: of several destinations the last counts.
void append_georadius(Arguments argv, std::size_t options, Positions& positions) {
  if (argv.size() < options) return;
  std::size_t store = 0;
  for (std::size_t i = options; i + 1 < argv.size(); ++i) {
    if (is_word(argv[i], "STORE") || is_word(argv[i], "STOREDIST")) {
      store = ++i;
    } else if (is_word(argv[i], "COUNT")) {
      ++i;
    }
  }
  positions.push_back({1, false});
  if (store != 0) positions.push_back({store, true});
}

// XREAD [COUNT n] [BLOCK ms] STREAMS key ... id ..., XREADGROUP GROUP group consumer ... [NOACK] STREAMS ...: groups
// and consumers may be called STREAMS, and options may stand before GROUP.
void append_xread(Arguments argv, Positions& positions) {
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (is_word(argv[i], "STREAMS")) {
      append(i + 1, (argv.size() - i - 1) / 2, 1, false, positions);
      return;
    }
    if (is_word(argv[i], "GROUP")) {
      i += 2;
    } else if (is_word(argv[i], "COUNT") || is_word(argv[i], "BLOCK")) {
      ++i;
    }
  }
}

// MIGRATE host port key|"" db timeout [COPY] [REPLACE] [AUTH password] [AUTH2 user password] [KEYS key ...]
void append_migrate(Arguments argv, Positions& positions) {
  if (argv.size() < 6) return;
  if (argv[3].empty()) {
    for (std::size_t i = 6; i < argv.size(); ++i) {
      if (is_word(argv[i], "KEYS")) {
        append(i + 1, argv.size() - i - 1, 1, true, positions);
        return;
      }
      if (is_word(argv[i], "AUTH")) {
        i += 1;
      } else if (is_word(argv[i], "AUTH2")) {
        i += 2;
      }
    }
  }
  positions.push_back({3, true});
}

void append_debug(Arguments argv, Positions& positions) {
  constexpr std::string_view with_key[] = {"HTSTATS-KEY", "LISTPACK", "OBJECT", "QUICKLIST", "SDSLEN", "ZIPLIST"};
  if (argv.size() < 3) return;
  if (is_word(argv[1], "DIGEST-VALUE")) {
    append(2, argv.size() - 2, 1, false, positions);
  } else if (std::any_of(std::begin(with_key), std::end(with_key), [&](auto word) { return is_word(argv[1], word); })) {
    positions.push_back({2, false});
  }
}

bool append_by_name(std::string_view name, Arguments argv, Positions& positions) {
  if (name == "SORT" || name == "SORT_RO") {
    append_sort(argv, positions);
  } else if (name == "GEORADIUS") {
    append_georadius(argv, 6, positions);
  } else if (name == "GEORADIUSBYMEMBER") {
    append_georadius(argv, 5, positions);
  } else if (name == "XREAD" || name == "XREADGROUP") {
    append_xread(argv, positions);
  } else if (name == "MIGRATE") {
    append_migrate(argv, positions);
  } else if (name == "DEBUG") {
    append_debug(argv, positions);
  } else {
    return false;
  }
  return true;
}

}  // namespace

void find_key_positions(const CommandRow& row, std::span<const std::string_view> argv,
                        std::vector<KeyPosition>& positions) {
  const bool plain = std::all_of(row.keys.begin(), row.keys.end(),
                                 [](const KeySpec& spec) { return spec.begin == KeySpec::Begin::index; });
  if (!plain && append_by_name(row.name, argv, positions)) return;
  const std::size_t before = positions.size();
  for (const KeySpec& spec : row.keys) {
    if (!append_spec(spec, argv, positions)) {
      positions.resize(before);
      return;
    }
  }
  const auto added = positions.begin() + static_cast<std::ptrdiff_t>(before);
  const auto earlier = [](const KeyPosition& a, const KeyPosition& b) { return a.argument < b.argument; };
  if (!std::is_sorted(added, positions.end(), earlier)) std::sort(added, positions.end(), earlier);
}

std::vector<KeyPosition> key_positions(const CommandRow& row, std::span<const std::string_view> argv) {
  std::vector<KeyPosition> positions;
  find_key_positions(row, argv, positions);
  return positions;
}

bool reads_unnamed_keys(const CommandRow& row, std::span<const std::string_view> argv) noexcept {
  return (row.name == "SORT" || row.name == "SORT_RO") && sort_options(argv).patterns;
}

}  // namespace rediscluster::routing
