// What servers tell of their commands: COMMAND INFO, COMMAND DOCS, COMMAND GETKEYSANDFLAGS.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/decode.h>
#include <rediscluster/fields.h>

namespace rediscluster {
inline namespace v0_1 {

/** Where some of a command's keys lie (Redis 7.0). Argument 0 is the command's name. */
struct CommandKeySpec {
  std::string notes = {};
  /** "RO", "RW", "access", "not_key" ... */
  std::vector<std::string> flags = {};
  /** How the first key is found: "index", "keyword" or "unknown". */
  std::string begin_search = {};
  /** With "index": the argument. */
  long long index = 0;
  /** With "keyword": the word that the keys follow, and the argument where the search for it begins; from a negative
      one, counted from the end, it goes backwards. */
  std::string keyword = {};
  long long startfrom = 0;
  /** How the others are found: "range", "keynum" or "unknown". */
  std::string find_keys = {};
  /** With "range": the last key, counted from the first, or if negative from the end; and for -1, into how many parts
      the rest is divided of which the first holds the keys. */
  long long lastkey = 0;
  long long limit = 0;
  /** With "keynum": where, counted from the begin, the number of keys stands, and the first key. */
  long long keynumidx = 0;
  long long firstkey = 0;
  /** Distance between keys. */
  long long keystep = 0;

  bool operator==(const CommandKeySpec&) const = default;
};

/** What COMMAND and COMMAND INFO tell of a command. */
struct CommandInfo {
  /** Lower case; of a subcommand "config|get". */
  std::string name = {};
  /** Words of the command, its name included; negative: at least so many. */
  long long arity = 0;
  /** "write", "readonly", "fast" ... */
  std::vector<std::string> flags = {};
  /** Positions of the first and last key, 0 when there are none; a negative one is counted from the end. */
  long long first_key_pos = 0;
  long long last_key_pos = 0;
  long long step_count = 0;
  /** "@read", "@string" ... (Redis 6.0). */
  std::vector<std::string> acl_categories = {};
  /** What follows is of Redis 7.0. For clients: "request_policy:all_shards" ... */
  std::vector<std::string> tips = {};
  std::vector<CommandKeySpec> key_specifications = {};
  std::vector<CommandInfo> subcommands = {};

  friend bool operator==(const CommandInfo&, const CommandInfo&) = default;
};

/** An argument of a command, as its documentation has it. */
struct CommandArgument {
  std::string name = {};
  /** "key", "string", "integer", "oneof", "block" ... */
  std::string type = {};
  /** What to call it in a text (Redis 7.0 of some commands, 7.2 of all). */
  std::optional<std::string> display_text = {};
  /** Of a key: which of CommandInfo::key_specifications finds it. */
  std::optional<long long> key_spec_index = {};
  /** The word in front of it. */
  std::optional<std::string> token = {};
  std::optional<std::string> summary = {};
  /** With which version it came, and with which it became obsolete. */
  std::optional<std::string> since = {};
  std::optional<std::string> deprecated_since = {};
  /** "optional", "multiple", "multiple_token". */
  std::vector<std::string> flags = {};
  /** Of "oneof" and "block". */
  std::vector<CommandArgument> arguments = {};

  friend bool operator==(const CommandArgument&, const CommandArgument&) = default;
};

/** What COMMAND DOCS tells of a command. */
struct CommandDocs {
  /** As in CommandInfo. */
  std::string name = {};
  std::string summary = {};
  /** With which version it came. */
  std::string since = {};
  /** "string", "server" ... */
  std::string group = {};
  std::string complexity = {};
  /** Of a module's command. */
  std::optional<std::string> module = {};
  /** "deprecated", "syscmd". */
  std::vector<std::string> doc_flags = {};
  std::optional<std::string> deprecated_since = {};
  std::optional<std::string> replaced_by = {};
  /** Versions, and what they changed. */
  std::vector<std::pair<std::string, std::string>> history = {};
  std::vector<CommandArgument> arguments = {};
  std::vector<CommandDocs> subcommands = {};

  friend bool operator==(const CommandDocs&, const CommandDocs&) = default;
};

/** A key among the arguments of a command, and what the command does with it. */
struct KeyAndFlags {
  std::string key = {};
  /** "RW", "access", "update" ... */
  std::vector<std::string> flags = {};

  bool operator==(const KeyAndFlags&) const = default;
};

template <>
struct Decoder<CommandKeySpec> {
  static CommandKeySpec decode(TapeView reply) {
    CommandKeySpec result;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "notes") result.notes = Decoder<std::string>::decode(value);
      if (field == "flags") result.flags = Decoder<std::vector<std::string>>::decode(value);
      if (field == "begin_search") decode_search(value, result.begin_search, result);
      if (field == "find_keys") decode_search(value, result.find_keys, result);
    });
    return result;
  }

 private:
  /** Both are a type and a spec, whose fields depend on the type; no name is in more than one of them. */
  static void decode_search(TapeView reply, std::string& type, CommandKeySpec& result) {
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "type") type = Decoder<std::string>::decode(value);
      if (field == "spec") decode_numbers(value, result);
    });
  }
  static void decode_numbers(TapeView reply, CommandKeySpec& result) {
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "keyword") result.keyword = Decoder<std::string>::decode(value);
      if (field == "index") result.index = Decoder<long long>::decode(value);
      if (field == "startfrom") result.startfrom = Decoder<long long>::decode(value);
      if (field == "lastkey") result.lastkey = Decoder<long long>::decode(value);
      if (field == "limit") result.limit = Decoder<long long>::decode(value);
      if (field == "keynumidx") result.keynumidx = Decoder<long long>::decode(value);
      if (field == "firstkey") result.firstkey = Decoder<long long>::decode(value);
      if (field == "keystep") result.keystep = Decoder<long long>::decode(value);
    });
  }
};

