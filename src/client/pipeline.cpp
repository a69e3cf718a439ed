#include <string>
#include <utility>

#include <rediscluster/errors.h>
#include <rediscluster/pipeline.h>

#include "client/batch.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {

// An exception as an element of a pipeline's result: its text behind a word that tells the kind.
Reply error_reply(const std::exception_ptr& error) {
  std::string text;
  try {
    std::rethrow_exception(error);
  } catch (const ResponseError& e) {
    text = e.text();  // as a server's own is on the tape
  } catch (const TimeoutError& e) {
    text = std::string("TIMEOUTERROR ") + e.what();
  } catch (const ConnectionError& e) {
    text = std::string("CONNECTIONERROR ") + e.what();
  } catch (const std::exception& e) {
    text = std::string("ERROR ") + e.what();
  }
  Tape tape;
  tape.add_text(ReplyType::error, text);
  return Reply(std::move(tape));
}

}  // namespace

namespace detail {
TapeView value_of(const QueuedReply& queued) {
  if (queued.error != nullptr) std::rethrow_exception(queued.error);
  if (queued.tape == nullptr) throw DataError(queued.command + " has no result: its pipeline has not been executed");
  return {*queued.tape, queued.node};
}

void rethrow_misfit(const InvalidResponse& error, std::string_view command) {
  throw InvalidResponse(std::string(command) + ": " + error.what());
}
}  // namespace detail

Pipeline::Pipeline(std::unique_ptr<detail::Batch> batch) noexcept : batch_(std::move(batch)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

std::size_t Pipeline::size() const noexcept {
  return batch_->size();
}

void Pipeline::reset() noexcept {
  batch_->clear();
}

std::shared_ptr<const detail::QueuedReply> Pipeline::enqueue(const Command& command) const {
  return batch_->add(command);
}

std::vector<Reply> Pipeline::execute(const PipelineOptions& options) {
  const auto queued = batch_->execute();
  std::vector<Reply> replies;
  replies.reserve(queued.size());
  for (const auto& reply : queued) {
    if (reply->error != nullptr && options.raise_on_error) std::rethrow_exception(reply->error);
    // A server's own error is on the tape as it came.
    replies.push_back(reply->tape != nullptr ? Reply(reply->tape, reply->node) : error_reply(reply->error));
  }
  return replies;
}

}  // namespace v0_1
}  // namespace rediscluster
