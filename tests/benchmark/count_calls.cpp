// Makes the same call many times, so that instructions.sh can count what one costs:
//   count_calls SOCKET (get|set) (ours|redisCommand|redisCommandArgv) CALLS
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include <rediscluster/rediscluster.h>

#include "servers.h"

namespace {

namespace plain = rediscluster::benchmarks::plain;

constexpr std::string_view value = rediscluster::benchmarks::small_value;

template <class Call>
void repeat(long calls, Call call) {
  const std::string keys[] = {"benchmark:1", "benchmark:2"};
  for (long i = 0; i < calls; ++i) call(keys[i % 2]);
}

void run_ours(const std::string& socket, bool is_get, long calls) {
  rediscluster::StrictRedisCluster cluster(
      {.nodes = {{"node_1", {.unix_socket_path = socket}}}, .master_of = {{"node_1", rediscluster::Slaves()}}});
  if (is_get) {
    repeat(calls, [&](const std::string& key) { cluster.get(key); });
  } else {
    repeat(calls, [&](const std::string& key) { cluster.set(key, value); });
  }
}

void run_plain(const std::string& socket, bool is_get, bool argv, long calls) {
  const plain::Connection connection(redisConnectUnix(socket.c_str()));
  redisContext* const context = connection.get();
  rediscluster::benchmarks::check(context != nullptr && context->err == 0, "no connection");
  repeat(calls, [&](const std::string& key) {
    if (is_get) {
      argv ? plain::get_argv(context, key) : plain::get(context, key);
    } else {
      argv ? plain::set_argv(context, key, value) : plain::set(context, key, value);
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    rediscluster::benchmarks::check(argc == 5,
                                    "usage: count_calls SOCKET (get|set) (ours|redisCommand|redisCommandArgv) CALLS");
    const std::string_view way = argv[3];
    const bool is_get = std::string_view(argv[2]) == "get";
    const long calls = std::stol(argv[4]);
    if (way == "ours") {
      run_ours(argv[1], is_get, calls);
    } else {
      run_plain(argv[1], is_get, way == "redisCommandArgv", calls);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
