// Which node a key belongs to: crc32(key) % number of masters.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <rediscluster/config.h>
#include <rediscluster/key.h>

namespace rediscluster {
inline namespace v0_1 {

namespace detail {
// Tables of the reflected polynomial 0xedb88320: the CRC-32 of zlib, PNG, Ethernet and twemproxy's crc32a. Table i is
// what a byte contributes that is followed by i others.
using Crc32Tables = std::array<std::array<std::uint32_t, 256>, 4>;
consteval Crc32Tables crc32_tables() {
  Crc32Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
    tables[0][byte] = value;
  }
  for (std::size_t i = 1; i < tables.size(); ++i) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[i - 1][byte];
      tables[i][byte] = tables[0][before & 0xffU] ^ (before >> 8);
    }
  }
  return tables;
}
inline constexpr Crc32Tables crc32_of_byte = crc32_tables();
}  // namespace detail

/** CRC-32 of any bytes, as zlib's crc32(). Usable at compile time. */
constexpr std::uint32_t crc32(std::string_view bytes) noexcept {
  const auto& table = detail::crc32_of_byte;
  const auto at = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
  std::uint32_t value = 0xffffffffU;
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    value ^= at(i) | at(i + 1) << 8 | at(i + 2) << 16 | at(i + 3) << 24;
    value = table[3][value & 0xffU] ^ table[2][(value >> 8) & 0xffU] ^ table[1][(value >> 16) & 0xffU] ^
            table[0][value >> 24];
  }
  for (; i < bytes.size(); ++i) value = table[0][(value ^ at(i)) & 0xffU] ^ (value >> 8);
  return ~value;
}

/** What of a key's name picks its node, and what is stored. */
struct KeyName {
  std::string_view hashed;
  std::string_view stored;
};

/** Takes a name apart by the cluster's rule for braces. Both parts are views into the name. */
constexpr KeyName parse_key_name(std::string_view name, KeyTags tags) noexcept {
  if (tags == KeyTags::none) return {name, name};
  const std::size_t open = name.find('{');
  if (open == std::string_view::npos) return {name, name};
  if (tags == KeyTags::legacy) {
    const std::string_view behind = name.substr(open + 1);
    return {behind.substr(0, behind.empty() ? 0 : behind.size() - 1), name.substr(0, open)};
  }
  const std::size_t close = name.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return {name, name};
  return {name.substr(open + 1, close - open - 1), name};
}

/** Places keys on nodes. Node i of a cluster is called node_(i + 1). */
class Partitioner {
 public:
  /** `masters` must be at least 1. */
  constexpr explicit Partitioner(std::size_t masters, KeyTags tags = KeyTags::none) noexcept
      : masters_(masters), tags_(tags) {}

  constexpr std::size_t masters() const noexcept { return masters_; }
  constexpr KeyTags tags() const noexcept { return tags_; }

  /** Index (0 to masters - 1) of the node of a key. Its tag, when it has one, decides alone and is hashed whole. */
  constexpr std::size_t node_of(const Key& key) const noexcept {
    return node_of_hash(crc32(key.tagged() ? key.tag() : parse_key_name(key.name(), tags_).hashed));
  }
  /** Index of the node of everything with this crc32. */
  constexpr std::size_t node_of_hash(std::uint32_t hash) const noexcept { return hash % masters_; }

 private:
  std::size_t masters_;
  KeyTags tags_;
};

}  // namespace v0_1
}  // namespace rediscluster
