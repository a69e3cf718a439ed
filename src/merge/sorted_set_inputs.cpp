#include "merge/sorted_set_inputs.h"

#include "protocol/reply_error.h"

namespace rediscluster::merge {

namespace {

bool is_wrong_type(const PartReply& reply) {
  return reply.reply.is_error() && protocol::error_prefix(reply.reply.text()) == "WRONGTYPE";
}

bool is_empty(TapeView reply) {
  return reply.is_container() ? reply.elements() == 0 : detail::decode_integer(reply) == 0;
}

// The command with the key in front of its arguments.
Command with_key(const Command& question, const Command& command, const Command::KeyMark& key) {
  Command result(question.name());
  result.append_key(command, key);
  result.append_words(question, 1, question.size() - 1);
  return result;
}

}  // namespace

std::vector<Part> questions(const Command& command, const SortedSetRequest& request, const Command& sorted,
                            const Command& plain) {
  std::vector<Part> parts;
  for (const SortedSetRequest::Input& input : request.inputs) {
    parts.push_back({input.node, routing::Access::read, with_key(sorted, command, input.key)});
    parts.push_back({input.node, routing::Access::read, with_key(plain, command, input.key)});
  }
  return parts;
}

std::vector<InputReply> answers_to(std::span<const PartReply> replies, std::string_view command) {
  std::vector<InputReply> inputs;
  for (std::size_t i = 0; i < replies.size(); i += 2) {
    const PartReply& sorted = replies[i];
    const PartReply& plain = replies[i + 1];
    if (!is_wrong_type(sorted)) {
      throw_if_failed({&sorted, 1}, command);
      if (is_wrong_type(plain) || !is_empty(sorted.reply)) {
        inputs.push_back({sorted.reply, false});
        continue;
      }
    }
    throw_if_failed({&plain, 1}, command);
    inputs.push_back({plain.reply, true});
  }
  return inputs;
}

std::vector<Part> read_inputs(const Command& command, const SortedSetRequest& request) {
  return questions(command, request, Command("ZRANGE").arg(0).arg(-1).arg("WITHSCORES"), Command("SMEMBERS"));
}

std::vector<Part> ask_sizes(const Command& command, const SortedSetRequest& request) {
  return questions(command, request, Command("ZCARD"), Command("SCARD"));
}

}  // namespace rediscluster::merge
