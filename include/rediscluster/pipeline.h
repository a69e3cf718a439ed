// Pipeline: commands collected in the client and sent together.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <rediscluster/command.h>
#include <rediscluster/commands/all_commands.h>
#include <rediscluster/export.h>
#include <rediscluster/reply.h>
#include <rediscluster/result.h>

namespace rediscluster {
inline namespace v0_1 {

class StrictRedis;
class StrictRedisCluster;

namespace detail {
class Batch;
}

struct PipelineOptions {
  /** Let execute() throw the first error once everything has been sent and answered, as redis-py does. When false,
      errors are only elements of its result. Either way each Queued tells of its own command. */
  bool raise_on_error = true;
};

/** Commands collected here are sent by execute(): one batch per node, all nodes in parallel, and results in the order
   of the calls. Not a transaction: other clients' commands may run in between, and a batch may fail on one node and
    succeed on another.

    On a node, the commands run in the order they were called; its whole batch goes to the master if it holds any write,
    so that later reads see earlier writes. Commands that concern several nodes are split when their parts can be sent
   at the same time (MGET, DEL, SINTER, FLUSHDB ...); those that need more than one step (SINTERSTORE with keys on
   several nodes, RANDOMKEY, scans ...) are refused with DataError when they are called. When the cluster's
   configuration is replaced before execute(), the commands go where the new one says, and one that has become of that
   kind gets its DataError then. Commands for every server, slaves included (INFO, CONFIG SET ...), run beside the
   nodes' batches, not in their order.

    Move-only; to be used by one thread at a time. May be filled and executed again. */
class REDISCLUSTER_API Pipeline : public AllCommands<Pipeline, QueuedValue> {
 public:
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  /** Sends what was collected and waits for all of it. One reply for each call, in order; the pipeline is empty
      afterwards. A command whose server could not be reached has an error reply that begins with CONNECTIONERROR or
      TIMEOUTERROR; its Queued throws the exception itself. */
  std::vector<Reply> execute(const PipelineOptions& options = {});
  /** Commands collected so far. */
  std::size_t size() const noexcept;
  /** Forgets what was collected; its Queued stay without a value. */
  void reset() noexcept;

  /** Collects a command: what the command mixins call. */
  template <class T>
  QueuedValue<T> run(const Command& command) const {
    return QueuedValue<T>(enqueue(command));
  }

 private:
  friend class StrictRedis;
  friend class StrictRedisCluster;
  explicit Pipeline(std::unique_ptr<detail::Batch> batch) noexcept;

  std::shared_ptr<const detail::QueuedReply> enqueue(const Command& command) const;

  std::unique_ptr<detail::Batch> batch_;
};

}  // namespace v0_1
}  // namespace rediscluster
