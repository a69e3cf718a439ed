// A cluster in which one server answers with what is no reply at all. Each time: the promised exception, within the
// deadline; the other node is none the worse for it; and when the server behaves again, so does the client.
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "server/cluster_support.h"
#include "support/fake_server.h"
#include "support/processes.h"

namespace rediscluster::tests {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds timeout = 300ms;

// A server that behaves until it is told not to: GET, and MGET of one key, give "well".
class Moody {
 public:
  /** From now on this is what it does about every command but handshakes; nullopt: it behaves. */
  void play(std::optional<Action> action) {
    const std::lock_guard lock(mutex_);
    action_ = std::move(action);
  }
  /** The same about a command of the log-in. */
  void play_at_login(const std::string& command, std::optional<Action> action) {
    const std::lock_guard lock(mutex_);
    login_command_ = command;
    login_action_ = std::move(action);
  }
  /** What is given to each connection before it has asked for anything. */
  void greet(std::optional<Action> action) {
    const std::lock_guard lock(mutex_);
    greeting_ = std::move(action);
  }
  FakeServer& server() { return server_; }

 private:
  Action answer(const Received& command) {
    const std::lock_guard lock(mutex_);
    if (login_action_ && command[0] == login_command_) return *login_action_;
    if (is_handshake(command)) return default_reply();
    if (action_) return *action_;
    if (command[0] == "MGET") return reply("*1\r\n$4\r\nwell\r\n");
    return command[0] == "GET" ? reply("$4\r\nwell\r\n") : default_reply();
  }

  std::mutex mutex_;
  std::optional<Action> action_;
  std::string login_command_;
  std::optional<Action> login_action_;
  std::optional<Action> greeting_;
  FakeServer server_{[this](const Received& command, int) { return answer(command); },
                     [this](int) {
                       const std::lock_guard lock(mutex_);
                       return greeting_.value_or(reply(""));
                     }};
};

class BadInputTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { real_ = new rediscluster::testing::LocalCluster({.masters = 1, .slaves = 0}); }
  static void TearDownTestSuite() {
    delete real_;
    real_ = nullptr;
  }
  BadInputTest() { real_client().set(on_real_, "real"); }

  static StrictRedis real_client() { return StrictRedis(real_->config().nodes.at("node_1")); }

  StrictRedisCluster client(const Options& options = {.socket_timeout = timeout}) {
    return StrictRedisCluster(
        {.nodes = {{"node_1", {.port = bad_.server().port()}}, {"node_2", real_->config().nodes.at("node_1")}},
         .master_of = {{"node_1", Slaves()}, {"node_2", Slaves()}}},
        options);
  }

  // A thread that uses the other node all the time; it must never meet with anything.
  class Neighbour {
   public:
    Neighbour(StrictRedisCluster r, std::string key)
        : thread_([this, r = std::move(r), key = std::move(key)]() mutable {
            while (!stop_) {
              try {
                if (r.get(key) != "real") ++wrong;
              } catch (const std::exception&) {
                ++wrong;
              }
              ++calls;
            }
          }) {}
    ~Neighbour() {
      stop_ = true;
      thread_.join();
    }
    std::atomic<int> wrong = 0;
    std::atomic<int> calls = 0;

   private:
    std::atomic<bool> stop_ = false;
    std::thread thread_;
  };

  enum class Promised { invalid_response, connection_error, timeout_error };

  static void expect(Promised promised, const std::function<void()>& call, const std::string& what) {
    const auto begin = Clock::now();
    std::string text = "no error";
    switch (promised) {
      case Promised::invalid_response:
        text = error_of<InvalidResponse>(call);
        break;
      case Promised::connection_error:
        text = error_of<ConnectionError>(call);
        break;
      case Promised::timeout_error:
        text = error_of<TimeoutError>(call);
        break;
    }
    EXPECT_THAT(text, HasSubstr("node_1 (127.0.0.1:")) << what;
    EXPECT_THAT(text, ::testing::Not(AnyOf(StartsWith("no error"), StartsWith("another error")))) << what;
    EXPECT_LT(Clock::now() - begin, 15s) << what;
  }

