#include "protocol/reply_parser.h"

#include <algorithm>
#include <charconv>
#include <new>
#include <string>

#include <hiredis/hiredis.h>

#include <rediscluster/errors.h>

namespace rediscluster::protocol {

// What hiredis calls for each element. They must not throw through C: null makes the reader fail. What they return is
// kept by hiredis as the element's "object"; for a container it is its node plus one, since null means failure.
struct ReplyParser::Callbacks {
  static ReplyParser& parser(const redisReadTask* task) noexcept { return *static_cast<ReplyParser*>(task->privdata); }

  template <class Add>
  static void* add(const redisReadTask* task, Add add) noexcept {
    ReplyParser& self = parser(task);
    if (self.tape_->size() - self.begin_ > max_elements) {  // the reply itself is no element
      self.problem_ = "it has more than 16777216 elements";
      return nullptr;
    }
    try {
      add(*self.tape_);
    } catch (const std::exception&) {
      self.problem_ = "not enough memory for it";
      return nullptr;
    }
    return object_of(self.tape_->size() - 1);
  }
  static void* object_of(std::size_t node) noexcept {
    return reinterpret_cast<void*>(node + 1);  // NOLINT(performance-no-int-to-ptr): hiredis wants a pointer, any
  }

  // An element that ends its container ends also those that this one ends.
  static void close_containers(const redisReadTask* task, Tape& tape) noexcept {
    while (task->parent != nullptr && task->idx + 1 == task->parent->elements) {
      task = task->parent;
      tape.close(reinterpret_cast<std::size_t>(task->obj) - 1);
    }
  }
  template <class Add>
  static void* add_leaf(const redisReadTask* task, Add add_to) noexcept {
    void* const object = add(task, add_to);
    if (object != nullptr) close_containers(task, *parser(task).tape_);
    return object;
  }

  static ReplyType type_of(int hiredis_type) noexcept {
    switch (hiredis_type) {
      case REDIS_REPLY_STATUS:
        return ReplyType::status;
      case REDIS_REPLY_ERROR:
        return ReplyType::error;
      default:
        return ReplyType::string;
    }
  }
  static void* on_string(const redisReadTask* task, char* text, std::size_t size) noexcept {
    if (text[size] != '\r' || text[size + 1] != '\n') {  // hiredis skips these two bytes whatever they are
      parser(task).problem_ = "a string does not end where it says";
      return nullptr;
    }
    return add_leaf(task, [&](Tape& tape) { tape.add_text(type_of(task->type), {text, size}); });
  }
  template <class Count>  // int before hiredis 1.0, size_t since
  static void* on_array(const redisReadTask* task, Count count) noexcept {
    const auto elements = static_cast<std::size_t>(count);
    if (elements > max_elements) {
      parser(task).problem_ = "it announces more than 16777216 elements";
      return nullptr;
    }
    int nesting = 1;
    for (const redisReadTask* outer = task->parent; outer != nullptr; outer = outer->parent) ++nesting;
    if (nesting > max_nesting) {
      parser(task).problem_ = "it is nested too deeply";
      return nullptr;
    }
    const auto open = [&](Tape& tape) { tape.open(ReplyType::array, elements); };
    return elements == 0 ? add_leaf(task, open) : add(task, open);
  }
  static void* on_integer(const redisReadTask* task, long long value) noexcept {
    return add_leaf(task, [&](Tape& tape) { tape.add_integer(value); });
  }
  static void* on_nil(const redisReadTask* task) noexcept {
    return add_leaf(task, [](Tape& tape) { tape.add_nil(); });
  }
  static void on_free(void*) noexcept {}  // the tape belongs to the caller

  // We speak RESP2, where these do not occur; hiredis 1.x calls them without asking whether they are there.
  template <class Functions>
  static constexpr void set_resp3(Functions& functions) noexcept {
    if constexpr (requires { functions.createDouble; }) {
      functions.createDouble = [](const redisReadTask* task, double, char* text, std::size_t size) -> void* {
        return add_leaf(task, [&](Tape& tape) { tape.add_text(ReplyType::real, {text, size}); });
      };
      functions.createBool = [](const redisReadTask* task, int value) -> void* { return on_integer(task, value); };
    }
  }

  static constexpr redisReplyObjectFunctions all() noexcept {
    redisReplyObjectFunctions functions{};
    functions.createString = on_string;
    functions.createArray = on_array;
    functions.createInteger = on_integer;
    functions.createNil = on_nil;
    functions.freeObject = on_free;
    set_resp3(functions);
    return functions;
  }
};

namespace {

// Replies up to this size leave their memory to the next one.
constexpr std::size_t kept_memory = 1 << 20;

// Type of the element that the reader is at; -1 when not known yet. The stack has another name in each version.
template <class Reader>
int current_type(const Reader& reader) noexcept {
  if (reader.ridx < 0) return -1;
  if constexpr (requires { reader.rstack; }) {
    return reader.rstack[reader.ridx].type;
  } else {
    return reader.task[reader.ridx]->type;
  }
}

}  // namespace

void ReplyParser::FreeReader::operator()(redisReader* reader) const noexcept {
  redisReaderFree(reader);
}

ReplyParser::ReplyParser() {
  create_reader();
}

void ReplyParser::create_reader() {
  static constinit redisReplyObjectFunctions functions = Callbacks::all();
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  if (reader_ == nullptr) throw std::bad_alloc();
  reader_->maxbuf = 0;  // release_memory() decides
  reader_->privdata = this;
}

ReplyParser::~ReplyParser() = default;

void ReplyParser::release_memory() {
  if (most_unparsed_ <= kept_memory) return;
  create_reader();
  most_unparsed_ = 0;
}

std::size_t ReplyParser::unparsed() const noexcept {
  return reader_->len - reader_->pos;
}

void ReplyParser::feed(std::string_view bytes) {
  if (unparsed() + bytes.size() > max_unparsed) throw InvalidResponse("a reply is longer than 1 GiB");
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) throw std::bad_alloc();
  most_unparsed_ = std::max(most_unparsed_, unparsed());
}

