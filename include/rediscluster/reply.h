// Reply: what execute_command() returns, any reply of a server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string_view>

#include <rediscluster/export.h>
#include <rediscluster/tape.h>

namespace rediscluster {
inline namespace v0_1 {

/** A reply, or an element of one: a shared tape plus an index. Copies, elements and iteration copy no data; the data
    lives as long as any Reply of it. Reading what a reply is not (integer() of an array ...) throws InvalidResponse, of
    an error the ResponseError that it is. */
class REDISCLUSTER_API Reply {
 public:
  using Type = ReplyType;

  /** Nil. */
  Reply() noexcept = default;
  explicit Reply(Tape tape) : tape_(std::make_shared<const Tape>(std::move(tape))) {}
  Reply(std::shared_ptr<const Tape> tape, std::size_t node) noexcept : tape_(std::move(tape)), node_(node) {}

  Type type() const noexcept { return tape_ ? tape_->type(node_) : Type::nil; }
  bool is_nil() const noexcept { return type() == Type::nil; }
  bool is_error() const noexcept { return type() == Type::error; }

  /** Of an integer or boolean. */
  long long integer() const;
  /** Of a real; also of an integer, and of text that is a number (RESP2 sends scores so), inf and nan included. */
  double number() const;
  /** Text of string, status, error, verbatim, real and big_number; valid while any Reply of this tape lives. */
  std::string_view string() const&;
  std::string_view string() && = delete;
  /** Elements of array, map (two an entry), set and push; otherwise 0. */
  std::size_t size() const noexcept { return tape_ && tape_->is_container(node_) ? tape_->elements(node_) : 0; }
  /** Element i; std::out_of_range when there is none. Takes time in proportion to i: iterate to visit all. */
  Reply operator[](std::size_t i) const;

  class iterator {
   public:
    using value_type = Reply;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::forward_iterator_tag;

    iterator() noexcept = default;
    iterator(std::shared_ptr<const Tape> tape, std::size_t node) noexcept : tape_(std::move(tape)), node_(node) {}
    Reply operator*() const { return Reply(tape_, node_); }
    iterator& operator++() {
      node_ = tape_->next(node_);
      return *this;
    }
    iterator operator++(int) {
      iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const iterator& other) const noexcept { return node_ == other.node_; }

   private:
    std::shared_ptr<const Tape> tape_;
    std::size_t node_ = 0;
  };
  iterator begin() const { return size() == 0 ? end() : iterator(tape_, node_ + 1); }
  iterator end() const { return tape_ ? iterator(tape_, tape_->next(node_)) : iterator(); }

  /** For decode(); the view is valid while this Reply lives. */
  TapeView view() const noexcept;

 private:
  std::shared_ptr<const Tape> tape_;
  std::size_t node_ = 0;
};

}  // namespace v0_1
}  // namespace rediscluster
