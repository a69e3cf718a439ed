// Makes lines for typed.h of generic functions.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <rediscluster/rediscluster.h>

#include "oracle/answer.h"
#include "oracle/picks.h"
#include "oracle/typed.h"

namespace rediscluster::oracle {

/** Has all methods; notes what they would send. */
class Recorder : public AllCommands<Recorder, ClusterValue> {
 public:
  template <class T>
  ClusterValue<T> run(const Command& command) const {
    words_.clear();
    for (std::size_t i = 0; i < command.size(); ++i) words_.emplace_back(command[i]);
    return {};
  }
  const Words& words() const { return words_; }

 private:
  mutable Words words_;
};

inline std::string text_of(const std::string& text) {
  return show(std::string_view(text));
}
template <class T>
requires std::is_arithmetic_v<T> std::string text_of(const T& number) {
  return std::to_string(number);
}
template <class A, class B>
std::string text_of(const std::pair<A, B>& pair);
template <class T>
std::string text_of(const std::optional<T>& value);
template <class T>
std::string text_of(const T& other);

template <class Range>
std::string text_of_all(const Range& range) {
  std::string text = "[";
  for (const auto& element : range) text += (text.size() == 1 ? "" : ", ") + text_of(element);
  return text + "]";
}
template <class A, class B>
std::string text_of(const std::pair<A, B>& pair) {
  return text_of(pair.first) + ": " + text_of(pair.second);
}
template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? text_of(*value) : "none";
}
template <class T>
std::string text_of(const T& other) {
  if constexpr (std::same_as<T, StreamEntry>) {
    return text_of(std::pair(other.id, text_of_all(other.fields)));
  } else if constexpr (std::same_as<T, StreamEntries>) {
    return text_of(std::pair(other.name, text_of_all(other.entries)));
  } else if constexpr (requires { std::begin(other); }) {
    return text_of_all(other);
  } else {
    return "(a structure)";
  }
}

template <class T>
std::vector<T> sorted(std::vector<T> elements) {
  std::sort(elements.begin(), elements.end());
  return elements;
}

template <class T>
struct Result {
  std::optional<T> value = {};
  std::string error = {};
  bool data_error = false;

  bool operator==(const Result&) const = default;
  std::string text() const { return value ? text_of(*value) : error; }
};

template <class Call>
auto result_of(const Call& call) {
  Result<std::remove_cvref_t<decltype(call())>> result;
  try {
    result.value = call();
  } catch (const ResponseError& error) {
    result.error = error.text();
  } catch (const DataError& error) {
    result.error = std::string("DataError: ") + error.what();
    result.data_error = true;
  } catch (const RedisError& error) {
    result.error = std::string("failure: ") + error.what();
  }
  return result;
}

/** `use` is called with a client and Picks; what it returns is compared. */
template <class Use>
TypedLine typed(std::string_view name, int weight, Use use) {
  return {name, weight, [use](const StrictRedisCluster& cluster, const StrictRedis& server, std::uint64_t seed) {
            const auto with = [&](const auto& client) {
              return result_of([&] {
                Picks picks(seed);
                return use(client, picks);
              });
            };
            TypedOutcome outcome;
            const Recorder recorder;
            const bool refused_before = with(recorder).data_error;
            outcome.command = recorder.words();
            const auto mine = with(cluster);
            outcome.cluster = mine.text();
            outcome.refused = mine.data_error && !refused_before;
            if (outcome.refused) return outcome;
            const auto right = with(server);
            outcome.server = right.text();
            outcome.same = mine == right;
            return outcome;
          }};
}

}  // namespace rediscluster::oracle
