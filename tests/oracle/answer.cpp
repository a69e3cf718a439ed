#include "oracle/answer.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace rediscluster::oracle {

namespace {

// A test that is held up for long must not find a difference.
constexpr long long slack_seconds = 120;

long long number_of(const Value& value) {
  return std::atoll(value.text.c_str());
}

bool about_equal(const Value& one, const Value& other, long long slack) {
  return std::llabs(number_of(one) - number_of(other)) <= slack;
}

bool is_integer(const Value& value) {
  return value.type == Reply::Type::integer;
}

// What Vocabulary::second() gives is the same for both servers; all other times are years before it.
bool same_expiry(const Value& one, const Value& other, bool milliseconds) {
  if (one == other) return true;
  const long long unit = milliseconds ? 1000 : 1;
  if (!is_integer(one) || !is_integer(other) || number_of(one) <= 0 || number_of(other) <= 0) return false;
  if (std::max(number_of(one), number_of(other)) >= 4000000000 * unit) return false;
  return about_equal(one, other, slack_seconds * unit);
}

bool same_left(const Value& one, const Value& other, bool milliseconds) {
  if (one == other) return true;
  const long long unit = milliseconds ? 1000 : 1;
  if (!is_integer(one) || !is_integer(other) || number_of(one) <= 0 || number_of(other) <= 0) return false;
  return about_equal(one, other, slack_seconds * unit);
}

// Integers that are a moment, in milliseconds, or a time since one: by their size, the word before them, or their place
// in an element of XPENDING (id, consumer, idle, deliveries).
bool same_but_for_moments(const Value& one, const Value& other, bool since) {
  if (one.type != other.type || one.elements.size() != other.elements.size()) return false;
  if (is_integer(one)) {
    const bool moment = number_of(one) > 1000000000000 && number_of(other) > 1000000000000;
    return one == other || ((moment || since) && about_equal(one, other, slack_seconds * 1000));
  }
  if (one.text != other.text) return false;
  for (std::size_t i = 0; i < one.elements.size(); ++i) {
    const bool named = i > 0 && (one.elements[i - 1].text == "idle" || one.elements[i - 1].text == "inactive");
    const bool pending = i == 2 && one.elements.size() == 4 && is_integer(one.elements[2]) &&
                         is_integer(one.elements[3]) && !is_integer(one.elements[1]);
    if (!same_but_for_moments(one.elements[i], other.elements[i], named || pending)) return false;
  }
  return true;
}

std::vector<Value> sorted(std::vector<Value> values) {
  std::sort(values.begin(), values.end());
  return values;
}

std::vector<std::pair<Value, Value>> sorted_pairs(const std::vector<Value>& values) {
  std::vector<std::pair<Value, Value>> pairs;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) pairs.emplace_back(values[i], values[i + 1]);
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

}  // namespace

bool Value::operator<(const Value& other) const {
  if (type != other.type) return type < other.type;
  if (text != other.text) return text < other.text;
  return std::lexicographical_compare(elements.begin(), elements.end(), other.elements.begin(), other.elements.end());
}

Value value_of(const Reply& reply) {
  Value value{reply.type()};
  switch (reply.type()) {
    case Reply::Type::nil:
      break;
    case Reply::Type::integer:
    case Reply::Type::boolean:
      value.text = std::to_string(reply.integer());
      break;
    case Reply::Type::array:
    case Reply::Type::map:
    case Reply::Type::set:
    case Reply::Type::push:
      value.elements.reserve(reply.size());
      for (const Reply& element : reply) value.elements.push_back(value_of(element));
      break;
    default:
      value.text = reply.string();
  }
  return value;
}

Value with_scores(Scores scores, const Words& command, Value reply) {
  if (command.empty() || !(command[0].starts_with('Z') || command[0].starts_with("BZ"))) return reply;
  if (reply.text == "-0") reply.text = "0";
  if ((scores == Scores::by_value || command[0] == "ZSCAN") && reply.type == Reply::Type::string &&
      !reply.text.empty()) {
    char* end = nullptr;
    const double number = std::strtod(reply.text.c_str(), &end);
    if (end == reply.text.data() + reply.text.size()) {
      char shortest[40];
      reply.text.assign(shortest, std::to_chars(shortest, shortest + sizeof shortest, number).ptr);
    }
  }
  for (Value& element : reply.elements) element = with_scores(scores, command, std::move(element));
  return reply;
}

bool same(Compare how, const Words& command, const Value& one, const Value& other) {
  const bool milliseconds = !command.empty() && !command[0].empty() && (command[0][0] == 'P' || command[0][0] == 'p');
  switch (how) {
    case Compare::unordered:
      return one.type == other.type && one.text == other.text && sorted(one.elements) == sorted(other.elements);
    case Compare::pairs:
      return one.type == other.type && one.text == other.text && one.elements.size() == other.elements.size() &&
             sorted_pairs(one.elements) == sorted_pairs(other.elements);
    case Compare::left:
      return same_left(one, other, milliseconds);
    case Compare::expiry:
      return same_expiry(one, other, milliseconds);
    case Compare::moments:
      return same_but_for_moments(one, other, false);
    case Compare::kind:
      return one.type == other.type;
    default:
      return one == other;
  }
}

bool same(Compare how, const Words& command, const Answer& one, const Answer& other) {
  if (one.kind != other.kind) return false;
  if (one.kind == Answer::Kind::reply) return same(how, command, one.value, other.value);
  return one.kind == Answer::Kind::error && one.text == other.text;
}

std::string show(std::string_view bytes) {
  constexpr std::size_t most = 300;
  static const char digits[] = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : bytes.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      text += '\\';
      text += c;
    } else if (byte >= 32 && byte < 127) {
      text += c;
    } else {
      text += "\\x";
      text += digits[byte / 16];
      text += digits[byte % 16];
    }
  }
  text += '"';
  if (bytes.size() > most) text += "... (" + std::to_string(bytes.size()) + " bytes)";
  return text;
}

std::string show(const Words& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + show(std::string_view(word));
  return text;
}

std::string show(const Value& value) {
  if (value.type == Reply::Type::nil) return "nil";
  if (value.type == Reply::Type::integer) return value.text;
  if (value.type == Reply::Type::string) return show(std::string_view(value.text));
  if (value.elements.empty() && value.type != Reply::Type::array) {
    return std::string(name_of(value.type)) + " " + show(std::string_view(value.text));
  }
  constexpr std::size_t most = 60;
  std::string text = "[";
  for (std::size_t i = 0; i < value.elements.size() && i < most; ++i) {
    text += (i == 0 ? "" : ", ") + show(value.elements[i]);
  }
  if (value.elements.size() > most) text += ", ... (" + std::to_string(value.elements.size()) + " elements)";
  return text + "]";
}

std::string show(const Answer& answer) {
  switch (answer.kind) {
    case Answer::Kind::reply:
      return show(answer.value);
    case Answer::Kind::error:
      return "error: " + answer.text;
    case Answer::Kind::data_error:
      return "DataError: " + answer.text;
    case Answer::Kind::failure:
      break;
  }
  return "failure: " + answer.text;
}

}  // namespace rediscluster::oracle
