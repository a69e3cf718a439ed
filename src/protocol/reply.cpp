#include <stdexcept>

#include <rediscluster/decode.h>
#include <rediscluster/reply.h>

namespace rediscluster {
inline namespace v0_1 {

namespace {
const Tape& nil_tape() {
  static const Tape tape = [] {
    Tape nil;
    nil.add_nil();
    return nil;
  }();
  return tape;
}

// Not made later, when a fork in the middle of it would leave the child waiting for ever.
[[maybe_unused]] const Tape& made_early = nil_tape();
}  // namespace

TapeView Reply::view() const noexcept {
  return tape_ ? TapeView(*tape_, node_) : TapeView(nil_tape(), 0);
}

long long Reply::integer() const {
  if (type() != Type::integer && type() != Type::boolean) detail::throw_misfit(view(), "integer");
  return tape_->integer(node_);
}

double Reply::number() const {
  return detail::decode_number(view());
}

std::string_view Reply::string() const& {
  if (type() == Type::error) return tape_->text(node_);
  return detail::decode_text(view());
}

Reply Reply::operator[](std::size_t i) const {
  if (i >= size()) throw std::out_of_range("a reply has no such element");
  std::size_t node = node_ + 1;
  for (; i != 0; --i) node = tape_->next(node);
  return Reply(tape_, node);
}

}  // namespace v0_1
}  // namespace rediscluster
