// What an Observer is told of requests.
#pragma once

#include <cstddef>
#include <string_view>

#include <rediscluster/observer.h>

#include "transport/link.h"

namespace rediscluster::client {

/** The name of the first command in a request's bytes. */
std::string_view command_name(std::string_view bytes) noexcept;
ServerRole role_of(const transport::Link& link);
/** How a request has ended that was answered, or that has failed. */
Outcome outcome_of(const transport::Failure& failure, const Tape* replies) noexcept;
/** The text that goes with it, without what the user has sent. */
std::string_view error_of(const transport::Failure& failure, const Tape* replies) noexcept;

}  // namespace rediscluster::client
