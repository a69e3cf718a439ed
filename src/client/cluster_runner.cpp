#include "client/cluster_runner.h"

#include <algorithm>
#include <utility>

#include <rediscluster/errors.h>

#include "client/session.h"
#include "client/transaction.h"

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

using merge::Part;
using merge::Place;

namespace {

// From so many reads a node on they are sent as one request: each alone costs a system call and more. A few, whose
// replies may be huge, are spared having these copied.
constexpr std::size_t many_reads = 16;

// Those for one node.
struct Reads {
  Place node;
  std::string bytes = {};
  std::vector<std::size_t> parts = {};
  topology::KeyHashes keys = {};
  bool keys_told = true;
};

bool are_many_reads(std::span<const Part> parts, std::size_t nodes) {
  return parts.size() >= many_reads * nodes && std::ranges::all_of(parts, [&](const Part& part) {
           return part.access == routing::Access::read && part.connection == routing::Connection::shared &&
                  part.place < nodes;
         });
}

}  // namespace

std::vector<Tape> ClusterCore::Runner::run_reads(std::span<const Part> parts, const client::CallSettings& settings) {
  std::vector<Reads> shares;
  std::vector<std::size_t> share_of_node(nodes(), parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::size_t& at = share_of_node[parts[i].place];
    if (at == parts.size()) {
      at = shares.size();
      shares.push_back({parts[i].place});
    }
    Reads& share = shares[at];
    share.bytes += parts[i].command.bytes();
    share.parts.push_back(i);
    share.keys_told = share.keys_told && topology::collect_keys(parts[i].command, share.keys);
  }
  std::vector<client::Request> requests;
  requests.reserve(shares.size());
  for (const Reads& share : shares) {
    requests.push_back(core_.request_to(share.node, routing::Access::read, share.bytes, share.parts.size()));
    if (share.keys_told) requests.back().touches(topology::Touched(share.keys));
  }
  client::run_requests(requests, settings);
  client::throw_first_error(requests);
  std::vector<Tape> tapes(parts.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Tape replies = std::move(requests[i].replies());
    std::size_t at = 0;
    for (const std::size_t part : shares[i].parts) {
      tapes[part].add_copy(replies, at);
      at = replies.next(at);
    }
  }
  return tapes;
}

std::vector<client::Request> ClusterCore::Runner::requests_of(std::span<const Part> parts) {
  std::vector<client::Request> requests;
  requests.reserve(parts.size());
  for (const Part& part : parts) {
    requests.push_back(core_.request_to(part.place, part.access, part.command.bytes(), 1));
    requests.back().touches(topology::Touched(part.command));
    requests.back().use_connection(part.connection);
  }
  return requests;
}

std::vector<Tape> ClusterCore::Runner::run(std::span<const Part> parts, const client::CallSettings& settings) {
  if (are_many_reads(parts, nodes())) return run_reads(parts, settings);
  std::vector<client::Request> requests = requests_of(parts);
  client::run_requests(requests, settings);
  client::throw_first_error(requests);
  std::vector<Tape> tapes;
  tapes.reserve(parts.size());
  for (client::Request& request : requests) tapes.push_back(std::move(request.replies()));
  return tapes;
}

std::vector<Tape> ClusterCore::Runner::run_on_masters(std::span<const Part> parts) {
  client::CallSettings to_masters = settings();
  to_masters.mastersonly = true;
  return run(parts, to_masters);
}

std::vector<merge::PartOutcome> ClusterCore::Runner::run_each(std::span<const Part> parts) {
  std::vector<client::Request> requests = requests_of(parts);
  client::run_requests(requests, settings());
  std::vector<merge::PartOutcome> outcomes(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    outcomes[i].error = requests[i].failure().exception(requests[i].maybe_executed());
    if (outcomes[i].error == nullptr) outcomes[i].reply = std::move(requests[i].replies());
  }
  return outcomes;
}

Tape ClusterCore::Runner::run_transaction(Place node, std::span<const Command> commands) {
  const client::Bundle bundle = client::transaction(commands, core_.tracks_writes(node));
  client::Request request = core_.request_to(node, routing::Access::write, bundle.bytes, bundle.replies);
  bundle.tell(request);
  client::run_requests({&request, 1}, settings());
  client::throw_first_error({&request, 1});
  std::optional<Tape> results = client::results_of_transaction(request.replies(), commands, name_of(node));
  if (!results)
    throw InvalidResponse(std::string(name_of(node)) + ": EXEC was answered by nil though nothing is watched");
  return std::move(*results);
}

std::vector<std::unique_ptr<merge::Session>> ClusterCore::Runner::open_sessions(std::span<const Place> nodes) {
  std::vector<std::size_t> order(nodes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t i) { return nodes[i]; });
  std::vector<std::unique_ptr<merge::Session>> sessions(nodes.size());
  for (const std::size_t i : order) {
    sessions[i] = std::make_unique<client::NodeSession>(core_.topology_->node(nodes[i]), settings());
  }
  return sessions;
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
