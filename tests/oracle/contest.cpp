#include "oracle/contest.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include <rediscluster/pipeline.h>

#include "merge/strategies.h"
#include "routing/command_table.h"
#include "routing/key_positions.h"

namespace rediscluster::oracle {

namespace {

// Held by no command that is generated.
const std::string copy_name = "\x01 copy";

bool has_word(const Words& command, std::string_view word) {
  return std::ranges::any_of(command, [&](const std::string& one) {
    return std::ranges::equal(one, word,
                              [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; });
  });
}

std::optional<std::string> after_word(const Words& command, std::string_view word) {
  std::optional<std::string> found;
  for (std::size_t i = 1; i + 1 < command.size(); ++i) {
    if (has_word({command[i]}, word)) found = command[i + 1];
  }
  return found;
}

// Where scores differ, what is between two words is left open, and depends on the chance by which the server's skip
// list has been built.
bool asks_by_words(const Words& command) {
  return has_word(command, "BYLEX") || command[0].find("LEX") != std::string::npos;
}

// ALPHA compares texts up to a NUL.
bool equal_by_alpha(const Value& one, const Value& other) {
  return std::strcmp(one.text.c_str(), other.text.c_str()) == 0;
}

// What a master changes and does not replicate: a BITFIELD that grows its string, and then changes nothing because of
// OVERFLOW FAIL; a PFADD of several members that fails at one, because the HyperLogLog is none any more.
bool slaves_may_miss(const Words& command) {
  return command[0] == "PFADD" || (command[0] == "BITFIELD" && has_word(command, "FAIL"));
}

// The line by which a command is compared.
const Line* line_of(const Words& command) {
  for (const Line& line : lines()) {
    if (line.name == command[0] || (command.size() > 1 && line.name == command[0] + " " + command[1])) return &line;
  }
  return nullptr;
}

// A slave says of a script that it must not write before it says that a command for reading must not be one that
// writes.
bool both_forbid_writing(const Words& command, const Answer& mine, const Answer& right) {
  return command[0].ends_with("_RO") && mine.text.starts_with("READONLY ") && right.kind == Answer::Kind::error;
}

// With keys on several nodes it is a DataError; COPY, because what runs between nodes has database 0.
bool needs_one_node(const Line& line, const Words& command) {
  return line.one_node || (command[0] == "COPY" && after_word(command, "DB").value_or("0") != "0");
}

// With keys on several nodes it cannot be sent in one go, so that no pipeline takes it.
bool takes_steps(const Line& line) {
  const merge::Strategy* const strategy = merge::strategy_of(line.name);
  return line.one_node || (strategy != nullptr && strategy->plan == nullptr);
}

template <class Client>
std::vector<Value> ask_all(const Client& client, const std::vector<Words>& commands, Scores scores) {
  Pipeline pipeline = client.pipeline();
  for (const Words& command : commands) pipeline.execute_command(command);
  std::vector<Value> values;
  for (const Reply& reply : pipeline.execute({.raise_on_error = false})) {
    values.push_back(with_scores(scores, commands[values.size()], value_of(reply)));
  }
  return values;
}

}  // namespace

Contest::Contest(StrictRedisCluster cluster, StrictRedis server, bool slaves, bool large)
    : cluster_(std::move(cluster)),
      server_(std::move(server)),
      partitioner_(cluster_.masters()),
      slaves_(slaves),
      most_elements_(large ? 50000 : 300),
      most_bytes_(large ? 1000000 : 15000) {
  for (const std::string& script : Vocabulary::scripts()) {
    cluster_.execute_command("SCRIPT LOAD", script);
    server_.execute_command("SCRIPT LOAD", script);
  }
  server_.execute_command("ZADD", "z", "0.1", "member");
  if (value_of(server_.execute_command("ZSCORE", "z", "member")).text == "0.1") scores_ = Scores::by_value;
  cluster_.execute_command("FUNCTION LOAD", "REPLACE", Vocabulary::library());
  server_.execute_command("FUNCTION LOAD", "REPLACE", Vocabulary::library());
  flush();
}

void Contest::flush() {
  cluster_.execute_command("FLUSHALL");
  server_.execute_command("FLUSHALL");
  history_.clear();
}

Words Contest::keys_of(const Words& command) {
  const routing::CommandRow* const row = routing::find_command(command[0], command.size() > 1 ? command[1] : "");
  Words keys;
  if (row == nullptr) return keys;
  const std::vector<std::string_view> words(command.begin(), command.end());
  for (const routing::KeyPosition& position : routing::key_positions(*row, words)) {
    keys.push_back(command[position.argument]);
  }
  return keys;
}

bool Contest::on_several_nodes(const Words& keys) const {
  return std::ranges::any_of(
      keys, [&](const std::string& key) { return partitioner_.node_of(key) != partitioner_.node_of(keys[0]); });
}

bool Contest::differ(const std::string& what, const Words& keys) {
  difference_ = what + "\nbefore:\n";
  constexpr std::size_t most = 15;
  std::vector<std::string> told;
  for (auto played = history_.rbegin(); played != history_.rend() && told.size() < most; ++played) {
    const Words its_keys = keys_of(played->command);
    const bool concerned = std::ranges::any_of(
        its_keys, [&](const std::string& key) { return std::ranges::find(keys, key) != keys.end(); });
    if (!concerned) continue;
    told.push_back("  #" + std::to_string(history_.rend() - played) + " " + show(played->command) + "\n    -> " +
                   played->answer);
  }
  for (auto line = told.rbegin(); line != told.rend(); ++line) difference_ += *line + "\n";
  return false;
}

bool Contest::conclude(const Words& command, const Answer& mine, const Answer& right, bool good) {
  answered_ = mine.kind == Answer::Kind::reply && right.kind == Answer::Kind::reply;
  history_.back().answer = show(right).substr(0, 400);
  if (good || both_forbid_writing(command, mine, right)) return true;
  return differ(show(command) + "\n  the cluster: " + show(mine) + "\n  one server:  " + show(right), keys_of(command));
}

bool Contest::scores_differ(const std::string& key) const {
  const Answer all = ask(server_, {"ZRANGE", key, "0", "-1", "WITHSCORES"}, scores_);
  const std::vector<Value>& elements = all.value.elements;
  for (std::size_t i = 3; i < elements.size(); i += 2) {
    if (elements[i] != elements[1]) return true;
  }
  return false;
}

bool Contest::is_broken_hyperloglog(const Words& pfadd) const {
  if (pfadd.size() < 2) return false;
  // Asked for twice, its registers are read, and not a count that was kept.
  return ask(server_, {"PFCOUNT", pfadd[1], pfadd[1]}, scores_).text.starts_with("INVALIDOBJ");
}

bool Contest::left_open(const Words& command) const {
  if (slaves_ && slaves_may_miss(command) && (command[0] != "PFADD" || is_broken_hyperloglog(command))) return true;
  return asks_by_words(command) &&
         std::ranges::any_of(keys_of(command), [&](const std::string& key) { return scores_differ(key); });
}

bool Contest::takes_too_long(const Words& command) const {
  if (command[0] != "LCS" || command.size() < 3) return false;
  const Answer one = ask(server_, {"STRLEN", command[1]}, scores_);
  const Answer other = ask(server_, {"STRLEN", command[2]}, scores_);
  const auto length = [](const Answer& answer) {
    return static_cast<double>(std::strtoull(answer.value.text.c_str(), nullptr, 10));
  };
  return length(one) * length(other) > 2e7;
}

bool Contest::play(const Line& line, const Words& command) {
  answered_ = over_nodes_ = false;
  if (left_open(command) || takes_too_long(command)) return true;
  over_nodes_ = command[0].starts_with("SORT") || on_several_nodes(keys_of(command));
  history_.push_back({&line, command, {}});
  const Answer mine = ask(cluster_, command, scores_);
  if (mine.kind == Answer::Kind::data_error) {
    if (needs_one_node(line, command) && on_several_nodes(keys_of(command))) {
      history_.pop_back();
      ++refused_;
      return true;
    }
    return conclude(command, mine, {Answer::Kind::failure, {}, "was not asked"}, false);
  }
  switch (line.compare) {
    case Compare::sort:
      return play_sort(command, mine);
    case Compare::sample:
      return play_sample(command, mine);
    case Compare::pop:
      return play_pop(command, mine);
    case Compare::key:
      return play_key(command, mine);
    case Compare::scan:
      return play_scan(command, mine);
    default:
      break;
  }
  const Answer right = ask(server_, command, scores_);
  if (command[0] == "DUMP" && mine.value.type == Reply::Type::string) payload = mine.value.text;
  return conclude(command, mine, right, same(line.compare, command, mine, right));
}

bool Contest::play(const TypedLine& line, std::uint64_t seed) {
  TypedOutcome outcome = line.play(cluster_, server_, seed);
  if (outcome.command.empty()) return true;
  history_.push_back({line_of(outcome.command), outcome.command, outcome.server.substr(0, 400)});
  if (outcome.same) return true;
  return differ("method " + std::string(line.name) + ", " + show(outcome.command) +
                    "\n  the cluster: " + outcome.cluster + "\n  one server:  " + outcome.server,
                keys_of(outcome.command));
}

bool Contest::can_be_pipelined(const Line& line) {
  if (line.name == "LCS") return false;  // see takes_too_long()
  switch (line.compare) {
    case Compare::sort:
    case Compare::sample:
    case Compare::pop:
    case Compare::key:
    case Compare::scan:
      return false;
    default:
      return !line.waits;
  }
}

bool Contest::play_pipeline(const std::vector<std::pair<const Line*, Words>>& commands) {
  Pipeline pipeline = cluster_.pipeline();
  std::vector<Played> played;
  for (const auto& each : commands) {
    const auto& [line, command] = each;
    // What comes before it may change the scores.
    if (asks_by_words(command) || (slaves_ && slaves_may_miss(command))) continue;
    const Answer added = answer_of([&] {
      static_cast<void>(pipeline.execute_command(each.second));
      return Value();
    });
    if (added.kind == Answer::Kind::reply) {
      played.push_back({line, command, {}});
    } else if (takes_steps(*line) && on_several_nodes(keys_of(command))) {
      ++refused_;
    } else {
      return differ("in a pipeline: " + show(command) + "\n  " + show(added), {});
    }
  }
  const std::vector<Reply> replies = pipeline.execute({.raise_on_error = false});
  for (std::size_t i = 0; i < played.size(); ++i) {
    const Words& command = played[i].command;
    Answer mine{Answer::Kind::reply, with_scores(scores_, command, value_of(replies[i]))};
    if (mine.value.type == Reply::Type::error) mine = {Answer::Kind::error, {}, mine.value.text};
    const Answer right = ask(server_, command, scores_);
    history_.push_back(played[i]);
    if (!conclude(command, mine, right, same(played[i].line->compare, command, mine, right))) {
      difference_ = "in a pipeline: " + difference_;
      return false;
    }
  }
  return true;
}

void Contest::adopt(const std::string& key) {
  server_.execute_command("DEL", key);
  const Value dumped = value_of(cluster_.execute_command("DUMP", key));
  if (dumped.type == Reply::Type::nil) return;
  const long long expiry = cluster_.execute_command("PEXPIRETIME", key).integer();
  server_.execute_command("RESTORE", key, std::max(expiry, 0LL), dumped.text, "ABSTTL");
}

// The order of a sorted set's elements that are equal is that of its server's hash table.
bool Contest::has_equals_by_alpha(const std::string& key) const {
  const Answer all = ask(server_, {"SORT_RO", key, "ALPHA"}, scores_);
  return std::ranges::adjacent_find(all.value.elements, equal_by_alpha) != all.value.elements.end();
}

// Where BY finds the same weight for several elements, by ALPHA, their order is left open; so is that of a set's
// elements where they are not sorted at all. With LIMIT it is then open which of them are there.
bool Contest::play_sort(const Words& command, const Answer& mine) {
  const Answer right = ask(server_, command, scores_);
  const bool both_reply = mine.kind == Answer::Kind::reply && right.kind == Answer::Kind::reply;
  bool open = both_reply && has_word(command, "BY");
  const std::optional<std::string> destination = after_word(command, "STORE");
  if (destination && open && mine.value == right.value && mine.value.type == Reply::Type::integer) {
    const Words range = {"LRANGE", *destination, "0", "-1"};
    const Answer mine_stored = ask(cluster_, range, scores_);
    const Answer right_stored = ask(server_, range, scores_);
    const bool good =
        same(Compare::unordered, range, mine_stored, right_stored) ||
        (has_word(command, "LIMIT") && mine_stored.value.elements.size() == right_stored.value.elements.size());
    if (good && mine_stored.value != right_stored.value) adopt(*destination);
    return conclude(command, mine, right, good);
  }
  bool good = same(Compare::exact, command, mine, right);
  // To store, texts are compared whole.
  open = open || (!good && both_reply && !destination && has_word(command, "ALPHA") && has_equals_by_alpha(command[1]));
  if (!good && open) good = same(Compare::unordered, command, mine, right);
  if (!good && open && has_word(command, "LIMIT")) {
    good = mine.value.type == right.value.type && mine.value.elements.size() == right.value.elements.size();
  }
  return conclude(command, mine, right, good);
}

bool Contest::play_sample(const Words& command, const Answer& mine) {
  const Answer right = ask(server_, command, scores_);
  bool good = same(Compare::kind, command, mine, right);
  if (good && mine.kind == Answer::Kind::reply && mine.value.type != Reply::Type::nil) {
    const bool hash = has_word({command[0]}, "HRANDFIELD");
    const bool zset = has_word({command[0]}, "ZRANDMEMBER");
    const bool pairs = command.size() > 3;
    Words ask_all = hash ? Words{"HGETALL", command[1]} : Words{"SMEMBERS", command[1]};
    if (zset) ask_all = {"ZRANGE", command[1], "0", "-1", "WITHSCORES"};
    const Value all = ask(server_, ask_all, scores_).value;
    std::map<std::string, std::string> there;
    for (std::size_t i = 0; i < all.elements.size(); i += hash || zset ? 2 : 1) {
      there.emplace(all.elements[i].text, hash || zset ? all.elements[i + 1].text : "");
    }
    std::vector<Value> got =
        mine.value.type == Reply::Type::array ? mine.value.elements : std::vector<Value>{mine.value};
    std::set<std::string> distinct;
    for (std::size_t i = 0; i < got.size(); i += pairs ? 2 : 1) {
      const auto found = there.find(got[i].text);
      good = good && found != there.end() && (!pairs || (i + 1 < got.size() && got[i + 1].text == found->second));
      distinct.insert(got[i].text);
    }
    const bool repeats = command.size() > 2 && command[2].starts_with('-');
    good = good && mine.value.elements.size() == right.value.elements.size() &&
           (repeats || distinct.size() == got.size() / (pairs ? 2 : 1));
  }
  return conclude(command, mine, right, good);
}

// The server pops from a copy; then what the cluster has popped is removed there.
bool Contest::play_pop(const Words& command, const Answer& mine) {
  if (command.size() < 2 || mine.kind != Answer::Kind::reply) {
    const Answer right = ask(server_, command, scores_);
    return conclude(command, mine, right, same(Compare::exact, command, mine, right));
  }
  server_.execute_command("COPY", command[1], copy_name, "REPLACE");
  Words on_copy = command;
  on_copy[1] = copy_name;
  const Answer right = ask(server_, on_copy, scores_);
  server_.execute_command("DEL", copy_name);
  bool good = same(Compare::kind, command, mine, right) && mine.value.elements.size() == right.value.elements.size();
  std::vector<Value> popped = mine.value.elements;
  if (mine.value.type == Reply::Type::string) popped = {mine.value};
  for (const Value& one : popped) {
    good = good && server_.execute_command("SREM", command[1], one.text).integer() == 1;
  }
  return conclude(command, mine, right, good);
}

bool Contest::play_key(const Words& command, const Answer& mine) {
  const Answer right = ask(server_, command, scores_);
  bool good = same(Compare::kind, command, mine, right);
  if (good && mine.value.type == Reply::Type::string) {
    good = server_.execute_command("EXISTS", mine.value.text).integer() == 1;
  }
  return conclude(command, mine, right, good);
}

bool Contest::play_scan(const Words& command, const Answer& mine) {
  const Answer right = ask(server_, command, scores_);
  const std::size_t cursor_at = has_word({command[0]}, "SCAN") ? 1 : 2;
  if (mine.kind != Answer::Kind::reply || right.kind != Answer::Kind::reply || command.size() <= cursor_at) {
    return conclude(command, mine, right, same(Compare::exact, command, mine, right));
  }
  // A cursor that no scan has given has no meaning.
  if (command[cursor_at] != "0") return conclude(command, mine, right, same(Compare::kind, command, mine, right));
  const bool pairs = has_word({command[0]}, "HSCAN") || has_word({command[0]}, "ZSCAN");
  const auto all_pages = [&](const auto& client, Answer page) {
    std::set<std::vector<Value>> found;
    Words next = command;
    while (page.kind == Answer::Kind::reply && page.value.elements.size() == 2) {
      const std::vector<Value>& elements = page.value.elements[1].elements;
      for (std::size_t i = 0; i + (pairs ? 1 : 0) < elements.size(); i += pairs ? 2 : 1) {
        found.insert({elements.begin() + static_cast<std::ptrdiff_t>(i),
                      elements.begin() + static_cast<std::ptrdiff_t>(i + (pairs ? 2 : 1))});
      }
      next[cursor_at] = page.value.elements[0].text;
      if (next[cursor_at] == "0") return found;
      page = ask(client, next, scores_);
    }
    found.insert({Value{Reply::Type::error, show(page)}});
    return found;
  };
  return conclude(command, mine, right, all_pages(cluster_, mine) == all_pages(server_, right));
}

bool Contest::check() {
  const Words names = {"KEYS", "*"};
  const Answer mine_names = ask(cluster_, names, scores_);
  const Answer right_names = ask(server_, names, scores_);
  if (!same(Compare::unordered, names, mine_names, right_names)) {
    Words keys;
    for (const Answer* answer : {&mine_names, &right_names}) {
      for (const Value& key : answer->value.elements) {
        const Answer& other = answer == &mine_names ? right_names : mine_names;
        if (std::ranges::find(other.value.elements, key) == other.value.elements.end()) keys.push_back(key.text);
      }
    }
    return differ("other keys are there: " + show(keys) + "\n  the cluster: " + show(mine_names) +
                      "\n  one server:  " + show(right_names),
                  keys);
  }
  Words keys;
  for (const Value& key : right_names.value.elements) keys.push_back(key.text);
  std::vector<Words> questions;
  for (const std::string& key : keys) {
    questions.push_back({"TYPE", key});
    questions.push_back({"PEXPIRETIME", key});
  }
  const auto compare_all = [&](Compare how) {
    const std::vector<Value> mine = ask_all(cluster_, questions, scores_);
    const std::vector<Value> right = ask_all(server_, questions, scores_);
    for (std::size_t i = 0; i < questions.size(); ++i) {
      Compare this_one = questions[i][0] == "PEXPIRETIME" ? Compare::expiry : how;
      if (questions[i][0] == "SMEMBERS") this_one = Compare::unordered;
      if (questions[i][0] == "HGETALL") this_one = Compare::pairs;
      if (questions[i][0] == "XINFO") this_one = Compare::moments;
      if (same(this_one, questions[i], mine[i], right[i])) continue;
      differ("the data differ: " + show(questions[i]) + "\n  the cluster: " + show(mine[i]) +
                 "\n  one server:  " + show(right[i]),
             keys_of(questions[i]));
      return std::vector<Value>();
    }
    return right;
  };
  const std::vector<Value> types = compare_all(Compare::exact);
  if (types.size() != questions.size()) return false;
  questions.clear();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::string& type = types[2 * i].text;
    if (type == "string") questions.push_back({"GET", keys[i]});
    if (type == "list") questions.push_back({"LRANGE", keys[i], "0", "-1"});
    if (type == "set") questions.push_back({"SMEMBERS", keys[i]});
    if (type == "zset") questions.push_back({"ZRANGE", keys[i], "0", "-1", "WITHSCORES"});
    if (type == "hash") questions.push_back({"HGETALL", keys[i]});
    if (type == "stream") {
      questions.push_back({"XRANGE", keys[i], "-", "+"});
      questions.push_back({"XINFO", "STREAM", keys[i], "FULL", "COUNT", "0"});
    }
  }
  const std::vector<Value> contents = compare_all(Compare::exact);
  if (contents.size() != questions.size()) return false;
  large_.clear();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    if (contents[i].elements.size() > most_elements_ || contents[i].text.size() > most_bytes_)
      large_.push_back(keys_of(questions[i])[0]);
    for (const Value& element : contents[i].elements) {
      if (element.text.size() > most_bytes_) large_.push_back(keys_of(questions[i])[0]);
    }
  }
  return true;
}

void Contest::prune() {
  static constexpr Line del{"DEL", 0, ""};
  for (const std::string& key : std::exchange(large_, {})) play(del, {"DEL", key});
}

}  // namespace rediscluster::oracle
