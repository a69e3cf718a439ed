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
// The table of the reflected polynomial 0xedb88320: the CRC-32 of zlib, PNG, Ethernet and twemproxy's crc32a.
consteval std::array<std::uint32_t, 256> crc32_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
    table[byte] = value;
  }
  return table;
}
inline constexpr std::array<std::uint32_t, 256> crc32_bytes = crc32_table();
}  // namespace detail

/** CRC-32 of any bytes, as zlib's crc32(). Usable at compile time. */
constexpr std::uint32_t crc32(std::string_view bytes) noexcept {
  std::uint32_t value = 0xffffffffU;
  for (const char c : bytes)
    value = detail::crc32_bytes[(value ^ static_cast<unsigned char>(c)) & 0xffU] ^ (value >> 8);
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
