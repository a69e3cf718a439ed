// SHA-1 against the examples of FIPS 180 and lengths around the end of a block.
#include "protocol/sha1.h"

#include <cstddef>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace rediscluster::protocol {
namespace {

TEST(Sha1Test, ExamplesOfTheStandard) {
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(sha1_hex("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                     "mnopqrstnopqrstu"),
            "a49b2446a02c645bf419f995b67091253a04a259");
  EXPECT_EQ(sha1_hex(std::string(1000000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha1Test, BytesThatAreNoText) {
  EXPECT_EQ(sha1_hex(std::string_view("\0", 1)), "5ba93c9db0cff93f52b521d7420e43f6eda2784f");
  EXPECT_EQ(sha1_hex("\xff\x80"), "2f52fa98aee1519d88a09e5019f4186aa4ba767a");
}

TEST(Sha1Test, LengthsAroundTheEndOfABlock) {
  struct {
    std::size_t length;
    std::string_view sha;
  } const cases[] = {
      {1, "11f6ad8ec52a2984abaafd7c3b516503785c2072"},   {54, "31045e7bb077ff8d188a776b196b980388735dbb"},
      {55, "cef734ba81a024479e09eb5a75b6ddae62e6abf1"},  {56, "901305367c259952f4e7af8323f480d59f81335b"},
      {57, "025ecbd5d70f8fb3c5457cd96bab13fda305dc59"},  {63, "0ddc4e0cccd9a12850deb5abb0853a4425559fec"},
      {64, "bb2fa3ee7afb9f54c6dfb5d021f14b1ffe40c163"},  {65, "78c741ddc482e4cdf8c474a0876347a0905b6233"},
      {119, "4300320394f7ee239bcdce7d3b8bcee173a0cd5c"}, {120, "ceb2821639c4b6dcb10bce0e522ca2e608ce056d"},
      {127, "e463484d274607e1897d4099497cbf2aedcf8206"}, {128, "150fa3fbdc899bd0b8f95a9fb6027f564d953762"},
      {129, "2699b675922cc84a9b0dfd926eb7f8211c78693d"},
  };
  for (const auto& [length, sha] : cases) EXPECT_EQ(sha1_hex(std::string(length, 'x')), sha) << length;
}

}  // namespace
}  // namespace rediscluster::protocol
