// execute_command: any command, by its name.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/errors.h>
#include <rediscluster/reply.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

template <class... A>
concept ArgsOrKeys = ((std::convertible_to<const A&, Arg> || std::same_as<A, Key>)&&...);

/** As redis-py does: "CONFIG GET" is two words. */
inline void append_name(Command& command, std::string_view name) {
  while (true) {
    const std::size_t begin = name.find_first_not_of(' ');
    if (begin == std::string_view::npos) return;
    name.remove_prefix(begin);
    const std::string_view word = name.substr(0, name.find(' '));
    command.arg(word);
    name.remove_prefix(word.size());
  }
}
inline void expect_name(const Command& command) {
  if (command.size() == 0) throw DataError("execute_command() was given no command");
}

}  // namespace detail

template <class Self, template <class> class R>
class ExecuteCommand {
 public:
  /** Any command, name and arguments one by one: execute_command("JSON.GET", "doc"), execute_command("CONFIG GET",
      "*"). Routed like the methods of its own: the client knows, or asks the servers, which arguments are keys, and
      decides by them; an argument that is a Key may be tagged. With T other than Reply, the reply is decoded as
      decode<T>() does.

      DataError for commands that change the state of the connection (MULTI, SUBSCRIBE, SELECT ...). ResponseError
      when the reply is an error; errors inside a reply stay elements of it. */
  template <class T = Reply, StringLike N, class... A>
  requires detail::ArgsOrKeys<A...> R<T> execute_command(const N& name, const A&... args)
  const {
    Command command = Command::of_user();
    detail::append_name(command, std::string_view(name));
    detail::expect_name(command);
    (command.arg(args), ...);
    return run<T>(command);
  }
  /** The same, all words in one list: braces, a span<const string_view>, a vector of strings. */
  template <class T = Reply>
  R<T> execute_command(const Args& argv) const {
    Command command = Command::of_user();
    command.list(argv);
    detail::expect_name(command);
    if (command.name().find(' ') == std::string_view::npos) return run<T>(command);
    Command split = Command::of_user();
    detail::append_name(split, command.name());
    detail::expect_name(split);
    return run<T>(split.append_words(command, 1, command.size() - 1));
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
