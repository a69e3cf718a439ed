#include "client/cluster_core.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "client/cluster_runner.h"
#include "client/scan.h"
#include "merge/replies.h"
#include "merge/split.h"
#include "merge/strategies.h"
#include "routing/key_positions.h"
#include "topology/config_check.h"
#include "transport/observation.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

using merge::PartReply;
using merge::Place;
using merge::Plan;
using routing::Access;
using routing::CommandRow;
using routing::Merge;
using routing::Target;

struct ClusterCore::Route {
  const CommandRow* row;
  const Command* command;   // the one to send
  routing::KeyNodes nodes;  // of its keys
  std::size_t node = 0;     // when one_node
  bool one_node = true;
};

ClusterCore::ClusterCore(const ClusterConfig& cluster, const Options& options, const ClusterCore* previous)
    : Core(options),
      config_(cluster),
      partitioner_(
          std::max<std::size_t>(1, cluster.master_of.empty() ? cluster.nodes.size() : cluster.master_of.size()),
          cluster.key_tags),
      topology_(std::make_shared<topology::Topology>(cluster, options,
                                                     previous == nullptr ? nullptr : previous->topology_.get())) {
  if (options.observer == nullptr) return;
  topology_->on_promotion([observer = options.observer](const topology::Node& node, const topology::Server* from,
                                                        const topology::Server* to) {
    Observation::tell(*observer,
                      PromotionEvent{node.name(), from != nullptr ? from->name() : std::string_view(), to->name()});
  });
}

namespace {

std::span<const std::uint32_t> span_of(const routing::KeyNodes& nodes) {
  return {nodes.data(), nodes.size()};
}

// SORT BY and GET read keys that are named by no argument, so that nobody knows which nodes they are on.
bool reads_other_nodes(const Command& command, const CommandRow& row, std::size_t masters) {
  if (masters == 1 || !row.name.starts_with("SORT")) return false;
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < command.size(); ++i) words.push_back(command[i]);
  return routing::reads_unnamed_keys(row, words);
}

// WAIT and WAITAOF count what their own connection has written, which in a pipeline is what comes before them.
bool waits_for_own_writes(const CommandRow& row) {
  return row.name == "WAIT" || row.name == "WAITAOF";
}

[[noreturn]] void refuse_unmerged(const CommandRow& row) {
  if (waits_for_own_writes(row)) {
    throw DataError(std::string(row.name) + " counts only what its own connection has written: use it in a pipeline");
  }
  throw DataError(std::string(row.name) + " concerns every node and has no answer for all of them: use node(name)");
}

}  // namespace

Tape ClusterCore::execute(const Command& command, const client::CallSettings& call) {
  std::optional<Command> rewritten;
  const Route routed = route(command, rewritten, call);
  return execute_routed(*routed.command, routed, call);
}

ClusterCore::Route ClusterCore::route(const Command& command, std::optional<Command>& rewritten,
                                      const client::CallSettings& call) {
  Route route{routing::row_of(command), &command, {}};
  if (route.row == nullptr) {
    route.row = &unknown_commands_.row_of(command, [&](const Command& question) {
      return execute_on(topology_->default_node(), question, *routing::row_of(question), call);
    });
  }
  const CommandRow& row = *route.row;
  routing::check_not_refused(row);
  if (!command.keys_known()) {
    rewritten = command;
    routing::mark_keys(*rewritten, row);
    route.command = &*rewritten;
  }
  if (partitioner_.tags() == KeyTags::legacy && routing::has_legacy_tags(*route.command)) {
    rewritten = routing::without_legacy_tags(*route.command);
    route.command = &*rewritten;
  }
  switch (row.target) {
    case Target::all_nodes:
    case Target::all_servers:
      route.one_node = false;
      return route;
    case Target::default_node:
      route.node = topology_->default_node();
      return route;
    case Target::one_server:
      if (route.command->keys().empty()) {
        throw DataError(std::string(row.name) + " is for one certain server: use node(name)");
      }
      break;
    case Target::keys:
      break;
  }
  const auto& keys = route.command->keys();
  if (keys.size() == 1) {
    route.node = routing::node_of(*route.command, keys[0], partitioner_);
  } else if (keys.empty()) {
    route.node = topology_->default_node();
  } else {
    route.nodes = routing::nodes_of(*route.command, partitioner_);
    route.node = route.nodes[0];
    route.one_node = routing::on_one_node(span_of(route.nodes));
  }
  if (reads_other_nodes(*route.command, row, masters())) {
    route.nodes = routing::nodes_of(*route.command, partitioner_);
    route.one_node = false;
  }
  return route;
}

Tape ClusterCore::execute_routed(const Command& command, const Route& route, const client::CallSettings& call) {
  const CommandRow& row = *route.row;
  if (client::is_scan(row)) {
    return client::scan(*topology_, command, route.one_node ? std::optional(route.node) : std::nullopt, call);
  }
  if (route.one_node) return execute_on(route.node, command, row, call);
  if (row.merge == Merge::strategy) {
    const merge::Strategy* const strategy = merge::strategy_of(row.name);
    if (strategy != nullptr && strategy->run != nullptr) {
      Runner runner(*this, call);
      return checked(strategy->run(command, span_of(route.nodes), runner), command, {});
    }
  }
  return execute_plan(plan_routed(command, route), call);
}

