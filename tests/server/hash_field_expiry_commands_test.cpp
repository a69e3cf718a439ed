// Commands on hashes whose fields expire, on real servers, which may lack them.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands_fixture.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using std::nullopt;
using Expiries = std::vector<FieldExpiry>;
using Persists = std::vector<FieldPersist>;
using Values = std::vector<std::optional<std::string>>;

class HashFieldExpiryTest : public CommandsTest {
 protected:
  /** Whether the servers have a command. When they lack it, checks that the call says so in the server's own words. */
  template <class Call>
  bool has(std::string_view command, const Call& call) {
    if (!r.execute_command("COMMAND INFO", command)[0].is_nil()) return true;
    try {
      call();
      ADD_FAILURE() << command << " gave no error";
    } catch (const ResponseError& error) {
      EXPECT_TRUE(std::string_view(error.what()).starts_with("ERR unknown command '" + std::string(command) + "'"))
          << error.what();
    }
    return false;
  }
  template <class Time>
  static void expect_about(Time expected, const FieldTime<Time>& found) {
    EXPECT_EQ(FieldLife::expires, found.life);
    EXPECT_LE(found.time, expected);
    EXPECT_GE(found.time, expected - 2s);
  }

  static constexpr auto no_such_field = FieldLife::no_such_field;
  static constexpr auto persistent = FieldLife::persistent;
};

/** HAS("HTTL", httl("h", "f")) */
#define HAS(command, ...) has(command, [&] { static_cast<void>(r.__VA_ARGS__); })

