#include <rediscluster/tape.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace rediscluster {
inline namespace v0_1 {

namespace {

// Memory of tapes larger than this is given back rather than kept for the thread's next tape.
constexpr std::size_t kept_text = 1 << 20;
constexpr std::size_t kept_nodes = 1 << 16;

}  // namespace

std::string_view name_of(ReplyType type) noexcept {
  constexpr std::array<std::string_view, 13> names{"nil",     "status", "error", "integer",  "string",     "array", "real",
                                                   "boolean", "map",    "set",   "verbatim", "big number", "push"};
  return names[static_cast<std::size_t>(type)];
}

// One tape's memory is kept for each thread: a call takes it and gives it back, so that calls need no allocation.
struct Tape::Spare {
  std::vector<Node> nodes;
  std::string text;
  ~Spare() { gone = true; }

  static thread_local bool gone;  // tapes may be destroyed after their thread's spare, by other thread-local objects
  static thread_local Spare mine;
};
thread_local bool Tape::Spare::gone = false;
thread_local Tape::Spare Tape::Spare::mine;

Tape::Tape() noexcept {
  if (Spare::gone) return;
  nodes_.swap(Spare::mine.nodes);
  text_.swap(Spare::mine.text);
}

Tape::Tape(Tape&& other) noexcept = default;

Tape& Tape::operator=(Tape&& other) noexcept {
  nodes_.swap(other.nodes_);
  text_.swap(other.text_);
  return *this;
}

Tape::~Tape() {
  if (Spare::gone || nodes_.capacity() == 0 || nodes_.capacity() > kept_nodes || text_.capacity() > kept_text) return;
  if (Spare::mine.nodes.capacity() >= nodes_.capacity() && Spare::mine.text.capacity() >= text_.capacity()) return;
  clear();
  nodes_.swap(Spare::mine.nodes);
  text_.swap(Spare::mine.text);
}

void Tape::add_copy(const Tape& from, std::size_t node) {
  const std::size_t end = from.next(node);
  if (nodes_.size() + (end - node) > max_nodes) throw_full();
  const std::size_t offset = nodes_.size() - node;
  for (std::size_t i = node; i < end; ++i) {
    Node copy = from.nodes_[i];
    copy.end = static_cast<std::uint32_t>(copy.end + offset) & end_mask;
    switch (from.type(i)) {
      case ReplyType::status:
      case ReplyType::error:
      case ReplyType::string:
      case ReplyType::real:
      case ReplyType::verbatim:
      case ReplyType::big_number:
        copy.value = static_cast<std::int64_t>(text_.size());
        text_.append(from.text(i));
        break;
      default:
        break;
    }
    nodes_.push_back(copy);
  }
}

void Tape::throw_full() { throw std::length_error("a reply has too many elements"); }

}  // namespace v0_1
}  // namespace rediscluster
