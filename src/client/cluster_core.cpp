#include "client/cluster_core.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <rediscluster/decode.h>
#include <rediscluster/errors.h>

#include "client/scan.h"
#include "merge/random_key.h"
#include "merge/replies.h"
#include "merge/set_algebra.h"
#include "merge/split.h"
#include "routing/key_positions.h"
#include "topology/config_check.h"
#include "transport/observation.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

using merge::Part;
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

// Runs the steps of one call of the user's.
class ClusterCore::Runner final : public merge::PartRunner {
 public:
  Runner(ClusterCore& core, const client::CallSettings& call) : core_(core), settings_(call) {}

  std::vector<Tape> run(std::span<const Part> parts) override { return run(parts, settings()); }
  std::vector<Tape> run_on_masters(std::span<const Part> parts) override {
    client::CallSettings to_masters = settings();
    to_masters.mastersonly = true;
    return run(parts, to_masters);
  }

  std::vector<Tape> run(std::span<const Part> parts, const client::CallSettings& settings) {
    std::vector<client::Request> requests;
    requests.reserve(parts.size());
    for (const Part& part : parts) {
      requests.push_back(core_.request_to(part.place, part.access, part.command.bytes(), 1));
      requests.back().touches(topology::Touched(part.command));
      requests.back().use_connection(part.connection);
    }
    client::run_requests(requests, settings);
    client::throw_first_error(requests);
    std::vector<Tape> tapes;
    tapes.reserve(parts.size());
    for (client::Request& request : requests) tapes.push_back(std::move(request.replies()));
    return tapes;
  }

  Tape run_transaction(Place node, std::span<const Command> commands) override {
    std::string bytes(Command("MULTI").bytes());
    for (const Command& command : commands) bytes += command.bytes();
    bytes += Command("EXEC").bytes();
    client::Request request = core_.request_to(node, Access::write, bytes, commands.size() + 2);
    topology::KeyHashes keys;
    bool known = core_.tracks_writes(node);
    for (const Command& command : commands) known = known && topology::collect_keys(command, keys);
    if (known) request.touches(topology::Touched(keys));
    client::run_requests({&request, 1}, settings());
    client::throw_first_error({&request, 1});
    return results_of(request.replies(), commands, node);
  }

  std::string_view name_of(Place place) const override { return core_.name_of(place); }
  std::size_t nodes() const override { return core_.masters(); }

 private:
  // One deadline for all steps; but connections are judged, and waits begin, by the time of the step.
  client::CallSettings settings() const {
    client::CallSettings settings = settings_;
    settings.now = transport::Clock::now();
    return settings;
  }

  // The array that EXEC answers, which follows the +OK of MULTI and a +QUEUED for each command.
  Tape results_of(const Tape& replies, std::span<const Command> commands, Place node) const {
    const PartReply begun{name_of(node), TapeView(replies, 0)};
    merge::throw_if_failed({&begun, 1}, "MULTI");
    std::size_t at = replies.next(0);
    for (const Command& command : commands) {
      const PartReply queued{name_of(node), TapeView(replies, at)};
      merge::throw_if_failed({&queued, 1}, command.name());
      at = replies.next(at);
    }
    const PartReply executed{name_of(node), TapeView(replies, at)};
    merge::throw_if_failed({&executed, 1}, "EXEC");
    Tape results;
    results.add_copy(replies, at);
    expect_elements(TapeView(results, 0), commands.size(), "one reply a command");
    for (std::size_t i = 0, reply = 1; i < commands.size(); ++i, reply = results.next(reply)) {
      const PartReply result{name_of(node), TapeView(results, reply)};
      merge::throw_if_failed({&result, 1}, commands[i].name());
    }
    return results;
  }

  ClusterCore& core_;
  const client::CallSettings settings_;
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
    route.one_node = routing::on_one_node({route.nodes.data(), route.nodes.size()});
  }
  return route;
}

namespace {

std::span<const std::uint32_t> span_of(const routing::KeyNodes& nodes) {
  return {nodes.data(), nodes.size()};
}

// SORT BY and GET read keys that are named by no argument, so that nobody knows which nodes they are on.
void check_unnamed_keys(const Command& command, const CommandRow& row, std::size_t masters) {
  if (masters == 1) return;
  std::vector<std::string_view> words;
  for (std::size_t i = 0; i < command.size(); ++i) words.push_back(command[i]);
  if (!routing::reads_unnamed_keys(row, words)) return;
  throw DataError(std::string(row.name) + " with BY or GET reads keys that may be on any of " +
                  std::to_string(masters) + " nodes");
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

Tape ClusterCore::execute_routed(const Command& command, const Route& route, const client::CallSettings& call) {
  const CommandRow& row = *route.row;
  if (client::is_scan(row)) {
    return client::scan(*topology_, command, route.one_node ? std::optional(route.node) : std::nullopt, call);
  }
  if (route.one_node) {
    if (row.name.starts_with("SORT")) check_unnamed_keys(command, row, masters());
    return execute_on(route.node, command, row, call);
  }
  if (row.merge == Merge::set_store) {
    Runner runner(*this, call);
    return merge::store_set_algebra(command, span_of(route.nodes), runner);
  }
  if (row.merge == Merge::special && row.name == "RANDOMKEY") {
    Runner runner(*this, call);
    return merge::random_key(runner);
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
    if (row.name.starts_with("SORT")) check_unnamed_keys(*routed.command, row, masters());
    return merge::Single{routed.node, row.access, row.connection, routed.command};
  }
  if (waits_for_own_writes(row)) return plan_for_all(*routed.command, row, Merge::min);
  if (row.merge == Merge::set_store || row.merge == Merge::special) {
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
  if (row.merge == Merge::set_algebra) return merge::plan_set_algebra(command, span_of(route.nodes));
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
