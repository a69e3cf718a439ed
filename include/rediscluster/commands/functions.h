// Commands that load functions into servers, and run them.
#pragma once

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/commands/scripting.h>
#include <rediscluster/decode.h>
#include <rediscluster/fields.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {

struct FunctionLoadOptions {
  /** Replace the library if there is one of its name. Otherwise that is an error. */
  bool replace = false;
};

struct FunctionListOptions {
  /** Give the libraries' text too. */
  bool withcode = false;
};

/** A function of a library. */
struct LibraryFunction {
  std::string name = {};
  std::optional<std::string> description = {};
  /** "no-writes" ... */
  std::vector<std::string> flags = {};

  bool operator==(const LibraryFunction&) const = default;
};

/** What function_list() tells of a library. */
struct FunctionLibrary {
  std::string library_name = {};
  /** "LUA". */
  std::string engine = {};
  /** In no certain order. */
  std::vector<LibraryFunction> functions = {};
  /** With FunctionListOptions::withcode. */
  std::optional<std::string> library_code = {};

  bool operator==(const FunctionLibrary&) const = default;
};

/** A function that is running. */
struct RunningFunction {
  std::string name = {};
  /** The command that runs it, with its arguments. */
  std::vector<std::string> command = {};
  /** For how long it has been running. */
  std::chrono::milliseconds duration{0};

  bool operator==(const RunningFunction&) const = default;
};

/** What a server holds for an engine. */
struct FunctionEngine {
  long long libraries_count = 0;
  long long functions_count = 0;

  bool operator==(const FunctionEngine&) const = default;
};

/** What function_stats() tells of a server. */
struct FunctionStats {
  /** What it is running. */
  std::optional<RunningFunction> running_script = {};
  /** By their names: "LUA". */
  std::map<std::string, FunctionEngine> engines = {};

  bool operator==(const FunctionStats&) const = default;
};

template <>
struct Decoder<LibraryFunction> {
  static LibraryFunction decode(TapeView reply) {
    LibraryFunction function;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "name") function.name = Decoder<std::string>::decode(value);
      if (field == "description") function.description = Decoder<std::optional<std::string>>::decode(value);
      if (field == "flags") function.flags = Decoder<std::vector<std::string>>::decode(value);
    });
    return function;
  }
};

template <>
struct Decoder<FunctionLibrary> {
  static FunctionLibrary decode(TapeView reply) {
    FunctionLibrary library;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "library_name") library.library_name = Decoder<std::string>::decode(value);
      if (field == "engine") library.engine = Decoder<std::string>::decode(value);
      if (field == "functions") library.functions = Decoder<std::vector<LibraryFunction>>::decode(value);
      if (field == "library_code") library.library_code = Decoder<std::optional<std::string>>::decode(value);
    });
    return library;
  }
};

template <>
struct Decoder<RunningFunction> {
  static RunningFunction decode(TapeView reply) {
    RunningFunction running;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "name") running.name = Decoder<std::string>::decode(value);
      if (field == "command") running.command = Decoder<std::vector<std::string>>::decode(value);
      if (field == "duration_ms") running.duration = std::chrono::milliseconds(Decoder<long long>::decode(value));
    });
    return running;
  }
};

template <>
struct Decoder<FunctionEngine> {
  static FunctionEngine decode(TapeView reply) {
    FunctionEngine engine;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "libraries_count") engine.libraries_count = Decoder<long long>::decode(value);
      if (field == "functions_count") engine.functions_count = Decoder<long long>::decode(value);
    });
    return engine;
  }
};

template <>
struct Decoder<FunctionStats> {
  static FunctionStats decode(TapeView reply) {
    FunctionStats stats;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "running_script") stats.running_script = Decoder<std::optional<RunningFunction>>::decode(value);
      if (field == "engines") stats.engines = Decoder<std::map<std::string, FunctionEngine>>::decode(value);
    });
    return stats;
  }
};

/** Functions (Redis 7.0): libraries of Lua code that servers keep with their data. Every master is given the same, and
    gives them to its slaves. Where a command goes to all masters it is not atomic over them: when one fails, others may
    have done it. */
