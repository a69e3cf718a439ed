// TLS of one connection.
#pragma once

#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

#include <rediscluster/encryption.h>

namespace rediscluster::tls {

/** OpenSSL between two strings: it reads what receive() was given and writes to the `wire` of the call. */
class TlsSession final : public ByteTransform {
 public:
  /** `name` is a name or an address, and the one that the certificate must be for if `context` verifies. */
  TlsSession(SSL_CTX& context, std::string name);

  void start(std::string& wire) override;
  void receive(std::string_view from_wire, std::string& plain, std::string& wire) override;
  bool established() const noexcept override { return established_; }
  void send(std::string_view plain, std::string& wire) override;
  bool ended() const noexcept override { return ended_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };
  class Turn;

  static const BIO_METHOD* method();
  static int read_wire(BIO* bio, char* to, int size);
  static int write_wire(BIO* bio, const char* from, int size);
  static long control(BIO* bio, int command, long number, void* pointer);

  void expect(const std::string& name);
  void shake_hands();
  [[noreturn]] void fail(int result, const char* what);

  std::unique_ptr<SSL, Free> ssl_;
  bool established_ = false;
  bool ended_ = false;
  std::string_view incoming_;    // during receive(): what of from_wire OpenSSL has not read yet
  std::string* wire_ = nullptr;  // during any call
  bool out_of_memory_ = false;
};

}  // namespace rediscluster::tls
