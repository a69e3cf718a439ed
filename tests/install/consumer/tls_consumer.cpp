// The component `tls`, as far as that goes without a server.
#include <iostream>
#include <memory>
#include <string>

#include <rediscluster/rediscluster.h>
#include <rediscluster/tls.h>

int main() {
  try {
    rediscluster::make_tls({.ca_file = "/none"});
    std::cout << "a file that does not exist was read\n";
    return 1;
  } catch (const rediscluster::DataError& error) {
    std::cout << "DataError, as it should be: " << error.what() << '\n';
  }
  const std::shared_ptr<const rediscluster::Encryption> tls = rediscluster::make_tls();
  const std::unique_ptr<rediscluster::ByteTransform> connection = tls->new_connection("example.com");
  std::string wire;
  connection->start(wire);
  if (wire.find("example.com") == std::string::npos) {
    std::cout << "no greeting\n";
    return 1;
  }
  try {
    std::string plain;
    connection->receive("-ERR what is this?\r\n", plain, wire);
    std::cout << "plain text was taken for TLS\n";
    return 1;
  } catch (const rediscluster::ConnectionError& error) {
    std::cout << "ConnectionError, as it should be: " << error.what() << '\n';
  }
  const rediscluster::StrictRedis r(rediscluster::NodeConfig::from_url("rediss://127.0.0.1:1"), {.tls = tls});
}
