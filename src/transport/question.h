// What a lane asks its server by itself, so that nobody waits for the answer.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include <rediscluster/tape.h>

#include "transport/deadline.h"

namespace rediscluster::transport {

class Lane;

/** The answer to `role` is learned by the lane, as that of each log-in; the others are for whoever listens. */
enum class Question : unsigned char { none, role, replication, ping };

constexpr std::size_t kinds_of_question = 4;

/** ROLE, INFO replication or PING, in RESP. */
std::string_view request_of(Question question) noexcept;

/** What is told each answer: the question, when it was asked (the time given by who asked: no later than it was sent),
    and the reply, which may be an error. Called by whichever thread has read it, while the lane is locked: it must
    neither use a link or a lane (but for `lane`'s methods that are said to be for this) nor throw, and should be quick.
 */
using OnAnswer = std::function<void(Lane& lane, Question question, Clock::time_point asked, TapeView reply)>;

}  // namespace rediscluster::transport
