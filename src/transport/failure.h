// Why calls failed, as data: one loss of a connection fails the calls of many threads, and each makes its own
// exception.
#pragma once

#include <exception>
#include <string>

namespace rediscluster::transport {

struct Failure {
  enum class Kind {
    none,
    connection,        ///< ConnectionError
    authentication,    ///< AuthenticationError
    loading,           ///< BusyLoadingError
    timeout,           ///< TimeoutError
    invalid_response,  ///< InvalidResponse
    response,          ///< the server's own error, in answer to our log-in
    out_of_memory      ///< std::bad_alloc
  };

  Kind kind = Kind::none;
  std::string text = {};
  std::string command = {};  ///< response: what the server refused
  std::string node = {};     ///< response: and who

  explicit operator bool() const noexcept { return kind != Kind::none; }

  /** In a catch block. What is none of ours becomes a ConnectionError with its text. */
  static Failure of_current_exception();
  /** A new exception; null for none. */
  std::exception_ptr exception(bool maybe_executed) const;
};

}  // namespace rediscluster::transport
