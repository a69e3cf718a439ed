#include "merge/step_errors.h"

#include <rediscluster/errors.h>

namespace rediscluster::merge {

bool may_have_run(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const ConnectionError& failure) {
    return failure.maybe_executed();
  } catch (const TimeoutError& failure) {
    return failure.maybe_executed();
  } catch (const ResponseError&) {
    return false;
  } catch (const std::exception&) {
    return true;
  }
}

void throw_for_all(const std::exception_ptr& error, bool executed, const std::string& what_is_where) {
  const auto text = [&](const std::exception& failure) {
    return executed ? std::string(failure.what()) + "; " + what_is_where : std::string(failure.what());
  };
  try {
    std::rethrow_exception(error);
  } catch (const AuthenticationError& failure) {
    throw AuthenticationError(text(failure), executed);
  } catch (const BusyLoadingError& failure) {
    throw BusyLoadingError(text(failure), executed);
  } catch (const ConnectionError& failure) {
    throw ConnectionError(text(failure), executed);
  } catch (const TimeoutError& failure) {
    throw TimeoutError(text(failure), executed);
  } catch (const RedisError& failure) {
    if (!executed) throw;
    throw ConnectionError(text(failure), true);
  }
}

}  // namespace rediscluster::merge
