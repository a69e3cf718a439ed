// The servers of the benchmarks, and the plain hiredis that we are compared with.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <hiredis/hiredis.h>

#include <rediscluster/config.h>
#include <rediscluster/partitioner.h>
#include <rediscluster/testing/local_cluster.h>

namespace rediscluster::benchmarks {

/** The first `masters` (up to 4) of four masters without slaves, which all benchmarks share. */
inline ClusterConfig shared_servers(std::size_t masters) {
  static const testing::LocalCluster cluster({.masters = 4, .slaves = 0});
  ClusterConfig config;
  for (std::size_t i = 1; i <= masters; ++i) {
    const std::string name = "node_" + std::to_string(i);
    config.nodes[name] = cluster.config().nodes.at(name);
    config.master_of[name] = Slaves();
  }
  return config;
}

using Keys = std::vector<std::string>;
inline Keys make_keys(std::size_t count) {
  Keys keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back("benchmark:" + std::to_string(100000 + i));
  return keys;
}

/** Gives the elements of a list by turns, without end. */
class Turns {
 public:
  explicit Turns(Keys keys) : keys_(std::move(keys)) {}
  const std::string& next() {
    if (at_ == keys_.size()) at_ = 0;
    return keys_[at_++];
  }

 private:
  const Keys keys_;
  std::size_t at_ = 0;
};

namespace plain {

struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Connection = std::unique_ptr<redisContext, FreeContext>;
using PlainReply = std::unique_ptr<redisReply, FreeReply>;
using Values = std::vector<std::optional<std::string>>;

inline PlainReply checked(void* raw) {
  PlainReply reply(static_cast<redisReply*>(raw));
  if (reply == nullptr) throw std::runtime_error("hiredis: no reply");
  if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(reply->str);
  return reply;
}
inline PlainReply next_reply(redisContext* connection) {
  void* reply = nullptr;
  redisGetReply(connection, &reply);
  return checked(reply);
}

/** The connections of one thread, one to each node. */
class Cluster {
 public:
  explicit Cluster(const ClusterConfig& config) {
    for (std::size_t i = 1; i <= config.nodes.size(); ++i) {
      const NodeConfig& node = config.nodes.at("node_" + std::to_string(i));
      connections_.emplace_back(node.unix_socket_path.empty() ? redisConnect(node.host.c_str(), node.port)
                                                              : redisConnectUnix(node.unix_socket_path.c_str()));
      if (connections_.back() == nullptr || connections_.back()->err != 0)
        throw std::runtime_error("hiredis: no connection");
    }
  }
  std::size_t size() const { return connections_.size(); }
  redisContext* operator[](std::size_t node) const { return connections_[node].get(); }
  std::size_t node_of(std::string_view key) const { return crc32(key) % connections_.size(); }
  redisContext* of(std::string_view key) const { return connections_[node_of(key)].get(); }

 private:
  std::vector<Connection> connections_;
};

inline std::string text(const redisReply& reply) {
  return {reply.str, static_cast<std::size_t>(reply.len)};
}
inline std::optional<std::string> value(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_NIL) return std::nullopt;
  return text(reply);
}

inline PlainReply get(redisContext* connection, std::string_view key) {
  return checked(redisCommand(connection, "GET %b", key.data(), key.size()));
}
inline PlainReply get_argv(redisContext* connection, std::string_view key) {
  const char* words[] = {"GET", key.data()};
  const std::size_t sizes[] = {3, key.size()};
  return checked(redisCommandArgv(connection, 2, words, sizes));
}
inline PlainReply set(redisContext* connection, std::string_view key, std::string_view value) {
  return checked(redisCommand(connection, "SET %b %b", key.data(), key.size(), value.data(), value.size()));
}
inline PlainReply set_argv(redisContext* connection, std::string_view key, std::string_view value) {
  const char* words[] = {"SET", key.data(), value.data()};
  const std::size_t sizes[] = {3, key.size(), value.size()};
  return checked(redisCommandArgv(connection, 3, words, sizes));
}

}  // namespace plain

inline constexpr std::string_view small_value = "0123456789";

/** Gives every key a small value. */
inline void fill(const ClusterConfig& config, const Keys& keys) {
  const plain::Cluster cluster(config);
  for (const std::string& key : keys) plain::set(cluster.of(key), key, small_value);
}

inline void check(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

}  // namespace rediscluster::benchmarks
