#include "merge/sorted_set_request.h"

#include <cmath>
#include <optional>

#include <rediscluster/errors.h>

#include "merge/arguments.h"
#include "merge/scores.h"
#include "protocol/letter_case.h"

namespace rediscluster::merge {

namespace {

using Request = SortedSetRequest;

// The options behind the keys, from `at` on. The first that is wrong ends it.
class Options {
 public:
  Options(Request& request, const Command& command, std::size_t at, bool is_store)
      : request_(request), command_(command), at_(at), is_store_(is_store) {}

  std::string_view parse() {
    while (left() != 0) {
      if (const std::string_view error = parse_one(); !error.empty()) return error;
    }
    return {};
  }

 private:
  std::size_t left() const { return command_.size() - at_; }
  bool next_is(std::string_view word, std::size_t arguments) const {
    return left() > arguments && is_word(command_[at_], word);
  }

  std::string_view parse_one() {
    const bool combines = request_.operation != Request::Operation::difference && !request_.only_size;
    if (combines && next_is("WEIGHTS", request_.inputs.size())) return parse_weights();
    if (combines && next_is("AGGREGATE", 1)) return parse_aggregate();
    if (!is_store_ && !request_.only_size && next_is("WITHSCORES", 0)) {
      request_.with_scores = true;
      ++at_;
      return {};
    }
    if (request_.only_size && next_is("LIMIT", 1)) return parse_limit();
    return syntax_error;
  }

  std::string_view parse_weights() {
    ++at_;
    for (Request::Input& input : request_.inputs) {
      const std::optional<double> weight = parse_double(command_[at_++]);
      if (!weight) return "ERR weight value is not a float";
      input.weight = *weight;
    }
    return {};
  }

  std::string_view parse_aggregate() {
    const std::string_view how = command_[at_ + 1];
    if (is_word(how, "SUM")) {
      request_.aggregate = Request::Aggregate::sum;
    } else if (is_word(how, "MIN")) {
      request_.aggregate = Request::Aggregate::min;
    } else if (is_word(how, "MAX")) {
      request_.aggregate = Request::Aggregate::max;
    } else {
      return syntax_error;
    }
    at_ += 2;
    return {};
  }

  std::string_view parse_limit() {
    const std::optional<std::int64_t> limit = integer_argument(command_[at_ + 1]);
    if (!limit || *limit < 0) return "ERR LIMIT can't be negative";
    request_.limit = static_cast<std::size_t>(*limit);
    at_ += 2;
    return {};
  }

  Request& request_;
  const Command& command_;
  std::size_t at_;
  const bool is_store_;
};

// The number of keys: the routing is content with "02", and with what a typed method was given besides the keys.
std::string_view check_count(Request& request, const Command& command, std::size_t at) {
  const std::optional<std::int64_t> count = integer_argument(command[at]);
  const auto marked = static_cast<std::int64_t>(request.inputs.size());
  const auto words = static_cast<std::int64_t>(command.size() - at - 1);
  if (request.only_plain_sets) {
    if (!count || *count < 1) return "ERR numkeys should be greater than 0";
    if (*count > words) return "ERR Number of keys can't be greater than number of args";
  } else {
    if (!count) return not_an_integer;
    if (*count < 1) return "ERR at least 1 input key is needed for 'zintercard' command";
    if (*count > words) return syntax_error;
  }
  if (*count > marked) throw DataError(request.name + ": there are fewer keys than the number that is given for them");
  request.inputs.resize(static_cast<std::size_t>(*count));
  return {};
}

}  // namespace

// Tells the commands apart by letters that no two of them share: the second of ZUNION, ZINTER, ZDIFF, ZINTERCARD and
// SINTERCARD, and the last of ZUNIONSTORE and its like, of ...CARD.
SortedSetRequest parse_sorted_set_request(const Command& command, std::span<const std::uint32_t> nodes) {
  Request request;
  request.name = command.name();
  const std::string_view name = request.name;
  if (protocol::to_upper(name[1]) == 'I') request.operation = Request::Operation::intersection;
  if (protocol::to_upper(name[1]) == 'D') request.operation = Request::Operation::difference;
  request.only_plain_sets = protocol::to_upper(name[0]) == 'S';
  request.only_size = protocol::to_upper(name.back()) == 'D';
  const bool is_store = protocol::to_upper(name.back()) == 'E';
  const std::size_t first = is_store ? 1 : 0;
  for (std::size_t i = first; i < nodes.size(); ++i) request.inputs.push_back({command.keys()[i], nodes[i]});
  const std::size_t count_at = 1 + first;
  request.error = check_count(request, command, count_at);
  request.error_comes_first = request.only_plain_sets || !request.error.empty();
  if (!request.error.empty()) return request;
  request.error = Options(request, command, count_at + 1 + request.inputs.size(), is_store).parse();
  return request;
}

void aggregate(SortedSetRequest::Aggregate how, double& score, double more) noexcept {
  switch (how) {
    case Request::Aggregate::sum:
      score += more;
      if (std::isnan(score)) score = 0;  // both infinities
      return;
    case Request::Aggregate::min:
      if (more < score) score = more;
      return;
    case Request::Aggregate::max:
      if (more > score) score = more;
      return;
  }
}

double weighted(double score, double weight) noexcept {
  const double product = score * weight;
  return std::isnan(product) ? 0 : product;
}

}  // namespace rediscluster::merge
