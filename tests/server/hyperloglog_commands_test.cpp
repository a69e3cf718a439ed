// Commands on HyperLogLogs, on real servers.
#include <string>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

class HyperlogCommandsTest : public CommandsTest {};

TEST_F(HyperlogCommandsTest, Add) {
  EXPECT_EQ(0, r.pfcount("k"));
  EXPECT_TRUE(r.pfadd("k")) << "the key is new";
  EXPECT_TRUE(r.contains("k"));
  EXPECT_FALSE(r.pfadd("k"));
  EXPECT_EQ(0, r.pfcount("k"));
  EXPECT_TRUE(r.pfadd("k", "a"));
  EXPECT_FALSE(r.pfadd("k", "a"));
  EXPECT_TRUE(r.pfadd("k", "a", 1, binary));
  EXPECT_FALSE(r.pfadd("k", {"1", "a"}));
  EXPECT_EQ(3, r.pfcount("k"));
}

TEST_F(HyperlogCommandsTest, CountsManyToAboutOnePercent) {
  std::vector<std::string> values;
  for (int i = 0; i < 10000; ++i) values.push_back("element:" + std::to_string(i));
  EXPECT_TRUE(r.pfadd("k", values));
  EXPECT_NEAR(10000, static_cast<double>(r.pfcount("k")), 500);
}

TEST_F(HyperlogCommandsTest, CountAndMergeSeveral) {
  const Key a = together("a"), b = together("b"), d = together("d"), missing = together("missing");
  r.pfadd(a, "1", "2", "3");
  r.pfadd(b, "3", "4");
  EXPECT_EQ(4, r.pfcount(a, b));
  EXPECT_EQ(4, r.pfcount({b, a, missing}));
  EXPECT_TRUE(r.pfmerge(d, {a, missing}));
  EXPECT_EQ(3, r.pfcount(d));
  EXPECT_TRUE(r.pfmerge(d, b));
  EXPECT_EQ(4, r.pfcount(d)) << "what was there stays";
  EXPECT_TRUE(r.pfmerge(d, a, b));
  EXPECT_TRUE(r.pfmerge(d));
  EXPECT_EQ(4, r.pfcount(d));
  EXPECT_TRUE(r.pfmerge(together("e"), missing));
  EXPECT_TRUE(r.contains(together("e"))) << "though empty";
}

TEST_F(HyperlogCommandsTest, InAPipeline) {
  Pipeline p = r.pipeline();
  const Queued<bool> added = p.pfadd("k", "a", "b"), again = p.pfadd("k", "a");
  const Queued<long long> count = p.pfcount("k");
  p.execute();
  EXPECT_TRUE(added.get());
  EXPECT_FALSE(again.get());
  EXPECT_EQ(2, count.get());
}

TEST_F(HyperlogCommandsTest, WrongType) {
  const Key list = together("list"), text = together("text"), a = together("a");
  r.rpush(list, "x");
  r.set(text, "no HyperLogLog");
  for (const Key& wrong : {list, text}) {
    EXPECT_WRONG_TYPE(pfadd(wrong, "a"));
    EXPECT_WRONG_TYPE(pfcount(wrong));
    EXPECT_WRONG_TYPE(pfcount(a, wrong));
    EXPECT_WRONG_TYPE(pfmerge(wrong, a));
    EXPECT_WRONG_TYPE(pfmerge(a, wrong));
  }
}

}  // namespace
}  // namespace rediscluster
