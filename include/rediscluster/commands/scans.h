// Commands that visit all keys, or all of what a key holds, page by page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <rediscluster/commands/mixin.h>
#include <rediscluster/decode.h>
#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** What to visit, and how much of it at a time. */
struct ScanOptions {
  /** Give only keys that match this glob pattern, "user:*". Pages get smaller, not fewer. */
  std::optional<Arg> match = {};
  /** How much a server looks at for one page; 10 unless given. A hint: a page may hold more, or less, or nothing. */
  std::optional<long long> count = {};
  /** Give only keys of this type, as type() calls it: "string", "zset" ... Applied as match is. */
  std::optional<Arg> type = {};
};

/** The same for what one key holds. */
struct KeyScanOptions {
  /** Give only members, or fields, that match this glob pattern. */
  std::optional<Arg> match = {};
  /** As of ScanOptions. What is small enough is given in one page whatever this says. */
  std::optional<long long> count = {};
};

/** A part of what a scan visits. */
template <class T>
struct ScanPage {
  /** To be given to the next call; 0: this was the last page. */
  std::uint64_t cursor = 0;
  std::vector<T> items = {};

  bool operator==(const ScanPage&) const = default;
};

namespace detail {
/** Text that is an integer of 64 bits without a sign. */
REDISCLUSTER_API std::uint64_t decode_cursor(TapeView reply);

inline void append_scan_options(Command& command, const KeyScanOptions& options) {
  command.option("MATCH", options.match).option("COUNT", options.count);
}
inline void append_scan_options(Command& command, const ScanOptions& options) {
  command.option("MATCH", options.match).option("COUNT", options.count).option("TYPE", options.type);
}
}  // namespace detail

template <class T>
struct Decoder<ScanPage<T>> {
  static ScanPage<T> decode(TapeView reply) {
    detail::expect_elements(reply, 2, "a cursor and an array");
    const TapeView cursor = reply.first();
    return {detail::decode_cursor(cursor), Decoder<std::vector<T>>::decode(cursor.next())};
  }
};

/** Scans: calls that begin with cursor 0 and go on with the cursor of the page before, until one gives cursor 0.
    scan_iter() and its like (<rediscluster/scan.h>) make the calls and give the elements one by one.

    What is there from the first call to the last is given at least once, also when servers fail, are restarted or
    change their roles, and when the configuration is replaced. What comes or goes meanwhile may be given or not. An
    element may be given twice. A call that has failed may be made again with the same cursor.

    A cursor means something to the one server process that gave it. So a cluster's cursor is the server's together
    with who that is, and each call goes to the server that gave the cursor: a slave unless mastersonly is set. When
    that server cannot be asked, has been restarted, or is not the master and mastersonly is set, then its node is
    begun again on a server that can. A cursor of another configuration, or any other number, begins the whole scan
    again. Cursors may be stored, and used by any client with the same configuration. What a restarted server and
    another configuration are known by has 12 bits each: of 4,095 such changes one is not noticed and may cost
    elements. No restart is noticed where the ACL forbids us INFO. InvalidResponse when a server's cursor is too large
    to become a cluster's (from 2^40 / servers on).

    Reads one's own writes (Options::read_your_writes) in so far as what this client wrote before a node is begun is
    there; what it deletes later may still be given by a slave that is behind.

    StrictRedis passes cursors on as they are: they are the server's. In a cluster's pipeline all scans are DataErrors,
    for the cursor chooses the server; in one of StrictRedis they are commands like any other. */
template <class Self, template <class> class R>
class ScanCommands {
 public:
  /** SCAN (TYPE: Redis 6.0). A page of the names of all keys, of a cluster node by node: the page is one server's. */
  R<ScanPage<std::string>> scan(std::uint64_t cursor = 0, const ScanOptions& options = {}) const {
    Command command("SCAN");
    detail::append_scan_options(command.arg(cursor), options);
    return run<ScanPage<std::string>>(command);
  }

  /** SSCAN. A page of the members of a set; nothing when there is no such key. A key that holds another type:
      ResponseError WRONGTYPE. */
  R<ScanPage<std::string>> sscan(Key name, std::uint64_t cursor = 0, const KeyScanOptions& options = {}) const {
    Command command("SSCAN");
    detail::append_scan_options(command.key(name).arg(cursor), options);
    return run<ScanPage<std::string>>(command);
  }

  /** HSCAN. A page of the fields of a hash, each with its value; else as sscan(). */
  R<ScanPage<std::pair<std::string, std::string>>> hscan(Key name, std::uint64_t cursor = 0,
                                                         const KeyScanOptions& options = {}) const {
    Command command("HSCAN");
    detail::append_scan_options(command.key(name).arg(cursor), options);
    return run<ScanPage<std::pair<std::string, std::string>>>(command);
  }
  /** HSCAN with NOVALUES (Redis 7.4). As hscan(), only the names of the fields. */
  R<ScanPage<std::string>> hscan_novalues(Key name, std::uint64_t cursor = 0,
                                          const KeyScanOptions& options = {}) const {
    Command command("HSCAN");
    detail::append_scan_options(command.key(name).arg(cursor), options);
    return run<ScanPage<std::string>>(command.arg("NOVALUES"));
  }

  /** ZSCAN. A page of the members of a sorted set, each with its score, without order; else as sscan(). */
  R<ScanPage<std::pair<std::string, double>>> zscan(Key name, std::uint64_t cursor = 0,
                                                    const KeyScanOptions& options = {}) const {
    Command command("ZSCAN");
    detail::append_scan_options(command.key(name).arg(cursor), options);
    return run<ScanPage<std::pair<std::string, double>>>(command);
  }

 private:
  template <class T>
  R<T> run(const Command& command) const {
    return static_cast<const Self*>(this)->template run<T>(command);
  }
};

}  // namespace v0_1
}  // namespace rediscluster
