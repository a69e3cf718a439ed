#include <algorithm>
#include <string>
#include <string_view>

#include <rediscluster/acl_user.h>
#include <rediscluster/commands/acl.h>
#include <rediscluster/errors.h>

#include "protocol/read_fields.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {

using protocol::FieldOf;
using protocol::into;

// One text "~a ~b" of Redis 7, or a list of Redis 6, where patterns come without the character they begin with.
std::vector<std::string> read_patterns(TapeView value, char begin) {
  std::vector<std::string> patterns;
  if (value.is_container()) {
    patterns = decode<std::vector<std::string>>(value);
    for (std::string& pattern : patterns) {
      if (!pattern.starts_with(begin) && !pattern.starts_with('%')) pattern.insert(pattern.begin(), begin);
    }
  } else {
    protocol::for_each_word(detail::decode_text(value), [&](std::string_view word) { patterns.emplace_back(word); });
  }
  return patterns;
}

template <class T>
void read_keys(T& to, TapeView value) {
  to.keys = read_patterns(value, '~');
}
template <class T>
void read_channels(T& to, TapeView value) {
  to.channels = read_patterns(value, '&');
}
// "-@all +@read +get"
template <class T>
void read_commands(T& to, TapeView value) {
  protocol::for_each_word(detail::decode_text(value), [&](std::string_view word) {
    (word.find('@') != std::string_view::npos ? to.categories : to.commands).emplace_back(word);
  });
}

constexpr FieldOf<AclSelector> selector_fields[] = {
    {"commands", read_commands<AclSelector>},
    {"keys", read_keys<AclSelector>},
    {"channels", read_channels<AclSelector>},
};

void read_selectors(AclUser& user, TapeView value) {
  detail::expect_container(value, "selectors");
  value.for_each([&](TapeView selector) {
    user.selectors.push_back(protocol::read_fields<AclSelector>(selector, selector_fields));
  });
}

constexpr FieldOf<AclUser> user_fields[] = {
    {"flags", into<&AclUser::flags>}, {"passwords", into<&AclUser::passwords>}, {"commands", read_commands<AclUser>},
    {"keys", read_keys<AclUser>},     {"channels", read_channels<AclUser>},     {"selectors", read_selectors},
};

using Milliseconds = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Milliseconds>;

Timestamp timestamp(TapeView value) {
  return Timestamp(Milliseconds(decode<Milliseconds::rep>(value)));
}

constexpr FieldOf<AclLogEntry> log_fields[] = {
    {"count", into<&AclLogEntry::count>},
    {"reason", into<&AclLogEntry::reason>},
    {"context", into<&AclLogEntry::context>},
    {"object", into<&AclLogEntry::object>},
    {"username", into<&AclLogEntry::username>},
    {"age-seconds", into<&AclLogEntry::age>},
    {"client-info", into<&AclLogEntry::client_info>},
    {"entry-id", into<&AclLogEntry::entry_id>},
    {"timestamp-created", [](AclLogEntry& to, TapeView value) { to.timestamp_created = timestamp(value); }},
    {"timestamp-last-updated", [](AclLogEntry& to, TapeView value) { to.timestamp_last_updated = timestamp(value); }},
};

}  // namespace

AclUser Decoder<AclUser>::decode(TapeView reply) {
  AclUser user = protocol::read_fields<AclUser>(reply, user_fields);
  user.enabled = std::ranges::find(user.flags, "on") != user.flags.end();
  return user;
}

AclLogEntry Decoder<AclLogEntry>::decode(TapeView reply) {
  return protocol::read_fields<AclLogEntry>(reply, log_fields);
}

namespace detail {

namespace {

// No message may hold a password, so a rule is told by its number.
[[noreturn]] void refuse_rule(std::string_view kind, std::size_t number) {
  throw DataError("ACL SETUSER: " + std::string(kind) + " " + std::to_string(number) +
                  " must begin with + to add or - to take away");
}

// Rules that begin with + or -, which become `plus` and `minus`; a prefix that is already there stays.
void append_rules(Command& command, std::string_view kind, const std::vector<std::string>& rules, std::string_view plus,
                  std::string_view minus) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string& rule = rules[i];
    if (!rule.starts_with('+') && !rule.starts_with('-')) refuse_rule(kind, i);
    const std::string_view prefix = rule.front() == '+' ? plus : minus;
    command.arg(rule.starts_with(prefix) ? rule : std::string(prefix) + rule.substr(1));
  }
}

std::string key_pattern(const std::string& key) {
  return key.starts_with('~') || key.starts_with('%') ? key : "~" + key;
}

}  // namespace

void append_acl_rules(Command& command, const AclSetuserOptions& options) {
  if (options.nopass && !(options.passwords.empty() && options.hashed_passwords.empty())) {
    throw DataError("ACL SETUSER: nopass does not go with passwords");
  }
  command.flag(options.reset, "reset").flag(options.reset_keys, "resetkeys");
  command.flag(options.reset_channels, "resetchannels").flag(options.reset_passwords, "resetpass");
  command.arg(options.enabled ? "on" : "off");
  append_rules(command, "password", options.passwords, ">", "<");
  append_rules(command, "hashed password", options.hashed_passwords, "#", "!");
  command.flag(options.nopass, "nopass");
  append_rules(command, "category", options.categories, "+@", "-@");
  append_rules(command, "command", options.commands, "+", "-");
  for (const std::string& key : options.keys) command.arg(key_pattern(key));
  for (const std::string& channel : options.channels) command.arg("&" + channel);
  for (std::size_t i = 0; i < options.selectors.size(); ++i) {
    const auto& [rule, key] = options.selectors[i];
    if (!rule.starts_with('+') && !rule.starts_with('-')) refuse_rule("selector", i);
    command.arg("(" + rule + " " + key_pattern(key) + ")");
  }
}

}  // namespace detail

}  // namespace v0_1
}  // namespace rediscluster
