// The form of a configuration, checked before any server is asked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <rediscluster/config.h>

namespace rediscluster::topology {

/** DataError that says which entry is wrong and why: no nodes, masters not called node_1 ... node_N, unknown names, a
    slave of two masters, two masters at one address, a default_node that is no master, or a wrong address. */
void check_form(const ClusterConfig& cluster);

/** DataError when this cannot be the address of a server. `name` is used in the message and may be empty. */
void check_address(std::string_view name, const NodeConfig& server);

/** DataError when a server is to be reached encrypted and the options do not say how. */
void check_tls(std::string_view name, const NodeConfig& server, const Options& options);

/** DataError for a negative database, time or number, and for no connections at all. */
void check_options(const Options& options);

/** DataError for a negative time: what is left of some budget must not become for ever by going below zero. */
void check_options(const CallOptions& options);

/** The name of node i (from 0): node_1, node_2 ... */
std::string node_name(std::size_t index);

}  // namespace rediscluster::topology