namespace {

// "<kind>digits\r\n" with up to 9 digits: moves `bytes` past it and gives the number.
bool take_number(std::string_view& bytes, std::size_t& number) {
  number = 0;
  std::size_t at = 1;
  const std::size_t end = std::min<std::size_t>(bytes.size(), 10);
  for (; at < end && bytes[at] >= '0' && bytes[at] <= '9'; ++at) {
    number = number * 10 + static_cast<std::size_t>(bytes[at] - '0');
  }
  const bool leading_zero = at > 2 && bytes[1] == '0';
  if (at == 1 || leading_zero || at + 2 > bytes.size() || bytes[at] != '\r' || bytes[at + 1] != '\n') return false;
  bytes.remove_prefix(at + 2);
  return true;
}

// Inlined because this is what most replies, and most elements of long ones, are.
[[gnu::always_inline]] inline bool take_string(std::string_view& bytes, Tape& tape) {
  std::string_view rest = bytes;
  std::size_t size = 0;
  if (!take_number(rest, size)) {
    if (!bytes.starts_with("$-1\r\n")) return false;
    tape.add_nil();
    bytes.remove_prefix(5);
    return true;
  }
  if (rest.size() < size + 2 || rest[size] != '\r' || rest[size + 1] != '\n') return false;
  tape.add_text(ReplyType::string, rest.substr(0, size));
  bytes = rest.substr(size + 2);
  return true;
}

bool take_integer(std::string_view& bytes, Tape& tape) {
  std::size_t value = 0;
  if (!take_number(bytes, value)) return false;
  tape.add_integer(static_cast<std::int64_t>(value));
  return true;
}

// Of strings, nils and integers.
bool take_array(std::string_view& bytes, Tape& tape) {
  constexpr std::size_t shortest_element = 4;
  std::string_view rest = bytes;
  std::size_t count = 0;
  if (!take_number(rest, count) || count > rest.size() / shortest_element || !rest.ends_with("\r\n")) return false;
  const std::size_t node = tape.size();
  const std::size_t text = tape.text_size();
  tape.open(ReplyType::array, count);
  for (std::size_t left = count; left != 0; --left) {
    const bool taken = !rest.empty() && (rest[0] == '$'   ? take_string(rest, tape)
                                         : rest[0] == ':' ? take_integer(rest, tape)
                                                          : false);
    if (!taken) {
      tape.truncate(node, text);
      return false;
    }
  }
  tape.close(node);
  bytes = rest;
  return true;
}

bool take_status(std::string_view& bytes, Tape& tape) {
  const std::size_t end = bytes.substr(0, 64).find("\r\n");
  if (end == std::string_view::npos) return false;
  tape.add_text(ReplyType::status, bytes.substr(1, end - 1));
  bytes.remove_prefix(end + 2);
  return true;
}

}  // namespace

bool ReplyParser::parse_plain(std::string_view& bytes, Tape& tape) const {
  if (in_progress_ || unparsed() != 0 || bytes.empty()) return false;
  switch (bytes[0]) {
    case '$':
      return take_string(bytes, tape);
    case '+':
      return take_status(bytes, tape);
    case ':':
      return take_integer(bytes, tape);
    case '*':
      return take_array(bytes, tape);
    default:
      return false;
  }
}

bool ReplyParser::parse(Tape& tape) {
  if (!in_progress_) {
    if (unparsed() == 0) return false;
    begin_ = tape.size();
    in_progress_ = true;
  }
  tape_ = &tape;
  void* object = nullptr;
  if (redisReaderGetReply(reader_.get(), &object) != REDIS_OK) {
    throw InvalidResponse(std::string("a reply cannot be read: ") + (problem_ != nullptr ? problem_ : reader_->errstr));
  }
  if (object == nullptr) {
    check_unfinished();
    return false;
  }
  in_progress_ = false;
  return true;
}

// hiredis waits for whatever was announced. What cannot become a reply within our bounds is refused at once, not when
// the caller's time is up.
void ReplyParser::check_unfinished() const {
  const std::string_view rest(reader_->buf + reader_->pos, unparsed());
  const int type = current_type(*reader_);
  if (type < 0) return;
  const std::size_t line = rest.find("\r\n");
  if (line == std::string_view::npos) {
    const std::size_t limit = type == REDIS_REPLY_STRING || type == REDIS_REPLY_ARRAY ? 32 : max_line;
    if (rest.size() > limit) throw InvalidResponse("a reply cannot be read: a line without an end");
    return;
  }
  if (type != REDIS_REPLY_STRING) return;
  std::size_t announced = 0;
  std::from_chars(rest.data(), rest.data() + line, announced);
  if (announced > max_unparsed) throw InvalidResponse("a reply announces a string longer than 1 GiB");
}

}  // namespace rediscluster::protocol
