// Publishing, and questions about subscriptions, on real servers.
#include <list>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "commands_fixture.h"
#include "support/plain_client.h"
#include "support/processes.h"

namespace rediscluster {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using tests::PlainClient;

class PubSubCommandsTest : public CommandsTest {
 protected:
  // Servers notice only in time that the subscribers of the test before are gone.
  void SetUp() override {
    ASSERT_TRUE(tests::eventually(
        [&] { return r.pubsub_channels().empty() && r.pubsub_shardchannels().empty() && r.pubsub_numpat() == 0; }));
  }
  static const NodeConfig& server(const std::string& name) { return servers_->config().nodes.at(name); }
  /** Subscribes where the channel lives. */
  PlainClient& subscribe(const std::string& command, const Key& channel) {
    PlainClient& client = subscribers_.emplace_back(server(r.getnodefor(channel).name));
    client.run({command, std::string(channel.name())});
    return client;
  }

  std::list<PlainClient> subscribers_;
};

TEST_F(PubSubCommandsTest, PublishGoesToTheNodeOfTheChannel) {
  EXPECT_EQ(0, r.publish("foo", "nobody hears it"));
  PlainClient& foo = subscribe("SUBSCRIBE", "foo");
  PlainClient& also_foo = subscribe("SUBSCRIBE", "foo");
  PlainClient& bar = subscribe("SUBSCRIBE", "bar");
  ASSERT_NE(r.getnodefor("foo").name, r.getnodefor("bar").name);
  EXPECT_EQ(2, r.publish("foo", binary));
  EXPECT_EQ("message foo " + binary, foo.next());
  EXPECT_EQ("message foo " + binary, also_foo.next());
  EXPECT_EQ(1, r.publish("bar", 42));
  EXPECT_EQ("message bar 42", bar.next());
  EXPECT_EQ(1, r.execute_command("PUBLISH", "bar", "routed alike").integer());
  EXPECT_EQ("message bar routed alike", bar.next());
}

TEST_F(PubSubCommandsTest, ATaggedChannelLivesOnTheNodeOfItsTag) {
  PlainClient& client = subscribe("SUBSCRIBE", Key{"bar", "foo"});
  EXPECT_EQ(0, r.publish("foo", "elsewhere"));
  EXPECT_EQ(1, r.publish(Key{"bar", "foo"}, "here"));
  EXPECT_EQ("message foo here", client.next());
}

TEST_F(PubSubCommandsTest, PublishCountsPatterns) {
  PlainClient& client = subscribe("SUBSCRIBE", "foo");
  client.run({"PSUBSCRIBE", "f*"});
  EXPECT_EQ(2, r.publish("foo", "m"));
  EXPECT_EQ("message foo m", client.next());
  EXPECT_EQ("pmessage f* foo m", client.next());
}

TEST_F(PubSubCommandsTest, Spublish) {
  EXPECT_EQ(0, r.spublish("foo", "m"));
  PlainClient& shard = subscribe("SSUBSCRIBE", "foo");
  PlainClient& plain = subscribe("SUBSCRIBE", "foo");
  EXPECT_EQ(1, r.spublish("foo", "sharded"));
  EXPECT_EQ("smessage foo sharded", shard.next());
  EXPECT_EQ(1, r.publish("foo", "plain"));
  EXPECT_EQ("message foo plain", plain.next()) << "names of their own";
}

TEST_F(PubSubCommandsTest, Channels) {
  EXPECT_THAT(r.pubsub_channels(), IsEmpty());
  EXPECT_THAT(r.pubsub_shardchannels(), IsEmpty());
  subscribe("SUBSCRIBE", "foo");
  subscribe("SUBSCRIBE", "bar");
  subscribe("SSUBSCRIBE", "sharded foo");
  subscribe("SSUBSCRIBE", "sharded bar");
  PlainClient astray(server("node_1"));  // one channel on two nodes is one channel
  astray.run({"SUBSCRIBE", "foo", "bar"});
  EXPECT_THAT(r.pubsub_channels(), UnorderedElementsAre("foo", "bar"));
  EXPECT_THAT(r.pubsub_channels("f*"), ElementsAre("foo"));
  EXPECT_THAT(r.pubsub_channels("none*"), IsEmpty());
  EXPECT_THAT(r.pubsub_shardchannels(), UnorderedElementsAre("sharded foo", "sharded bar"));
  EXPECT_THAT(r.pubsub_shardchannels("*bar"), ElementsAre("sharded bar"));
}

TEST_F(PubSubCommandsTest, NumpatDoesNotCountAPatternOnceForEachNode) {
  EXPECT_EQ(0, r.pubsub_numpat());
  for (const std::string node : {"node_1", "node_2"}) {
    subscribers_.emplace_back(server(node)).run({"PSUBSCRIBE", "a*"});
    subscribers_.emplace_back(server(node)).run({"PSUBSCRIBE", "b*"});
  }
  EXPECT_EQ(2, r.pubsub_numpat());
}

TEST_F(PubSubCommandsTest, Numsub) {
  EXPECT_THAT(r.pubsub_numsub(), IsEmpty());
  EXPECT_THAT(r.pubsub_shardnumsub(), IsEmpty());
  EXPECT_THAT(r.pubsub_numsub("foo"), ElementsAre(Pair("foo", 0)));
  subscribe("SUBSCRIBE", "foo");
  subscribe("SUBSCRIBE", "foo");
  subscribe("SUBSCRIBE", "bar");
  subscribe("SSUBSCRIBE", "foo");
  EXPECT_THAT(r.pubsub_numsub("bar", "none", "foo"), ElementsAre(Pair("bar", 1), Pair("none", 0), Pair("foo", 2)));
  EXPECT_THAT(r.pubsub_numsub({"foo", "foo"}), ElementsAre(Pair("foo", 2), Pair("foo", 2)));
  EXPECT_THAT(r.pubsub_shardnumsub("foo", "bar"), ElementsAre(Pair("foo", 1), Pair("bar", 0)));
  EXPECT_THAT(r.pubsub_shardnumsub({"foo"}), ElementsAre(Pair("foo", 1)));
}

TEST_F(PubSubCommandsTest, InAPipelineAndOnOneServer) {
  PlainClient& client = subscribe("SUBSCRIBE", "foo");
  Pipeline p = r.pipeline();
  auto first = p.publish("foo", 1);
  auto second = p.publish("bar", 2);
  auto channels = p.pubsub_channels();
  auto patterns = p.pubsub_numpat();
  auto subscribed = p.pubsub_numsub("foo");
  p.execute();
  EXPECT_EQ(1, first.get());
  EXPECT_EQ(0, second.get());
  EXPECT_THAT(channels.get(), ElementsAre("foo"));
  EXPECT_EQ(0, patterns.get());
  EXPECT_THAT(subscribed.get(), ElementsAre(Pair("foo", 1)));
  EXPECT_EQ("message foo 1", client.next());

  const StrictRedis one = r.node(r.getnodefor("foo").name);
  EXPECT_EQ(1, one.publish("foo", "m"));
  EXPECT_THAT(one.pubsub_channels(), ElementsAre("foo"));
  EXPECT_THAT(one.pubsub_numsub("foo", "bar"), ElementsAre(Pair("foo", 1), Pair("bar", 0)));
}

}  // namespace
}  // namespace rediscluster
