#include "merge/hyperloglog.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include <rediscluster/decode.h>

#include "protocol/reply_error.h"

namespace rediscluster::merge {

namespace {

constexpr std::string_view not_one = "WRONGTYPE Key is not a valid HyperLogLog string value.";
constexpr std::string_view corrupted = "INVALIDOBJ Corrupted HLL object detected";

// "HYLL", the encoding, three unused bytes, and the count that was estimated last.
constexpr std::size_t header = 16;
constexpr char dense = 0;
constexpr char sparse = 1;
constexpr std::size_t register_bits = 6;

// Zeros behind the prefix that picks the register, and one more: the largest value of a register.
constexpr int hash_bits = 64 - 14;

double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double before = 0;
  double z = x;
  double y = 1;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z != before);
  return z;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double before = 0;
  double z = 1 - x;
  double y = 1;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= std::pow(1 - x, 2) * y;
  } while (z != before);
  return z / 3;
}

}  // namespace

std::string_view HyperLogLog::merge(std::string_view value) {
  if (value.size() < header || !value.starts_with("HYLL")) return not_one;
  const char encoding = value[4];
  value.remove_prefix(header);
  if (encoding == dense) return merge_dense(value);
  return encoding == sparse ? merge_sparse(value) : not_one;
}

std::string_view HyperLogLog::merge_dense(std::string_view packed) {
  if (packed.size() != registers * register_bits / 8) return not_one;
  for (std::size_t i = 0; i < registers; ++i) {
    const std::size_t bit = i * register_bits;
    unsigned two_bytes = static_cast<std::uint8_t>(packed[bit / 8]);
    if (bit / 8 + 1 < packed.size()) two_bytes |= unsigned{static_cast<std::uint8_t>(packed[bit / 8 + 1])} << 8;
    const auto value = static_cast<std::uint8_t>(two_bytes >> (bit % 8) & ((1U << register_bits) - 1));
    largest_[i] = std::max(largest_[i], value);
  }
  return {};
}

// Runs of equal registers: 00nnnnnn and 01nnnnnn nnnnnnnn are zeros, 1vvvvvnn are others; each is one more than said.
std::string_view HyperLogLog::merge_sparse(std::string_view runs) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const unsigned run = static_cast<std::uint8_t>(runs[i]);
    if (run < 0x40) {
      at += run + 1;
    } else if (run < 0x80) {
      const unsigned low = ++i < runs.size() ? static_cast<std::uint8_t>(runs[i]) : 0;
      at += ((run & 0x3f) << 8 | low) + 1;
    } else {
      const std::size_t end = at + (run & 3) + 1;
      if (end > registers) return corrupted;
      const auto value = static_cast<std::uint8_t>((run >> 2 & 0x1f) + 1);
      for (; at < end; ++at) largest_[at] = std::max(largest_[at], value);
    }
  }
  return at == registers ? std::string_view() : corrupted;
}

std::int64_t HyperLogLog::count() const {
  std::array<int, 1 << register_bits> histogram{};
  for (const std::uint8_t value : largest_) ++histogram[value];
  const double m = registers;
  double z = m * tau((m - histogram[hash_bits + 1]) / m);
  for (std::size_t value = hash_bits; value >= 1; --value) {
    z += histogram[value];
    z *= 0.5;
  }
  z += m * sigma(histogram[0] / m);
  constexpr double alpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  return std::llroundl(static_cast<long double>(alpha * m * m / z));
}

Plan plan_pfcount(const Command& command, std::span<const std::uint32_t> node_of_key) {
  Plan plan;
  plan.parts.reserve(node_of_key.size());
  for (std::size_t i = 0; i < node_of_key.size(); ++i) {
    plan.parts.push_back({node_of_key[i], routing::Access::read, Command("GET")});
    plan.parts.back().command.append_key(command, command.keys()[i]);
  }
  plan.merge = [name = std::string(command.name())](std::span<const PartReply> replies) {
    HyperLogLog all;
    for (const PartReply& part : replies) {
      throw_if_failed({&part, 1}, name);
      if (part.reply.is_nil()) continue;
      const std::string_view error = all.merge(detail::decode_text(part.reply));
      if (!error.empty()) protocol::throw_reply_error(error, name, part.place);
    }
    Tape tape;
    tape.add_integer(all.count());
    return tape;
  };
  return plan;
}

}  // namespace rediscluster::merge
