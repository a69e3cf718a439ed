// Telling an Observer what happens.
#pragma once

#include <string_view>

#include <rediscluster/observer.h>

namespace rediscluster {
inline namespace v0_1 {
namespace detail {

/** All of it is thread-safe and lets no exception through. */
class Observation {
 public:
  /** Tells an event now; to be called without any lock. */
  static void tell(Observer& observer, const CommandEvent& event) noexcept {
    tell(observer, [&] { observer.on_command(event); });
  }
  static void tell(Observer& observer, const RetryEvent& event) noexcept {
    tell(observer, [&] { observer.on_retry(event); });
  }
  static void tell(Observer& observer, const PromotionEvent& event) noexcept {
    tell(observer, [&] { observer.on_promotion(event); });
  }

  /** Keeps an event until somebody can tell it: where it happens, locks are held. */
  static void keep(Observer& observer, const ConnectionEvent& event) noexcept;
  /** Tells what was kept; to be called without any lock. */
  static void tell_kept(Observer& observer) noexcept;

 private:
  template <class F>
  static void tell(Observer& observer, F call) noexcept {
    try {
      call();
    } catch (...) {
      observer.exceptions_.fetch_add(1, std::memory_order_relaxed);
    }
  }
};

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
