// How a slave is asked for what it has applied, without anybody waiting.
#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "support/fake_server.h"
#include "topology/topology.h"

namespace rediscluster::topology {
namespace {

using namespace std::chrono_literals;
using tests::FakeServer;
using tests::Received;

// A slave that has applied 100 bytes of history "a".
tests::Action slave(const Received& command) {
  if (command[0] == "ROLE") {
    return tests::reply("*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:1\r\n$9\r\nconnected\r\n:100\r\n");
  }
  if (command[0] != "INFO") return tests::default_reply();
  const std::string info = "role:slave\r\nmaster_link_status:up\r\nslave_repl_offset:100\r\nmaster_replid:a\r\n";
  return tests::reply("$" + std::to_string(info.size()) + "\r\n" + info + "\r\n");
}

TEST(SeekConfirmationTest, TheAnswerIsReadByWhoComesByNext) {
  FakeServer fake(slave);
  Server server("node_2", {.port = fake.port()}, {});
  const auto writes = std::make_shared<NodeWrites>(std::make_shared<WriteTimes>());
  NodeWrites::listen(writes, server.link());
  auto now = Clock::now();
  server.seek_confirmation(0, now, true);
  EXPECT_EQ(server.link().connections(), 0U) << "the master has said nothing";
  const Moment told = moment(now);
  writes->master_answered({Replication::Kind::master, false, "a", 100}, now);
  server.seek_confirmation(told, now, false);
  EXPECT_EQ(server.link().connections(), 0U) << "nobody wants to read";
  for (int i = 0; i < 40 && !server.link().may_answer(told); ++i) {  // 40 ms, less than until it is asked again
    server.seek_confirmation(told, now, true);
    now += 1ms;
    std::this_thread::sleep_for(20ms);
  }
  EXPECT_TRUE(server.link().may_answer(told));
  EXPECT_EQ(fake.commands().size(), 2U) << "ROLE and one INFO";
}

TEST(SeekConfirmationTest, AServerThatCannotBeReachedIsLeftAlone) {
  Server server("node_2", {.port = tests::closed_port()}, {});
  const auto now = Clock::now();
  server.avoid(now);
  server.seek_confirmation(1, now, true);
  EXPECT_EQ(server.link().connections(), 0U);
}

}  // namespace
}  // namespace rediscluster::topology
