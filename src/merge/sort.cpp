#include "merge/sort.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <locale.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>

#include "merge/arguments.h"
#include "merge/replace_key.h"
#include "merge/sort_patterns.h"

namespace rediscluster::merge {

namespace {

constexpr std::string_view no_number = "ERR One or more scores can't be converted into double";

struct Options {
  std::optional<SortPattern> by;
  bool sorted = true;  // BY with a pattern that names no keys: not
  bool descending = false;
  bool alpha = false;
  std::int64_t offset = 0;
  std::int64_t count = -1;
  std::vector<SortPattern> get;
  bool stores = false;
  std::string_view error;  // if any

  bool sorts_by_keys() const { return by && sorted; }
};

// An option of one word, or with so many more as there are.
Options options_of(const Command& command) {
  const bool may_store = is_word(command.name(), "SORT");
  Options options;
  for (std::size_t i = 2; i < command.size(); ++i) {
    const std::string_view word = command[i];
    const std::size_t left = command.size() - i - 1;
    if (is_word(word, "ASC")) {
      options.descending = false;
    } else if (is_word(word, "DESC")) {
      options.descending = true;
    } else if (is_word(word, "ALPHA")) {
      options.alpha = true;
    } else if (is_word(word, "LIMIT") && left >= 2) {
      const auto offset = integer_argument(command[++i]);
      const auto count = integer_argument(command[++i]);
      if (!offset || !count) {
        options.error = not_an_integer;
        break;
      }
      options.offset = *offset;
      options.count = *count;
    } else if (is_word(word, "STORE") && may_store && left >= 1) {
      options.stores = true;
      ++i;
    } else if (is_word(word, "BY") && left >= 1) {
      options.by.emplace(command[++i]);
      if (!options.by->names_keys()) options.sorted = false;
    } else if (is_word(word, "GET") && left >= 1) {
      options.get.emplace_back(command[++i]);
    } else {
      options.error = syntax_error;
      break;
    }
  }
  if (options.get.empty()) options.get.emplace_back("#");
  return options;
}

Tape error_reply(std::string_view text) {
  Tape tape;
  tape.add_text(ReplyType::error, text);
  return tape;
}

// The number that a text is for the server's strtod, whatever locale this process has; nothing when it is none.
std::optional<double> number_of(std::string_view text) {
  static const locale_t locale = ::newlocale(LC_ALL_MASK, "C", nullptr);
  const std::string copy(text);
  char* end = nullptr;
  errno = 0;
  const double number = ::strtod_l(copy.c_str(), &end, locale);
  if (*end != '\0' || errno == ERANGE || std::isnan(number)) return std::nullopt;
  return number;
}

struct Item {
  std::string_view element;
  std::optional<std::string_view> weight;  // that BY has found; without BY the element
  double score = 0;
};

int sign(auto order) {
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

// As the server does in its C locale: up to the first NUL, but all bytes of what it is going to store.
int compare_weights(const Item& a, const Item& b, bool stores) {
  if (!a.weight || !b.weight) return int{a.weight.has_value()} - int{b.weight.has_value()};
  if (stores) return sign(a.weight->compare(*b.weight));
  const auto text = [](std::string_view weight) { return weight.substr(0, weight.find('\0')); };
  return sign(text(*a.weight).compare(text(*b.weight)));
}

template <class Compare>
void sort_items(std::vector<Item>& items, bool descending, Compare compare) {
  std::ranges::stable_sort(items, [&](const Item& a, const Item& b) {
    const int order = compare(a, b);
    return descending ? order > 0 : order < 0;
  });
}

class Sort {
 public:
  Sort(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner, const Options& options)
      : command_(command),
        node_of_key_(node_of_key),
        runner_(runner),
        options_(options),
        on_masters_(is_word(command.name(), "SORT")) {}

  Tape run() {
    const bool here = options_.sorts_by_keys() || options_.stores;
    const std::vector<Tape> read = here ? read_all() : read_sorted();
    const TapeView elements(read[0], 0);
    if (elements.is_error()) return error_reply(elements.text());
    detail::expect_container(elements, "array of elements");
    items_.reserve(elements.elements());
    elements.for_each([&](TapeView element) { items_.push_back({detail::decode_text(element), {}}); });
    Tape weights;
    if (here) {
      const bool is_set = read.size() > 1 && detail::decode_text(TapeView(read[1], 0)) == "set";
      if (!order(is_set, weights)) return error_reply(no_number);
      limit();
    }
    return get();
  }

 private:
  std::vector<Tape> read(std::span<const Part> parts) {
    return on_masters_ ? runner_.run_on_masters(parts) : runner_.run(parts);
  }

  Command sort_command() const {
    return std::move(Command(on_masters_ ? "SORT" : "SORT_RO").append_key(command_, command_.keys()[0]));
  }

  // The server can sort them as it does for anybody.
  std::vector<Tape> read_sorted() {
    Command command = sort_command();
    if (!options_.sorted) command.arg("BY").arg("nosort");
    command.flag(options_.descending, "DESC").flag(options_.alpha, "ALPHA");
    command.arg("LIMIT").arg(options_.offset).arg(options_.count);
    const Part part{node_of_key_[0], routing::Access::read, std::move(command)};
    return read({&part, 1});
  }

  // All elements as they lie there, and, when that matters, the type of the key.
  std::vector<Tape> read_all() {
    Command all = std::move(sort_command().arg("BY").arg("nosort"));
    if (options_.sorted) {
      const Part part{node_of_key_[0], routing::Access::read, std::move(all)};
      return read({&part, 1});
    }
    const Command steps[] = {std::move(all), std::move(Command("TYPE").append_key(command_, command_.keys()[0]))};
    const Tape results = runner_.run_transaction(node_of_key_[0], steps);
    std::vector<Tape> tapes(2);
    TapeView(results, 0).for_each([&, i = 0U](TapeView result) mutable {
      tapes[i++].add_copy(result.tape(), result.node());
    });
    return tapes;
  }

  // False when a score is no number. `weights` is where the items' texts will lie.
  bool order(bool is_set, Tape& weights) {
    if (!options_.sorted && !is_set) {
      if (options_.descending) std::ranges::reverse(items_);
      return true;
    }
    const auto by_element = [](const Item& a, const Item& b) { return sign(a.element.compare(b.element)); };
    if (!options_.sorted || (options_.alpha && !options_.by)) {
      sort_items(items_, options_.descending, by_element);
      return true;
    }
    if (options_.by) read_weights(weights);
    if (options_.alpha) {
      sort_items(items_, options_.descending,
                 [&](const Item& a, const Item& b) { return compare_weights(a, b, options_.stores); });
      return true;
    }
    for (Item& item : items_) {
      if (!options_.by) item.weight = item.element;
      const std::optional<double> score = item.weight ? number_of(*item.weight) : 0;
      if (!score) return false;
      item.score = *score;
    }
    sort_items(items_, options_.descending, [&](const Item& a, const Item& b) {
      if (a.score != b.score) return a.score < b.score ? -1 : 1;
      return by_element(a, b);
    });
    return true;
  }

  void read_weights(Tape& weights) {
    std::vector<SortLookup> lookups;
    lookups.reserve(items_.size());
    for (const Item& item : items_) lookups.push_back({&*options_.by, item.element});
    weights = look_up(lookups, runner_, on_masters_);
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (weights.type(i) != ReplyType::nil) items_[i].weight = weights.text(i);
    }
  }

  void limit() {
    const std::size_t size = items_.size();
    const std::size_t begin = options_.offset <= 0 ? 0 : std::min(static_cast<std::size_t>(options_.offset), size);
    std::size_t count = size - begin;
    if (options_.count >= 0) count = std::min(static_cast<std::size_t>(options_.count), count);
    items_ = std::vector<Item>(items_.begin() + static_cast<std::ptrdiff_t>(begin),
                               items_.begin() + static_cast<std::ptrdiff_t>(begin + count));
  }

  Tape get() {
    std::vector<SortLookup> lookups;
    for (const Item& item : items_) {
      for (const SortPattern& pattern : options_.get) {
        if (pattern.names_keys()) lookups.push_back({&pattern, item.element});
      }
    }
    const Tape found = look_up(lookups, runner_, on_masters_);
    std::vector<std::optional<std::string_view>> values;
    values.reserve(items_.size() * options_.get.size());
    std::size_t next = 0;
    for (const Item& item : items_) {
      for (const SortPattern& pattern : options_.get) {
        values.emplace_back();
        if (pattern.is_element()) {
          values.back() = item.element;
        } else if (pattern.names_keys()) {
          if (found.type(next) != ReplyType::nil) values.back() = found.text(next);
          ++next;
        }
      }
    }
    return options_.stores ? store(values) : array_of(values);
  }

  static Tape array_of(std::span<const std::optional<std::string_view>> values) {
    Tape tape;
    const std::size_t array = tape.open(ReplyType::array, values.size());
    for (const auto& value : values) {
      if (value) {
        tape.add_text(ReplyType::string, *value);
      } else {
        tape.add_nil();
      }
    }
    tape.close(array);
    return tape;
  }

  // What is missing is stored as an empty text.
  Tape store(std::span<const std::optional<std::string_view>> values) {
    std::vector<std::string_view> texts;
    texts.reserve(values.size());
    for (const auto& value : values) texts.push_back(value.value_or(std::string_view()));
    replace_key(runner_, node_of_key_[1], command_[command_.keys()[1].argument], "RPUSH", texts);
    Tape size;
    size.add_integer(static_cast<std::int64_t>(texts.size()));
    return size;
  }

  const Command& command_;
  const std::span<const std::uint32_t> node_of_key_;
  PartRunner& runner_;
  const Options& options_;
  const bool on_masters_;
  std::vector<Item> items_;
};

}  // namespace

Tape sort(const Command& command, std::span<const std::uint32_t> node_of_key, PartRunner& runner) {
  const Options options = options_of(command);
  if (!options.error.empty()) return error_reply(options.error);
  return Sort(command, node_of_key, runner, options).run();
}

}  // namespace rediscluster::merge