template <class Self, template <class> class R>
class FunctionCommands {
 public:
  /** FCALL. Runs a function, which finds keys and args as its two parameters. To the master, even if it only reads.
     Keys on several nodes: DataError; without keys on the default node. ResponseError when there is no such function,
     and when it fails. The reply is decoded as decode<T>() does. */
  template <class T = Reply>
  R<T> fcall(const Arg& function, const Keys& keys = {}, const Args& args = {}) const {
    return call<T>("FCALL", function, keys, args);
  }
  /** As redis-py has it: how many keys, then keys and arguments one by one. */
  template <class T = Reply, std::integral N, class... A>
  requires detail::ArgsOrKeys<A...> R<T> fcall(const Arg& function, N numkeys, const A&... keys_and_args)
  const { return call<T>("FCALL", function, numkeys, keys_and_args...); }
  /** FCALL_RO. As fcall(), of a function with the flag no-writes: a slave may run it. ResponseError without that flag.
   */
  template <class T = Reply>
  R<T> fcall_ro(const Arg& function, const Keys& keys = {}, const Args& args = {}) const {
    return call<T>("FCALL_RO", function, keys, args);
  }
  template <class T = Reply, std::integral N, class... A>
  requires detail::ArgsOrKeys<A...> R<T> fcall_ro(const Arg& function, N numkeys, const A&... keys_and_args)
  const { return call<T>("FCALL_RO", function, numkeys, keys_and_args...); }

  /** FUNCTION DELETE. Removes a library from all masters. Always true; ResponseError when there is none of this name.
   */
  R<bool> function_delete(const Arg& library) const { return run<bool>(Command("FUNCTION", "DELETE").arg(library)); }

  /** FUNCTION DUMP. All libraries, those of the default node, in the server's own binary form, for
      function_restore(). */
  R<std::string> function_dump() const { return run<std::string>(Command("FUNCTION", "DUMP")); }

  /** FUNCTION FLUSH. Removes all libraries from all masters: at once, or with mode "ASYNC" in the background. Always
      true. */
  R<bool> function_flush(const Arg& mode = "SYNC") const { return run<bool>(Command("FUNCTION", "FLUSH").arg(mode)); }

  /** FUNCTION KILL. Ends the functions that are running, on slaves too, unless they have written. True when there was
      one. ResponseError NOTBUSY when there was none anywhere, UNKILLABLE when it has written. Not for a pipeline, whose
     commands a busy server refuses. */
  R<bool> function_kill() const { return run<bool>(Command("FUNCTION", "KILL")); }

  /** FUNCTION LIST. The libraries whose name matches a glob pattern, those of the default node. */
  R<std::vector<FunctionLibrary>> function_list(const Arg& library = "*",
                                                const FunctionListOptions& options = {}) const {
    return run<std::vector<FunctionLibrary>>(
        Command("FUNCTION", "LIST").arg("LIBRARYNAME").arg(library).flag(options.withcode, "WITHCODE"));
  }

  /** FUNCTION LOAD. Makes a library of its text, on all masters. Returns the name that it gives itself. ResponseError
      when the text is wrong, or a library or function of its name exists. */
  R<std::string> function_load(const Arg& code, const FunctionLoadOptions& options = {}) const {
    return run<std::string>(Command("FUNCTION", "LOAD").flag(options.replace, "REPLACE").arg(code));
  }

  /** FUNCTION RESTORE. Makes, on all masters, the libraries that function_dump() gave. policy: "APPEND" to those there
      are, "REPLACE" those of the same names, or "FLUSH" all others. Always true; ResponseError when the payload is
      wrong or a name is taken, and then nothing is changed on that node. */
  R<bool> function_restore(const Arg& payload, const Arg& policy = "APPEND") const {
    return run<bool>(Command("FUNCTION", "RESTORE").arg(payload).arg(policy));
  }

  /** FUNCTION STATS. What a server is running and how many libraries it has; of a cluster by the names of its servers,
      slaves included. Answered even while a function keeps the server busy; a server that is busy with a script of
      eval() is a ResponseError BUSY. */
  R<PerNode<FunctionStats>> function_stats() const { return run<PerNode<FunctionStats>>(Command("FUNCTION", "STATS")); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }

  template <class T, class... A>
  R<T> call(std::string_view word, const Arg& function, const A&... keys_and_args) const {
    Command command(word);
    command.arg(function);
    return run<T>(detail::append_keys_and_args(command, keys_and_args...));
  }
};

}  // namespace v0_1
}  // namespace rediscluster
