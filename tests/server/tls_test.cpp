// The component tls, on redis-servers that listen for TLS.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>
#include <rediscluster/tls.h>

#include "server/cluster_support.h"
#include "support/certificates.h"
#include "support/fake_server.h"
#include "support/open_fds.h"
#include "support/processes.h"
#include "support/sanitizers.h"
#include "support/temporary_folder.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::LocalCluster;
using testing::LocalClusterOptions;
using ::testing::Not;
using Clock = std::chrono::steady_clock;

constexpr std::size_t large = sanitized ? 8 << 20 : 50 << 20;

LocalClusterOptions tls_servers(int masters, int slaves, const CertificateAuthority& authority,
                                const Certificate& certificate, const std::string& auth_clients = "no") {
  return {.masters = masters,
          .slaves = slaves,
          .tls_arguments = {"--tls-cert-file", certificate.cert_file, "--tls-key-file", certificate.key_file,
                            "--tls-ca-cert-file", authority.ca_file(), "--tls-auth-clients", auth_clients}};
}

const CertificateOptions local_names{.names = "IP:127.0.0.1,DNS:localhost"};

class TlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    authority_ = new CertificateAuthority(folder_->path());
    cluster_ = new LocalCluster(tls_servers(3, 1, *authority_, authority_->issue("server", local_names)));
  }
  static void TearDownTestSuite() {
    delete std::exchange(cluster_, nullptr);
    delete std::exchange(authority_, nullptr);
    delete std::exchange(folder_, nullptr);
  }

  static std::shared_ptr<const Encryption> trusting() { return make_tls({.ca_file = authority_->ca_file()}); }
  static StrictRedisCluster client(Options options = {}) {
    if (options.tls == nullptr) options.tls = trusting();
    return StrictRedisCluster(cluster_->tls_config(), options);
  }
  static NodeConfig node(const std::string& name = "node_1") { return cluster_->tls_config().nodes.at(name); }
  // What a GET from the server at `node` is answered with: "" or the message of a ConnectionError.
  static std::string failure(const NodeConfig& node, const TlsOptions& options) {
    StrictRedis r(node, {.socket_connect_timeout = 10s, .tls = make_tls(options)});
    try {
      r.get("none");
      return {};
    } catch (const ConnectionError& error) {
      EXPECT_FALSE(error.maybe_executed());
      return error.what();
    }
  }

  static TemporaryFolder* folder_;
  static CertificateAuthority* authority_;
  static LocalCluster* cluster_;
};
TemporaryFolder* TlsTest::folder_ = nullptr;
CertificateAuthority* TlsTest::authority_ = nullptr;
LocalCluster* TlsTest::cluster_ = nullptr;

std::string value_of_size(std::size_t size) {
  std::string value(size, 'x');
  for (std::size_t i = 0; i < size; i += 4093) value[i] = static_cast<char>(i * 7);
  return value;
}

TEST_F(TlsTest, CommandsWork) {
  StrictRedisCluster r = client();
  r.flushall();
  EXPECT_TRUE(r.set("foo", "bar"));
  EXPECT_EQ(r.get("foo"), "bar");
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; i < 1000; ++i) pairs.emplace_back(keys.emplace_back("k" + std::to_string(i)), std::to_string(i));
  EXPECT_TRUE(r.mset(pairs));
  const auto values = r.mget(keys);
  ASSERT_EQ(values.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(values[i], std::to_string(i));
  Pipeline p = r.pipeline();
  std::vector<Queued<std::optional<std::string>>> queued;
  for (const std::string& key : keys) queued.push_back(p.get(key));
  p.execute();
  for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(queued[i].get(), std::to_string(i));
  EXPECT_TRUE(r.execute_command("BLPOP", "no such list", "0.05").is_nil()) << "a connection of its own";
}

TEST_F(TlsTest, SlavesAnswerReads) {
  StrictRedisCluster r = client();
  const std::string key = key_on(1, 3);
  r.set(key, "v");
  cluster_->wait_for_replication();
  reset_stats(cluster_->config());
  EXPECT_TRUE(eventually([&] { return r.get(key) == "v" && calls_of(cluster_->config(), "node_4", "get") > 0; }));
}

