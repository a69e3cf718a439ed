// Every command, for an executor to inherit.
#pragma once

#include <rediscluster/commands/acl.h>
#include <rediscluster/commands/basic_keys.h>
#include <rediscluster/commands/clients.h>
#include <rediscluster/commands/cluster.h>
#include <rediscluster/commands/command_info.h>
#include <rediscluster/commands/configuration.h>
#include <rediscluster/commands/execute.h>
#include <rediscluster/commands/functions.h>
#include <rediscluster/commands/geo.h>
#include <rediscluster/commands/hash_field_expiry.h>
#include <rediscluster/commands/hashes.h>
#include <rediscluster/commands/hyperloglog.h>
#include <rediscluster/commands/lists.h>
#include <rediscluster/commands/modules.h>
#include <rediscluster/commands/monitoring.h>
#include <rediscluster/commands/pubsub.h>
#include <rediscluster/commands/scans.h>
#include <rediscluster/commands/scripting.h>
#include <rediscluster/commands/server.h>
#include <rediscluster/commands/sets.h>
#include <rediscluster/commands/sorted_sets.h>
#include <rediscluster/commands/streams.h>

namespace rediscluster {
inline namespace v0_1 {

/** redis-py's command classes under their names. */
template <class Self, template <class> class R>
class AllCommands : public BasicKeyCommands<Self, R>,
                    public ListCommands<Self, R>,
                    public SetCommands<Self, R>,
                    public SortedSetCommands<Self, R>,
                    public HashCommands<Self, R>,
                    public ScanCommands<Self, R>,
                    public StreamCommands<Self, R>,
                    public HashFieldExpiryCommands<Self, R>,
                    public GeoCommands<Self, R>,
                    public HyperlogCommands<Self, R>,
                    public ServerCommands<Self, R>,
                    public ClientCommands<Self, R>,
                    public ConfigurationCommands<Self, R>,
                    public ACLCommands<Self, R>,
                    public MonitoringCommands<Self, R>,
                    public ScriptCommands<Self, R>,
                    public FunctionCommands<Self, R>,
                    public PubSubCommands<Self, R>,
                    public ModuleCommands<Self, R>,
                    public CommandInfoCommands<Self, R>,
                    public ClusterCommands<Self, R>,
                    public ExecuteCommand<Self, R> {};

}  // namespace v0_1
}  // namespace rediscluster
