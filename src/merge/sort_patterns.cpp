#include "merge/sort_patterns.h"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include <rediscluster/decode.h>

#include "protocol/reply_error.h"

namespace rediscluster::merge {

namespace {

// Keys of one MGET, so that it does not occupy the server for long.
constexpr std::size_t keys_a_command = 1000;
// Lookups under way at the same time.
constexpr std::size_t lookups_a_step = 10000;

// Parts for some lookups, and which part answers which of them.
struct Step {
  std::vector<Part> parts;
  std::vector<std::size_t> part_of_lookup;

  Step(std::span<const SortLookup> lookups, const PartRunner& runner) {
    std::unordered_map<Place, std::size_t> open;  // the MGET of a node that has room for more
    std::string key;
    for (const auto& [pattern, element] : lookups) {
      key.assign(pattern->before()).append(element).append(pattern->behind());
      const Place node = runner.node_of(key);
      if (const auto field = pattern->field()) {
        part_of_lookup.push_back(parts.size());
        parts.push_back({node, routing::Access::read, std::move(Command("HGET").key(key).arg(*field))});
        continue;
      }
      auto [part, is_new] = open.try_emplace(node, parts.size());
      if (!is_new && parts[part->second].command.keys().size() == keys_a_command) {
        part->second = parts.size();
        is_new = true;
      }
      if (is_new) parts.push_back({node, routing::Access::read, Command("MGET")});
      parts[part->second].command.key(key);
      part_of_lookup.push_back(part->second);
    }
  }
};

void add_text_or_nil(Tape& to, TapeView value) {
  if (value.is_nil()) {
    to.add_nil();
  } else {
    to.add_text(ReplyType::string, detail::decode_text(value));
  }
}

void look_up_some(std::span<const SortLookup> lookups, PartRunner& runner, bool on_masters, Tape& values) {
  const Step step(lookups, runner);
  const std::vector<Tape> tapes = on_masters ? runner.run_on_masters(step.parts) : runner.run(step.parts);
  std::vector<std::size_t> next(tapes.size(), 1);  // element of an MGET
  for (std::size_t i = 0; i < tapes.size(); ++i) {
    const Part& part = step.parts[i];
    const PartReply reply{runner.name_of(part.place), TapeView(tapes[i], 0)};
    const bool is_other_type = reply.reply.is_error() && protocol::error_prefix(reply.reply.text()) == "WRONGTYPE";
    if (!is_other_type) throw_if_failed({&reply, 1}, part.command.name());
    if (part.command.name() == "MGET") {
      detail::expect_elements(reply.reply, part.command.keys().size(), "one element a key");
    }
  }
  for (std::size_t i = 0; i < lookups.size(); ++i) {
    const std::size_t part = step.part_of_lookup[i];
    const TapeView reply(tapes[part], 0);
    if (reply.is_error()) {
      values.add_nil();
    } else if (reply.is_container()) {
      add_text_or_nil(values, TapeView(tapes[part], next[part]));
      next[part] = tapes[part].next(next[part]);
    } else {
      add_text_or_nil(values, reply);
    }
  }
}

}  // namespace

// The server reads patterns up to their first NUL, but fields to their end.
SortPattern::SortPattern(std::string_view pattern) {
  const std::string_view text = pattern.substr(0, pattern.find('\0'));
  is_element_ = text == "#";
  const std::size_t asterisk = text.find('*');
  if (asterisk == std::string_view::npos) return;
  names_keys_ = true;
  before_ = pattern.substr(0, asterisk);
  behind_ = pattern.substr(asterisk + 1);
  const std::size_t arrow = text.find("->", asterisk + 1);
  if (arrow == std::string_view::npos || arrow + 2 == text.size()) return;
  behind_ = pattern.substr(asterisk + 1, arrow - asterisk - 1);
  field_ = pattern.substr(arrow + 2);
}

Tape look_up(std::span<const SortLookup> lookups, PartRunner& runner, bool on_masters) {
  Tape values;
  while (!lookups.empty()) {
    const std::size_t count = std::min(lookups.size(), lookups_a_step);
    look_up_some(lookups.first(count), runner, on_masters, values);
    lookups = lookups.subspan(count);
  }
  return values;
}

}  // namespace rediscluster::merge