TEST_F(TlsTest, LargeValuesBothWaysAtOnce) {
  StrictRedisCluster r = client({.socket_timeout = 120s});
  const std::string value = value_of_size(large);
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 3; ++t) {
    // All on one server, so that the connections are shared.
    threads.emplace_back([&, key = key_on(1, 3, t)] {
      for (int i = 0; i < 2; ++i) {
        if (r.set(key, value) && r.get(key) == value) ++right;
      }
      r.del(key);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 6);
}

TEST_F(TlsTest, ManyThreadsShareAConnection) {
  const StrictRedisCluster r = client({.socket_timeout = 60s});
  const std::string medium = value_of_size(200000);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 32; ++t) {
    threads.emplace_back([&, t, r]() mutable {
      for (int i = 0; i < 50; ++i) {
        const std::string key = "t" + std::to_string(t) + ":" + std::to_string(i % 5);
        const std::string value = key + (i % 7 == 0 ? medium : std::to_string(i));
        if (!r.set(key, value) || r.get(key) != value) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

// Counts what is encrypted.
class Counting final : public Encryption {
 public:
  explicit Counting(std::shared_ptr<const Encryption> inner) : inner_(std::move(inner)) {}

  std::unique_ptr<ByteTransform> new_connection(const std::string& host) const override {
    return std::make_unique<Session>(inner_->new_connection(host), sent);
  }

  mutable std::atomic<std::size_t> sent = 0;

 private:
  class Session final : public ByteTransform {
   public:
    Session(std::unique_ptr<ByteTransform> inner, std::atomic<std::size_t>& sent)
        : inner_(std::move(inner)), sent_(sent) {}

    void start(std::string& wire) override { inner_->start(wire); }
    void receive(std::string_view from_wire, std::string& plain, std::string& wire) override {
      inner_->receive(from_wire, plain, wire);
    }
    bool established() const noexcept override { return inner_->established(); }
    void send(std::string_view plain, std::string& wire) override {
      sent_ += plain.size();
      inner_->send(plain, wire);
    }
    bool ended() const noexcept override { return inner_->ended(); }

   private:
    std::unique_ptr<ByteTransform> inner_;
    std::atomic<std::size_t>& sent_;
  };

  std::shared_ptr<const Encryption> inner_;
};

TEST_F(TlsTest, NoMoreIsEncryptedThanTheSocketTakes) {
  const auto counting = std::make_shared<const Counting>(trusting());
  StrictRedis r(node(), {.socket_timeout = 1s, .socket_connect_timeout = 0s, .tls = counting});
  EXPECT_TRUE(eventually([&] { return error_of<TimeoutError>([&] { r.set("k", "v"); }) == "no error"; }));
  const std::size_t size = 100 << 20;
  const std::string value(size, 'x');
  cluster_->stop("node_1");
  counting->sent = 0;
  EXPECT_THROW(r.set("k", value), TimeoutError);
  EXPECT_GT(counting->sent, 0U);
  EXPECT_LT(counting->sent, size / 2) << "more than all buffers of the kernel";
  cluster_->resume("node_1");
  EXPECT_TRUE(eventually([&] { return error_of<RedisError>([&] { r.set("k", "w"); }) == "no error"; }));
}

// Not encryption: puts more in front of every request than a socket takes at once. To the server these are empty
// commands.
class Padding final : public Encryption {
 public:
  std::unique_ptr<ByteTransform> new_connection(const std::string&) const override {
    return std::make_unique<Session>();
  }

 private:
  class Session final : public ByteTransform {
   public:
    void start(std::string&) override {}
    void receive(std::string_view from_wire, std::string& plain, std::string&) override { plain += from_wire; }
    bool established() const noexcept override { return true; }
    void send(std::string_view plain, std::string& wire) override {
      for (int i = 0; i < 4 * 1024 * 1024; ++i) wire += "*0\r\n";
      wire += plain;
    }
    bool ended() const noexcept override { return false; }
  };
};

TEST_F(TlsTest, WhatWaitsInsideIsSentAsWell) {
  NodeConfig server = cluster_->config().nodes.at("node_1");
  server.tls = true;
  StrictRedis r(server, {.socket_timeout = 30s, .socket_connect_timeout = 0s, .tls = std::make_shared<Padding>()});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(r.set("k", i));
}

TEST_F(TlsTest, TheNameOfTheCertificateIsChecked) {
  NodeConfig named = node();
  EXPECT_EQ(failure(named, {.ca_file = authority_->ca_file()}), "") << "an address";
  named.host = "localhost";
  EXPECT_EQ(failure(named, {.ca_file = authority_->ca_file()}), "") << "a name";
  EXPECT_EQ(failure(node(), {.ca_file = authority_->ca_file(), .server_name = "localhost"}), "");
  EXPECT_EQ(failure(node(), {.ca_file = authority_->ca_file(), .server_name = "localhost."}), "");
  EXPECT_THAT(failure(node(), {.ca_file = authority_->ca_file(), .server_name = "redis.example.com"}),
              AllOf(HasSubstr("certificate verify failed"), HasSubstr("ostname mismatch"), HasSubstr("127.0.0.1:")));
  EXPECT_THAT(failure(node(), {.ca_file = authority_->ca_file(), .server_name = "127.0.0.2"}),
              HasSubstr("IP address mismatch"));
  EXPECT_EQ(failure(node(), {.server_name = "redis.example.com", .verify = false}), "");
}

TEST_F(TlsTest, AnAuthorityThatIsNotTrusted) {
  const CertificateAuthority other(folder_->path(), "other");
  EXPECT_THAT(failure(node(), {.ca_file = other.ca_file()}), HasSubstr("certificate verify failed: "));
  EXPECT_THAT(failure(node(), {}), HasSubstr("certificate verify failed: ")) << "nor does the system trust it";
  EXPECT_EQ(failure(node(), {.verify = false}), "");
}

TEST_F(TlsTest, NoNameToCheckIsNotAnyName) {
  const auto tls = trusting();
  EXPECT_THROW(tls->new_connection(""), ConnectionError);
  EXPECT_THROW(tls->new_connection(std::string("a\0b", 3)), ConnectionError);
  EXPECT_NO_THROW(make_tls({.verify = false})->new_connection(""));
}

TEST_F(TlsTest, CertificatesThatAreWrongCostOneNodeOnly) {
  const Certificate expired =
      authority_->issue("expired", {.names = local_names.names, .from_day = -20, .to_day = -10});
  const Certificate wrong = authority_->issue("wrong", {.names = "DNS:redis.example.com"});
  const LocalCluster with_expired(tls_servers(1, 0, *authority_, expired));
  const LocalCluster with_wrong(tls_servers(1, 0, *authority_, wrong));
  const ClusterConfig config{.nodes = {{"node_1", node()},
                                       {"node_2", with_expired.tls_config().nodes.at("node_1")},
                                       {"node_3", with_wrong.tls_config().nodes.at("node_1")}},
                             .master_of = {{"node_1", {}}, {"node_2", {}}, {"node_3", {}}}};
  StrictRedisCluster r(config, {.socket_connect_timeout = 10s, .tls = trusting()});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(error_of<ConnectionError>([&] { r.set(key_on(2, 3), "v"); }),
                AllOf(HasSubstr("node_2 ("), HasSubstr("certificate verify failed: certificate has expired")));
    EXPECT_THAT(error_of<ConnectionError>([&] { r.set(key_on(3, 3), "v"); }),
                AllOf(HasSubstr("node_3 ("), HasSubstr("certificate verify failed: IP address mismatch")));
    EXPECT_TRUE(r.set(key_on(1, 3), "v"));
  }
  StrictRedisCluster trustful(config, {.tls = make_tls({.verify = false})});
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(trustful.set(key_on(i, 3), "v"));
}

TEST_F(TlsTest, ClientCertificates) {
  const LocalCluster strict(tls_servers(1, 0, *authority_, authority_->issue("strict", local_names), "yes"));
  const NodeConfig server = strict.tls_config().nodes.at("node_1");
  const Certificate mine = authority_->issue("client");
  const Certificate locked = authority_->issue("locked", {.key_password = "secret"});
  const std::string& ca = authority_->ca_file();
  const auto with = [&](const Certificate& certificate, const std::string& password = {}) {
    return TlsOptions{
        .ca_file = ca, .cert_file = certificate.cert_file, .key_file = certificate.key_file, .key_password = password};
  };
  EXPECT_EQ(failure(server, with(mine)), "");
  EXPECT_EQ(failure(server, with(locked, "secret")), "");
  EXPECT_THAT(failure(server, {.ca_file = ca}), HasSubstr("certificate required"));
  const CertificateAuthority other(folder_->path(), "foreign");
  EXPECT_THAT(failure(server, with(other.issue("foreigner"))), HasSubstr("unknown ca"));

  // Both in one file.
  const std::string both = folder_->path() + "/both.pem";
  {
    std::ofstream out(both);
    for (const std::string& part : {mine.cert_file, mine.key_file}) out << std::ifstream(part).rdbuf();
  }
  EXPECT_EQ(failure(server, {.ca_file = ca, .cert_file = both}), "");
}

TEST_F(TlsTest, FilesThatCannotBeUsed) {
  const Certificate mine = authority_->issue("mine");
  const Certificate locked = authority_->issue("locked2", {.key_password = "secret"});
  const Certificate another = authority_->issue("another");
  const auto mistake = [](const TlsOptions& options) { return error_of<DataError>([&] { make_tls(options); }); };
  EXPECT_THAT(mistake({.ca_file = "/none/ca"}), AllOf(HasSubstr("ca_file \"/none/ca\""), HasSubstr("No such file")));
  EXPECT_THAT(mistake({.ca_file = mine.key_file}), HasSubstr("ca_file"));
  EXPECT_THAT(mistake({.ca_path = "/none"}), AllOf(HasSubstr("ca_path \"/none\""), HasSubstr("No such file")));
  EXPECT_THAT(mistake({.ca_path = mine.cert_file}), AllOf(HasSubstr("ca_path"), HasSubstr("no folder")));
  EXPECT_THAT(mistake({.cert_file = "/none/c", .key_file = mine.key_file}), HasSubstr("cert_file \"/none/c\""));
  EXPECT_THAT(mistake({.cert_file = mine.cert_file, .key_file = "/none/k"}), HasSubstr("key_file \"/none/k\""));
  EXPECT_THAT(mistake({.cert_file = mine.cert_file}), HasSubstr("cert_file (as the key's file, too)"));
  EXPECT_THAT(mistake({.key_file = mine.key_file}), HasSubstr("there is no cert_file"));
  EXPECT_THAT(mistake({.cert_file = mine.cert_file, .key_file = another.key_file}),
              AllOf(HasSubstr("key_file \"" + another.key_file), HasSubstr("mismatch")));
  EXPECT_THAT(mistake({.cert_file = locked.cert_file, .key_file = locked.key_file}), HasSubstr("key_file"));
  EXPECT_THAT(mistake({.cert_file = locked.cert_file, .key_file = locked.key_file, .key_password = "wrong words"}),
              AllOf(HasSubstr("key_file"), Not(HasSubstr("wrong words"))));
  std::ifstream file(mine.key_file);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  EXPECT_THAT(mistake({.cert_file = mine.cert_file, .key_file = content}),
              AllOf(HasSubstr("not the name of a file"), Not(HasSubstr(content.substr(40, 20)))));
}

TEST_F(TlsTest, AFolderOfAuthorities) {
  const std::string folder = folder_->path() + "/authorities";
  std::filesystem::create_directory(folder);
  EXPECT_THAT(failure(node(), {.ca_path = folder}), HasSubstr("certificate verify failed"));
  std::filesystem::copy(authority_->ca_file(), folder + "/" + authority_->hash() + ".0");
  EXPECT_EQ(failure(node(), {.ca_path = folder}), "");
}

TEST_F(TlsTest, TlsToAPlainPort) {
  // The server waits for the end of what it takes for a command.
  ClusterConfig config = cluster_->tls_config();
  config.master_of = {{"node_1", {}}, {"node_2", {}}};
  config.nodes["node_2"].port = cluster_->config().nodes.at("node_2").port;
  const Clock::time_point begin = Clock::now();
  StrictRedisCluster r(config, {.socket_timeout = 60s, .socket_connect_timeout = 300ms, .tls = trusting()});
  EXPECT_THROW(r.set(key_on(2), "v"), TimeoutError);
  EXPECT_LT(Clock::now() - begin, 30s);
  EXPECT_TRUE(r.set(key_on(1), "v"));
  // One that answers something says at once that it is none.
  FakeServer talker({}, [](int) { return reply("-ERR too early\r\n"); });
  EXPECT_THAT(failure({.port = talker.port()}, {.ca_file = authority_->ca_file()}), HasSubstr("does not speak TLS"));
}

TEST_F(TlsTest, PlainTextToATlsPort) {
  ClusterConfig config = cluster_->config();
  config.master_of = {{"node_1", {}}, {"node_2", {}}};
  config.nodes["node_2"].port = node("node_2").port;
  StrictRedisCluster r(config);
  EXPECT_NE(error_of<ConnectionError>([&] { r.set(key_on(2), "v"); }).substr(0, 8), "no error");
  EXPECT_THROW(r.set(key_on(2), "v"), ConnectionError);
  EXPECT_TRUE(r.set(key_on(1), "v"));
}

TEST_F(TlsTest, AHandshakeThatStallsIsATimeoutOfConnecting) {
  const ListeningPort silent;
  StrictRedis r({.port = silent.port()}, {.socket_timeout = 60s, .socket_connect_timeout = 100ms, .tls = trusting()});
  const Clock::time_point begin = Clock::now();
  EXPECT_THAT(error_of<TimeoutError>([&] { r.get("k"); }), HasSubstr("could not connect"));
  EXPECT_LT(Clock::now() - begin, 30s);
  // So is one that stops halfway.
  cluster_->stop("node_1");
  StrictRedis stopped(node(), {.socket_timeout = 60s, .socket_connect_timeout = 100ms, .tls = trusting()});
  EXPECT_THROW(stopped.get("k"), TimeoutError);
  EXPECT_LT(Clock::now() - begin, 30s);
  cluster_->resume("node_1");
}

TEST_F(TlsTest, NodesMayDiffer) {
  ClusterConfig config = cluster_->tls_config();
  config.nodes["node_2"] = cluster_->config().nodes.at("node_2");
  config.nodes["node_2"].tls = false;
  config.nodes["node_1"].tls = std::nullopt;
  StrictRedisCluster r(config, {.tls = trusting()});
  for (int i = 1; i <= 3; ++i) EXPECT_TRUE(r.set(key_on(i, 3), "v"));
}

TEST_F(TlsTest, Urls) {
  ASSERT_EQ(ask(cluster_->config(), "node_1", {"ACL", "SETUSER", "al@ice", "on", ">p:/w", "~*", "+@all"}), "OK");
  const std::string port = std::to_string(node().port);
  StrictRedis r(NodeConfig::from_url("rediss://al%40ice:p%3A%2fw@localhost:" + port + "/0"), {.tls = trusting()});
  EXPECT_EQ(r.execute_command<std::string>("ACL", "WHOAMI"), "al@ice");
  StrictRedis wrong(NodeConfig::from_url("rediss://al%40ice:other@localhost:" + port), {.tls = trusting()});
  EXPECT_THROW(wrong.get("k"), AuthenticationError);
  const std::string plain = std::to_string(cluster_->config().nodes.at("node_1").port);
  StrictRedis unencrypted(NodeConfig::from_url("redis://localhost:" + plain), {.tls = trusting()});
  EXPECT_TRUE(unencrypted.ping());
}

TEST_F(TlsTest, AServerThatComesBackIsUsedAgain) {
  LocalCluster servers(tls_servers(2, 0, *authority_, authority_->issue("again", local_names)));
  const std::size_t descriptors = open_fds();
  {
    StrictRedisCluster r(servers.tls_config(), {.socket_timeout = 10s, .tls = trusting()});
    std::atomic<bool> stop = false;
    std::atomic<int> wrong = 0;
    std::atomic<long long> done = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        const std::string large_value = value_of_size(100000);
        for (int i = 0; !stop; ++i) {
          const std::string key = key_on(1 + i % 2, 2, t);
          const std::string value = key + (i % 5 == 0 ? large_value : std::to_string(i));
          try {
            r.set(key, value);
            const auto got = r.get(key);
            if (got && *got != value) ++wrong;
            ++done;
          } catch (const ConnectionError&) {
          } catch (const TimeoutError&) {
          }
        }
      });
    }
    for (int round = 0; round < 3; ++round) {
      const long long before = done;
      EXPECT_TRUE(eventually([&] { return done > before + 20; }));
      servers.kill("node_1");
      servers.restart("node_1");
      EXPECT_TRUE(eventually([&] {
        try {
          return r.set(key_on(1, 2, 100), "v");
        } catch (const ConnectionError&) {
          return false;
        }
      }));
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
  }
  EXPECT_TRUE(eventually([&] { return open_fds() <= descriptors; })) << open_fds() << " > " << descriptors;
}

}  // namespace
}  // namespace rediscluster::tests
