#include "tls/tls_session.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <utility>

#include <rediscluster/errors.h>

#include "tls/openssl_error.h"

namespace rediscluster::tls {

// A call of ours: OpenSSL reads and writes these strings, and has noted no error yet. Its notes are the thread's, and
// others may have left some.
class TlsSession::Turn {
 public:
  Turn(TlsSession& session, std::string_view incoming, std::string& wire) : session_(session) {
    ERR_clear_error();
    session_.incoming_ = incoming;
    session_.wire_ = &wire;
  }
  ~Turn() {
    session_.incoming_ = {};
    session_.wire_ = nullptr;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  TlsSession& session_;
};

// ---- OpenSSL's way to the strings. Its own memory BIOs would copy everything once more.

int TlsSession::read_wire(BIO* bio, char* to, int size) {
  auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size <= 0) return 0;
  if (session.incoming_.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const std::size_t count = std::min(session.incoming_.size(), static_cast<std::size_t>(size));
  std::memcpy(to, session.incoming_.data(), count);
  session.incoming_.remove_prefix(count);
  return static_cast<int>(count);
}

int TlsSession::write_wire(BIO* bio, const char* from, int size) {
  auto& session = *static_cast<TlsSession*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (size <= 0 || session.wire_ == nullptr) return -1;
  try {
    session.wire_->append(from, static_cast<std::size_t>(size));
  } catch (const std::bad_alloc&) {
    session.out_of_memory_ = true;
    return -1;
  }
  return size;
}

long TlsSession::control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* TlsSession::method() {
  // Never freed: connections may live until after the last of our own destructors.
  static BIO_METHOD* const method = [] {
    BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rediscluster");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, read_wire);
    BIO_meth_set_write(made, write_wire);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

// ---- The session

TlsSession::TlsSession(SSL_CTX& context, std::string name) {
  ERR_clear_error();
  ssl_.reset(SSL_new(&context));
  BIO* const bio = ssl_ == nullptr ? nullptr : BIO_new(method());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_connect_state(ssl_.get());
  name.resize(std::min(name.size(), name.find('%')));  // an IPv6 address with the interface it is reached by
  if (name.ends_with('.')) name.pop_back();            // a name that is not to be looked up in the own domain
  expect(name);
}

void TlsSession::expect(const std::string& name) {
  const bool verifies = SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE;
  // OpenSSL would take this to mean any.
  if (verifies && name.empty())
    throw ConnectionError("TLS: there is no name that the server's certificate could be for");
  X509_VERIFY_PARAM* const checks = SSL_get0_param(ssl_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1) return;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (verifies && X509_VERIFY_PARAM_set1_host(checks, name.data(), name.size()) != 1) {
    throw ConnectionError("TLS: the server's name cannot be that of a certificate: " + take_reason());
  }
  if (!name.empty() && SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) != 1) {
    throw ConnectionError("TLS: the server's name cannot be sent: " + take_reason());
  }
}

void TlsSession::start(std::string& wire) {
  const Turn turn(*this, {}, wire);
  shake_hands();
}

void TlsSession::receive(std::string_view from_wire, std::string& plain, std::string& wire) {
  if (ended_) return;
  const Turn turn(*this, from_wire, wire);
  if (!established_) shake_hands();
  char block[SSL3_RT_MAX_PLAIN_LENGTH];
  while (established_ && !ended_) {
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), block, sizeof block, &count);
    if (result == 1) {
      plain.append(block, count);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) return;
    if (error != SSL_ERROR_ZERO_RETURN) fail(result, "TLS failed: ");
    ended_ = true;
  }
}

void TlsSession::send(std::string_view plain, std::string& wire) {
  if (plain.empty()) return;
  const Turn turn(*this, {}, wire);
  std::size_t count = 0;
  const int result = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &count);
  if (result != 1) fail(result, "TLS failed: ");
}

void TlsSession::shake_hands() {
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    established_ = true;
  } else if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) {
    fail(result, "TLS handshake failed: ");
  }
}

void TlsSession::fail(int result, const char* what) {
  if (out_of_memory_) throw std::bad_alloc();
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_ZERO_RETURN) {
    throw ConnectionError(std::string(what) + "the server ended it");
  }
  const bool not_tls = ERR_GET_REASON(ERR_peek_error()) == SSL_R_WRONG_VERSION_NUMBER;
  std::string reason = take_reason();
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (!established_ && verdict != X509_V_OK && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE) {
    reason += std::string(": ") + X509_verify_cert_error_string(verdict);
  }
  if (!established_ && not_tls) reason += " (what answers there does not speak TLS)";
  throw ConnectionError(what + reason);
}

}  // namespace rediscluster::tls
