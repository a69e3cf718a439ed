#include "support/system_calls.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace rediscluster::tests {
namespace {

struct Name {
  std::vector<std::string> addresses;
  int error = 0;
  bool blocked = false;
  int lookups = 0;
};

// Never destroyed: threads may still ask while the process ends.
struct World {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, Name> names;
  int inside = 0;
};
World& world() {
  static World* const the = new World;
  return *the;
}

std::array<std::atomic<int>, 65536> connects;
std::atomic<int> connected_to_itself{0};

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

using GetAddrInfo = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

int real_getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  static const auto real = next<GetAddrInfo>("getaddrinfo");
  return real(host, service, hints, result);
}

int resolve_name(const Name& name, const char* service, const addrinfo* hints, addrinfo** result) {
  if (name.error != 0) return name.error;
  addrinfo numeric = hints != nullptr ? *hints : addrinfo{};
  numeric.ai_flags |= AI_NUMERICHOST;
  addrinfo** end = result;
  for (const std::string& address : name.addresses) {
    if (const int error = real_getaddrinfo(address.c_str(), service, &numeric, end)) return error;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return 0;
}

}  // namespace

Names::~Names() {
  std::unique_lock lock(world().mutex);
  for (auto& [host, name] : world().names) name.blocked = false;
  world().changed.notify_all();
  world().changed.wait(lock, [] { return world().inside == 0; });
  world().names.clear();
}

void Names::resolve(const std::string& host, const std::vector<std::string>& addresses) {
  const std::lock_guard lock(world().mutex);
  world().names[host].addresses = addresses;
  world().names[host].error = 0;
}

void Names::fail(const std::string& host, int error) {
  const std::lock_guard lock(world().mutex);
  world().names[host].error = error;
}

void Names::block(const std::string& host) {
  const std::lock_guard lock(world().mutex);
  world().names[host].blocked = true;
}

void Names::unblock(const std::string& host) {
  const std::lock_guard lock(world().mutex);
  world().names[host].blocked = false;
  world().changed.notify_all();
}

int Names::lookups(const std::string& host) const {
  const std::lock_guard lock(world().mutex);
  return world().names[host].lookups;
}

int connects_to(int port) {
  return connects[static_cast<std::size_t>(port)];
}

ConnectedToItself::ConnectedToItself(int port) {
  connected_to_itself = port;
}

ConnectedToItself::~ConnectedToItself() {
  connected_to_itself = 0;
}

}  // namespace rediscluster::tests

using namespace rediscluster::tests;

extern "C" {

int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  const bool numeric = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  if (host != nullptr && !numeric) {
    std::unique_lock lock(world().mutex);
    const auto found = world().names.find(host);
    if (found != world().names.end()) {
      Name& name = found->second;
      ++name.lookups;
      ++world().inside;
      world().changed.wait(lock, [&] { return !name.blocked; });
      const Name answer = name;
      *result = nullptr;
      const int error = resolve_name(answer, service, hints, result);
      --world().inside;
      world().changed.notify_all();
      return error;
    }
  }
  return real_getaddrinfo(host, service, hints, result);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  static const auto real = next<int (*)(int, const sockaddr*, socklen_t)>("connect");
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    ++connects[ntohs(in.sin_port)];
    if (connected_to_itself != 0 && ntohs(in.sin_port) == connected_to_itself) {
      const int on = 1;
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
      [[maybe_unused]] const int bound = ::bind(fd, address, size);
    }
  }
  return real(fd, address, size);
}

}  // extern "C"
