// A real server with somebody in between, who sees each command before it is run and may do something about it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <hiredis/hiredis.h>

#include <rediscluster/config.h>
#include <rediscluster/tape.h>

#include "protocol/reply_parser.h"
#include "support/fake_server.h"

namespace rediscluster::tests {

/** What becomes of one command. */
enum class Passage {
  pass,
  lose_command,  ///< the connection is reset; the server does not get it
  lose_reply     ///< the server runs it; then the connection is reset
};

/** Every connection is relayed command by command to one of its own to the real server. */
class InterposedServer {
 public:
  /** Called in the thread of the fake server, before each command but those of the handshake. It may ask the real
      server whatever it likes, and change the command. */
  using Observer = std::function<Passage(Received& command)>;

  explicit InterposedServer(const NodeConfig& real)
      : real_(real), fake_([this](const Received& command, int connection) { return relay(command, connection); }) {}

  /** In place of the one before; null: all passes. */
  void observe(Observer observer) {
    const std::lock_guard lock(mutex_);
    observer_ = std::move(observer);
  }
  NodeConfig config() const { return {.host = "127.0.0.1", .port = fake_.port()}; }

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  using Context = std::unique_ptr<redisContext, FreeContext>;

  Action relay(Received command, int connection) {
    Observer observer;
    {
      const std::lock_guard lock(mutex_);
      observer = observer_;
    }
    const Passage passage = observer && !is_handshake(command) ? observer(command) : Passage::pass;
    if (passage == Passage::lose_command) return reset_after();
    std::string bytes = ask(connection, command);
    return passage == Passage::lose_reply ? reset_after() : reply(std::move(bytes));
  }

  // The reply in RESP.
  std::string ask(int connection, const Received& command) {
    Context& context = contexts_[connection];
    if (context == nullptr) context.reset(redisConnect(real_.host.c_str(), real_.port));
    std::vector<const char*> words;
    std::vector<std::size_t> sizes;
    for (const std::string& word : command) {
      words.push_back(word.data());
      sizes.push_back(word.size());
    }
    redisAppendCommandArgv(context.get(), static_cast<int>(words.size()), words.data(), sizes.data());
    for (int done = 0; done == 0;) {
      if (redisBufferWrite(context.get(), &done) != REDIS_OK) throw std::runtime_error("the real server is gone");
    }
    protocol::ReplyParser parser;
    Tape tape;
    std::string bytes;
    char buffer[65536];
    while (!parser.parse(tape)) {
      const ssize_t count = ::recv(context->fd, buffer, sizeof buffer, 0);
      if (count <= 0) throw std::runtime_error("the real server is gone");
      bytes.append(buffer, static_cast<std::size_t>(count));
      parser.feed({buffer, static_cast<std::size_t>(count)});
    }
    return bytes;
  }

  const NodeConfig real_;
  std::mutex mutex_;
  Observer observer_;
  std::map<int, Context> contexts_;  // only the fake server's thread uses them
  FakeServer fake_;                  // last: its thread uses all the rest
};

}  // namespace rediscluster::tests
