// A reply in memory: a flat tape of nodes in the order of the bytes, and their text in one buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rediscluster/export.h>

namespace rediscluster {
inline namespace v0_1 {

/** The kinds of replies, those of RESP3 included. */
enum class ReplyType : std::uint8_t {
  nil,
  status,
  error,
  integer,
  string,
  array,
  real,
  boolean,
  map,
  set,
  verbatim,
  big_number,
  push
};

/** "integer", "array" ... for messages. */
REDISCLUSTER_API std::string_view name_of(ReplyType type) noexcept;

/** One or more replies, one behind the other. A container is followed by its elements; a map holds its keys and values
    by turns. Node 0 is the (first) reply itself. Reading is constant time and copies nothing. */
class REDISCLUSTER_API Tape {
 public:
  /** Elements that one tape can hold. */
  static constexpr std::size_t max_nodes = (std::size_t{1} << 28) - 1;

  /** An empty tape. When it is written to, it uses memory of one that this thread had before, if there is any. */
  Tape() noexcept = default;
  Tape(Tape&& other) noexcept : memory_(std::exchange(other.memory_, nullptr)) {}
  Tape& operator=(Tape&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~Tape() {
    if (memory_ != nullptr) give_back(memory_);
  }

  bool empty() const noexcept { return size() == 0; }
  /** Nodes in all. */
  std::size_t size() const noexcept { return memory_ != nullptr ? memory_->nodes.size() : 0; }

  ReplyType type(std::size_t node) const noexcept { return static_cast<ReplyType>(memory_->nodes[node].type); }
  bool is_container(std::size_t node) const noexcept {
    const ReplyType kind = type(node);
    return kind == ReplyType::array || kind == ReplyType::map || kind == ReplyType::set || kind == ReplyType::push;
  }
  /** Of integers and booleans. */
  std::int64_t integer(std::size_t node) const noexcept { return memory_->nodes[node].value; }
  /** Of string, status, error, verbatim, real and big_number. */
  std::string_view text(std::size_t node) const noexcept {
    const Node& found = memory_->nodes[node];
    return {memory_->text.data() + found.value, found.size};
  }
  /** Elements of a container; a map has two an entry. */
  std::size_t elements(std::size_t node) const noexcept { return memory_->nodes[node].size; }
  /** The node behind this one and all that is in it: the next sibling, if there is one. */
  std::size_t next(std::size_t node) const noexcept { return memory_->nodes[node].end; }

  // Writing. All of these append and may throw std::bad_alloc, or std::length_error beyond max_nodes.
  void add_nil() { add(writable(), ReplyType::nil, 0, 0); }
  void add_integer(std::int64_t value) { add(writable(), ReplyType::integer, value, 0); }
  void add_text(ReplyType type, std::string_view text) {
    Memory& memory = writable();
    add(memory, type, static_cast<std::int64_t>(memory.text.size()), static_cast<std::uint32_t>(text.size()));
    memory.text.append(text);
  }
  /** Begins a container and returns its node. Its elements follow; then close() it. */
  std::size_t open(ReplyType type, std::size_t elements) {
    add(writable(), type, 0, static_cast<std::uint32_t>(elements));
    return size() - 1;
  }
  void close(std::size_t container) noexcept {
    memory_->nodes[container].end = static_cast<std::uint32_t>(size()) & end_mask;
  }
  /** Sets how many elements a container has, when that was not known at open(). */
  void set_elements(std::size_t container, std::size_t elements) noexcept {
    memory_->nodes[container].size = static_cast<std::uint32_t>(elements);
  }
  /** Gives a node of text another one. */
  void set_text(std::size_t node, std::string_view text) {
    memory_->text.append(text);
    memory_->nodes[node].value = static_cast<std::int64_t>(memory_->text.size() - text.size());
    memory_->nodes[node].size = static_cast<std::uint32_t>(text.size());
  }
  /** Appends a copy of a node of another tape with all that is in it. */
  void add_copy(const Tape& from, std::size_t node);
  /** Removes everything; keeps the memory. */
  void clear() noexcept { truncate(0, 0); }
  /** Removes all from `node` on, the newest reply say, of which only a part was written. */
  void truncate(std::size_t node, std::size_t text_size) noexcept {
    if (memory_ == nullptr) return;
    memory_->nodes.resize(node);
    memory_->text.resize(text_size);
  }
  std::size_t text_size() const noexcept { return memory_ != nullptr ? memory_->text.size() : 0; }

 private:
  static constexpr std::uint32_t end_mask = (std::uint32_t{1} << 28) - 1;

  struct Node {
    std::int64_t value;      // the integer, or where the text begins
    std::uint32_t size;      // bytes of text, or elements
    std::uint32_t end : 28;  // next()
    std::uint32_t type : 4;
  };

  struct Memory {
    std::vector<Node> nodes;
    std::string text;
    Memory* next_spare = nullptr;
  };
  struct Spares;

  Memory& writable() {
    if (memory_ == nullptr) memory_ = take_memory();
    return *memory_;
  }
  static Memory* take_memory();
  static void give_back(Memory* memory) noexcept;

  static void add(Memory& memory, ReplyType type, std::int64_t value, std::uint32_t size) {
    const std::size_t node = memory.nodes.size();
    if (node >= max_nodes) throw_full();
    memory.nodes.push_back(
        {value, size, static_cast<std::uint32_t>(node + 1) & end_mask, static_cast<std::uint32_t>(type) & 0xfU});
  }
  [[noreturn]] static void throw_full();

  Memory* memory_ = nullptr;  // null: empty
};

/** One reply on a tape, or an element of one. A view: the tape must live. */
class TapeView {
 public:
  TapeView(const Tape& tape, std::size_t node) noexcept : tape_(&tape), node_(node) {}

  ReplyType type() const noexcept { return tape_->type(node_); }
  bool is_nil() const noexcept { return type() == ReplyType::nil; }
  bool is_error() const noexcept { return type() == ReplyType::error; }
  bool is_container() const noexcept { return tape_->is_container(node_); }
  std::int64_t integer() const noexcept { return tape_->integer(node_); }
  std::string_view text() const noexcept { return tape_->text(node_); }
  std::size_t elements() const noexcept { return tape_->elements(node_); }
  /** The first element of a container that has one. */
  TapeView first() const noexcept { return {*tape_, node_ + 1}; }
  /** The element behind this one, if there is one. */
  TapeView next() const noexcept { return {*tape_, tape_->next(node_)}; }

  /** Calls `use` with each element of a container, in order. */
  template <class Use>
  void for_each(Use use) const {
    std::size_t node = node_ + 1;
    for (std::size_t left = elements(); left != 0; --left, node = tape_->next(node)) use(TapeView(*tape_, node));
  }

  const Tape& tape() const noexcept { return *tape_; }
  std::size_t node() const noexcept { return node_; }

 private:
  const Tape* tape_;
  std::size_t node_;
};

}  // namespace v0_1
}  // namespace rediscluster
