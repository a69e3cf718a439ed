// An executor for unit tests that sends nothing, but notes the words it is given, and which of them are keys.
#pragma once

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/command.h>
#include <rediscluster/commands/all_commands.h>
#include <rediscluster/result.h>

namespace rediscluster {

/** "SET [k] v": words, keys in brackets, tagged ones as [crc32 of the tag:k]. Commands whose keys the routing table has
    to find begin with "? ". */
inline std::string describe(const Command& command) {
  std::vector<std::string> words;
  for (std::size_t i = 0; i < command.size(); ++i) words.emplace_back(command[i]);
  for (const Command::KeyMark& key : command.keys()) {
    std::string& word = words[key.argument];
    word = "[" + (key.tagged ? std::to_string(key.tag_hash) + ":" : std::string()) + word + "]";
  }
  std::string text = command.keys_known() ? "" : "? ";
  for (const std::string& word : words) text += (&word == words.data() ? "" : " ") + word;
  return text;
}

/** An executor that only notes what it is given. */
template <template <class> class R>
class Recorder : public AllCommands<Recorder<R>, R> {
 public:
  template <class T>
  R<T> run(const Command& command) const {
    sent = describe(command);
    if constexpr (std::is_constructible_v<R<T>, std::shared_ptr<const detail::QueuedReply>>) {
      return R<T>(std::make_shared<const detail::QueuedReply>());
    } else {
      return R<T>{};
    }
  }

  /** Of all copies: builders of commands hold one. */
  static inline std::string sent;
};

/** EXPECT_SENT("GET [k]", get("k")) */
#define EXPECT_SENT(words, ...)                  \
  do {                                           \
    static_cast<void>(this->r.__VA_ARGS__);      \
    EXPECT_EQ(std::string(words), this->r.sent); \
  } while (false)

}  // namespace rediscluster
