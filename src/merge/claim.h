// Taking turns with others who do the same: a key beside what is to be changed says that somebody is at it.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <rediscluster/command.h>

#include "merge/plan.h"

namespace rediscluster::merge {

/** The name of the key, on the node of `key`. All who want the same `element` of it meet there. */
std::string claim_name(std::string_view key, std::string_view element = {});

/** Makes the claim, unless there is one: answers nil then. It expires by itself after some seconds. */
Command make_claim(std::string_view name);

/** Ends a claim, be it ours or not, unless its node cannot be reached: then it expires. */
void abandon_claim(PartRunner& runner, Place node, std::string_view name);

/** Pauses before claims that others have are tried again: longer each time, and at random. */
class Patience {
 public:
  void wait();
  bool has_waited() const noexcept { return waited_; }

 private:
  std::chrono::microseconds longest_{200};
  bool waited_ = false;
};

}  // namespace rediscluster::merge
