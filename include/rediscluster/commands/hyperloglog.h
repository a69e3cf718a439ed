// Commands on HyperLogLogs.
#pragma once

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>

namespace rediscluster {
inline namespace v0_1 {

/** Commands on HyperLogLogs, which count different elements in at most 12 kB, with a standard error of 0.81 %. They are
    strings, and a key that does not exist is an empty one. A key that holds another type, or a string that is none:
    ResponseError WRONGTYPE. */
template <class Self, template <class> class R>
class HyperlogCommands {
 public:
  /** PFADD. Adds elements; without any, it only creates the key. True when that changed the count or created the key.
   */
  R<bool> pfadd(Key name, const Args& values = {}) const { return run<bool>(Command("PFADD").key(name).list(values)); }
  template <class... V>
  requires detail::SeveralArgs<V...> R<bool> pfadd(Key name, const V&... values)
  const { return pfadd(name, Args{Arg(values)...}); }

  /** PFCOUNT. About how many different elements were added, to all of the keys together.

      Across nodes, the HyperLogLogs are read, each at a moment of its own, from slaves too, and merged and counted
     here, with the estimate that a server gives (since Redis 5); nothing is written. */
  R<long long> pfcount(const Keys& sources) const { return run<long long>(Command("PFCOUNT").list(sources)); }
  template <class... K>
  requires detail::SeveralKeys<K...> R<long long> pfcount(const K&... sources)
  const { return pfcount(Keys{Key(sources)...}); }

  /** PFMERGE. Adds to dest, created when it does not exist, what was added to sources. Keeps dest's time to live.
     Always true.

      Across nodes, sources of other nodes are read from their masters, each at a moment of its own, and dest is changed
      in one step on its node, on temporary copies of them; what others add to dest meanwhile is not lost. A crash
     leaves dest as it was or complete, and at most copies that expire within a minute or little more (see bitop()). */
  R<bool> pfmerge(Key dest, const Keys& sources = {}) const {
    return run<bool>(Command("PFMERGE").key(dest).list(sources));
  }
  template <class... K>
  requires detail::SeveralKeys<K...> R<bool> pfmerge(Key dest, const K&... sources)
  const { return pfmerge(dest, Keys{Key(sources)...}); }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