  /** The bad server answers with this: then a read, a write, a read of both nodes, a pipeline over both, and, when it
      behaves again, all is well. */
  void check(const Action& action, Promised promised, const std::string& what) {
    // What is seen at once is given time, for a slow machine; what has to be waited for is not.
    StrictRedisCluster r =
        client({.socket_timeout = promised == Promised::timeout_error ? timeout : std::chrono::milliseconds(20s)});
    EXPECT_EQ(r.get(on_bad_), "well");
    {
      Neighbour neighbour(r, on_real_);
      bad_.play(action);
      expect(
          promised, [&] { r.get(on_bad_); }, what);
      expect(
          promised, [&] { r.set(on_bad_, "x"); }, what);
      expect(
          promised, [&] { r.mget(on_bad_, on_real_); }, what);
      Pipeline pipeline = r.pipeline();
      const auto real = pipeline.get(on_real_);
      const auto bad = pipeline.get(on_bad_);
      pipeline.execute({.raise_on_error = false});
      EXPECT_EQ(real.get(), "real") << what;
      expect(
          promised, [&] { bad.get(); }, what);
      const int before = neighbour.calls;
      EXPECT_TRUE(eventually([&] { return neighbour.calls > before + 10; })) << what;
      EXPECT_EQ(neighbour.wrong, 0) << what;
    }
    bad_.play({});
    // A connection that is silent has its time; any other is replaced by the first who comes.
    if (promised == Promised::timeout_error) EXPECT_TRUE(eventually([&] { return answers(r); })) << what;
    EXPECT_EQ(r.get(on_bad_), "well") << what;
    EXPECT_TRUE(r.set(on_bad_, "x")) << what;
    EXPECT_EQ(r.mget(on_bad_, on_real_), (std::vector<std::optional<std::string>>{"well", "real"})) << what;
  }

  bool answers(StrictRedisCluster& r) const {
    try {
      for (int i = 0; i < 10; ++i) r.get(on_bad_);
      return true;
    } catch (const TimeoutError&) {
      return false;
    }
  }

  static rediscluster::testing::LocalCluster* real_;
  const std::string on_bad_ = key_on(1);
  const std::string on_real_ = key_on(2);
  Moody bad_;
};
rediscluster::testing::LocalCluster* BadInputTest::real_ = nullptr;

TEST_F(BadInputTest, Garbage) {
  for (const char* const bytes : {"\x16\x03\x01\x02", "HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n", "get\r\n", "$\r\n",
                                  "*\r\n", ":\r\n", ":12x\r\n", "$3\r\nabcde\r\n"}) {
    check(reply(bytes), Promised::invalid_response, bytes);
  }
  std::string noise;
  for (unsigned i = 0; i < 100000; ++i) noise += static_cast<char>((i * 2654435761U) >> 24);
  check(reply("\xff" + noise), Promised::invalid_response, "noise");
}

TEST_F(BadInputTest, EndlessNesting) {
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "*1\r\n";
  check(reply(nested), Promised::invalid_response, "nesting");
}

TEST_F(BadInputTest, LengthsThatCannotBe) {
  for (const char* const bytes :
       {"$9223372036854775808\r\n", "$9223372036854775807\r\n", "$18446744073709551616\r\n", "$-2\r\n",
        "$-9223372036854775808\r\n", "$4294967296\r\n", "*9223372036854775808\r\n", "*9223372036854775807\r\n",
        "*4294967296\r\n", "*2147483648\r\n", "*-2\r\n", "*-9223372036854775808\r\n", "*1\r\n$9223372036854775808\r\n",
        "*1\r\n*9223372036854775808\r\n"}) {
    check(reply(bytes), Promised::invalid_response, bytes);
  }
}

TEST_F(BadInputTest, AStreamWithoutAnEnd) {
  const std::string endless(8 << 20, 'x');  // as good as: more than a line may have
  for (const char* const begin : {"+", "-", "$1", "*1", ":"}) {
    check(reply(begin + endless), Promised::invalid_response, begin);
  }
  // And one that comes slowly, so that it is the deadline that ends it. As long as something comes, the connection is
  // not given up: the stream has to end for the client to recover.
  check(reply_in_pieces("+" + std::string(400, 'x') + "\r\n", 1, 5ms), Promised::timeout_error, "slowly");
}

TEST_F(BadInputTest, AnEndInTheMiddleOfAReply) {
  for (const char* const bytes : {"", "$", "$10\r\nabc", "*2\r\n$1\r\na\r\n", "+O", ":1"}) {
    check(close_after(bytes), Promised::connection_error, std::string("close after ") + bytes);
    check(reset_after(bytes), Promised::connection_error, std::string("reset after ") + bytes);
  }
}

TEST_F(BadInputTest, SilenceInTheMiddleOfAReply) {
  for (const char* const bytes : {"", "$10\r\nabc", "*2\r\n$1\r\na\r\n"}) {
    check(hang_after(bytes), Promised::timeout_error, std::string("silence after ") + bytes);
  }
}

// What was not asked for must never be taken for an answer.
TEST_F(BadInputTest, RepliesNobodyAskedFor) {
  StrictRedisCluster r = client({.socket_timeout = 5s});
  Neighbour neighbour(r, on_real_);
  bad_.play(reply("$4\r\nwell\r\n$5\r\nextra\r\n"));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(r.get(on_bad_), "well");
  bad_.play({});
  // Sent while a connection rests. It is trusted without a look for a millisecond after its use.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(r.get(on_bad_), "well");
    const int connections = bad_.server().connections();
    std::this_thread::sleep_for(5ms);
    bad_.server().send("$5\r\nextra\r\n");
    std::this_thread::sleep_for(5ms);
    EXPECT_EQ(r.get(on_bad_), "well");
    EXPECT_GT(bad_.server().connections(), connections) << "by another connection";
  }
  EXPECT_EQ(neighbour.wrong, 0);
}

