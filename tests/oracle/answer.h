// What a client has answered to a command, in a form that can be compared and printed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/errors.h>
#include <rediscluster/reply.h>

#include "oracle/commands.h"
#include "oracle/vocabulary.h"

namespace rediscluster::oracle {

/** A reply; integers as text. */
struct Value {
  Reply::Type type = Reply::Type::nil;
  std::string text = {};
  std::vector<Value> elements = {};

  bool operator==(const Value&) const = default;
  bool operator<(const Value& other) const;
};

Value value_of(const Reply& reply);

struct Answer {
  enum class Kind { reply, error, data_error, failure };
  Kind kind = Kind::reply;
  Value value = {};       ///< reply
  std::string text = {};  ///< otherwise: the server's words, or those of the exception
};

/** What call() returns, a Value, or what it throws. */
template <class Call>
Answer answer_of(const Call& call) {
  try {
    return {Answer::Kind::reply, call()};
  } catch (const ResponseError& error) {
    return {Answer::Kind::error, {}, std::string(error.text())};
  } catch (const DataError& error) {
    return {Answer::Kind::data_error, {}, error.what()};
  } catch (const RedisError& error) {
    return {Answer::Kind::failure, {}, error.what()};
  }
}

/** How scores are compared: commands on sorted sets have names that begin with Z or BZ. */
enum class Scores {
  by_text,  ///< but -0 is 0: a server forgets the sign in one of its two encodings, and which one it uses depends on
            ///< what was done to the key (SORT changes it)
  by_value  ///< where servers write them in the shortest form (from 7.2 on), and we as 7.0 does
};

/** A reply in which scores that are to be taken for the same are the same. */
Value with_scores(Scores scores, const Words& command, Value reply);

template <class Client>
Answer ask(const Client& client, const Words& words, Scores scores = Scores::by_text) {
  return answer_of([&] { return with_scores(scores, words, value_of(client.execute_command(words))); });
}

/** Whether both are right, as far as that can be said without asking anybody: not of Compare::sort and what follows. */
bool same(Compare how, const Words& command, const Value& one, const Value& other);
/** Errors by their whole text. */
bool same(Compare how, const Words& command, const Answer& one, const Answer& other);

/** For people: bytes as \x00, long ones cut. */
std::string show(std::string_view bytes);
std::string show(const Words& command);
std::string show(const Value& value);
std::string show(const Answer& answer);

}  // namespace rediscluster::oracle
