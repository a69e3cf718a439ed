// TLS for connections, made of OpenSSL: the component tls, which is a library of its own (rediscluster::tls), so that
// the core does not need OpenSSL.
//
//   rediscluster::Options options;
//   options.tls = rediscluster::make_tls({.ca_file = "/etc/redis/ca.crt"});
//   rediscluster::StrictRedisCluster r(cluster, options);
#pragma once

#include <memory>
#include <string>

#include <rediscluster/encryption.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** Whom to trust and who we are. All files are in PEM format and are read once, by make_tls(). */
struct TlsOptions {
  /** File with the certificates of the authorities that are trusted. */
  std::string ca_file = {};
  /** Folder with such certificates, one in each file, under the names that `openssl rehash` gives. The files in it are
      read as they are needed. When both ca_file and ca_path are empty, the authorities that the system trusts are. */
  std::string ca_path = {};
  /** Our own certificate, for servers that ask for one, followed by those of intermediate authorities, if any. */
  std::string cert_file = {};
  /** The private key of cert_file. Empty: it is in cert_file too. */
  std::string key_file = {};
  /** The name that the certificates of all servers must be for, in place of NodeConfig::host. Needed where servers are
      reached by addresses, or by names, that their certificates do not hold; slaves that masters tell of, above all,
      are reached by the address the master knows. */
  std::string server_name = {};
  /** Check that a server's certificate is valid, comes from a trusted authority, and is for the name or the address it
      was reached by. Without this anybody on the way can read and change everything. */
  bool verify = true;
  /** For a private key that is encrypted. */
  std::string key_password = {};
};

/** TLS 1.2 or later by these options, for Options::tls; may be shared by any number of clients. Throws DataError that
    names the option and the file when one cannot be read or used, or when the key does not belong to the certificate.

    What goes wrong with a connection is a ConnectionError with OpenSSL's reason: "certificate verify failed: hostname
    mismatch". Where a server does not answer the handshake at all, as a redis-server does on a port without TLS, it is
    a TimeoutError after Options::socket_connect_timeout. */
REDISCLUSTER_API std::shared_ptr<const Encryption> make_tls(const TlsOptions& options = {});

}  // namespace v0_1
}  // namespace rediscluster
