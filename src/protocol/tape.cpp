#include <array>
#include <stdexcept>
#include <utility>

#include <rediscluster/tape.h>

namespace rediscluster {
inline namespace v0_1 {

namespace {

// What a thread keeps for its next tapes in all; what is beyond is given back.
constexpr std::size_t kept_bytes = std::size_t{4} << 20;

}  // namespace

std::string_view name_of(ReplyType type) noexcept {
  constexpr std::array<std::string_view, 13> names{"nil",      "status",     "error",   "integer", "string",
                                                   "array",    "real",       "boolean", "map",     "set",
                                                   "verbatim", "big number", "push"};
  return names[static_cast<std::size_t>(type)];
}

// Memory of tapes is kept for each thread: a call takes it and gives it back, so that calls need no allocation. In use
// this is plain data; `at_exit`, whose initialisation costs something at each access, is touched once a thread.
struct Tape::Spares {
  Memory* first = nullptr;
  std::size_t bytes = 0;
  bool is_freed_at_exit = false;
  bool is_over = false;  // tapes may be destroyed after this, by other thread-local objects

  struct AtExit {
    bool touched = false;
    ~AtExit() {
      while (mine.first != nullptr) delete std::exchange(mine.first, mine.first->next_spare);
      mine.is_over = true;
    }
  };
  static constinit thread_local Spares mine;
  static thread_local AtExit at_exit;

  static std::size_t size_of(const Memory& memory) noexcept {
    return memory.nodes.capacity() * sizeof(Node) + memory.text.capacity();
  }
};
constinit thread_local Tape::Spares Tape::Spares::mine;
thread_local Tape::Spares::AtExit Tape::Spares::at_exit;

Tape::Memory* Tape::take_memory() {
  Spares& spares = Spares::mine;
  if (spares.first == nullptr) return new Memory;
  Memory* const memory = spares.first;
  spares.first = memory->next_spare;
  spares.bytes -= Spares::size_of(*memory);
  return memory;
}

void Tape::give_back(Memory* memory) noexcept {
  Spares& spares = Spares::mine;
  const std::size_t bytes = Spares::size_of(*memory);
  if (spares.is_over || spares.bytes + bytes > kept_bytes) {
    delete memory;
    return;
  }
  if (!spares.is_freed_at_exit) {
    Spares::at_exit.touched = true;
    spares.is_freed_at_exit = true;
  }
  memory->nodes.clear();
  memory->text.clear();
  memory->next_spare = spares.first;
  spares.first = memory;
  spares.bytes += bytes;
}

void Tape::add_copy(const Tape& from, std::size_t node) {
  const std::size_t end = from.next(node);
  if (end == node + 1 && from.type(node) == ReplyType::string) {  // most elements are
    add_text(ReplyType::string, from.text(node));
    return;
  }
  Memory& memory = writable();
  if (memory.nodes.size() + (end - node) > max_nodes) throw_full();
  const std::size_t offset = memory.nodes.size() - node;
  for (std::size_t i = node; i < end; ++i) {
    Node copy = from.memory_->nodes[i];
    copy.end = static_cast<std::uint32_t>(copy.end + offset) & end_mask;
    switch (from.type(i)) {
      case ReplyType::status:
      case ReplyType::error:
      case ReplyType::string:
      case ReplyType::real:
      case ReplyType::verbatim:
      case ReplyType::big_number:
        copy.value = static_cast<std::int64_t>(memory.text.size());
        memory.text.append(from.text(i));
        break;
      default:
        break;
    }
    memory.nodes.push_back(copy);
  }
}

void Tape::throw_full() {
  throw std::length_error("a reply has too many elements");
}

}  // namespace v0_1
}  // namespace rediscluster
