// A cluster answers what one server would that had all its keys: shown by random sequences of commands.
//   REDISCLUSTER_ORACLE_SEED      for other commands than the usual ones; 0: always others, by a seed that is printed
//   REDISCLUSTER_ORACLE_COMMANDS  how many in all
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

#include "oracle/commands.h"
#include "oracle/contest.h"
#include "oracle/random.h"
#include "oracle/shape.h"
#include "oracle/shrink.h"
#include "oracle/typed.h"
#include "routing/command_table.h"
#include "support/sanitizers.h"

namespace rediscluster::oracle {
namespace {

using testing::LocalCluster;

struct Configuration {
  int masters;
  bool slaves;
  // Other ways to keep the same data, from a few elements on.
  bool small_encodings;
  // Of longer values; and so fewer commands.
  bool large = false;
};

std::ostream& operator<<(std::ostream& to, const Configuration& what) {
  return to << what.masters << (what.slaves ? "_with_slaves" : "_masters") << (what.large ? "_large" : "");
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr Configuration configurations[] = {{1, false, false},      {2, false, true}, {3, false, false},
                                            {3, true, true},        {5, false, true}, {8, false, false},
                                            {4, false, false, true}};

struct Tally {
  std::size_t answered = 0, over_nodes = 0, answered_over_nodes = 0;
};

class Player {
 public:
  /** Tells in `tallies` which lines were played, and how they were answered. */
  Player(std::uint64_t seed, bool large, const StrictRedis& server, std::map<const Line*, Tally>& tallies)
      : tallies_(tallies), random_(seed), vocabulary_(random_, large) {
    for (const Line& line : oracle::lines()) {
      if (!known(line, server)) continue;
      shapes_.emplace_back(line.shape);
      lines_.push_back(&line);
      weights_ += static_cast<std::size_t>(line.weight);
    }
    for (const TypedLine& line : typed_lines()) {
      for (int i = 0; i < line.weight; ++i) typed_.push_back(&line);
    }
  }

  /** Whatever comes next; counts as one command, also where it is several. */
  bool play(Contest& contest) {
    const std::size_t how = random_.below(100);
    if (how < 25) return contest.play(*random_.pick(typed_), random_.below(1000000000));
    if (how < 30) {
      std::vector<std::pair<const Line*, Words>> commands;
      for (std::size_t left = 1 + random_.below(8); left != 0; --left) {
        const auto [line, words] = next();
        if (Contest::can_be_pipelined(*line)) commands.emplace_back(line, words);
      }
      return contest.play_pipeline(commands);
    }
    const auto [line, words] = next();
    const bool good = contest.play(*line, words);
    if (contest.payload) vocabulary_.remember_payload(*std::exchange(contest.payload, std::nullopt));
    Tally& tally = tallies_[line];
    if (contest.answered()) ++tally.answered;
    if (contest.over_nodes()) ++tally.over_nodes;
    if (contest.over_nodes() && contest.answered()) ++tally.answered_over_nodes;
    return good;
  }

 private:
  // Some line, and words made by it.
  std::pair<const Line*, Words> next() {
    std::size_t at = random_.below(weights_);
    std::size_t i = 0;
    for (; at >= static_cast<std::size_t>(lines_[i]->weight); ++i) at -= static_cast<std::size_t>(lines_[i]->weight);
    const Line& line = *lines_[i];
    const std::size_t space = line.name.find(' ');
    Words words{std::string(line.name.substr(0, space))};
    if (space != std::string_view::npos) words.emplace_back(line.name.substr(space + 1));
    const std::size_t named = words.size();
    shapes_[i].make(vocabulary_, words);
    if (random_.chance(4)) spoil(line, words, named);
    return {&line, std::move(words)};
  }

  // Newer servers have more.
  static bool known(const Line& line, const StrictRedis& server) {
    std::string name(line.name);
    std::ranges::replace(name, ' ', '|');
    return !server.execute_command("COMMAND", "INFO", name)[0].is_nil();
  }

  void spoil(const Line& line, Words& words, std::size_t named) {
    // A small number where a time belongs is over too soon.
    if (line.waits || line.shape.find("seconds") != std::string_view::npos ||
        line.shape.find("idle") != std::string_view::npos) {
      words.resize(named + random_.below(words.size() - named + 1));
      return;
    }
    const std::size_t at = named + random_.below(words.size() - named + 1);
    const auto place = words.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random_.below(4)) {
      case 0:
        if (place != words.end()) words.erase(place);
        break;
      case 1:
        words.insert(place, vocabulary_.garbage());
        break;
      case 2:
        if (place != words.end()) *place = vocabulary_.garbage();
        break;
      default:
        words.resize(at);
    }
  }

  std::map<const Line*, Tally>& tallies_;
  Random random_;
  Vocabulary vocabulary_;
  std::vector<Shape> shapes_;
  std::vector<const Line*> lines_;
  std::size_t weights_ = 0;
  std::vector<const TypedLine*> typed_;
};

class Oracle : public ::testing::TestWithParam<Configuration> {
 protected:
  static void SetUpTestSuite() {
    // The same ones without being asked: a change is not to be refused for what another one has left behind.
    seed_ = number_from("REDISCLUSTER_ORACLE_SEED", 1);
    if (seed_ == 0) seed_ = std::random_device()();
    std::cout << "REDISCLUSTER_ORACLE_SEED=" << seed_ << std::endl;
  }