TEST_F(BadInputTest, AGreetingNobodyAskedFor) {
  StrictRedisCluster r = client();
  Neighbour neighbour(r, on_real_);
  EXPECT_EQ(r.get(on_bad_), "well");
  bad_.greet(close_after("+hello, who is there?\r\n"));
  bad_.server().close_connections();
  ASSERT_TRUE(bad_.server().wait_for_open_connections(0));
  for (int i = 0; i < 10; ++i) EXPECT_THROW(r.get(on_bad_), RedisError);
  bad_.greet({});
  EXPECT_EQ(r.get(on_bad_), "well");
  EXPECT_EQ(neighbour.wrong, 0);
}

TEST_F(BadInputTest, ALogInThatIsRefused) {
  StrictRedisCluster r =
      client({.socket_timeout = timeout, .socket_connect_timeout = 100ms, .client_name = "somebody"});
  EXPECT_EQ(r.get(on_bad_), "well");
  Neighbour neighbour(r, on_real_);
  const auto at_login = [&](const Action& action) {
    bad_.play_at_login("CLIENT", action);
    bad_.server().close_connections();
    ASSERT_TRUE(bad_.server().wait_for_open_connections(0));
  };
  const auto expect_text = [&](const std::string& text, auto&& error) {
    EXPECT_THAT(error(), HasSubstr(text));
    bad_.play_at_login("", {});
    // For some milliseconds after an attempt has failed there is no other.
    EXPECT_TRUE(eventually([&] {
      try {
        return r.get(on_bad_) == "well";
      } catch (const ResponseError&) {
        return false;
      } catch (const ConnectionError&) {
        return false;
      }
    }));
  };
  const auto get = [&] { r.get(on_bad_); };
  at_login(reply("-WRONGPASS no\r\n"));
  expect_text("WRONGPASS", [&] { return error_of<AuthenticationError>(get); });
  at_login(reply("-NOAUTH no\r\n"));
  expect_text("NOAUTH", [&] { return error_of<AuthenticationError>(get); });
  at_login(reply("-ERR something else\r\n"));
  expect_text("something else", [&] { return error_of<ResponseError>(get); });
  at_login(reply("-LOADING wait\r\n"));
  expect_text("LOADING", [&] { return error_of<BusyLoadingError>(get); });
  at_login(close_after("-ERR max number of clients reached\r\n"));
  expect_text("max number of clients", [&] { return error_of<ConnectionError>(get); });
  at_login(reply("garbage\r\n"));
  expect_text("node_1 (127.0.0.1:", [&] { return error_of<InvalidResponse>(get); });
  at_login(hang_after("+O"));
  expect_text("node_1 (127.0.0.1:", [&] { return error_of<TimeoutError>(get); });
  EXPECT_EQ(neighbour.wrong, 0);
}

TEST_F(BadInputTest, AServerThatAcceptsAndNeverAnswers) {
  const ListeningPort silent;
  StrictRedisCluster r({.nodes = {{"node_1", {.port = silent.port()}}, {"node_2", real_->config().nodes.at("node_1")}},
                        .master_of = {{"node_1", Slaves()}, {"node_2", Slaves()}}},
                       {.socket_timeout = timeout, .socket_connect_timeout = 100ms});
  Neighbour neighbour(r, on_real_);
  for (int i = 0; i < 3; ++i) {
    expect(
        Promised::timeout_error, [&] { r.get(on_bad_); }, "get");
    expect(
        Promised::timeout_error, [&] { r.mget(on_bad_, on_real_); }, "mget");
  }
  EXPECT_EQ(neighbour.wrong, 0);
}

// One bad answer fails those whose connection it was, each of them once, and nobody gets another's answer.
TEST_F(BadInputTest, ManyCallersOfABadServer) {
  StrictRedisCluster r = client({.socket_timeout = 5s});
  std::atomic<int> wrong = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        try {
          if (r.get(on_bad_) != "well") ++wrong;
        } catch (const InvalidResponse&) {
        } catch (const ConnectionError&) {  // it was another's answer that was bad
        } catch (const std::exception&) {
          ++wrong;
        }
        if (r.get(on_real_) != "real") ++wrong;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    const std::size_t before = bad_.server().commands().size();
    bad_.play(i % 2 == 0 ? reply("what?\r\n") : close_after("$4\r\nwe"));
    EXPECT_TRUE(eventually([&] { return bad_.server().commands().size() > before + 20; }));
    bad_.play({});
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(r.get(on_bad_), "well");
}

}  // namespace
}  // namespace rediscluster::tests
