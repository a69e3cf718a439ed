// Certificates for tests, made as they are needed.
#pragma once

#include <memory>
#include <string>

namespace rediscluster::tests {

/** Files of a certificate and its private key, in PEM format. */
struct Certificate {
  std::string cert_file;
  std::string key_file;
};

/** What a certificate says. */
struct CertificateOptions {
  /** As OpenSSL writes it: "IP:127.0.0.1,DNS:localhost". */
  std::string names = {};
  /** From when to when it is valid, in days from now. */
  int from_day = -1;
  int to_day = 10;
  /** When not empty, the private key is encrypted with it. */
  std::string key_password = {};
};

/** An authority that signs certificates. All files go to a folder that must exist. */
class CertificateAuthority {
 public:
  explicit CertificateAuthority(std::string folder, std::string name = "ca");
  ~CertificateAuthority();
  CertificateAuthority(const CertificateAuthority&) = delete;
  CertificateAuthority& operator=(const CertificateAuthority&) = delete;

  /** Its own certificate. */
  const std::string& ca_file() const noexcept;
  /** The name, but for ".0", that it must have in a folder of authorities. */
  std::string hash() const;
  /** A certificate for `name`.crt and `name`.key. */
  Certificate issue(const std::string& name, const CertificateOptions& options = {}) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rediscluster::tests