  // A line that the servers always refuse compares nothing.
  static void TearDownTestSuite() {
    if (played_ < 100000) return;
    for (const auto& [line, tally] : tallies_) {
      EXPECT_GT(tally.answered, 0U) << line->name << " " << line->shape << " was never answered but by errors";
      if (tally.over_nodes > 20 && !line->one_node) {
        EXPECT_GT(tally.answered_over_nodes, 0U) << line->name << " " << line->shape << ", over nodes";
      }
    }
  }

  std::uint64_t commands() const {
    const std::uint64_t all = number_from("REDISCLUSTER_ORACLE_COMMANDS", tests::sanitized ? 30000 : 230000);
    return all / std::size(configurations) / (GetParam().large ? 10 : 1);
  }

  static inline std::uint64_t seed_ = 0, played_ = 0;
  static inline std::map<const Line*, Tally> tallies_;
};

INSTANTIATE_TEST_SUITE_P(Configurations, Oracle, ::testing::ValuesIn(configurations),
                         ::testing::PrintToStringParamName());

TEST_P(Oracle, AgreesOnRandomCommands) {
  std::vector<std::string> arguments;
  if (GetParam().small_encodings) {
    arguments = {"--hash-max-listpack-entries", "4", "--set-max-intset-entries", "4",
                 "--zset-max-listpack-entries", "4", "--list-max-listpack-size", "4",
                 "--stream-node-max-entries",   "3"};
  }
  const LocalCluster servers({.masters = GetParam().masters,
                              .slaves = GetParam().slaves ? 1 : 0,
                              .unix_sockets = true,
                              .server_arguments = arguments});
  const LocalCluster one_server({.masters = 1, .slaves = 0, .unix_sockets = true, .server_arguments = arguments});
  const StrictRedis server(one_server.config().nodes.at("node_1"));
  Contest contest(StrictRedisCluster(servers.config(), {.mastersonly = !GetParam().slaves}), server, GetParam().slaves,
                  GetParam().large);
  // Its own one for each configuration.
  const std::uint64_t seed = seed_ + std::hash<std::string>{}(::testing::PrintToString(GetParam()));
  Player player(seed, GetParam().large, server, tallies_);
  for (std::uint64_t number = 1; number <= commands(); ++number) {
    bool good = player.play(contest);
    if (good && number % 200 == 0) {
      good = contest.check();
      if (good) contest.prune();
    }
    if (!good) {
      const std::string difference = contest.difference();
      const std::string shortest = shrink(contest, contest.history());
      FAIL() << "REDISCLUSTER_ORACLE_SEED=" << seed_ << ", command " << number << "\n"
             << difference << "\nthe fewest that differ:\n"
             << (shortest.empty() ? "  it did not come again\n" : shortest);
    }
    if (number % 3000 == 0) contest.flush();
  }
  played_ += commands();
}

TEST(OracleCommands, AreAllThatHaveKeys) {
  std::set<std::string_view> known;
  for (const Line& line : lines()) known.insert(line.name);
  for (const Exception& exception : exceptions()) {
    EXPECT_TRUE(known.insert(exception.name).second) << exception.name << " has a line and is an exception";
    EXPECT_FALSE(exception.reason.empty());
  }
  std::size_t with_keys = 0;
  for (const routing::CommandRow& row : routing::command_table()) {
    const bool has_keys = std::ranges::any_of(row.keys, [](const routing::KeySpec& spec) { return !spec.not_key; });
    if (!has_keys) continue;
    ++with_keys;
    EXPECT_TRUE(known.contains(row.name)) << row.name << " is neither in commands.cpp nor an exception there";
  }
  EXPECT_GT(with_keys, 200U);
  for (const std::string_view name : known) {
    EXPECT_TRUE(std::ranges::any_of(routing::command_table(), [&](const auto& row) { return row.name == name; }))
        << name;
  }
}

}  // namespace
}  // namespace rediscluster::oracle
