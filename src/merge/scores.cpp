#include "merge/scores.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "merge/replace_key.h"

namespace rediscluster::merge {

namespace {

bool is_negative_zero(const Scored& member) {
  return member.score == 0 && std::signbit(member.score);
}

}  // namespace

std::optional<double> parse_double(std::string_view text) {
  // Not the program's locale, which may have another decimal point.
  static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0])) != 0) return std::nullopt;
  const std::string terminated(text);
  char* end = nullptr;
  const int saved = std::exchange(errno, 0);
  const double value = strtod_l(terminated.c_str(), &end, c_locale);
  const int error = std::exchange(errno, saved);
  if (end != terminated.c_str() + terminated.size() || std::isnan(value)) return std::nullopt;
  if (error == ERANGE && (value == 0 || std::isinf(value))) return std::nullopt;
  return value;
}

std::vector<Scored> scored_members(TapeView reply) {
  std::vector<Scored> members;
  if (reply.is_container()) members.reserve(reply.elements() / 2);
  for_each_with_score(reply, [&](std::string_view member, double score) { members.push_back({member, score}); });
  return members;
}

void sort_by_score(std::vector<Scored>& members) {
  std::ranges::sort(members, [](const Scored& a, const Scored& b) {
    return a.score < b.score || (a.score == b.score && a.member < b.member);
  });
}

Tape tape_of(std::span<const Scored> members, bool with_scores) {
  Tape tape;
  const std::size_t array = tape.open(ReplyType::array, members.size() * (with_scores ? 2 : 1));
  for (const Scored& member : members) {
    tape.add_text(ReplyType::string, member.member);
    if (!with_scores) continue;
    char digits[40];
    // As the server's "%.17g".
    const auto end = std::to_chars(digits, digits + sizeof digits, member.score, std::chars_format::general, 17).ptr;
    tape.add_text(ReplyType::string, {digits, static_cast<std::size_t>(end - digits)});
  }
  tape.close(array);
  return tape;
}

void replace_sorted_set(PartRunner& runner, Place node, std::string_view key, std::span<const Scored> members) {
  // A small sorted set knows no negative zero, and forgets the sign of those that it has when it becomes a large one.
  // So they get another score first, and theirs when all members are there.
  std::vector<const Scored*> again;
  for (const Scored& member : members) {
    if (is_negative_zero(member)) again.push_back(&member);
  }
  replace_key(runner, node, key, "ZADD", members.size() + again.size(), [&](Command& command, std::size_t i) {
    const Scored& member = i < members.size() ? members[i] : *again[i - members.size()];
    command.arg(i < members.size() && is_negative_zero(member) ? 1.0 : member.score).arg(member.member);
  });
}

}  // namespace rediscluster::merge
