#include "merge/claim.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include <rediscluster/errors.h>

#include "protocol/sha1.h"

namespace rediscluster::merge {

namespace {

// Longer than the steps of a move take, shorter than others would like to wait for one that has died.
constexpr std::chrono::milliseconds claim_lifetime = std::chrono::seconds(5);
constexpr std::chrono::microseconds longest_pause = std::chrono::milliseconds(10);

}  // namespace

std::string claim_name(std::string_view key, std::string_view element) {
  // The length keeps two keys with two elements apart.
  const auto shortened = [](std::string_view text) {
    return text.size() <= 40 ? std::string(text) : protocol::sha1_hex(text);
  };
  const std::string name = shortened(key);
  return "rediscluster:moving:" + std::to_string(name.size()) + ":" + name + shortened(element);
}

Command make_claim(std::string_view name) {
  return std::move(Command("SET").key(name).arg("").arg("NX").arg("PX").arg(claim_lifetime));
}

void abandon_claim(PartRunner& runner, Place node, std::string_view name) {
  const Part part{node, routing::Access::write, std::move(Command("DEL").key(name))};
  for (int tries = 0; tries < 2; ++tries) {  // what has failed may have taken the other connections with it
    try {
      runner.run({&part, 1});
      return;
    } catch (const ConnectionError&) {
    } catch (const TimeoutError&) {
      return;
    }
  }
}

void Patience::wait() {
  thread_local std::minstd_rand random{std::random_device()()};
  std::this_thread::sleep_for(
      std::chrono::microseconds(std::uniform_int_distribution<long>(longest_.count() / 4, longest_.count())(random)));
  waited_ = true;
  longest_ = std::min(2 * longest_, longest_pause);
}

}  // namespace rediscluster::merge
