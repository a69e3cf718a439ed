#include "topology/discovery.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include <rediscluster/errors.h>

#include "topology/promotion.h"
#include "transport/resolver.h"
#include "transport/socket.h"

namespace rediscluster::topology {

namespace {

using transport::Call;
using transport::Deadline;
using transport::Failure;
using transport::Lookup;
using transport::Resolver;
using transport::Role;
using transport::SocketAddress;

Deadline asking_deadline(const Options& options) {
  const Clock::time_point now = Clock::now();
  return Deadline::after(options.socket_timeout, now).earlier(Deadline::after(options.socket_connect_timeout, now));
}

// Being down is a state; a wrong password or something that is no redis-server is a mistake.
bool is_down(const Failure& failure) {
  return failure.kind == Failure::Kind::connection || failure.kind == Failure::Kind::loading ||
         failure.kind == Failure::Kind::timeout;
}

// Empty when it is not known by the deadline.
std::set<std::string> resolve(const std::string& host, Deadline deadline) {
  std::vector<SocketAddress> found = transport::numeric_address(host);
  if (found.empty()) {
    std::optional<Lookup::Answer> answer = Resolver::shared().wait_for(host, deadline);
    if (answer) found = std::move(answer->addresses);
  }
  std::set<std::string> addresses;
  for (const SocketAddress& address : found) addresses.insert(address.text());
  return addresses;
}

// Whether a slave's "master_host:master_port" is this server. One server has many names, so names that differ prove
// nothing unless they resolve; a different port does.
bool is_at(const Server& server, const std::string& host, int port, Deadline deadline) {
  if (server.config().port != port) return false;
  if (server.config().host == host) return true;
  const std::set<std::string> mine = resolve(server.config().host, deadline);
  return std::ranges::any_of(resolve(host, deadline),
                             [&](const std::string& address) { return mine.contains(address); });
}

// master_replid of a server: equal on a master and all that replicate from it, whatever they are called.
std::optional<std::string> replication_id(Server& server, const Options& options) {
  Server* const asked[] = {&server};
  const auto calls = ask(asked, Command("INFO").arg("replication"), asking_deadline(options));
  if (calls[0]->failure()) return std::nullopt;
  const TapeView reply(calls[0]->replies(), 0);
  if (reply.type() != ReplyType::string) return std::nullopt;
  constexpr std::string_view field = "master_replid:";
  const std::size_t at = reply.text().find(field);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = reply.text().substr(at + field.size());
  return std::string(rest.substr(0, rest.find('\r')));
}

void check_belongs(Node& node, const Answer& slave, const Options& options) {
  const Role& role = slave.role;
  const Deadline deadline = asking_deadline(options);
  for (const Server* const server : node.servers()) {
    if (server != slave.server && is_at(*server, role.master_host, role.master_port, deadline)) return;
  }
  // By its address the master is none of the node's servers. The address may be another name of one, seen from inside
  // another network, say: then they share their replication history. While one of them cannot be asked, nothing is
  // proven.
  const auto mine = replication_id(*slave.server, options);
  bool proven = mine.has_value();
  for (Server* const server : node.servers()) {
    if (server == slave.server) continue;
    const auto theirs = server->avoided() ? std::nullopt : replication_id(*server, options);
    if (mine && theirs && *mine == *theirs) return;
    if (!theirs) proven = false;
  }
  if (!proven) return;
  throw DataError(slave.server->link().address().described() + " is configured for " + node.name() +
                  ", but is a slave of " + role.master_host + ":" + std::to_string(role.master_port) +
                  ", which is no server of that node");
}

}  // namespace

std::vector<std::unique_ptr<Call>> ask(std::span<Server* const> servers, const Command& command, Deadline deadline) {
  const Clock::time_point now = Clock::now();
  std::vector<std::unique_ptr<Call>> calls;
  std::vector<Call*> waiting;
  for (Server* const server : servers) {
    Call* const call = calls.emplace_back(std::make_unique<Call>(command.bytes(), 1)).get();
    server->link().submit(*call, deadline, now);
    waiting.push_back(call);
  }
  transport::wait_all(waiting);
  return calls;
}

std::vector<Answer> ask_roles(std::span<Server* const> servers, const Options& options) {
  const auto calls = ask(servers, Command("ROLE"), asking_deadline(options));
  std::vector<Answer> answers;
  for (std::size_t i = 0; i < servers.size(); ++i) {
    Answer& answer = answers.emplace_back(Answer{servers[i], {}, calls[i]->failure()});
    if (!answer.down) {
      answer.role = Role::parse(TapeView(calls[i]->replies(), 0));
      continue;
    }
    if (!is_down(answer.down)) std::rethrow_exception(answer.down.exception(false));
    if (options.require_all) throw ConnectionError(answer.down.text());
    servers[i]->avoid(Clock::now());
  }
  return answers;
}

void settle(Node& node, std::span<const Answer> answers, const Options& options) {
  std::vector<const Answer*> mine;
  for (Server* const server : node.servers()) {
    mine.push_back(&*std::ranges::find(answers, server, &Answer::server));
  }
  std::vector<Server*> claiming;
  for (const Answer* const answer : mine) {
    if (answer->role.kind == Role::Kind::master) claiming.push_back(answer->server);
    if (answer->role.kind == Role::Kind::slave) {
      check_belongs(node, *answer, options);
      if (!answer->role.link_up) answer->server->avoid(Clock::now());
    }
  }
  const Answer& configured = *mine[0];
  if (claiming.size() > 1) {
    node.set_no_master(both_claim(node, *claiming[0], *claiming[1]));
  } else if (claiming.size() == 1) {
    node.follow(*claiming[0]);
  } else if (configured.role.kind == Role::Kind::slave) {
    node.set_no_master(node.name() + " has no master to write to: " + configured.server->link().address().described() +
                       " is a slave by now, and none of the node's other servers that answer is a master");
  } else if (configured.down) {
    node.presume(*configured.server);
  } else {
    node.follow(*configured.server);  // it will not tell
  }
}

}  // namespace rediscluster::topology
