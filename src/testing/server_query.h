// Questions to a server, put without the library under test.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster {
inline namespace v0_1 {
namespace testing {

using Clock = std::chrono::steady_clock;

/** Connects to 127.0.0.1, sends all commands and returns their replies: the text of a bulk string, the line with its
    first byte ("+OK", "-ERR ...", ":1") of any other. Nothing when the server is not there, closes the connection or
    does not answer by the deadline. Replies that are arrays are not understood. */
std::optional<std::vector<std::string>> ask(int port, const std::string& password,
                                            const std::vector<std::vector<std::string>>& commands,
                                            Clock::time_point deadline);

/** The value of "name:value" in an INFO text; empty when there is none. */
std::string_view info_field(std::string_view info, std::string_view name);

}  // namespace testing
}  // namespace v0_1
}  // namespace rediscluster
