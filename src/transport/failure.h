// Why calls failed, as data: one loss of a connection fails the calls of many threads, and each makes its own
// exception.
#pragma once

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace rediscluster::transport {

/** Copies share their texts, which nobody changes: any number of threads may read them. Costs nothing when all is well.
 */
struct Failure {
  enum class Kind {
    none,
    connection,        ///< ConnectionError
    none_free,         ///< ConnectionError: not the server's fault, all connections we may have are in use
    authentication,    ///< AuthenticationError
    loading,           ///< BusyLoadingError
    timeout,           ///< TimeoutError
    invalid_response,  ///< InvalidResponse
    response,          ///< the server's own error, in answer to our log-in
    unconfirmed,       ///< the connection is not confirmed for what the call requires; a ConnectionError
    out_of_memory      ///< std::bad_alloc
  };
  struct Texts {
    std::string text;
    std::string command;  ///< response: what the server refused
    std::string node;     ///< response: and who
  };

  Failure() noexcept = default;
  Failure(Kind failure, std::string text, std::string command = {}, std::string node = {})
      : kind(failure),
        texts(std::make_shared<const Texts>(Texts{std::move(text), std::move(command), std::move(node)})) {}
  static Failure out_of_memory() noexcept {
    Failure failure;
    failure.kind = Kind::out_of_memory;
    return failure;
  }
  /** In a catch block. What is none of ours becomes a ConnectionError with its text. */
  static Failure of_current_exception();

  explicit operator bool() const noexcept { return kind != Kind::none; }
  const std::string& text() const noexcept { return texts->text; }
  /** A new exception; null for none. */
  std::exception_ptr exception(bool maybe_executed) const;

  Kind kind = Kind::none;
  std::shared_ptr<const Texts> texts;  // null for none and out_of_memory
};

}  // namespace rediscluster::transport
