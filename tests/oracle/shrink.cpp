#include "oracle/shrink.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace rediscluster::oracle {

namespace {

// Whether the history makes a difference.
bool differs(Contest& contest, const std::vector<Contest::Played>& history) {
  contest.flush();
  for (const Contest::Played& played : history) {
    if (played.line != nullptr && !contest.play(*played.line, played.command)) return true;
  }
  return !contest.check();
}

}  // namespace

std::string shrink(Contest& contest, std::vector<Contest::Played> history) {
  if (!differs(contest, history)) return {};
  for (std::size_t part = (history.size() + 1) / 2; part > 0;) {
    bool smaller = false;
    for (std::size_t from = 0; from < history.size();) {
      std::vector<Contest::Played> rest(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(from));
      rest.insert(rest.end(), history.begin() + static_cast<std::ptrdiff_t>(std::min(from + part, history.size())),
                  history.end());
      if (rest.size() < history.size() && differs(contest, rest)) {
        history = std::move(rest);
        smaller = true;
      } else {
        from += part;
      }
    }
    if (part == 1 && !smaller) break;
    if (!smaller) part = (part + 1) / 2;
  }
  differs(contest, history);
  std::string text;
  for (const Contest::Played& played : history) text += "  " + show(played.command) + "\n";
  return text + contest.difference();
}

}  // namespace rediscluster::oracle
