#include "routing/command_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace rediscluster::routing {

namespace {

#include "routing/command_table.inc"

constexpr std::size_t words = 4;  // of 8 bytes: no name is longer than 32

// A name in upper case, padded with NUL bytes, and what tells apart names that differ in NUL bytes only, or in a space
// within the first argument ("CONFIG GET" as one word is no command).
struct Packed {
  std::array<std::uint64_t, words> word = {};
  std::uint64_t exact = 0;    // bits of the first word that letter case does not touch
  std::uint32_t lengths = 0;  // of the whole and of the first argument

  friend constexpr bool operator==(const Packed& a, const Packed& b) {
    return a.lengths == b.lengths && a.word == b.word;
  }
};

constexpr std::uint32_t lengths_of(std::size_t whole, std::size_t first) {
  return static_cast<std::uint32_t>(whole << 16U | first);
}

// Letters a to z of eight bytes in upper case, all other bytes as they are.
constexpr std::uint64_t upper(std::uint64_t bytes) {
  constexpr std::uint64_t each = 0x0101010101010101U;
  const std::uint64_t low7 = bytes & (each * 0x7F);
  const std::uint64_t from_a = low7 + each * (0x80 - 'a');
  const std::uint64_t above_z = low7 + each * (0x7F - 'z');
  return bytes ^ ((from_a & ~above_z & ~bytes & (each * 0x80)) >> 2U);
}

constexpr std::uint64_t load_bytewise(const char* bytes, std::size_t size) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < size; ++i) word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return word;
}

template <class T>
std::uint64_t load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// The same for 1 to 8 bytes, by loads that overlap instead of a loop.
[[gnu::always_inline]] inline std::uint64_t load_word(const char* bytes, std::size_t size) {
  if constexpr (std::endian::native != std::endian::little) return load_bytewise(bytes, size);
  if (size == 8) return load<std::uint64_t>(bytes);
  if (size >= 4) return load<std::uint32_t>(bytes) | load<std::uint32_t>(bytes + size - 4) << (8 * (size - 4));
  if (size >= 2) return load<std::uint16_t>(bytes) | load<std::uint8_t>(bytes + size - 1) << (8 * (size - 1));
  return load<std::uint8_t>(bytes);
}

constexpr std::size_t slot_bits = 11;
constexpr std::size_t slot_count = std::size_t{1} << slot_bits;

constexpr std::size_t slot_of(std::uint64_t folded) {
  return static_cast<std::size_t>((folded * 0x9E3779B97F4A7C15U) >> (64U - slot_bits));
}

constexpr std::size_t slot_of(const Packed& name) {
  std::uint64_t folded = name.word[0];
  for (std::size_t i = 1; i < words; ++i) folded = std::rotl(folded, 23) ^ name.word[i];
  return slot_of(folded);
}

// Names of up to 8 bytes, most of those on the hot path, are looked up by their only word, in whatever letter case.
constexpr std::size_t slot_of_short(std::uint64_t word) {
  return slot_of(word & 0xDFDFDFDFDFDFDFDFU);
}

constexpr std::size_t slot_of(std::string_view text, const Packed& name) {
  return text.size() <= 8 ? slot_of_short(name.word[0]) : slot_of(name);
}

constexpr std::size_t first_length(std::string_view name) {
  return std::min(name.find(' '), name.size());
}

constexpr Packed pack(std::string_view text) {
  Packed packed;
  packed.lengths = lengths_of(text.size(), first_length(text));
  for (std::size_t i = 0; i < text.size(); i += 8) {
    packed.word[i / 8] = load_bytewise(text.data() + i, std::min<std::size_t>(8, text.size() - i));
  }
  packed.exact = ~std::uint64_t{0};
  for (std::size_t i = 0; i < 8 && i < text.size(); ++i) {
    if (text[i] >= 'A' && text[i] <= 'Z') packed.exact ^= std::uint64_t{0x20} << (8 * i);
  }
  return packed;
}

