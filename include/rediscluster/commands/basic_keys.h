// redis-py's class BasicKeyCommands: keys and strings.
#pragma once

#include <rediscluster/commands/keys.h>
#include <rediscluster/commands/strings.h>

namespace rediscluster {
inline namespace v0_1 {

template <class Self, template <class> class R>
class BasicKeyCommands : public StringCommands<Self, R>, public KeyCommands<Self, R> {};

}  // namespace v0_1
}  // namespace rediscluster
