#include "fault/playground.h"

#include <stdexcept>
#include <thread>
#include <utility>

#include <rediscluster/tls.h>

#include "fault/features.h"
#include "support/plain_client.h"
#include "support/processes.h"

namespace rediscluster::tests {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Way = Relay::Way;

namespace {

testing::LocalClusterOptions servers_for(Channel channel, const CertificateAuthority& authority) {
  testing::LocalClusterOptions options{.masters = 3, .slaves = 1};
  if (channel == Channel::tls) {
    const Certificate certificate = authority.issue("server", {.names = "IP:127.0.0.1"});
    options.tls_arguments = {"--tls-cert-file",    certificate.cert_file, "--tls-key-file",     certificate.key_file,
                             "--tls-ca-cert-file", authority.ca_file(),   "--tls-auth-clients", "no"};
  }
  return options;
}

}  // namespace

Playground::Playground(Channel channel)
    : authority_(folder_.path()),
      tls_(channel == Channel::tls ? make_tls({.ca_file = authority_.ca_file()}) : nullptr),
      servers_(servers_for(channel, authority_)),
      config_(channel == Channel::tls ? servers_.tls_config() : servers_.config()),
      to_master_(config_.nodes.at("node_2").port),
      to_slave_(config_.nodes.at("node_5").port) {
  config_.nodes["node_2"].port = to_master_.port();
  config_.nodes["node_5"].port = to_slave_.port();
}

std::string Playground::ask(const std::string& server, const std::vector<std::string>& command) const {
  return PlainClient(servers_.config().nodes.at(server)).run(command);
}

NodeConfig Playground::master_of(std::size_t node) const {
  const std::string name = node == 0 && promoted_ ? "node_4" : "node_" + std::to_string(node + 1);
  return servers_.config().nodes.at(name);
}

void Playground::clear() {
  for (std::size_t node = 0; node < Workload::masters; ++node) {
    if (PlainClient(master_of(node)).run({"FLUSHALL"}) != "OK") throw std::runtime_error("a master cannot be emptied");
  }
  servers_.wait_for_replication();
}

void Playground::settle_roles(const std::string& new_master, const std::string& old_master) {
  const std::string port = std::to_string(servers_.config().nodes.at(new_master).port);
  if (ask(old_master, {"REPLICAOF", "127.0.0.1", port}) != "OK") throw std::runtime_error("REPLICAOF was refused");
  promoted_ = new_master == "node_4";
  const bool follows = eventually([&] {
    return ask(old_master, {"INFO", "replication"}).find("master_link_status:up") != std::string::npos;
  });
  if (!follows) throw std::runtime_error(old_master + " does not follow " + new_master);
}

void Playground::promote() {
  const std::string from = promoted_ ? "node_4" : "node_1";
  const std::string to = promoted_ ? "node_1" : "node_4";
  // As an operator does it who wants to lose nothing: while no write is taken, the slave catches up. The writes that
  // wait meanwhile meet a slave when it is over.
  ask(from, {"CLIENT", "PAUSE", "10000", "WRITE"});
  servers_.wait_for_replication();
  ask(to, {"REPLICAOF", "NO", "ONE"});
  settle_roles(to, from);
  ask(from, {"CLIENT", "UNPAUSE"});
}

void Playground::promote_after_crash() {
  if (promoted_) promote();
  ask("node_1", {"CLIENT", "PAUSE", "10000", "WRITE"});
  servers_.wait_for_replication();
  servers_.kill("node_1");
  ask("node_4", {"REPLICAOF", "NO", "ONE"});
  // Whoever brings the old master back, empty, must not do so before all clients have left it.
  const auto writes = [&] {
    return ask("node_4", {"INFO", "commandstats"}).find("cmdstat_incrby:") != std::string::npos;
  };
  ask("node_4", {"CONFIG", "RESETSTAT"});
  const bool followed = eventually(writes, 20s);
  servers_.restart("node_1");
  settle_roles("node_4", "node_1");
  if (!followed) {
    throw std::runtime_error("the client has not followed the promotion");
  }
}

namespace {

// How long something lasts: not for a condition.
void last(milliseconds length) {
  std::this_thread::sleep_for(length);
}

void kill(Playground& ground, const char* server, milliseconds length) {
  ground.servers().kill(server);
  last(length);
  ground.servers().restart(server);
}

void stop(Playground& ground, const char* server, milliseconds length) {
  ground.servers().stop(server);
  last(length);
  ground.servers().resume(server);
}

// Its master loses nothing when it goes down in an orderly manner, not even what comes in while it saves.
void restart_with_data(Playground& ground, const char* server) {
  ground.ask(server, {"SHUTDOWN", "SAVE"});
  if (!eventually([&] { return !ground.servers().is_alive(server); }))
    throw std::runtime_error("SHUTDOWN does not end a server");
  ground.servers().restart(server, {.keep_data = true});
}

// To node_2, to its slave, or to both at the same time.
auto with_relays(std::function<void(Relay&, std::mt19937, milliseconds)> play) {
  return [play](Playground& ground, Workload&, std::mt19937& random, milliseconds length) {
    const auto which = random() % 4;
    std::vector<std::thread> threads;
    for (const bool of_slave : {false, true}) {
      if (which == (of_slave ? 0U : 1U)) continue;  // the master alone, the slave alone; else both
      threads.emplace_back([&, of_slave, seed = static_cast<unsigned>(random())] {
        Relay& relay = ground.relay(of_slave);
        play(relay, std::mt19937(seed), length);
        relay.heal();
        relay.reset();
      });
    }
    for (std::thread& thread : threads) thread.join();
  };
}

}  // namespace

const std::vector<Fault>& server_faults() {
  static const std::vector<Fault> faults = {
      {"KillMaster",
       [](Playground& ground, Workload& workload, std::mt19937&, milliseconds length) {
         workload.loses_data(2);
         kill(ground, "node_3", length);
         workload.keeps_data(2);
       }},
      {"KillSlave",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds length) { kill(ground, "node_6", length); }},
      {"RestartMasterEmpty",
       [](Playground& ground, Workload& workload, std::mt19937&, milliseconds) {
         workload.loses_data(2);
         ground.servers().restart("node_3");
         workload.keeps_data(2);
       }},
      {"RestartSlaveEmpty",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds) { ground.servers().restart("node_6"); }},
      // node_2, since node_1 may have been made a slave, and node_3 has other troubles.
      {"RestartMasterWithData",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds) { restart_with_data(ground, "node_2"); }},
      {"RestartSlaveWithData",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds) { restart_with_data(ground, "node_5"); }},
      {"StopMaster",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds length) { stop(ground, "node_1", length); }},
      {"StopSlave",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds length) { stop(ground, "node_4", length); }},
      {"PauseWrites",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds length) {
         ground.ask("node_1", {"CLIENT", "PAUSE", std::to_string(length.count()), "WRITE"});
         last(length);
       }},
      {"PauseAll",
       [](Playground& ground, Workload&, std::mt19937& random, milliseconds length) {
         const char* const server = random() % 2 == 0 ? "node_1" : "node_4";
         ground.ask(server, {"CLIENT", "PAUSE", std::to_string(length.count())});
         last(length);
       }},
      {"Promotion", [](Playground& ground, Workload&, std::mt19937&, milliseconds) { ground.promote(); },
       follows_promotion},
      {"PromotionAfterCrash",
       [](Playground& ground, Workload&, std::mt19937&, milliseconds) { ground.promote_after_crash(); },
       follows_promotion},
  };
  return faults;
}

