#include "tools/command_table_refresh.h"

#include <algorithm>
#include <memory>
#include <set>
#include <sys/time.h>

#include <hiredis/hiredis.h>

namespace rediscluster::tools {

namespace {

using ReplyOwner = std::unique_ptr<redisReply, void (*)(void*)>;

class Server {
 public:
  explicit Server(const std::string& address) : address_(address) {
    const auto colon = address.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error(address + ": is not HOST:PORT");
    timeval timeout{};
    timeout.tv_sec = 10;
    int port = 0;
    try {
      port = std::stoi(address.substr(colon + 1));
    } catch (const std::exception&) {
      throw std::runtime_error(address + ": is not HOST:PORT");
    }
    context_.reset(redisConnectWithTimeout(address.substr(0, colon).c_str(), port, timeout));
    if (context_ == nullptr) throw std::bad_alloc();
    check_context();
    redisSetTimeout(context_.get(), timeout);
  }

  ReplyOwner ask(const char* command, int type) const {
    ReplyOwner reply(static_cast<redisReply*>(redisCommand(context_.get(), command)), freeReplyObject);
    check_context();
    if (reply->type == REDIS_REPLY_ERROR) throw std::runtime_error(address_ + ": " + reply->str);
    if (reply->type != type) throw std::runtime_error(address_ + ": unexpected reply to " + command);
    return reply;
  }

 private:
  void check_context() const {
    if (context_->err != 0) throw std::runtime_error(address_ + ": " + context_->errstr);
  }

  std::string address_;
  std::unique_ptr<redisContext, void (*)(redisContext*)> context_{nullptr, redisFree};
};

const redisReply& element(const redisReply& array, std::size_t index) {
  if (array.type != REDIS_REPLY_ARRAY || index >= array.elements) {
    throw std::runtime_error("COMMAND: a reply without element " + std::to_string(index) +
                             "; is the server older than 7.0?");
  }
  return *array.element[index];
}

std::string text(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_STRING && reply.type != REDIS_REPLY_STATUS) {
    throw std::runtime_error("COMMAND: a reply that is not the text expected");
  }
  return {reply.str, static_cast<std::size_t>(reply.len)};
}

std::vector<std::string> texts(const redisReply& array) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < array.elements; ++i) all.push_back(text(element(array, i)));
  return all;
}

// The value behind the name in a map written as an array; null when it is not there.
const redisReply* value(const redisReply& map, const std::string& name) {
  for (std::size_t i = 0; i + 1 < map.elements; i += 2) {
    if (text(element(map, i)) == name) return &element(map, i + 1);
  }
  return nullptr;
}

const redisReply& required(const redisReply& map, const std::string& name) {
  const redisReply* found = value(map, name);
  if (found == nullptr) throw std::runtime_error("COMMAND: a key spec without " + name);
  return *found;
}

std::string number(const redisReply& map, const std::string& name) {
  const redisReply& found = required(map, name);
  if (found.type != REDIS_REPLY_INTEGER) throw std::runtime_error("COMMAND: " + name + " is no number");
  return std::to_string(found.integer);
}

std::string key_spec(const redisReply& reply) {
  const redisReply& begin = required(reply, "begin_search");
  const redisReply& find = required(reply, "find_keys");
  const redisReply& begin_spec = required(begin, "spec");
  const redisReply& find_spec = required(find, "spec");
  std::string begin_text = text(required(begin, "type"));
  std::string find_text = text(required(find, "type"));
  if (begin_text == "index") {
    begin_text += "(" + number(begin_spec, "index") + ")";
  } else if (begin_text == "keyword") {
    begin_text += "(" + text(required(begin_spec, "keyword")) + ",from=" + number(begin_spec, "startfrom") + ")";
  }
  if (find_text == "range") {
    find_text += "(last=" + number(find_spec, "lastkey") + ",step=" + number(find_spec, "keystep") +
                 ",limit=" + number(find_spec, "limit") + ")";
  } else if (find_text == "keynum") {
    find_text += "(at=" + number(find_spec, "keynumidx") + ",first=" + number(find_spec, "firstkey") +
                 ",step=" + number(find_spec, "keystep") + ")";
  }
  return join(texts(required(reply, "flags")), "+") + "@" + begin_text + "/" + find_text;
}

// Adds the command that one element of COMMAND describes, and its subcommands.
void add_command(const redisReply& reply, bool subcommand, ServerCommands& commands) {
  ServerCommand command;
  command.name = text(element(reply, 0));
  command.arity = static_cast<int>(element(reply, 1).integer);
  command.flags = texts(element(reply, 2));
  std::sort(command.flags.begin(), command.flags.end());
  for (const auto& tip : texts(element(reply, 7))) {
    if (const std::string name = "request_policy:"; tip.starts_with(name)) {
      command.request_policy = tip.substr(name.size());
    } else if (const std::string other = "response_policy:"; tip.starts_with(other)) {
      command.response_policy = tip.substr(other.size());
    }
  }
  const redisReply& specs = element(reply, 8);
  for (std::size_t i = 0; i < specs.elements; ++i) {
    command.key_specs += (i == 0 ? "" : "; ") + key_spec(element(specs, i));
  }
  const redisReply& subcommands = element(reply, 9);
  command.kind = subcommand ? "subcommand" : subcommands.elements > 0 ? "container" : "command";
  for (std::size_t i = 0; i < subcommands.elements; ++i) add_command(element(subcommands, i), true, commands);
  commands.emplace(command.name, command);
}

// "redis7.0" for 7.0.15, "valkey8.1" for 8.1.1: bug fix releases share a name.
std::string version_name(const Server& server) {
  const auto info = server.ask("INFO server", REDIS_REPLY_STRING);
  std::string redis;
  std::string valkey;
  for (auto line : split(text(*info), "\n")) {
    if (line.ends_with('\r')) line.pop_back();
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    if (line.substr(0, colon) == "redis_version") redis = line.substr(colon + 1);
    if (line.substr(0, colon) == "valkey_version") valkey = line.substr(colon + 1);
  }
  const std::string version = valkey.empty() ? redis : valkey;
  const auto first_dot = version.find('.');
  if (first_dot == std::string::npos) throw std::runtime_error("INFO names no version");
  return (valkey.empty() ? "redis" : "valkey") + version.substr(0, version.find('.', first_dot + 1));
}

void remove_server(const std::string& version, ServerCommand& command) {
  std::erase(command.servers, version);
  if (command.described_by == version && !command.servers.empty()) command.described_by = command.servers.front();
}

}  // namespace

std::string refresh_from_server(const std::string& address, ServerCommands& commands) {
  const Server server(address);
  const std::string version = version_name(server);
  const auto reply = server.ask("COMMAND", REDIS_REPLY_ARRAY);
  ServerCommands said;
  for (std::size_t i = 0; i < reply->elements; ++i) add_command(element(*reply, i), false, said);

  for (auto& [name, command] : commands) {
    if (!said.contains(name)) remove_server(version, command);
  }
  std::erase_if(commands, [](const auto& command) { return command.second.servers.empty(); });
  for (auto& [name, command] : said) {
    command.servers = {version};
    command.described_by = version;
    const auto [known, is_new] = commands.emplace(name, command);
    if (is_new) continue;
    auto servers = known->second.servers;
    if (std::find(servers.begin(), servers.end(), version) == servers.end()) servers.push_back(version);
    if (known->second.described_by == version) known->second = command;
    known->second.servers = servers;
  }
  return version;
}

}  // namespace rediscluster::tools
