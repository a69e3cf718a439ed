#include "protocol/sha1.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rediscluster::protocol {

namespace {

constexpr std::size_t block_size = 64;
constexpr std::size_t length_size = 8;

using State = std::array<std::uint32_t, 5>;

void add_block(State& state, const char* block) {
  std::array<std::uint32_t, 80> schedule{};
  for (std::size_t i = 0; i < block_size; ++i) {
    schedule[i / 4] = schedule[i / 4] << 8U | static_cast<unsigned char>(block[i]);
  }
  for (std::size_t t = 16; t < 80; ++t) {
    schedule[t] = std::rotl(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t t = 0; t < 80; ++t) {
    std::uint32_t mixed = 0;
    if (t < 20) {
      mixed = ((b & c) | (~b & d)) + 0x5A827999U;
    } else if (t < 40) {
      mixed = (b ^ c ^ d) + 0x6ED9EBA1U;
    } else if (t < 60) {
      mixed = ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDCU;
    } else {
      mixed = (b ^ c ^ d) + 0xCA62C1D6U;
    }
    const std::uint32_t next = std::rotl(a, 5) + mixed + e + schedule[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const State changed = {a, b, c, d, e};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += changed[i];
}

}  // namespace

std::string sha1_hex(std::string_view bytes) {
  State state = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  std::string_view rest = bytes;
  for (; rest.size() >= block_size; rest.remove_prefix(block_size)) add_block(state, rest.data());
  // What is left, a bit 1, zeros, and the length in bits fill one block, or two.
  std::string last(rest);
  last += '\x80';
  last.resize(last.size() + length_size <= block_size ? block_size : 2 * block_size);
  std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  for (std::size_t i = 1; i <= length_size; ++i, bits >>= 8U) last[last.size() - i] = static_cast<char>(bits & 0xFFU);
  for (std::size_t at = 0; at < last.size(); at += block_size) add_block(state, last.data() + at);

  std::string hex;
  for (const std::uint32_t word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += "0123456789abcdef"[word >> static_cast<unsigned>(shift) & 0xFU];
  }
  return hex;
}

}  // namespace rediscluster::protocol
