// Any words of a user's: finding the keys never reads beyond them, and a command taken apart and put together is the
// same. The input's lines are the words.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/errors.h>
#include <rediscluster/partitioner.h>

#include "routing/command_table.h"
#include "routing/key_positions.h"
#include "routing/router.h"

namespace {

using namespace rediscluster;

void expect(bool holds) {
  if (!holds) std::abort();
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t end = text.find('\n');
    words.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return words;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string_view> words = words_of({reinterpret_cast<const char*>(data), size});
  Command command = Command::of_user();
  for (const std::string_view word : words) command.arg(word);
  expect(command.size() == words.size());
  for (std::size_t i = 0; i < words.size(); ++i) expect(command[i] == words[i]);
  Command copy = Command::of_user();
  copy.append_words(command, 0, command.size());
  expect(copy.bytes() == command.bytes());

  if (words[0].empty()) return 0;
  const routing::CommandRow* const row = routing::row_of(command);
  if (row == nullptr) return 0;
  for (const routing::KeyPosition& key : routing::key_positions(*row, words)) {
    expect(key.argument > 0 && key.argument < words.size());
  }
  routing::reads_unnamed_keys(*row, words);
  routing::mark_keys(command, *row);
  for (const std::uint32_t node : routing::nodes_of(command, Partitioner(3, KeyTags::standard))) expect(node < 3);
  if (routing::has_legacy_tags(command)) expect(routing::without_legacy_tags(command).size() == command.size());
  return 0;
}
