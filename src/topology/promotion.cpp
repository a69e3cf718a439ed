#include "topology/promotion.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <rediscluster/errors.h>

#include "topology/discovery.h"

namespace rediscluster::topology {

namespace {

using transport::Deadline;
using transport::Failure;
using transport::Role;

constexpr auto asked_at_most_every = std::chrono::seconds(1);
// When neither the client nor the call sets an end to connecting.
constexpr auto longest_wait = std::chrono::seconds(2);

std::chrono::milliseconds patience(const NodeRules& rules) noexcept {
  return rules.connect_timeout.count() > 0 ? rules.connect_timeout : longest_wait;
}

std::vector<Answer> answers_of(std::span<Server* const> servers, Deadline deadline) {
  const auto calls = ask(servers, Command("ROLE"), deadline);
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    Answer& answer = answers.emplace_back(Answer{servers[i], {}, calls[i]->failure()});
    if (answer.down) continue;
    answer.role = Role::parse(TapeView(calls[i]->replies(), 0));
    servers[i]->link().heard(answer.role);
  }
  return answers;
}

// A connection that is lost says nothing about the server; one that cannot be made again does.
std::vector<Answer> roles_of(std::span<Server* const> servers, Deadline deadline) {
  std::vector<Answer> answers = answers_of(servers, deadline);
  std::vector<Server*> again;
  for (const Answer& answer : answers) {
    if (answer.down.kind == Failure::Kind::connection) again.push_back(answer.server);
  }
  if (again.empty()) return answers;
  for (const Answer& second : answers_of(again, deadline)) {
    *std::ranges::find(answers, second.server, &Answer::server) = second;
  }
  return answers;
}

Word word_of(const Role& role) noexcept {
  switch (role.kind) {
    case Role::Kind::master:
      return Word::master;
    case Role::Kind::slave:
      return Word::slave;
    case Role::Kind::unknown:
      break;
  }
  return Word::untold;
}

// A server that is merely late, as one that runs a slow script, is taken to be what it last said: a caller in a hurry
// must not take its writes away. Whoever has answered nobody for as long as connecting may take is unreachable.
Word word_of(const Answer& answer, std::chrono::milliseconds patience, Clock::time_point now) {
  if (!answer.down) return word_of(answer.role);
  if (answer.down.kind == Failure::Kind::connection) return Word::unreachable;
  if (answer.down.kind == Failure::Kind::timeout && answer.server->failing_for(now) >= patience) {
    return Word::unreachable;
  }
  const Word last = word_of(answer.server->link().role());
  return last == Word::untold ? Word::unreachable : last;
}

}  // namespace

Verdict judge(std::span<const Said> said, const Server* followed) noexcept {
  Verdict verdict;
  for (const auto& [server, word] : said) {
    if (server == followed && (word == Word::master || word == Word::untold)) return {server};
    if (word != Word::master) continue;
    if (verdict.rival == nullptr) {
      verdict.rival = server;
    } else if (verdict.other_rival == nullptr) {
      verdict.other_rival = server;
    }
  }
  if (verdict.other_rival == nullptr) std::swap(verdict.master, verdict.rival);
  return verdict;
}

std::string both_claim(const Node& node, Server& one, Server& other) {
  return node.name() + " has no master to write to: both " + one.link().address().described() + " and " +
         other.link().address().described() + " claim to be it";
}

void Node::follow(Server& server) noexcept {
  followed_ = &server;
  master_.store(&server, std::memory_order_release);
  in_doubt_.store(false, std::memory_order_relaxed);
}

void Node::presume(Server& server) noexcept {
  master_.store(&server, std::memory_order_release);
  doubt();
}

void Node::set_no_master(std::string why) {
  const std::lock_guard lock(mutex_);
  why_no_master_ = std::move(why);
  master_.store(nullptr, std::memory_order_release);
  doubt();
}

void Node::throw_no_master() const {
  const std::lock_guard lock(mutex_);
  throw ConnectionError(why_no_master_);
}

bool Node::is_time_to_ask(Clock::time_point now, Clock::time_point news) const noexcept {
  const Clock::rep last = asked_.load(std::memory_order_relaxed);
  if (last == 0) return true;
  const Clock::time_point asked{Clock::duration(last)};
  return now - asked >= asked_at_most_every || news > asked;
}

void Node::look_for_master(Deadline deadline, Clock::time_point news) {
  const Clock::time_point now = Clock::now();
  if (deadline.passed(now) || !is_time_to_ask(now, news)) return;
  if (servers_.size() == 1 && known_master() != nullptr) {
    in_doubt_.store(false, std::memory_order_relaxed);  // there is nobody else
    return;
  }
  if (asking_.exchange(true, std::memory_order_acquire)) return;
  struct Asking {
    std::atomic<bool>& flag;
    ~Asking() { flag.store(false, std::memory_order_release); }
  };
  Server* before = nullptr;
  Server* after = nullptr;
  {
    const Asking asking{asking_};
    asked_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    Deadline until = Deadline::after(patience(*rules_), now);
    if (!deadline.is_never()) until = until.earlier(Deadline::at(now + (deadline.when() - now) / 2));
    before = known_master() != nullptr ? known_master() : followed_;
    settle(until);
    after = known_master();
  }
  if (after == nullptr || after == before) return;
  drop_marks();
  if (rules_->on_promotion) rules_->on_promotion(*this, before, after);
}

void Node::settle(Deadline until) {
  std::vector<Said> said;
  const std::vector<Answer> answers = roles_of(servers_, until);
  const Clock::time_point now = Clock::now();
  for (const Answer& answer : answers) {
    if (answer.down.kind == Failure::Kind::connection && !answer.server->avoided()) answer.server->avoid(now);
    if (answer.role.link_up) answer.server->answered();
    said.push_back({answer.server, word_of(answer, patience(*rules_), now)});
  }
  const Verdict verdict = judge(said, followed_);
  if (verdict.other_rival != nullptr) {
    set_no_master(both_claim(*this, *verdict.rival, *verdict.other_rival));
    return;
  }
  Server* master = verdict.master;
  // The one that was configured, and that was down until now, need not tell its role either.
  if (master == nullptr && followed_ == nullptr && said[0].word == Word::untold) master = said[0].server;
  if (master == nullptr) {
    doubt();
    return;
  }
  const auto answer = std::ranges::find(answers, master, &Answer::server);
  follow(*master);
  if (answer->down) {
    doubt();  // it was late
  } else {
    master->answered();
  }
}

}  // namespace rediscluster::topology