/** An array without names, which has grown with the versions. */
template <>
struct Decoder<CommandInfo> {
  static CommandInfo decode(TapeView reply) {
    if (!reply.is_container() || reply.elements() < 6) detail::throw_misfit(reply, "description of a command");
    CommandInfo info;
    std::size_t position = 0;
    reply.for_each([&](TapeView value) { decode_position(position++, value, info); });
    return info;
  }

 private:
  static void decode_position(std::size_t position, TapeView value, CommandInfo& info) {
    switch (position) {
      case 0:
        info.name = Decoder<std::string>::decode(value);
        break;
      case 1:
        info.arity = Decoder<long long>::decode(value);
        break;
      case 2:
        info.flags = Decoder<std::vector<std::string>>::decode(value);
        break;
      case 3:
        info.first_key_pos = Decoder<long long>::decode(value);
        break;
      case 4:
        info.last_key_pos = Decoder<long long>::decode(value);
        break;
      case 5:
        info.step_count = Decoder<long long>::decode(value);
        break;
      case 6:
        info.acl_categories = Decoder<std::vector<std::string>>::decode(value);
        break;
      case 7:
        info.tips = Decoder<std::vector<std::string>>::decode(value);
        break;
      case 8:
        info.key_specifications = Decoder<std::vector<CommandKeySpec>>::decode(value);
        break;
      case 9:
        info.subcommands = Decoder<std::vector<CommandInfo>>::decode(value);
        break;
      default:
        break;
    }
  }
};

/** By their names. */
template <>
struct Decoder<std::map<std::string, CommandInfo>> {
  static std::map<std::string, CommandInfo> decode(TapeView reply) {
    std::map<std::string, CommandInfo> infos;
    detail::expect_container(reply, "descriptions of commands");
    reply.for_each([&](TapeView element) {
      CommandInfo info = Decoder<CommandInfo>::decode(element);
      std::string name = info.name;
      infos.emplace(std::move(name), std::move(info));
    });
    return infos;
  }
};

template <>
struct Decoder<CommandArgument> {
  static CommandArgument decode(TapeView reply) {
    using Text = std::optional<std::string>;
    CommandArgument argument;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "name") argument.name = Decoder<std::string>::decode(value);
      if (field == "type") argument.type = Decoder<std::string>::decode(value);
      if (field == "display_text") argument.display_text = Decoder<Text>::decode(value);
      if (field == "key_spec_index") argument.key_spec_index = Decoder<std::optional<long long>>::decode(value);
      if (field == "token") argument.token = Decoder<Text>::decode(value);
      if (field == "summary") argument.summary = Decoder<Text>::decode(value);
      if (field == "since") argument.since = Decoder<Text>::decode(value);
      if (field == "deprecated_since") argument.deprecated_since = Decoder<Text>::decode(value);
      if (field == "flags") argument.flags = Decoder<std::vector<std::string>>::decode(value);
      if (field == "arguments") argument.arguments = Decoder<std::vector<CommandArgument>>::decode(value);
    });
    return argument;
  }
};

/** All but the name, which is outside. */
template <>
struct Decoder<CommandDocs> {
  static CommandDocs decode(TapeView reply) {
    using Text = std::optional<std::string>;
    using History = std::vector<std::pair<std::string, std::string>>;
    CommandDocs docs;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "summary") docs.summary = Decoder<std::string>::decode(value);
      if (field == "since") docs.since = Decoder<std::string>::decode(value);
      if (field == "group") docs.group = Decoder<std::string>::decode(value);
      if (field == "complexity") docs.complexity = Decoder<std::string>::decode(value);
      if (field == "module") docs.module = Decoder<Text>::decode(value);
      if (field == "doc_flags") docs.doc_flags = Decoder<std::vector<std::string>>::decode(value);
      if (field == "deprecated_since") docs.deprecated_since = Decoder<Text>::decode(value);
      if (field == "replaced_by") docs.replaced_by = Decoder<Text>::decode(value);
      if (field == "history") docs.history = Decoder<History>::decode(value);
      if (field == "arguments") docs.arguments = Decoder<std::vector<CommandArgument>>::decode(value);
      if (field == "subcommands") docs.subcommands = decode_named(value);
    });
    return docs;
  }
  static std::vector<CommandDocs> decode_named(TapeView reply) {
    std::vector<CommandDocs> all;
    detail::for_each_field(reply, [&](std::string_view name, TapeView value) {
      all.push_back(decode(value));
      all.back().name = name;
    });
    return all;
  }
};

/** By their names. */
template <>
struct Decoder<std::map<std::string, CommandDocs>> {
  static std::map<std::string, CommandDocs> decode(TapeView reply) {
    std::map<std::string, CommandDocs> result;
    for (CommandDocs& docs : Decoder<CommandDocs>::decode_named(reply)) {
      std::string name = docs.name;
      result.emplace(std::move(name), std::move(docs));
    }
    return result;
  }
};

template <>
struct Decoder<KeyAndFlags> {
  static KeyAndFlags decode(TapeView reply) {
    auto [key, flags] = Decoder<std::pair<std::string, std::vector<std::string>>>::decode(reply);
    return {std::move(key), std::move(flags)};
  }
};

}  // namespace v0_1
}  // namespace rediscluster
