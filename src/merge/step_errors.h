// What a command of several steps says when one of them fails: whether it may have been executed, and what is where.
#pragma once

#include <exception>
#include <string>

namespace rediscluster::merge {

/** Whether the step that threw this may have been executed. An error reply says that it was not. */
bool may_have_run(const std::exception_ptr& error);

/** Throws the error as one of the whole command. With `executed`, some of it may have been, and `what_is_where` is
   added to the text; an error that cannot say maybe_executed() becomes a ConnectionError. Else nothing of it was
   executed, whatever the step says of itself. */
[[noreturn]] void throw_for_all(const std::exception_ptr& error, bool executed, const std::string& what_is_where = {});

}  // namespace rediscluster::merge