struct Index {
  static constexpr std::uint16_t empty = 0xFFFF;
  std::array<std::uint16_t, slot_count> slots = {};
  std::array<Packed, std::size(rows)> names = {};
};

constexpr Index make_index() {
  static_assert(std::size(rows) < slot_count / 2);
  Index index;
  index.slots.fill(Index::empty);
  for (const bool is_short : {true, false}) {  // short names first: they get the better slots
    for (std::size_t row = 0; row < std::size(rows); ++row) {
      const std::string_view text = rows[row].name;
      if ((text.size() <= 8 && first_length(text) == text.size()) != is_short) continue;
      index.names[row] = pack(text);
      std::size_t slot = slot_of(text, index.names[row]);
      while (index.slots[slot] != Index::empty) slot = (slot + 1) % slot_count;
      index.slots[slot] = static_cast<std::uint16_t>(row);
    }
  }
  return index;
}

constexpr bool names_fit() {
  return std::all_of(std::begin(rows), std::end(rows),
                     [](const CommandRow& row) { return !row.name.empty() && row.name.size() <= 8 * words; });
}
static_assert(names_fit());

constexpr Index command_index = make_index();

const CommandRow* find_packed(const Packed& name, std::size_t slot) noexcept {
  for (;; slot = (slot + 1) % slot_count) {
    const std::uint16_t row = command_index.slots[slot];
    if (row == Index::empty) return nullptr;
    if (command_index.names[row] == name) return &rows[row];
  }
}

[[gnu::always_inline]] inline const CommandRow* find_short(std::string_view name) noexcept {
  const std::uint64_t word = load_word(name.data(), name.size());
  const std::uint32_t lengths = lengths_of(name.size(), name.size());
  for (std::size_t slot = slot_of_short(word);; slot = (slot + 1) % slot_count) {
    const std::uint16_t row = command_index.slots[slot];
    if (row == Index::empty) return nullptr;
    const Packed& packed = command_index.names[row];
    if (((packed.word[0] ^ word) & packed.exact) == 0 && packed.lengths == lengths) return &rows[row];
  }
}

const CommandRow* find_long(std::string_view name, std::size_t first) noexcept {
  if (name.size() > 8 * words) return nullptr;
  Packed packed;
  packed.lengths = lengths_of(name.size(), first);
  for (std::size_t i = 0; i < name.size(); i += 8) {
    packed.word[i / 8] = upper(load_word(name.data() + i, std::min<std::size_t>(8, name.size() - i)));
  }
  return find_packed(packed, slot_of(name, packed));
}

[[gnu::noinline]] const CommandRow* find_subcommand(std::string_view name, std::string_view subcommand) noexcept {
  char both[8 * words];
  const std::size_t size = name.size() + 1 + subcommand.size();
  if (subcommand.size() > sizeof both || size > sizeof both) return nullptr;
  std::memcpy(both, name.data(), name.size());
  both[name.size()] = ' ';
  std::memcpy(both + name.size() + 1, subcommand.data(), subcommand.size());
  return find_long({both, size}, name.size());
}

[[gnu::noinline]] const CommandRow* find_long_command(std::string_view name, std::string_view subcommand) noexcept {
  const CommandRow* row = find_long(name, name.size());
  return row != nullptr && row->container && !subcommand.empty() ? find_subcommand(name, subcommand) : row;
}

}  // namespace

// All calls but inlined ones are tail calls: the way of a short name saves no registers.
const CommandRow* find_command(std::string_view name, std::string_view subcommand) noexcept {
  if (name.size() > 8) return find_long_command(name, subcommand);
  if (name.empty()) return nullptr;
  const CommandRow* row = find_short(name);
  if (row != nullptr && row->container && !subcommand.empty()) [[unlikely]] {
    return find_subcommand(name, subcommand);
  }
  return row;
}

std::span<const CommandRow> command_table() noexcept {
  return rows;
}

}  // namespace rediscluster::routing
