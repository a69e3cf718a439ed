#include "transport/observation.h"

#include <atomic>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "transport/fork.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {

constexpr std::size_t most_kept = 1000;

struct KeptEvent {
  std::string server;
  std::string host;
  std::string reason;
  int port;
  bool up;
};

}  // namespace

struct Observer::Pending {
  std::atomic<bool> any{false};
  transport::ForkMutex mutex;
  std::vector<KeptEvent> events;  // guarded by mutex
};

Observer::Observer() : pending_(std::make_unique<Pending>()) {}
Observer::~Observer() = default;

namespace detail {

void Observation::keep(Observer& observer, const ConnectionEvent& event) noexcept {
  Observer::Pending& pending = *observer.pending_;
  try {
    KeptEvent kept{std::string(event.server), std::string(event.host), std::string(event.reason), event.port, event.up};
    const std::lock_guard lock(pending.mutex);
    if (pending.events.size() < most_kept) pending.events.push_back(std::move(kept));
  } catch (const std::bad_alloc&) {
    return;  // then it is not told
  }
  pending.any.store(true, std::memory_order_release);
}

void Observation::tell_kept(Observer& observer) noexcept {
  Observer::Pending& pending = *observer.pending_;
  if (!pending.any.load(std::memory_order_relaxed)) return;
  std::vector<KeptEvent> events;
  {
    const std::lock_guard lock(pending.mutex);
    events.swap(pending.events);
    pending.any.store(false, std::memory_order_relaxed);
  }
  for (const KeptEvent& event : events) {
    tell(observer, [&] { observer.on_connection({event.server, event.host, event.port, event.up, event.reason}); });
  }
}

}  // namespace detail
}  // namespace v0_1
}  // namespace rediscluster
