#include "transport/failure.h"

#include <new>

#include <rediscluster/errors.h>

#include "protocol/reply_error.h"

namespace rediscluster::transport {

Failure Failure::of_current_exception() {
  try {
    throw;
  } catch (const AuthenticationError& e) {
    return {Kind::authentication, e.what()};
  } catch (const BusyLoadingError& e) {
    return {Kind::loading, e.what()};
  } catch (const ConnectionError& e) {
    return {Kind::connection, e.what()};
  } catch (const TimeoutError& e) {
    return {Kind::timeout, e.what()};
  } catch (const InvalidResponse& e) {
    return {Kind::invalid_response, e.what()};
  } catch (const ResponseError& e) {
    return {Kind::response, std::string(e.text()), e.command(), e.node()};
  } catch (const std::bad_alloc&) {
    return out_of_memory();
  } catch (const std::exception& e) {
    return {Kind::connection, e.what()};
  }
}

std::exception_ptr Failure::exception(bool maybe_executed) const {
  switch (kind) {
    case Kind::none:
      return nullptr;
    case Kind::connection:
    case Kind::unconfirmed:
    case Kind::none_free:
      return std::make_exception_ptr(ConnectionError(text(), maybe_executed));
    case Kind::authentication:
      return std::make_exception_ptr(AuthenticationError(text(), maybe_executed));
    case Kind::loading:
      return std::make_exception_ptr(BusyLoadingError(text(), maybe_executed));
    case Kind::timeout:
      return std::make_exception_ptr(TimeoutError(text(), maybe_executed));
    case Kind::invalid_response:
      return std::make_exception_ptr(InvalidResponse(text()));
    case Kind::response:
      return protocol::reply_error(texts->text, texts->command, texts->node);
    case Kind::out_of_memory:
      break;
  }
  return std::make_exception_ptr(std::bad_alloc());
}

}  // namespace rediscluster::transport
