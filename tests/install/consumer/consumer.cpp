// Uses the library as far as that goes without a server: at compile time, and across its border by an exception.
#include <iostream>
#include <string_view>

#include <rediscluster/rediscluster.h>

static_assert(rediscluster::crc32("123456789") == 0xcbf43926U);
static_assert(rediscluster::Partitioner(2).node_of_hash(rediscluster::crc32("foo")) == 1);

int main(int argc, char** argv) {
  if (argc > 1 && argv[1] == std::string_view("--version")) {
    std::cout << REDISCLUSTER_VERSION_MAJOR << '.' << REDISCLUSTER_VERSION_MINOR << '.' << REDISCLUSTER_VERSION_PATCH
              << '\n';
    return 0;
  }
  const rediscluster::ClusterConfig no_nodes;
  try {
    const rediscluster::StrictRedisCluster r(no_nodes);
  } catch (const rediscluster::DataError& error) {
    std::cout << "DataError, as it should be: " << error.what() << '\n';
    return 0;
  } catch (const std::exception& error) {
    std::cout << "not caught as a DataError: " << error.what() << '\n';
    return 1;
  }
  std::cout << "a configuration without nodes was accepted\n";
  return 1;
}
