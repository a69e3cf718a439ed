// Administrative commands: the words that are sent. What replies mean that the servers at hand do not give.
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <rediscluster/commands/all_commands.h>
#include <rediscluster/errors.h>
#include <rediscluster/result.h>

#include "command_recorder.h"
#include "reply_text.h"

namespace rediscluster {
namespace {

using namespace std::chrono_literals;
using tests::tape_of;

template <class Executor>
class ServerCommandEncoding : public testing::Test {
 protected:
  Executor r;
};
using Executors = testing::Types<Recorder<ClusterValue>, Recorder<SingleValue>, Recorder<QueuedValue>>;
TYPED_TEST_SUITE(ServerCommandEncoding, Executors);

TYPED_TEST(ServerCommandEncoding, Servers) {
  EXPECT_SENT("BGREWRITEAOF", bgrewriteaof());
  EXPECT_SENT("BGSAVE SCHEDULE", bgsave());
  EXPECT_SENT("BGSAVE", bgsave({.schedule = false}));
  EXPECT_SENT("DEBUG OBJECT [k]", debug_object("k"));
  EXPECT_SENT("FAILOVER", failover());
  EXPECT_SENT("FAILOVER TO host 7000 FORCE TIMEOUT 5000",
              failover({.to = FailoverTarget{"host", 7000}, .force = true, .timeout = 5s}));
  EXPECT_SENT("FAILOVER ABORT", failover({.abort = true}));
  EXPECT_SENT("LASTSAVE", lastsave());
  EXPECT_SENT("LOLWUT", lolwut());
  EXPECT_SENT("LOLWUT VERSION 5", lolwut(5));
  EXPECT_SENT("LOLWUT VERSION 5 40", lolwut({5, 40}));
  EXPECT_SENT("LOLWUT VERSION 5 40", lolwut(5, 40));
  EXPECT_SENT("MIGRATE host 7000  0 1000 KEYS [k]", migrate("host", 7000, "k", 0, 1s));
  EXPECT_SENT("MIGRATE host 7000  2 50 COPY REPLACE AUTH secret KEYS [a] [b]",
              migrate("host", 7000, {"a", "b"}, 2, 50, {.copy = true, .replace = true, .auth = "secret"}));
  EXPECT_SENT("OBJECT ENCODING [k]", object("ENCODING", "k"));
  EXPECT_SENT("REPLICAOF host 7000", replicaof("host", 7000));
  EXPECT_SENT("REPLICAOF NO ONE", replicaof("NO", "ONE"));
  EXPECT_SENT("ROLE", role());
  EXPECT_SENT("SAVE", save());
  EXPECT_SENT("SHUTDOWN", shutdown());
  EXPECT_SENT("SHUTDOWN SAVE NOW FORCE", shutdown({.save = true, .now = true, .force = true}));
  EXPECT_SENT("SHUTDOWN NOSAVE", shutdown({.nosave = true}));
  EXPECT_SENT("SHUTDOWN ABORT", shutdown({.abort = true}));
  EXPECT_SENT("SLAVEOF host 7000", slaveof("host", 7000));
  EXPECT_SENT("SLAVEOF NO ONE", slaveof());
  EXPECT_SENT("SWAPDB 0 1", swapdb(0, 1));
  EXPECT_SENT("WAIT 1 1000", wait(1, 1s));
  EXPECT_SENT("WAITAOF 1 2 50", waitaof(1, 2, 50));
}

TYPED_TEST(ServerCommandEncoding, Clients) {
  EXPECT_SENT("CLIENT GETNAME", client_getname());
  EXPECT_SENT("CLIENT GETREDIR", client_getredir());
  EXPECT_SENT("CLIENT ID", client_id());
  EXPECT_SENT("CLIENT INFO", client_info());
  EXPECT_SENT("CLIENT KILL host:1", client_kill("host:1"));
  EXPECT_SENT(
      "CLIENT KILL ID 1 TYPE normal ADDR a:1 SKIPME NO LADDR b:2 USER u MAXAGE 60",
      client_kill_filter(
          {._id = 1, ._type = "normal", .addr = "a:1", .skipme = false, .laddr = "b:2", .user = "u", .maxage = 1min}));
  EXPECT_SENT("CLIENT KILL SKIPME YES USER u", client_kill_filter({.skipme = true, .user = "u"}));
  EXPECT_SENT("CLIENT LIST", client_list());
  EXPECT_SENT("CLIENT LIST TYPE normal", client_list({._type = "normal"}));
  EXPECT_SENT("CLIENT LIST ID 1", client_list({.client_id = 1}));
  EXPECT_SENT("CLIENT LIST ID 1 2", client_list({.client_id = {1, 2}}));
  EXPECT_SENT("CLIENT PAUSE 1000", client_pause(1s));
  EXPECT_SENT("CLIENT PAUSE 50 WRITE", client_pause(50, {.all = false}));
  EXPECT_SENT("CLIENT TRACKINGINFO", client_trackinginfo());
  EXPECT_SENT("CLIENT UNBLOCK 7", client_unblock(7));
  EXPECT_SENT("CLIENT UNBLOCK 7 ERROR", client_unblock(7, {.error = true}));
  EXPECT_SENT("CLIENT UNPAUSE", client_unpause());
}

TYPED_TEST(ServerCommandEncoding, Configuration) {
  EXPECT_SENT("CONFIG GET *", config_get());
  EXPECT_SENT("CONFIG GET max*", config_get("max*"));
  EXPECT_SENT("CONFIG GET a b", config_get("a", "b"));
  EXPECT_SENT("CONFIG GET a b", config_get({"a", "b"}));
  EXPECT_SENT("CONFIG RESETSTAT", config_resetstat());
  EXPECT_SENT("CONFIG REWRITE", config_rewrite());
  EXPECT_SENT("CONFIG SET a 1", config_set("a", 1));
  EXPECT_SENT("CONFIG SET a 1", config_set({{"a", 1}}));
  EXPECT_SENT("CONFIG SET a 1 b c", config_set({{"a", 1}, {"b", "c"}}));
  EXPECT_SENT("CONFIG SET a 1", config_set(std::map<std::string, int>{{"a", 1}}));
}

TYPED_TEST(ServerCommandEncoding, Users) {
  EXPECT_SENT("ACL CAT", acl_cat());
  EXPECT_SENT("ACL CAT read", acl_cat("read"));
  EXPECT_SENT("ACL DELUSER a", acl_deluser("a"));
  EXPECT_SENT("ACL DELUSER a b", acl_deluser("a", "b"));
  EXPECT_SENT("ACL DRYRUN u GET k", acl_dryrun("u", "GET", "k"));
  EXPECT_SENT("ACL DRYRUN u PING", acl_dryrun("u", "PING"));
  EXPECT_SENT("ACL GENPASS", acl_genpass());
  EXPECT_SENT("ACL GENPASS 32", acl_genpass(32));
  EXPECT_SENT("ACL GETUSER u", acl_getuser("u"));
  EXPECT_SENT("ACL HELP", acl_help());
  EXPECT_SENT("ACL LIST", acl_list());
  EXPECT_SENT("ACL LOAD", acl_load());
  EXPECT_SENT("ACL LOG", acl_log());
  EXPECT_SENT("ACL LOG 5", acl_log(5));
  EXPECT_SENT("ACL LOG RESET", acl_log_reset());
  EXPECT_SENT("ACL SAVE", acl_save());
  EXPECT_SENT("ACL SETUSER u off", acl_setuser("u"));
  EXPECT_SENT("ACL SETUSER u on nopass", acl_setuser("u", {.enabled = true, .nopass = true}));
  EXPECT_SENT(
      "ACL SETUSER u reset resetkeys resetchannels resetpass on >a <b #c !d +@e +@f -@g -@h +i -j ~k ~l %R~m &n "
      "(+o ~p) (-@q %W~r)",
      acl_setuser("u", {.enabled = true,
                        .passwords = {"+a", "-b"},
                        .hashed_passwords = {"+c", "-d"},
                        .categories = {"+@e", "+f", "-@g", "-h"},
                        .commands = {"+i", "-j"},
                        .keys = {"k", "~l", "%R~m"},
                        .channels = {"n"},
                        .selectors = {{"+o", "p"}, {"-@q", "%W~r"}},
                        .reset = true,
                        .reset_keys = true,
                        .reset_channels = true,
                        .reset_passwords = true}));
  EXPECT_SENT("ACL USERS", acl_users());
  EXPECT_SENT("ACL WHOAMI", acl_whoami());
}

TYPED_TEST(ServerCommandEncoding, Monitoring) {
  EXPECT_SENT("LATENCY DOCTOR", latency_doctor());
  EXPECT_SENT("LATENCY GRAPH command", latency_graph("command"));
  EXPECT_SENT("LATENCY HISTOGRAM", latency_histogram());
  EXPECT_SENT("LATENCY HISTOGRAM get", latency_histogram("get"));
  EXPECT_SENT("LATENCY HISTOGRAM get set", latency_histogram("get", "set"));
  EXPECT_SENT("LATENCY HISTORY command", latency_history("command"));
  EXPECT_SENT("LATENCY LATEST", latency_latest());
  EXPECT_SENT("LATENCY RESET", latency_reset());
  EXPECT_SENT("LATENCY RESET a b", latency_reset("a", "b"));
  EXPECT_SENT("MEMORY DOCTOR", memory_doctor());
  EXPECT_SENT("MEMORY MALLOC-STATS", memory_malloc_stats());
  EXPECT_SENT("MEMORY PURGE", memory_purge());
  EXPECT_SENT("MEMORY STATS", memory_stats());
  EXPECT_SENT("MEMORY USAGE [k]", memory_usage("k"));
  EXPECT_SENT("MEMORY USAGE [k] SAMPLES 0", memory_usage("k", 0));
  EXPECT_SENT("SLOWLOG GET", slowlog_get());
  EXPECT_SENT("SLOWLOG GET -1", slowlog_get(-1));
  EXPECT_SENT("SLOWLOG LEN", slowlog_len());
  EXPECT_SENT("SLOWLOG RESET", slowlog_reset());
}

// ---- Replies
// -----------------------------------------------------------------------------------------------------------------

template <class T>
T read(std::string_view resp) {
  return decode<T>(TapeView(tape_of(resp), 0));
}

TEST(ServerReplies, ClientsOfNewerServers) {
  const ClientInfo info(
      "id=3 addr=127.0.0.1:1 laddr=127.0.0.1:2 fd=8 name= age=7 idle=1 flags=N db=0 sub=1 psub=2 ssub=3 multi=-1 "
      "watch=4 qbuf=5 qbuf-free=6 argv-mem=7 multi-mem=8 rbs=9 rbp=10 obl=11 oll=12 omem=13 tot-mem=14 events=rw "
      "cmd=client|info user=u redir=-1 resp=3 lib-name=lib lib-ver=1.0 tot-net-in=15 tot-net-out=16 tot-cmds=17 "
      "io-thread=0 nonsense x==y\n");
  EXPECT_EQ(3, info.id);
  EXPECT_EQ("", info.name);
  EXPECT_EQ(7s, info.age);
  EXPECT_EQ(1s, info.idle);
  EXPECT_EQ((std::vector<long long>{1, 2, 3, -1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}),
            (std::vector<long long>{info.sub, info.psub, info.ssub, info.multi, info.watch, info.qbuf, info.qbuf_free,
                                    info.argv_mem, info.multi_mem, info.rbs, info.rbp, info.obl, info.oll, info.omem,
                                    info.tot_mem, info.tot_net_in, info.tot_net_out, info.tot_cmds}));
  EXPECT_EQ("rw", info.events);
  EXPECT_EQ(3, info.resp);
  EXPECT_EQ("lib", info.lib_name);
  EXPECT_EQ("1.0", info.lib_ver);

  EXPECT_EQ(ClientInfo(), ClientInfo(""));
  EXPECT_EQ(3, ClientInfo("id=1 resp=3\n").resp);
  EXPECT_THROW(ClientInfo("id=x"), InvalidResponse);
  EXPECT_THROW(ClientInfo("resp=99999999999"), InvalidResponse);
  EXPECT_EQ(2U, read<std::vector<ClientInfo>>("$10\r\nid=1\nid=2\n\r\n").size());
  EXPECT_EQ(0U, read<std::vector<ClientInfo>>("$0\r\n\r\n").size());
  EXPECT_THROW(read<std::vector<ClientInfo>>("*0\r\n"), InvalidResponse);
}

TEST(ServerReplies, UsersOfOlderServers) {
  const auto user = read<AclUser>(
      "*10\r\n$5\r\nflags\r\n*2\r\n$2\r\non\r\n$7\r\nallkeys\r\n$9\r\npasswords\r\n*0\r\n$8\r\ncommands\r\n$10\r\n-@"
      "all "
      "+get\r\n$4\r\nkeys\r\n*1\r\n$1\r\n*\r\n$8\r\nchannels\r\n*1\r\n$6\r\nnews.*\r\n");
  EXPECT_TRUE(user.enabled);
  EXPECT_EQ((std::vector<std::string>{"-@all"}), user.categories);
  EXPECT_EQ((std::vector<std::string>{"+get"}), user.commands);
  EXPECT_EQ((std::vector<std::string>{"~*"}), user.keys);
  EXPECT_EQ((std::vector<std::string>{"&news.*"}), user.channels);
  EXPECT_TRUE(user.selectors.empty());
  EXPECT_THROW(read<AclUser>("*1\r\n$5\r\nflags\r\n"), InvalidResponse);
  EXPECT_THROW(read<AclUser>("*2\r\n$5\r\nflags\r\n:1\r\n"), InvalidResponse);
  EXPECT_THROW(read<AclUser>("*2\r\n$9\r\nselectors\r\n:1\r\n"), InvalidResponse);
}

TEST(ServerReplies, RefusalsByNewerServers) {
  const auto entry = read<AclLogEntry>(
      "*12\r\n$5\r\ncount\r\n:2\r\n$11\r\nage-seconds\r\n$5\r\n4.096\r\n$11\r\nclient-info\r\n$4\r\nid=5\r\n$8\r\n"
      "entry-id\r\n:6\r\n$17\r\ntimestamp-created\r\n:1700000000123\r\n$22\r\ntimestamp-last-updated\r\n:"
      "1700000000124\r\n");
  EXPECT_EQ(2, entry.count);
  EXPECT_DOUBLE_EQ(4.096, entry.age.count());
  EXPECT_EQ(5, entry.client_info.id);
  EXPECT_EQ(6, entry.entry_id);
  EXPECT_EQ(1700000000123ms, entry.timestamp_created.time_since_epoch());
  EXPECT_EQ(1700000000124ms, entry.timestamp_last_updated.time_since_epoch());
}

TEST(ServerReplies, Roles) {
  EXPECT_EQ(ServerRole::unknown, read<ReplicationRole>("*2\r\n$8\r\nsentinel\r\n*0\r\n").role);
  const auto slave = read<ReplicationRole>("*5\r\n$5\r\nslave\r\n$1\r\nh\r\n:7\r\n$7\r\nconnect\r\n:-1\r\n");
  EXPECT_EQ((ReplicationRole{
                .role = ServerRole::slave, .offset = -1, .master_host = "h", .master_port = 7, .state = "connect"}),
            slave);
  EXPECT_THROW(read<ReplicationRole>("*0\r\n"), InvalidResponse);
  EXPECT_THROW(read<ReplicationRole>("*1\r\n$6\r\nmaster\r\n"), InvalidResponse);
  EXPECT_THROW(read<ReplicationRole>("*1\r\n:1\r\n"), InvalidResponse);
  EXPECT_THROW(read<ReplicationRole>("+OK\r\n"), InvalidResponse);
}

TEST(ServerReplies, WhatServersNote) {
  EXPECT_EQ((SlowlogEntry{.id = 1, .start_time = std::chrono::sys_seconds(2s), .duration = 3us, .command = {"GET"}}),
            read<SlowlogEntry>("*4\r\n:1\r\n:2\r\n:3\r\n*1\r\n$3\r\nGET\r\n"));
  EXPECT_EQ("n", read<SlowlogEntry>("*7\r\n:1\r\n:2\r\n:3\r\n*0\r\n$1\r\na\r\n$1\r\nn\r\n:9\r\n").client_name);
  EXPECT_THROW(read<SlowlogEntry>("*3\r\n:1\r\n:2\r\n:3\r\n"), InvalidResponse);
  EXPECT_EQ((LatencyEvent{"fork", std::chrono::sys_seconds(1s), 2ms, 3ms}),
            read<LatencyEvent>("*6\r\n$4\r\nfork\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n"));
  EXPECT_THROW(read<LatencyEvent>("*1\r\n$4\r\nfork\r\n"), InvalidResponse);
  EXPECT_THROW(read<LatencySample>("*1\r\n:1\r\n"), InvalidResponse);

  const auto stats = read<MemoryStats>(
      "*8\r\n$14\r\npeak.allocated\r\n:5\r\n$4\r\ndb.3\r\n*4\r\n$23\r\noverhead.hashtable.main\r\n:7\r\n$3\r\nnew\r\n:"
      "8\r\n"
      "$4\r\ndb.x\r\n:1\r\n$13\r\nfragmentation\r\n$3\r\n1.5\r\n");
  EXPECT_EQ(5, stats.peak_allocated);
  EXPECT_EQ(1.5, stats.fragmentation);
  ASSERT_EQ(1U, stats.databases.size());
  EXPECT_EQ(7, stats.databases.at(3).overhead_hashtable_main);
  EXPECT_THROW(read<MemoryStats>("*1\r\n$4\r\ndb.3\r\n"), InvalidResponse);
}

TEST(ServerReplies, AServerWithoutSamplesHasAnEmptyGraph) {
  using Graphs = std::map<std::string, LatencyGraph>;
  const auto per_server = [](std::string_view second) {
    Tape tape;
    const std::size_t map = tape.open(ReplyType::map, 4);
    tape.add_text(ReplyType::string, "node_1");
    tape.add_text(ReplyType::string, "drawn");
    tape.add_text(ReplyType::string, "node_2");
    tape.add_text(ReplyType::error, second);
    tape.close(map);
    return decode<Graphs>(TapeView(tape, 0));
  };
  EXPECT_EQ((Graphs{{"node_1", {"drawn"}}, {"node_2", {}}}),
            per_server("ERR No samples available for event 'command'"));
  EXPECT_THROW(per_server("NOPERM no"), NoPermissionError);
}

}  // namespace
}  // namespace rediscluster
