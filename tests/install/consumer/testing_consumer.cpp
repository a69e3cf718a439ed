// The component `testing`: a cluster of real servers, and a client of it.
#include <iostream>

#include <rediscluster/rediscluster.h>
#include <rediscluster/testing/local_cluster.h>

int main() {
  const rediscluster::testing::LocalCluster servers;
  rediscluster::StrictRedisCluster r(servers.config());
  r.set("foo", "bar");
  if (r.get("foo") != "bar") {
    std::cout << "foo is not bar\n";
    return 1;
  }
  std::cout << "foo is bar\n";
}
