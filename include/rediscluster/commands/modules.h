// Commands on modules: code that servers load.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/fields.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {

/** A module that a server has loaded. */
struct ModuleInfo {
  std::string name = {};
  long long ver = 0;
  /** Of its file; empty for one that is part of the server (Redis 7.0). */
  std::string path = {};
  /** With which it was loaded (Redis 7.0). */
  std::vector<std::string> args = {};

  bool operator==(const ModuleInfo&) const = default;
};

template <>
struct Decoder<ModuleInfo> {
  static ModuleInfo decode(TapeView reply) {
    ModuleInfo module;
    detail::for_each_field(reply, [&](std::string_view field, TapeView value) {
      if (field == "name") module.name = Decoder<std::string>::decode(value);
      if (field == "ver") module.ver = Decoder<long long>::decode(value);
      if (field == "path") module.path = Decoder<std::string>::decode(value);
      if (field == "args") module.args = Decoder<std::vector<std::string>>::decode(value);
    });
    return module;
  }
};

/** A setting of a module that is being loaded: {"module.setting", "value"}. */
struct ModuleSetting {
  Arg name;
  Arg value;

  friend void encode(Command& to, const ModuleSetting& setting) {
    to.arg("CONFIG").arg(setting.name).arg(setting.value);
  }
};
using ModuleSettings = ListOf<ModuleSetting>;

/** Modules. A server takes these commands only if its configuration says so (enable-module-command, Redis 7.0). They go
    to every server, slaves included, and are not atomic over them: when one fails, others may have done it.
    Commands that a module brings are for execute_command(), which asks the servers where their keys lie. */
template <class Self, template <class> class R>
class ModuleCommands {
 public:
  /** MODULE LIST. The modules of a server, of a cluster by the names of its servers. */
  R<PerNode<std::vector<ModuleInfo>>> module_list() const {
    return run<PerNode<std::vector<ModuleInfo>>>(Command("MODULE", "LIST"));
  }

  /** MODULE LOAD. Loads a module from a file that must be at the same path on every server's machine. Always true;
      ResponseError when it cannot be loaded. */
  R<bool> module_load(const Arg& path, const Args& args = {}) const {
    return run<bool>(Command("MODULE", "LOAD").arg(path).list(args));
  }
  template <class... V>
  requires detail::SeveralArgs<V...> R<bool> module_load(const Arg& path, const V&... args)
  const { return module_load(path, Args{Arg(args)...}); }

  /** MODULE LOADEX (Redis 7.0). As module_load(), with settings: module_loadex("/x.so", {{"x.size", 10}}, {"arg"}). */
  R<bool> module_loadex(const Arg& path, const ModuleSettings& options = {}, const Args& args = {}) const {
    Command command("MODULE", "LOADEX");
    command.arg(path).list(options);
    return run<bool>(command.flag(args.size() != 0, "ARGS").list(args));
  }

  /** MODULE UNLOAD. Always true; ResponseError when there is none of this name, or it cannot be unloaded because it has
      a data type. */
  R<bool> module_unload(const Arg& name) const { return run<bool>(Command("MODULE", "UNLOAD").arg(name)); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
