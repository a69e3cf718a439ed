// A client without the library under test, to see what servers really hold.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <hiredis/hiredis.h>

#include <rediscluster/config.h>

namespace rediscluster::tests {

/** A plain hiredis connection; replies as text, an array as its elements with blanks between. */
class PlainClient {
 public:
  explicit PlainClient(const NodeConfig& node) {
    const timeval timeout{5, 0};
    context_ = node.unix_socket_path.empty() ? redisConnectWithTimeout(node.host.c_str(), node.port, timeout)
                                             : redisConnectUnixWithTimeout(node.unix_socket_path.c_str(), timeout);
    if (connected()) redisSetTimeout(context_, timeout);
    if (connected() && !node.password.empty()) run({"AUTH", node.password});
  }
  ~PlainClient() { redisFree(context_); }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;

  bool connected() const { return context_ && context_->err == 0; }
  void set_timeout(long milliseconds) { redisSetTimeout(context_, {milliseconds / 1000, milliseconds % 1000 * 1000}); }

  /** The next message of a subscription, waited for; "no reply" when none comes in time. */
  std::string next() {
    void* reply = nullptr;
    if (!connected() || redisGetReply(context_, &reply) != REDIS_OK) return "no reply";
    std::string text = to_text(*static_cast<redisReply*>(reply));
    freeReplyObject(reply);
    return text;
  }

  std::string run(const std::vector<std::string>& command) {
    if (!connected()) return "not connected";
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (const std::string& word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    auto* const reply = static_cast<redisReply*>(
        redisCommandArgv(context_, static_cast<int>(words.size()), words.data(), sizes.data()));
    if (!reply) return "no reply";
    std::string text = to_text(*reply);
    freeReplyObject(reply);
    return text;
  }

 private:
  static std::string to_text(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL) return "nil";
    if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
    if (reply.type != REDIS_REPLY_ARRAY) return {reply.str, static_cast<std::size_t>(reply.len)};
    std::string text;
    for (std::size_t i = 0; i < reply.elements; ++i) text += (i ? " " : "") + to_text(*reply.element[i]);
    return text;
  }

  redisContext* context_ = nullptr;
};

}  // namespace rediscluster::tests