Tape ClusterCore::execute_on(std::size_t node, const Command& command, const CommandRow& row,
                             const client::CallSettings& call) {
  client::Request request(topology_->node(node), row.access, command.bytes(), 1);
  request.touches(topology::Touched(command));
  request.use_connection(row.connection);
  client::run_requests({&request, 1}, call);
  client::throw_first_error({&request, 1});
  return checked(std::move(request.replies()), command, topology_->node(node).name());
}

Tape ClusterCore::execute_plan(const Plan& plan, const client::CallSettings& call) {
  Runner runner(*this, call);
  const std::vector<Tape> tapes = runner.run(plan.parts);
  std::vector<PartReply> replies;
  replies.reserve(tapes.size());
  for (std::size_t i = 0; i < tapes.size(); ++i) {
    replies.push_back({name_of(plan.parts[i].place), TapeView(tapes[i], 0)});
  }
  return plan.merge(replies);
}

std::variant<merge::Single, Plan> ClusterCore::plan(const Command& command, std::optional<Command>& rewritten) {
  const Route routed = route(command, rewritten, settings_of({}));
  const CommandRow& row = *routed.row;
  if (client::is_scan(row)) client::refuse_in_pipeline(row);
  if (routed.one_node) {
    return merge::Single{routed.node, row.access, row.connection, routed.command};
  }
  if (waits_for_own_writes(row)) return plan_for_all(*routed.command, row, Merge::min);
  const merge::Strategy* const strategy = merge::strategy_of(row.name);
  if (row.merge == Merge::special || (strategy != nullptr && strategy->plan == nullptr)) {
    throw DataError(std::string(row.name) +
                    " over several nodes takes more than one step and cannot be part of a pipeline");
  }
  return plan_routed(*routed.command, routed);
}

Plan ClusterCore::plan_routed(const Command& command, const Route& route) {
  const CommandRow& row = *route.row;
  if (row.merge == Merge::special) refuse_unmerged(row);
  if (row.target == Target::all_nodes || row.target == Target::all_servers)
    return plan_for_all(command, row, row.merge);
  if (row.merge == Merge::one_node) routing::refuse_several_nodes(row, span_of(route.nodes));
  if (row.merge == Merge::strategy) {
    const merge::Strategy* const strategy = merge::strategy_of(row.name);
    if (strategy == nullptr) routing::refuse_several_nodes(row, span_of(route.nodes));
    return strategy->plan(command, span_of(route.nodes));
  }
  return merge::split_by_keys(command, row, span_of(route.nodes));
}

Plan ClusterCore::plan_for_all(const Command& command, const CommandRow& row, Merge rule) {
  Plan plan;
  if (row.target == Target::all_nodes) {
    for (Place node = 0; node < masters(); ++node) plan.parts.push_back({node, row.access, command, row.connection});
  } else {
    for (std::size_t i = 0; i < topology_->servers().size(); ++i) {
      plan.parts.push_back({masters() + i, row.access, command, row.connection});
    }
  }
  plan.merge = [rule, name = row.name](std::span<const PartReply> replies) {
    return merge::merge_replies(rule, replies, name);
  };
  return plan;
}

std::string_view ClusterCore::name_of(Place place) const {
  return place < masters() ? topology_->node(place).name() : topology_->servers()[place - masters()]->name();
}

client::Request ClusterCore::request_to(Place place, Access access, std::string_view bytes, std::size_t replies) {
  if (place < masters()) return client::Request(topology_->node(place), access, bytes, replies);
  return client::Request(*topology_->servers()[place - masters()], access, bytes, replies);
}

void ClusterCore::distrust_slaves() noexcept {
  for (std::size_t i = 0; i < masters(); ++i) topology_->node(i).distrust_slaves();
}

bool ClusterCore::only_reads(const Command& command, const client::CallSettings& call) {
  std::optional<Command> rewritten;
  return route(command, rewritten, call).row->access == Access::read;
}

bool ClusterCore::tracks_writes(Place place) const {
  if (place < masters()) return topology_->node(place).tracks_writes();
  const topology::Node* const node = topology_->servers()[place - masters()]->node();
  return node != nullptr && node->tracks_writes();
}

NodeRef ClusterCore::node_of(const Key& key) const {
  const topology::Node& node = topology_->node(partitioner_.node_of(key));
  const NodeConfig& master = node.servers()[0]->config();
  return {node.name(), master.host, master.port};
}

Topology ClusterCore::topology() const {
  Topology result;
  result.default_node = topology_->node(topology_->default_node()).name();
  for (std::size_t i = 0; i < masters(); ++i) result.nodes.push_back(topology_->node(i).state());
  return result;
}

std::shared_ptr<topology::Server> ClusterCore::server(std::string_view name) const {
  topology::Server* const found = topology_->find(name);
  if (found == nullptr) throw DataError("there is no node \"" + std::string(name) + "\"");
  return {topology_, found};
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
