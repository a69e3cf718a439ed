// Encryption: how connections are encrypted. The component tls has one that is made of OpenSSL: make_tls() of
// <rediscluster/tls.h>. Others may be written: nothing but these two classes is known of any.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** Stands between the plain bytes of one connection and those on its socket, and does no I/O of its own: it is handed
    what comes and appends what is to be sent. Called by one thread at a time. It fails by throwing what is derived from
    std::exception; that ends the connection, and the text becomes that of the callers' ConnectionError, after the name
    and the address of the server. No text may hold a plain byte or a secret. */
class REDISCLUSTER_API ByteTransform {
 public:
  ByteTransform() = default;
  ByteTransform(const ByteTransform&) = delete;
  ByteTransform& operator=(const ByteTransform&) = delete;
  virtual ~ByteTransform();

  /** Called once, first, when the socket is connected; appends to `wire` what is to be sent before all else. */
  virtual void start(std::string& wire) = 0;
  /** Takes bytes that have come; appends the plain ones they hold to `plain`, and what has to be sent because of them
      to `wire`. Bytes are handed in as they come, in pieces of any size; what is not complete yet is kept inside. */
  virtual void receive(std::string_view from_wire, std::string& plain, std::string& wire) = 0;
  /** False while a handshake is under way; send() is called only afterwards. */
  virtual bool established() const noexcept = 0;
  /** Appends to `wire` what makes the other side read `plain`, all of it. */
  virtual void send(std::string_view plain, std::string& wire) = 0;
  /** True when the other side has said, in the encrypted stream, that nothing more will come. */
  virtual bool ended() const noexcept = 0;
};

/** Makes the ByteTransform of each new connection. Shared by all connections of any number of clients: its methods may
    be called from any thread. */
class REDISCLUSTER_API Encryption {
 public:
  Encryption() = default;
  Encryption(const Encryption&) = delete;
  Encryption& operator=(const Encryption&) = delete;
  virtual ~Encryption();

  /** For a new connection to `host`, which is what NodeConfig::host says or what servers call each other: a name or an
      address. Whose certificate is expected there is for this class to decide. Failures are as in ByteTransform. */
  virtual std::unique_ptr<ByteTransform> new_connection(const std::string& host) const = 0;
};

}  // namespace v0_1
}  // namespace rediscluster
