// What must not compile, and beside it the right spelling of the same. Each branch is a test of its own, named after
// its CASE_. EXPECT is a regular expression (CMake's) that an "error:" line of g++ and of clang matches: what is
// stable.
#include <rediscluster/rediscluster.h>

using namespace std::chrono_literals;
using rediscluster::Arg;
using rediscluster::Key;

#ifdef MUST_COMPILE
#define GOOD(...) __VA_ARGS__
#define BAD(...)
#else
#define GOOD(...)
#define BAD(...) __VA_ARGS__
#endif

[[maybe_unused]] static void calls(rediscluster::StrictRedisCluster& r) {
#if defined CASE_braces_are_no_tagged_key
  // EXPECT: (Key|get|explicit)
  BAD(r.get({"a", "b"});)
  GOOD(r.get(Key{"a", "b"});)
#elif defined CASE_tagged_key_is_explicit
  // EXPECT: (explicit|could not convert)
  BAD(Key key = {"tag", "name"};)
  GOOD(Key key{"tag", "name"};)
  static_cast<void>(key);
#elif defined CASE_bool_is_no_argument
  // EXPECT: deleted
  BAD(static_cast<void>(Arg(true));)
  GOOD(static_cast<void>(Arg(1));)
#elif defined CASE_char_is_no_argument
  // EXPECT: deleted
  BAD(static_cast<void>(Arg('c'));)
  GOOD(static_cast<void>(Arg("c"));)
#elif defined CASE_nullptr_is_no_argument
  // EXPECT: Arg
  BAD(static_cast<void>(Arg(nullptr));)
  GOOD(static_cast<void>(Arg(""));)
#elif defined CASE_nullptr_is_no_key
  // EXPECT: (Key|get)
  BAD(r.get(nullptr);)
  GOOD(r.get("");)
#elif defined CASE_seconds_take_no_milliseconds
  // EXPECT: (expire|Seconds|TimeSpan)
  BAD(r.expire("k", 10ms);)
  GOOD(r.expire("k", 10s);)
#elif defined CASE_a_pipeline_registers_no_script
  // EXPECT: (register_script|constraint)
  BAD(static_cast<void>(r.pipeline().register_script("return 1"));)
  GOOD(static_cast<void>(r.register_script("return 1"));)
#else
#error "no such case"
#endif
  static_cast<void>(r);
}
