// What stands between a connection's plain bytes and the bytes on its socket.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rediscluster::transport {

/** A pure transformation of bytes, without any I/O of its own: encryption, say. Plain connections have none. Failures
   are exceptions and end the connection. */
class ByteTransform {
 public:
  virtual ~ByteTransform() = default;

  /** Called once, when the socket is connected; appends what is to be sent first. */
  virtual void start(std::string& wire) = 0;
  /** Takes bytes from the socket; appends the plain ones they hold to `plain`, and what the other side must be sent
      because of them to `wire`. */
  virtual void receive(std::string_view from_wire, std::string& plain, std::string& wire) = 0;
  /** False until send() may be called: a handshake is under way. */
  virtual bool established() const noexcept = 0;
  /** Appends to `wire` what makes the other side read `plain`. */
  virtual void send(std::string_view plain, std::string& wire) = 0;
};

/** Makes the transform of each new connection; may be empty. */
using ByteTransformFactory = std::function<std::unique_ptr<ByteTransform>()>;

}  // namespace rediscluster::transport
