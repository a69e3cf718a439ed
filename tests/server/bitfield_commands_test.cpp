// BITFIELD put together step by step, on real servers.
#include <optional>
#include <string>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using std::nullopt;
using Numbers = std::vector<std::optional<long long>>;

class BitfieldCommandsTest : public CommandsTest {};

TEST_F(BitfieldCommandsTest, Steps) {
  EXPECT_EQ(Numbers(), r.bitfield("k").execute());
  EXPECT_EQ(Numbers{0}, r.bitfield("k").get("u8", 0).execute());
  EXPECT_FALSE(r.contains("k")) << "reading creates nothing";
  EXPECT_EQ((Numbers{0, 255, -1, 254}),
            r.bitfield("k").set("u8", 8, 255).get("u8", "#1").get("i8", 8).incrby("u8", 8, -1).execute());
  EXPECT_EQ(std::string("\x00\xfe", 2), r.get("k"));
  EXPECT_EQ((Numbers{254, 0}), r.bitfield("k").get("u16", 0).get("i64", 1000).execute());
  EXPECT_EQ(Numbers{0}, r.bitfield("wide").set("i64", 0, -9223372036854775807 - 1).execute());
  EXPECT_EQ(Numbers{-9223372036854775807 - 1}, r.bitfield("wide").get("i64", 0).execute());
  EXPECT_SERVER_ERROR(bitfield("k").get("u64", 0).execute());
  EXPECT_SERVER_ERROR(bitfield("k").set("u8", 0, 7).get("u8", -1).execute());
  EXPECT_EQ(std::string("\x00\xfe", 2), r.get("k")) << "all steps or none";
}

TEST_F(BitfieldCommandsTest, Overflow) {
  r.set("k", "\xff");
  EXPECT_EQ(Numbers{0}, r.bitfield("k").incrby("u8", 0, 1).execute()) << "wraps";
  r.set("k", "\xff");
  EXPECT_EQ(Numbers{255}, r.bitfield("k").overflow("SAT").incrby("u8", 0, 10).execute());
  EXPECT_EQ((Numbers{nullopt, 9}),
            r.bitfield("k").overflow("FAIL").incrby("u8", 0, 10).overflow("WRAP").incrby("u8", 0, 10).execute());
  r.set("k", "\xff");
  EXPECT_EQ((Numbers{255, nullopt, nullopt}),
            r.bitfield("k").incrby("u8", 0, 1, "SAT").incrby("u8", 0, 1, "FAIL").set("u8", 0, 256).execute());
  EXPECT_EQ((Numbers{nullopt, 255}), r.bitfield("k", "FAIL").incrby("u8", 0, 1).incrby("u8", 0, 1, "SAT").execute());
  EXPECT_SERVER_ERROR(bitfield("k", "NEVER").get("u8", 0).execute());
}

TEST_F(BitfieldCommandsTest, IsUsedAgain) {
  auto operation = r.bitfield("k", "SAT");
  operation.set("u8", 0, 250);
  EXPECT_EQ(Numbers{0}, operation.execute());
  EXPECT_EQ(Numbers{255}, operation.incrby("u8", 0, 10).execute()) << "the steps are gone, the default is not";
  operation.set("u8", 0, 1);
  operation.reset();
  EXPECT_EQ(Numbers{255}, operation.get("u8", 0).execute());
}

TEST_F(BitfieldCommandsTest, OutlivesItsClientAndItsKey) {
  auto operation = [this] {
    const std::string name = "a key of more than a few characters";
    return r.with({.mastersonly = true}).bitfield(Key{"bar", name}).set("u8", 0, 'x');
  }();
  EXPECT_EQ(Numbers{0}, operation.execute());
  EXPECT_EQ("x", r.get(Key{"bar", "a key of more than a few characters"}));
}

TEST_F(BitfieldCommandsTest, OfOneServerAndInAPipeline) {
  EXPECT_EQ((Numbers{0, 7}), r.node("node_1").bitfield("k").set("u8", 0, 7).get("u8", 0).execute());

  Pipeline p = r.pipeline();
  auto operation = p.bitfield("p");
  const Queued<Numbers> first = operation.set("u8", 0, 255).execute();
  const Queued<Numbers> second = operation.incrby("u8", 0, 1, "FAIL").get("u8", 0).execute();
  EXPECT_EQ(2U, p.size());
  p.execute();
  EXPECT_EQ(Numbers{0}, first.get());
  EXPECT_EQ((Numbers{nullopt, 255}), second.get());
}

TEST_F(BitfieldCommandsTest, WrongType) {
  r.rpush("list", "x");
  EXPECT_WRONG_TYPE(bitfield("list").get("u8", 0).execute());
  auto operation = r.bitfield("list").get("u8", 0);
  EXPECT_THROW(operation.execute(), ResponseError);
  EXPECT_EQ(2U, operation.command().size()) << "an error too forgets the steps";
}

}  // namespace
}  // namespace rediscluster
