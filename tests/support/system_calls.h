// A few functions of the system that a test can make fail, wait or lie. Linking this in puts its definitions in front
// of those of the C library, for this process as a whole; without a test's doing they pass everything on.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rediscluster::tests {

/** Host names that a test answers for, in the place of getaddrinfo(). The destructor unblocks them all, waits until
    nobody is inside, and forgets them. */
class Names {
 public:
  Names() = default;
  ~Names();
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  void resolve(const std::string& host, const std::vector<std::string>& addresses);
  /** `error` is one of EAI_... */
  void fail(const std::string& host, int error);
  /** From now on whoever asks for this name waits inside getaddrinfo(). */
  void block(const std::string& host);
  void unblock(const std::string& host);
  /** How often the name was asked for. */
  int lookups(const std::string& host) const;
};

/** How often this process has called connect() for this port (of TCP). Counted are the ports below 65536 alone. */
int connects_to(int port);

/** While it lives, sockets that connect to this port of 127.0.0.1 have it as their own as well, as the kernel chooses
   it once in a while: they are connected to themselves. */
class ConnectedToItself {
 public:
  explicit ConnectedToItself(int port);
  ~ConnectedToItself();
  ConnectedToItself(const ConnectedToItself&) = delete;
  ConnectedToItself& operator=(const ConnectedToItself&) = delete;
};

/** How threads sleep on words of memory by syscall(SYS_futex); what the C library does by itself is not seen. The words
    must live as long as it does. */
class WatchedWords {
 public:
  WatchedWords();
  ~WatchedWords();
  WatchedWords(const WatchedWords&) = delete;
  WatchedWords& operator=(const WatchedWords&) = delete;

  /** Threads that have begun to sleep, and have not been woken. */
  int sleepers() const;
  /** How often one was woken while its word still had the value it slept on: had it been a moment later, it would have
      slept on. */
  int woken_too_early() const;
};

/** How many threads of this process have begun to wait in recv() on a socket that blocks, until now. */
int waiting_receives();

/** While it lives, `hook` is called in the place of each sched_yield(). */
class OnYield {
 public:
  explicit OnYield(std::function<void()> hook);
  ~OnYield();
  OnYield(const OnYield&) = delete;
  OnYield& operator=(const OnYield&) = delete;
};

/** While it lives, `limit` is asked in front of each send() by this process: how many of these bytes are taken at most;
    with 0 the call fails, and `error` says why. Not for those who use a flag other than MSG_DONTWAIT | MSG_NOSIGNAL. */
class OnSend {
 public:
  using Limit = std::function<std::size_t(std::string_view bytes, int& error)>;
  explicit OnSend(Limit limit);
  ~OnSend();
  OnSend(const OnSend&) = delete;
  OnSend& operator=(const OnSend&) = delete;
};

/** While it lives, `hook` is called in front of each recv() by this process that does not only peek: with anything but
   0 the call fails, and that is why. */
class OnReceive {
 public:
  explicit OnReceive(std::function<int()> hook);
  ~OnReceive();
  OnReceive(const OnReceive&) = delete;
  OnReceive& operator=(const OnReceive&) = delete;
};

}  // namespace rediscluster::tests
