#include "client/unknown_commands.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "protocol/letter_case.h"

namespace rediscluster::client {

namespace {

// The leading fields of an entry of COMMAND INFO: name, arity, flags, first key, last key, step.
struct Info {
  int arity = 0;
  std::vector<std::string> flags;
  int first = 0;
  int last = 0;
  int step = 0;

  bool has(std::string_view flag) const { return std::ranges::find(flags, flag) != flags.end(); }
};

Info read_info(TapeView entry) {
  Info info;
  if (entry.elements() < 6) throw InvalidResponse("an entry of COMMAND INFO is too short");
  TapeView field = entry.first().next();
  info.arity = decode<int>(field);
  field = field.next();
  info.flags = decode<std::vector<std::string>>(field);
  for (int* const number : {&info.first, &info.last, &info.step}) {
    field = field.next();
    *number = decode<int>(field);
  }
  return info;
}

}  // namespace

const routing::CommandRow& UnknownCommands::row_of(const Command& command, const Ask& ask) {
  std::string name = protocol::to_upper(command.name());
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found != entries_.end()) return found->second->row;
  }
  const Tape reply = ask(Command("COMMAND", "INFO").arg(name));
  const TapeView list(reply, 0);
  detail::expect_elements(list, 1, "one entry of COMMAND INFO");
  if (!list.first().is_container()) {
    // Not remembered: a module that is loaded later makes it known, and users' typing errors would fill the memory.
    static constexpr routing::CommandRow unknown{.name = "(unknown)",
                                                 .access = routing::Access::write,
                                                 .target = routing::Target::default_node,
                                                 .connection = routing::Connection::own};
    return unknown;
  }
  std::unique_ptr<Entry> entry = describe(name, list.first());
  const std::lock_guard lock(mutex_);
  return entries_.emplace(std::move(name), std::move(entry)).first->second->row;
}

std::unique_ptr<UnknownCommands::Entry> UnknownCommands::describe(std::string name, TapeView info_reply) {
  const Info info = read_info(info_reply);
  auto entry = std::make_unique<Entry>();
  entry->name = std::move(name);
  routing::CommandRow& row = entry->row;
  row.name = entry->name;
  row.arity = info.arity;
  row.access = info.has("readonly") ? routing::Access::read : routing::Access::write;
  row.connection = info.has("blocking") ? routing::Connection::own : routing::Connection::shared;
  if (info.first <= 0) {
    if (info.has("movablekeys")) {
      throw DataError(entry->name + ": the server does not say where its keys lie; send it with node(name)");
    }
    row.target = routing::Target::default_node;
    return entry;
  }
  routing::KeySpec& spec = entry->keys[0];
  spec.begin = routing::KeySpec::Begin::index;
  spec.begin_index = info.first;
  spec.find = routing::KeySpec::Find::range;
  spec.last = info.last >= 0 ? info.last - info.first : info.last;
  spec.step = std::max(1, info.step);
  spec.write = row.access == routing::Access::write;
  row.keys = entry->keys;
  return entry;
}

}  // namespace rediscluster::client
