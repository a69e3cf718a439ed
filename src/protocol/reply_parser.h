// Bytes to replies: hiredis' reader, writing onto tapes.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <rediscluster/tape.h>

struct redisReader;

namespace rediscluster::protocol {

/** Turns the bytes of one connection into replies. After an InvalidResponse it is of no more use: the place in the
    stream is lost, and the connection with it. */
class ReplyParser {
 public:
  /** A reply with more elements is refused. */
  static constexpr std::size_t max_elements = 16U << 20;
  /** A reply with more arrays inside each other is refused: hiredis 0.14 can read no more, and 1.x has no bound. */
  static constexpr int max_nesting = 8;
  /** An unfinished reply with more bytes waiting to be parsed is refused; so is the announcement of a longer string. */
  static constexpr std::size_t max_unparsed = 1U << 30;
  /** Longest line: of a status, an error, a number, a length. */
  static constexpr std::size_t max_line = 1U << 20;

  ReplyParser();
  ~ReplyParser();
  ReplyParser(const ReplyParser&) = delete;
  ReplyParser& operator=(const ReplyParser&) = delete;

  /** Adds bytes that came from the server. Throws std::bad_alloc or InvalidResponse. */
  void feed(std::string_view bytes);
  /** The short way for the most frequent replies: when `bytes`, just received, begin with a whole string, integer,
     status, nil, or array of such without a status, and nothing is waiting to be parsed, appends it to `tape`, removes
     it from `bytes` and returns true. All else is left to feed() and parse(), which would give the same, in three times
     the instructions. */
  bool parse_plain(std::string_view& bytes, Tape& tape) const;
  /** Appends the next reply to `tape` and returns true, or returns false when its bytes are not all there: then the
     next call must be given the same tape, which holds a part of the reply. Throws InvalidResponse. */
  bool parse(Tape& tape);
  /** Gives back the memory that an unusually large reply has left. Not to be called with bytes unparsed. */
  void release_memory();
  /** Bytes that are waiting to be parsed. */
  std::size_t unparsed() const noexcept;

 private:
  struct Callbacks;

  void create_reader();
  void check_unfinished() const;

  struct FreeReader {
    void operator()(redisReader* reader) const noexcept;
  };
  std::unique_ptr<redisReader, FreeReader> reader_;
  Tape* tape_ = nullptr;   // where parse() writes to
  std::size_t begin_ = 0;  // node of the reply in progress
  bool in_progress_ = false;
  std::size_t most_unparsed_ = 0;  // since the memory was last released
  const char* problem_ = nullptr;  // why a callback refused
};

}  // namespace rediscluster::protocol
