#include "oracle/shape.h"

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <string>
#include <utility>

namespace rediscluster::oracle {

using Sequence = std::vector<Shape::Part>;

struct Shape::Part {
  enum class Kind { literal, made, counted, one_of, optional, any_of };
  Kind kind = Kind::literal;
  bool repeated = false;
  std::string text = {};
  Vocabulary::Make make = nullptr;
  std::vector<Sequence> choices = {};
};

namespace {

using Part = Shape::Part;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  /** Up to the end of a choice: the word that ends it is in `end`, empty at the end of the text. */
  Sequence sequence(std::string_view& end) {
    Sequence parts;
    while (true) {
      std::string_view word = next();
      const bool repeated = word.ends_with("...") && word.size() > 3;
      if (repeated) word.remove_suffix(3);
      if (word.empty() || word == "|" || word == ")" || word == "]" || word == "}") {
        end = word;
        closed_repeated_ = repeated;
        return parts;
      }
      parts.push_back(part(word));
      parts.back().repeated = parts.back().repeated || repeated;
    }
  }

 private:
  Part part(std::string_view word) {
    if (word == "(") return choices(Part::Kind::one_of, ")");
    if (word == "[") return choices(Part::Kind::optional, "]");
    if (word == "{") return choices(Part::Kind::any_of, "}");
    Part part;
    if (word.starts_with('#')) {
      part.kind = Part::Kind::counted;
      word.remove_prefix(1);
    } else if (std::islower(static_cast<unsigned char>(word[0]))) {
      part.kind = Part::Kind::made;
    } else {
      if (word.starts_with('\'')) word.remove_prefix(1);
      part.text = word;
      return part;
    }
    part.make = Vocabulary::find(word);
    if (part.make == nullptr) fail("knows no " + std::string(word));
    return part;
  }

  Part choices(Part::Kind kind, std::string_view closing) {
    Part part;
    part.kind = kind;
    std::string_view end;
    do {
      part.choices.push_back(sequence(end));
    } while (end == "|");
    if (end != closing) fail("lacks a " + std::string(closing));
    part.repeated = std::exchange(closed_repeated_, false);
    return part;
  }

  std::string_view next() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    const std::string_view word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw std::invalid_argument("the shape \"" + std::string(text_) + "\" " + why);
  }

  std::string_view text_, rest_;
  bool closed_repeated_ = false;
};

void make_all(const Sequence& parts, Vocabulary& vocabulary, Words& to);

void make_one(const Part& part, Vocabulary& vocabulary, Words& to) {
  Random& random = vocabulary.random();
  switch (part.kind) {
    case Part::Kind::literal: {
      std::string word = part.text;
      if (random.chance(5)) {
        for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
      to.push_back(std::move(word));
      return;
    }
    case Part::Kind::made:
      return (vocabulary.*part.make)(to);
    case Part::Kind::counted: {
      const std::size_t count = 1 + random.below(4);
      const std::size_t said = random.chance(97) ? count : random.below(6);
      vocabulary.set_count(count);
      to.push_back(std::to_string(said));
      for (std::size_t i = 0; i < count; ++i) (vocabulary.*part.make)(to);
      return;
    }
    case Part::Kind::optional:
      if (random.chance(50)) return;
      [[fallthrough]];
    case Part::Kind::one_of:
      return make_all(random.pick(part.choices), vocabulary, to);
    case Part::Kind::any_of: {
      std::vector<const Sequence*> chosen;
      for (const Sequence& choice : part.choices) {
        if (random.chance(25))
          chosen.insert(chosen.begin() + static_cast<std::ptrdiff_t>(random.below(chosen.size() + 1)), &choice);
      }
      for (const Sequence* const choice : chosen) make_all(*choice, vocabulary, to);
      return;
    }
  }
}

void make_all(const Sequence& parts, Vocabulary& vocabulary, Words& to) {
  for (const Part& part : parts) {
    std::size_t times = 1;
    if (part.repeated) {
      times += vocabulary.random().below(4);
      if (vocabulary.random().chance(2)) times += 20;
      if (vocabulary.large() && vocabulary.random().chance(30)) times += vocabulary.random().below(3000);
    }
    for (std::size_t i = 0; i < times; ++i) make_one(part, vocabulary, to);
  }
}

}  // namespace

Shape::Shape(std::string_view text) {
  std::string_view end;
  parts_ = Parser(text).sequence(end);
  if (!end.empty())
    throw std::invalid_argument("the shape \"" + std::string(text) + "\" has a stray " + std::string(end));
}

Shape::Shape(Shape&&) noexcept = default;
Shape::~Shape() = default;

void Shape::make(Vocabulary& vocabulary, Words& to) const {
  make_all(parts_, vocabulary, to);
}

}  // namespace rediscluster::oracle