TEST_F(HashFieldExpiryTest, Expire) {
  if (!HAS("HEXPIRE", hexpire("h", 10, "f"))) return;
  EXPECT_EQ((Expiries{FieldExpiry::no_such_field, FieldExpiry::no_such_field}), r.hexpire("h", 10, "a", "b"));
  r.hset("h", {{"a", 1}, {"b", 2}, {"c", 3}});
  EXPECT_EQ((Expiries{FieldExpiry::set, FieldExpiry::no_such_field}), r.hexpire("h", 100s, {"a", "x"}));
  EXPECT_EQ((Expiries{FieldExpiry::refused, FieldExpiry::set}), r.hexpire("h", 100, {"a", "b"}, {.nx = true}));
  EXPECT_EQ(Expiries{FieldExpiry::refused}, r.hexpire("h", 100, "c", {.xx = true}));
  EXPECT_EQ(Expiries{FieldExpiry::refused}, r.hexpire("h", 50, "a", {.gt = true}));
  EXPECT_EQ(Expiries{FieldExpiry::set}, r.hexpire("h", 50, "a", {.lt = true}));
  expect_about(50s, r.httl("h", "a").at(0));
  EXPECT_EQ((Expiries{FieldExpiry::deleted}), r.hexpire("h", 0, "c"));
  EXPECT_FALSE(r.hexists("h", "c"));
  EXPECT_SERVER_ERROR(hexpire("h", 10, {"a"}, {.nx = true, .xx = true}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hexpire("text", 10, "a"));
}

TEST_F(HashFieldExpiryTest, Pexpire) {
  if (!HAS("HPEXPIRE", hpexpire("h", 10, "f"))) return;
  r.hset("h", {{"a", 1}, {"b", 2}});
  EXPECT_EQ((Expiries{FieldExpiry::set, FieldExpiry::no_such_field}), r.hpexpire("h", 100s, "a", "x"));
  expect_about(100000ms, r.hpttl("h", "a").at(0));
  EXPECT_EQ(Expiries{FieldExpiry::refused}, r.hpexpire("h", 100s, "b", {.xx = true}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hpexpire("text", 10, "a"));
}

TEST_F(HashFieldExpiryTest, ExpireatAndExpiretime) {
  const auto when = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
  if (!HAS("HEXPIREAT", hexpireat("h", when, "f"))) return;
  if (!HAS("HEXPIRETIME", hexpiretime("h", "f"))) return;
  using Times = std::vector<FieldTime<std::chrono::sys_seconds>>;
  EXPECT_EQ((Times{{no_such_field}, {no_such_field}}), r.hexpiretime("h", "a", "b"));
  r.hset("h", {{"a", 1}, {"b", 2}});
  EXPECT_EQ((Expiries{FieldExpiry::set, FieldExpiry::no_such_field}), r.hexpireat("h", when, "a", "x"));
  EXPECT_EQ(Expiries{FieldExpiry::refused}, r.hexpireat("h", when, "a", {.nx = true}));
  EXPECT_EQ((Times{{FieldLife::expires, when}, {persistent}, {no_such_field}}), r.hexpiretime("h", {"a", "b", "x"}));
  EXPECT_EQ(Expiries{FieldExpiry::deleted}, r.hexpireat("h", 1, "b"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hexpireat("text", when, "a"));
  EXPECT_WRONG_TYPE(hexpiretime("text", "a"));
}

TEST_F(HashFieldExpiryTest, PexpireatAndPexpiretime) {
  const auto when = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) + 1h;
  if (!HAS("HPEXPIREAT", hpexpireat("h", when, "f"))) return;
  if (!HAS("HPEXPIRETIME", hpexpiretime("h", "f"))) return;
  using Times = std::vector<FieldTime<std::chrono::sys_time<std::chrono::milliseconds>>>;
  r.hset("h", {{"a", 1}, {"b", 2}});
  EXPECT_EQ((Expiries{FieldExpiry::set, FieldExpiry::no_such_field}), r.hpexpireat("h", when, "a", "x"));
  EXPECT_EQ(Expiries{FieldExpiry::refused}, r.hpexpireat("h", when, "a", {.gt = true}));
  EXPECT_EQ((Times{{FieldLife::expires, when}, {persistent}, {no_such_field}}), r.hpexpiretime("h", "a", "b", "x"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hpexpireat("text", when, "a"));
  EXPECT_WRONG_TYPE(hpexpiretime("text", "a"));
}

TEST_F(HashFieldExpiryTest, TtlAndPersist) {
  if (!HAS("HTTL", httl("h", "f"))) return;
  if (!HAS("HPTTL", hpttl("h", "f"))) return;
  if (!HAS("HPERSIST", hpersist("h", "f"))) return;
  using Lives = std::vector<FieldTime<std::chrono::seconds>>;
  EXPECT_EQ((Lives{{no_such_field}, {no_such_field}}), r.httl("h", "a", "b"));
  EXPECT_EQ(Persists{FieldPersist::no_such_field}, r.hpersist("h", "a"));
  r.hset("h", {{"a", 1}, {"b", 2}});
  EXPECT_EQ((Lives{{persistent}, {no_such_field}}), r.httl("h", {"a", "x"}));
  r.hexpire("h", 100, "a");
  expect_about(100s, r.httl("h", "a").at(0));
  expect_about(100000ms, r.hpttl("h", "b", "a").at(1));
  EXPECT_EQ((Persists{FieldPersist::done, FieldPersist::not_expiring, FieldPersist::no_such_field}),
            r.hpersist("h", "a", "b", "x"));
  EXPECT_EQ(Lives{{persistent}}, r.httl("h", "a"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(httl("text", "a"));
  EXPECT_WRONG_TYPE(hpttl("text", "a"));
  EXPECT_WRONG_TYPE(hpersist("text", "a"));
}

TEST_F(HashFieldExpiryTest, Getdel) {
  if (!HAS("HGETDEL", hgetdel("h", "f"))) return;
  EXPECT_EQ((Values{nullopt, nullopt}), r.hgetdel("h", "a", "b"));
  r.hset("h", {{"a", 1}, {binary, binary}});
  EXPECT_EQ((Values{binary, nullopt}), r.hgetdel("h", {binary, "x"}));
  EXPECT_EQ(Values{"1"}, r.hgetdel("h", "a"));
  EXPECT_FALSE(r.contains("h"));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hgetdel("text", "a"));
}

TEST_F(HashFieldExpiryTest, Getex) {
  if (!HAS("HGETEX", hgetex("h", "f"))) return;
  EXPECT_EQ((Values{nullopt, nullopt}), r.hgetex("h", "a", "b"));
  r.hset("h", {{"a", 1}, {"b", 2}});
  EXPECT_EQ((Values{"1", nullopt}), r.hgetex("h", {"a", "x"}, {.ex = 100}));
  expect_about(100s, r.httl("h", "a").at(0));
  EXPECT_EQ(Values{"1"}, r.hgetex("h", "a", {.px = 50s}));
  expect_about(50s, r.httl("h", "a").at(0));
  const auto when = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
  EXPECT_EQ(Values{"1"}, r.hgetex("h", "a", {.exat = when}));
  EXPECT_EQ(when, r.hexpiretime("h", "a").at(0).time);
  EXPECT_EQ(Values{"2"}, r.hgetex("h", "b", {.pxat = when}));
  EXPECT_EQ(when, r.hexpiretime("h", "b").at(0).time);
  EXPECT_EQ(Values{"1"}, r.hgetex("h", "a", {.persist = true}));
  EXPECT_EQ(persistent, r.httl("h", "a").at(0).life);
  EXPECT_SERVER_ERROR(hgetex("h", "a", {.ex = 1, .persist = true}));
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hgetex("text", "a"));
}

TEST_F(HashFieldExpiryTest, Setex) {
  if (!HAS("HSETEX", hsetex("h", "f", "v"))) return;
  EXPECT_FALSE(r.hsetex("h", {{"a", 1}}, {.data_persist_option = "FXX"}));
  EXPECT_TRUE(r.hsetex("h", {{"a", 1}, {"b", 2}}, {.ex = 100, .data_persist_option = "FNX"}));
  EXPECT_FALSE(r.hsetex("h", "a", 3, {.data_persist_option = "FNX"}));
  EXPECT_EQ("1", r.hget("h", "a"));
  expect_about(100s, r.httl("h", "b").at(0));
  EXPECT_TRUE(r.hsetex("h", "a", 3, {.keepttl = true}));
  expect_about(100s, r.httl("h", "a").at(0));
  EXPECT_TRUE(r.hsetex("h", "a", 3));
  EXPECT_EQ(persistent, r.httl("h", "a").at(0).life);
  EXPECT_TRUE(r.hsetex("h", "a", 3, {.px = 50s}));
  expect_about(50s, r.httl("h", "a").at(0));
  const auto when = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 1h;
  EXPECT_TRUE(r.hsetex("h", "a", 3, {.exat = when}));
  EXPECT_EQ(when, r.hexpiretime("h", "a").at(0).time);
  EXPECT_TRUE(r.hsetex("h", "b", 3, {.pxat = when}));
  EXPECT_EQ(when, r.hexpiretime("h", "b").at(0).time);
  r.set("text", "v");
  EXPECT_WRONG_TYPE(hsetex("text", "a", 1));
}

TEST_F(HashFieldExpiryTest, InAPipeline) {
  Pipeline p = r.pipeline();
  const Queued<long long> set = p.hset("h", "a", 1);
  const Queued<Expiries> expiries = p.hexpire("h", 10, "a", "x");
  p.execute({.raise_on_error = false});
  EXPECT_EQ(1, set.get());
  if (!has("HEXPIRE", [&] { static_cast<void>(expiries.get()); })) return;
  EXPECT_EQ((Expiries{FieldExpiry::set, FieldExpiry::no_such_field}), expiries.get());
}

}  // namespace
}  // namespace rediscluster
