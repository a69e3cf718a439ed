// Copying a value to another node element by element, where DUMP and RESTORE cannot.
#pragma once

#include <string_view>

#include "merge/plan.h"

namespace rediscluster::merge {

/** Builds the value of `source` anew under `temporary` on node `to`, where it expires as temporary keys do. Reads it in
    pieces: watch it before, for nothing else tells whether it was changed meanwhile. Strings, lists, sets, hashes and
    sorted sets can be rebuilt. DataError, with `reason` in its text, for others, and for a hash some of whose fields
    expire; the temporary key is removed then. False when there is no source. */
bool rebuild_key(Session& from, std::string_view source, PartRunner& runner, Place to, std::string_view temporary,
                 std::string_view reason);

}  // namespace rediscluster::merge
