// Every command, for an executor to inherit.
#pragma once

#include <rediscluster/commands/basic_keys.h>
#include <rediscluster/commands/cluster.h>
#include <rediscluster/commands/command_info.h>
#include <rediscluster/commands/execute.h>
#include <rediscluster/commands/functions.h>
#include <rediscluster/commands/hashes.h>
#include <rediscluster/commands/lists.h>
#include <rediscluster/commands/modules.h>
#include <rediscluster/commands/pubsub.h>
#include <rediscluster/commands/scripting.h>
#include <rediscluster/commands/server.h>
#include <rediscluster/commands/sets.h>
#include <rediscluster/commands/sorted_sets.h>

namespace rediscluster {
inline namespace v0_1 {

/** redis-py's command classes under their names. */
template <class Self, template <class> class R>
class AllCommands : public BasicKeyCommands<Self, R>,
                    public ListCommands<Self, R>,
                    public SetCommands<Self, R>,
                    public SortedSetCommands<Self, R>,
                    public HashCommands<Self, R>,
                    public ServerCommands<Self, R>,
                    public ScriptCommands<Self, R>,
                    public FunctionCommands<Self, R>,
                    public PubSubCommands<Self, R>,
                    public ModuleCommands<Self, R>,
                    public CommandInfoCommands<Self, R>,
                    public ClusterCommands<Self, R>,
                    public ExecuteCommand<Self, R> {};

}  // namespace v0_1
}  // namespace rediscluster
