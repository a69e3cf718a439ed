#include "merge/narrowing.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

#include <rediscluster/decode.h>

#include "merge/sorted_set_inputs.h"

namespace rediscluster::merge {

namespace {

using Request = SortedSetRequest;
using Operation = Request::Operation;
using Input = Request::Input;

// Inputs with so few members in all are read at once: one step less.
constexpr std::uint64_t few_members = 2'000;
// Looking a member up costs the server twice what reading it does; but no more than this is read into memory for speed.
constexpr std::uint64_t lookup_cost = 2;
constexpr std::uint64_t many_members = 500'000;
// What is looked up at once: members, and bytes over all inputs.
constexpr std::size_t chunk_members = 4096;
constexpr std::size_t chunk_bytes = 4 * 1024 * 1024;

struct Size {
  std::uint64_t members;
  bool is_plain;
};

class Narrowing {
 public:
  Narrowing(const Request& request, const Command& command, PartRunner& runner, Readers readers)
      : request_(request), command_(command), runner_(runner), readers_(readers) {}

  std::optional<Narrowed> run() {
    ask_sizes();
    order_.resize(sizes_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    // The server's order, in which scores are added up: it is that of a stable sort.
    if (is_intersection()) std::ranges::stable_sort(order_, {}, [&](std::size_t i) { return sizes_[i].members; });
    if (sizes_[order_[0]].members == 0) return Narrowed();
    if (all_members_ <= few_members) return std::nullopt;
    if (!is_worth_it(sizes_[order_[0]].members) && !leaves_less()) return std::nullopt;
    Narrowed result;
    result.memory = read_candidates();
    const TapeView reply = result.memory.replies[0].reply;
    if (reply.is_error()) return std::nullopt;
    std::vector<Scored> candidates;
    for_each_scored({reply, !candidates_have_scores()}, [&](std::string_view member, double score) {
      candidates.push_back({member, score});
    });
    if (!is_worth_it(candidates.size())) return std::nullopt;
    if (!look_up(candidates, result)) return std::nullopt;
    return result;
  }

 private:
  bool is_intersection() const { return request_.operation == Operation::intersection; }
  const Input& begins_with() const { return request_.inputs[order_[0]]; }

  void ask_sizes() {
    if (request_.only_plain_sets) {
      std::vector<Part> parts;
      for (const Input& input : request_.inputs) {
        parts.push_back(
            {input.node, routing::Access::read, std::move(Command("SCARD").append_key(command_, input.key))});
      }
      const Answers answers = ask(runner_, readers_, parts);
      throw_if_failed(answers.replies, request_.name);
      for (const PartReply& size : answers.replies) add_size({size.reply, true});
      return;
    }
    const Answers answers = ask(runner_, readers_, merge::ask_sizes(command_, request_));
    for (const InputReply& size : answers_to(answers.replies, request_.name)) add_size(size);
  }
  void add_size(const InputReply& size) {
    sizes_.push_back({static_cast<std::uint64_t>(detail::decode_integer(size.reply)), size.is_plain});
    all_members_ += sizes_.back().members;
  }

  // Whether looking up so many takes less than reading all inputs.
  bool is_worth_it(std::uint64_t candidates) const {
    return all_members_ > many_members || all_members_ > lookup_cost * candidates * inputs_to_ask().size();
  }

  // Whether there may be fewer candidates than the smallest, or the first, input has, and few enough. Only to be
  // counted they are better asked for from every node.
  bool leaves_less() {
    const std::vector<std::size_t> there = inputs_there();
    if (request_.only_size || there.size() == 1) return false;
    if (!is_intersection()) return true;
    // To count them takes a server a tenth of what it takes to tell them. Before 7.0 it knows no such command.
    Command question(all_plain(there) ? "SINTERCARD" : "ZINTERCARD");
    question.arg(there.size());
    for (const std::size_t i : there) question.append_key(command_, request_.inputs[i].key);
    question.arg("LIMIT").arg(all_members_ / lookup_cost / inputs_to_ask().size() + 1);
    const Part part{begins_with().node, routing::Access::read, std::move(question)};
    const Answers count = ask(runner_, readers_, {&part, 1});
    const TapeView reply = count.replies[0].reply;
    return !reply.is_error() && is_worth_it(static_cast<std::uint64_t>(detail::decode_integer(reply)));
  }

  // The inputs on the node of the smallest, or of the first, that one first.
  std::vector<std::size_t> inputs_there() const {
    std::vector<std::size_t> there;
    for (const std::size_t i : order_) {
      if (request_.inputs[i].node == begins_with().node) there.push_back(i);
    }
    return there;
  }

  bool all_plain(std::span<const std::size_t> inputs) const {
    return std::ranges::all_of(inputs, [&](std::size_t i) { return sizes_[i].is_plain; });
  }
  bool candidates_have_scores() const { return !is_intersection() && !all_plain(inputs_there()); }

  // Of an intersection without scores: those are looked up together with the other inputs'.
  Answers read_candidates() {
    const std::vector<std::size_t> there = inputs_there();
    const bool plain = all_plain(there);
    Command question(is_intersection() ? (plain ? "SINTER" : "ZINTER") : (plain ? "SDIFF" : "ZDIFF"));
    if (there.size() == 1 && !plain) {  // the same, but quicker
      question = Command("ZRANGE");
      question.append_key(command_, begins_with().key).arg(0).arg(-1);
    } else {
      if (!plain) question.arg(there.size());
      for (const std::size_t i : there) question.append_key(command_, request_.inputs[i].key);
    }
    if (candidates_have_scores()) question.arg("WITHSCORES");
    const Part part{begins_with().node, routing::Access::read, std::move(question)};
    return ask(runner_, readers_, {&part, 1});
  }

  // The inputs that candidates are looked up in, in the server's order.
  std::vector<std::size_t> inputs_to_ask() const {
    std::vector<std::size_t> asked;
    const bool for_scores = is_intersection() && !request_.only_size;
    for (const std::size_t i : order_) {
      if (for_scores || request_.inputs[i].node != begins_with().node) asked.push_back(i);
    }
    return asked;
  }

  // False when a key has another type than before.
  bool look_up(std::span<const Scored> candidates, Narrowed& result) {
    const std::vector<std::size_t> asked = inputs_to_ask();
    while (!candidates.empty()) {
      Command members("");
      std::size_t count = 0;
      do {
        members.arg(candidates[count++].member);
      } while (count < candidates.size() && count < chunk_members &&
               members.bytes().size() * asked.size() < chunk_bytes);
      std::vector<Part> parts;
      for (const std::size_t i : asked) {
        Command question(sizes_[i].is_plain ? "SMISMEMBER" : "ZMSCORE");
        question.append_key(command_, request_.inputs[i].key).append_words(members, 1, count);
        parts.push_back({request_.inputs[i].node, routing::Access::read, std::move(question)});
      }
      const Answers answers = ask(runner_, readers_, parts);
      std::vector<TapeView> at;
      for (const PartReply& answer : answers.replies) {
        if (answer.reply.is_error()) return false;
        detail::expect_elements(answer.reply, count, "one element a member");
        at.push_back(answer.reply.first());
      }
      for (std::size_t i = 0; i < count; ++i) {
        judge(candidates[i], asked, at, result);
        if (request_.limit != 0 && result.size == request_.limit) return true;
        if (i + 1 == count) break;
        for (TapeView& answer : at) answer = answer.next();
      }
      candidates = candidates.subspan(count);
    }
    return true;
  }

  std::optional<double> score_in(std::size_t input, TapeView answer) const {
    if (!sizes_[input].is_plain) {
      return answer.is_nil() ? std::nullopt : std::optional(detail::decode_number(answer));
    }
    return detail::decode_integer(answer) == 0 ? std::nullopt : std::optional(1.0);
  }

  void judge(Scored candidate, std::span<const std::size_t> asked, std::span<const TapeView> answers,
             Narrowed& result) const {
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const std::optional<double> score = score_in(asked[i], answers[i]);
      if (score.has_value() != is_intersection()) return;
      if (!score || request_.only_size) continue;
      const double weight = request_.inputs[asked[i]].weight;
      if (i == 0) {
        candidate.score = weighted(*score, weight);
      } else {
        aggregate(request_.aggregate, candidate.score, *score * weight);
      }
    }
    ++result.size;
    if (!request_.only_size) result.members.push_back(candidate);
  }

  const Request& request_;
  const Command& command_;
  PartRunner& runner_;
  const Readers readers_;
  std::vector<Size> sizes_;  // of the inputs
  std::uint64_t all_members_ = 0;
  std::vector<std::size_t> order_;  // of the inputs; an intersection begins with the smallest
};

}  // namespace

std::optional<Narrowed> narrow(const SortedSetRequest& request, const Command& command, PartRunner& runner,
                               Readers readers) {
  return Narrowing(request, command, runner, readers).run();
}

}  // namespace rediscluster::merge