const std::vector<Fault>& connection_faults() {
  static const std::vector<Fault> faults = {
      {"Resets", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         for (int i = 0; i < 20; ++i) {
           relay.reset();
           last(length / 20);
         }
       })},
      {"Closes", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         for (int i = 0; i < 20; ++i) {
           relay.close();
           last(length / 20);
         }
       })},
      {"ResetsInTheMiddle", with_relays([](Relay& relay, std::mt19937 random, milliseconds length) {
         for (int i = 0; i < 20; ++i) {
           relay.reset_after(random() % 2 == 0 ? Way::to_server : Way::to_client, 1 + random() % 300000);
           last(length / 20);
         }
       })},
      // What was done meanwhile was done, but nobody was told.
      {"LostAnswers", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         for (int i = 0; i < 5; ++i) {
           relay.stall(Way::to_client, true);
           last(length / 10);
           relay.reset();
           relay.stall(Way::to_client, false);
           last(length / 10);
         }
       })},
      {"Refusals", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         relay.refuse(true);
         relay.reset();
         last(length);
       })},
      {"ShortDelays", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         relay.delay(Way::to_server, 20ms);
         relay.delay(Way::to_client, 20ms);
         last(length);
       })},
      {"DelaysBeyondTheDeadline", with_relays([](Relay& relay, std::mt19937 random, milliseconds length) {
         relay.delay(random() % 2 == 0 ? Way::to_server : Way::to_client, Workload::timeout + 50ms);
         last(length);
       })},
      {"HalfOpen", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         relay.stall(Way::to_server, true);
         relay.stall(Way::to_client, true);
         last(length);
       })},
      {"OneWayStalls", with_relays([](Relay& relay, std::mt19937 random, milliseconds length) {
         relay.stall(random() % 2 == 0 ? Way::to_server : Way::to_client, true);
         last(length);
       })},
      {"ServersSideHalfClosed", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         for (int i = 0; i < 5; ++i) {
           relay.shut(Way::to_client);
           last(length / 5);
         }
       })},
      {"ClientsSideHalfClosed", with_relays([](Relay& relay, std::mt19937, milliseconds length) {
         for (int i = 0; i < 5; ++i) {
           relay.shut(Way::to_server);
           last(length / 5);
         }
       })},
  };
  return faults;
}

}  // namespace rediscluster::tests
