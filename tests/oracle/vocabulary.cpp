#include "oracle/vocabulary.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "protocol/sha1.h"

namespace rediscluster::oracle {

using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

// The first letter tells the type a key mostly has. SORT's patterns find n1, h1 ... by members 1, 2 ...
const Words all_keys = {"s1", "s2", "s3", "n1", "n2", "n3", "b1", "b2", "p1", "p2", "p3",           "l1",        "l2",
                        "l3", "i1", "i2", "e1", "e2", "e3", "u1", "u2", "z1", "z2", "z3",           "z4",        "w1",
                        "w2", "g1", "g2", "h1", "h2", "h3", "x1", "x2", "x3", "",   "\0k\xff\r\n"s, "{tag}*?[a]"};

std::string letters(Random& random, std::size_t size) {
  std::string text;
  while (text.size() < size) text += static_cast<char>('a' + random.below(3));
  return text;
}

constexpr std::array extremes = {"9223372036854775807"sv,
                                 "-9223372036854775808"sv,
                                 "9223372036854775808"sv,
                                 "4294967296"sv,
                                 "x"sv,
                                 ""sv,
                                 " 1"sv,
                                 "1.5"sv,
                                 "01"sv,
                                 "+1"sv,
                                 "-0"sv};

}  // namespace

const Words& Vocabulary::keys() {
  return all_keys;
}

void Vocabulary::key(Words& to, std::string_view letters) {
  if (random_.chance(15)) return any(to);
  while (true) {
    const std::string& name = random_.pick(all_keys);
    if (!name.empty() && letters.find(name[0]) != std::string_view::npos) return to.push_back(name);
  }
}

void Vocabulary::any(Words& to) {
  pick(to, all_keys);
}

void Vocabulary::value(Words& to) {
  static const std::array some = {
      ""s,         "0"s,    "1"s,  "-5"s,          "3.5"s, "ohmytext"s, "mynewtext"s,
      "a\0b\r\n"s, "\xff"s, " 2"s, "hello world"s, "10"s,  "1e3"s,      "9223372036854775807"s};
  if (large_ && random_.chance(5)) return to.push_back(letters(random_, random_.below(300000)));
  if (random_.chance(60)) return pick(to, some);
  to.push_back(letters(random_, random_.chance(90) ? random_.below(20) : 100 + random_.below(2000)));
}

void Vocabulary::member(Words& to) {
  static const std::array some = {"1"s, "2"s, "3"s,    "4"s,    "5"s,    "6"s, "a"s,
                                  "b"s, ""s,  "x\0y"s, "\r\n"s, "\xff"s, "ab"s};
  if (large_ && random_.chance(80)) return to.push_back("m" + std::to_string(random_.below(20000)));
  if (random_.chance(80)) return pick(to, some);
  if (random_.chance(90)) return to.push_back("m" + std::to_string(random_.below(50)));
  to.push_back(std::string(100, 'm') + std::to_string(random_.below(5)));
}

void Vocabulary::digit(Words& to) {
  static const std::array some = {"1.5", "-7", "1e2", "100000000000"};
  if (random_.chance(95)) return to.push_back(std::to_string(random_.below(large_ ? 5000 : 8)));
  pick(to, some);
}

void Vocabulary::field(Words& to) {
  static const std::array some = {"f1"s, "f2"s, "f3"s, "f4"s, ""s, "f\0\r\n"s, "\xff"s};
  if (random_.chance(85)) return pick(to, some);
  to.push_back("field" + std::to_string(random_.below(40)));
}

void Vocabulary::place(Words& to) {
  static const std::array some = {"Palermo", "Catania", "Rome", "a", "b", "1", "2", "none"};
  pick(to, some);
}

void Vocabulary::integer(Words& to) {
  if (random_.chance(10)) return pick(to, extremes);
  to.push_back(std::to_string(static_cast<int>(random_.below(21)) - 10));
}

void Vocabulary::real(Words& to) {
  static const std::array some = {"0.1", "0.2", "1.5", "-2", "3.0e2", "5", "1e17", "1e308"};
  static const std::array odd = {"nan", "inf", "-inf", "x", "", "1 ", "0x10"};
  random_.chance(92) ? pick(to, some) : pick(to, odd);
}

void Vocabulary::score(Words& to) {
  // Sums of these depend on the order of the additions.
  static const std::array some = {"0",   "1",   "2",    "3",  "-1", "0.1",  "0.2",  "0.3",
                                  "0.7", "2.5", "1e-5", "-0", "10", "1e17", "-1e17"};
  static const std::array odd = {"inf", "-inf", "+inf", "1e308", "-1e308", "9007199254740993", "nan", "x", ""};
  random_.chance(90) ? pick(to, some) : pick(to, odd);
}

void Vocabulary::index(Words& to) {
  if (random_.chance(3)) return pick(to, extremes);
  if (random_.chance(25)) return to.push_back(random_.chance(50) ? "0" : "-1");
  to.push_back(std::to_string(static_cast<int>(random_.below(17)) - 8));
}

void Vocabulary::count(Words& to) {
  if (random_.chance(4)) return pick(to, extremes);
  to.push_back(std::to_string(random_.chance(85) ? static_cast<int>(random_.below(6))
                                                 : static_cast<int>(random_.below(100)) - 50));
}

void Vocabulary::cursor(Words& to) {
  static const std::array odd = {"x", "-1", "", "5"};
  random_.chance(95) ? to.push_back("0") : pick(to, odd);
}

void Vocabulary::weights(Words& to) {
  to.push_back("WEIGHTS");
  const std::size_t size = random_.chance(95) ? count_ : random_.below(4);
  for (std::size_t i = 0; i < size; ++i) score(to);
}

void Vocabulary::least_score(Words& to) {
  static const std::array some = {"-inf", "-inf", "0", "(0", "1", "(1", "-1", "(0.1", "2", "x", "(", "nan"};
  pick(to, some);
}

void Vocabulary::greatest_score(Words& to) {
  static const std::array some = {"+inf", "+inf", "inf", "3", "(3", "2", "10", "(0.3", "1", "(inf", "", "[2"};
  pick(to, some);
}

void Vocabulary::least_word(Words& to) {
  static const std::array some = {"-"s, "-"s, "[a"s, "(a"s, "[1"s, "(3"s, "["s, "(x\0y"s, "a"s, "+"s};
  pick(to, some);
}

void Vocabulary::greatest_word(Words& to) {
  static const std::array some = {"+"s, "+"s, "[m"s, "(m2"s, "[5"s, "(\xff"s, "[x\0y"s, "b"s, "-"s};
  pick(to, some);
}

void Vocabulary::bit(Words& to) {
  static const std::array odd = {"2", "x", "-1"};
  random_.chance(97) ? to.push_back(random_.chance(50) ? "0" : "1") : pick(to, odd);
}

void Vocabulary::bit_offset(Words& to) {
  static const std::array odd = {"-1", "4294967296", "x"};
  if (random_.chance(3)) return pick(to, odd);
  to.push_back(std::to_string(random_.below(random_.chance(90) ? 200 : 10000)));
}

void Vocabulary::byte_offset(Words& to) {
  static const std::array odd = {"-1", "4294967296", "x"};
  if (random_.chance(3)) return pick(to, odd);
  to.push_back(std::to_string(random_.below(random_.chance(90) ? 20 : 1000)));
}

void Vocabulary::field_type(Words& to) {
  static const std::array some = {"u8", "i8", "u4", "i5", "u1", "u63", "i64", "u16"};
  static const std::array odd = {"u64", "i65", "u0", "x", "f8"};
  random_.chance(97) ? pick(to, some) : pick(to, odd);
}

void Vocabulary::field_offset(Words& to) {
  if (random_.chance(50)) return to.push_back("#" + std::to_string(random_.below(6)));
  bit_offset(to);
}

// Times are far away or long past, so that nothing expires while it is compared, and so far apart that their order
// (EXPIRE GT) is the same for two servers that are asked one after the other.
void Vocabulary::seconds(Words& to) {
  static const std::array odd = {"0", "-1", "-1000", "x", "", "9223372036854775807", "-9223372036854775808"};
  if (random_.chance(10)) return pick(to, odd);
  to.push_back(std::to_string(1000 + random_.below(100000000)));
}

void Vocabulary::milliseconds(Words& to) {
  static const std::array odd = {"0", "-1", "-1000", "x", "", "9223372036854775807", "-9223372036854775808"};
  if (random_.chance(10)) return pick(to, odd);
  to.push_back(std::to_string(1000000 + random_.below(100000000000)));
}

// RESTORE adds the present time without looking: what is too large would be of the past, or not, by chance.
void Vocabulary::restored_milliseconds(Words& to) {
  static const std::array odd = {"-1", "x", ""};
  if (random_.chance(10)) return pick(to, odd);
  to.push_back(std::to_string(1000000 + random_.below(100000000000)));
}

void Vocabulary::second(Words& to) {
  static const std::array odd = {"0", "-1", "1000", "x", "9223372036854775807"};
  if (random_.chance(10)) return pick(to, odd);
  to.push_back(std::to_string(4102444800 + random_.below(5)));
}

void Vocabulary::millisecond(Words& to) {
  static const std::array odd = {"0", "-1", "1000", "x", "9223372036854775807"};
  if (random_.chance(10)) return pick(to, odd);
  to.push_back(std::to_string(4102444800000 + random_.below(5)));
}

void Vocabulary::longitude(Words& to) {
  static const std::array some = {"13.361389", "15.087269", "12.496366", "0", "-0.5", "179.9", "-179.9", "15"};
  static const std::array odd = {"181", "x", "nan", ""};
  random_.chance(97) ? pick(to, some) : pick(to, odd);
}

void Vocabulary::latitude(Words& to) {
  static const std::array some = {"38.115556", "37.502669", "41.902782", "0", "-0.5", "85", "-85", "37"};
  static const std::array odd = {"86", "x", "inf", ""};
  random_.chance(97) ? pick(to, some) : pick(to, odd);
}

void Vocabulary::distance(Words& to) {
  static const std::array some = {"200", "1000", "30000", "0", "166274.1516", "100.5"};
  static const std::array odd = {"-1", "x", ""};
  random_.chance(97) ? pick(to, some) : pick(to, odd);
}

void Vocabulary::unit(Words& to) {
  static const std::array some = {"m", "km", "ft", "mi", "KM"};
  random_.chance(97) ? pick(to, some) : to.push_back("x");
}

void Vocabulary::id(Words& to) {
  static const std::array odd = {
      "0", "0-0", "-", "+", "$", "x", "5", "1-", "18446744073709551615-18446744073709551615"};
  if (random_.chance(15)) return pick(to, odd);
  const std::size_t back = random_.below(30);
  to.push_back(std::to_string(last_id_ > back ? last_id_ - back : 1) + "-1");
}

void Vocabulary::new_id(Words& to) {
  if (random_.chance(5)) return id(to);
  ++last_id_;
  to.push_back(std::to_string(last_id_) + (random_.chance(10) ? "-*" : "-1"));
}

void Vocabulary::group(Words& to) {
  static const std::array some = {"one"s, "one"s, "one"s, "one"s, "two"s, "\0"s};
  pick(to, some);
}

void Vocabulary::consumer(Words& to) {
  static const std::array some = {"Alice"s, "Bob"s, ""s, "c\r\n"s};
  pick(to, some);
}

void Vocabulary::idle(Words& to) {
  static const std::array some = {"0", "0", "0", "1000000000000000", "-1", "x"};
  pick(to, some);
}

void Vocabulary::streams(Words& to) {
  const std::size_t size = 1 + random_.below(4);
  for (std::size_t i = 0; i < size; ++i) stream(to);
  for (std::size_t i = 0; i < size; ++i) random_.chance(50) ? to.push_back("0") : id(to);
}

void Vocabulary::streams_of_group(Words& to) {
  const std::size_t size = 1 + random_.below(3);
  for (std::size_t i = 0; i < size; ++i) stream(to);
  for (std::size_t i = 0; i < size; ++i) random_.chance(80) ? to.push_back(">") : id(to);
}

void Vocabulary::glob(Words& to) {
  static const std::array some = {"*"s, "*"s, "*1"s, "s?"s, "[a-m]*"s, "none"s, ""s, "\\*"s, "f*"s, "\0*"s, "m*"s};
  pick(to, some);
}

void Vocabulary::by(Words& to) {
  static const std::array some = {"n*", "n*", "s*",     "h*->f1", "h*->f2", "nosort", "none",
                                  "e*", "*",  "h1->f1", "*->f1",  "n*n*",   ""};
  pick(to, some);
}

void Vocabulary::get(Words& to) {
  static const std::array some = {"#", "#", "n*", "s*", "h*->f1", "h*->", "none", "e*", "*", "x*->f1", "->", ""};
  pick(to, some);
}

void Vocabulary::database(Words& to) {
  static const std::array some = {"0", "0", "1", "1", "16", "-1", "x"};
  pick(to, some);
}

void Vocabulary::remember_payload(std::string payload) {
  if (payloads_.size() < 50) return payloads_.push_back(std::move(payload));
  payloads_[random_.below(payloads_.size())] = std::move(payload);
}

void Vocabulary::payload(Words& to) {
  if (payloads_.empty() || random_.chance(5)) return value(to);
  std::string payload = random_.pick(payloads_);
  if (random_.chance(3)) payload[random_.below(payload.size())] ^= 1;
  to.push_back(std::move(payload));
}

const Words& Vocabulary::scripts() {
  static const Words some = {"return redis.call('GET',KEYS[1])",
                             "return redis.call('SET',KEYS[1],ARGV[1])",
                             "return redis.call('RPUSH',KEYS[1],ARGV[1],'2')",
                             "return {KEYS,ARGV,#KEYS,false,3.9}",
                             "return redis.call('MGET',unpack(KEYS))",
                             "return redis.error_reply('MY own')"};
  return some;
}

void Vocabulary::script(Words& to) {
  random_.chance(97) ? pick(to, scripts()) : to.push_back("this is no Lua");
}

void Vocabulary::sha(Words& to) {
  to.push_back(random_.chance(95) ? protocol::sha1_hex(random_.pick(scripts())) : std::string(40, '0'));
}

std::string_view Vocabulary::library() {
  return "#!lua name=oracle\n"
         "redis.register_function('oracle_set', function(keys, args) return redis.call('SET', keys[1], args[1]) end)\n"
         "redis.register_function{function_name='oracle_get', flags={'no-writes'},\n"
         "  callback=function(keys, args) return redis.call('MGET', unpack(keys)) end}\n";
}

// No word here lets a command wait, or asks for much memory.
std::string Vocabulary::garbage() {
  static const std::array some = {"x"s,         ""s,           "0"s,   "1"s,     "2"s,     "-1"s,     "COUNT"s,
                                  "LIMIT"s,     "NX"s,         "XX"s,  "GET"s,   "BY"s,    "STORE"s,  "WEIGHTS"s,
                                  "AGGREGATE"s, "WITHSCORES"s, "ASC"s, "ALPHA"s, "MATCH"s, "LEFT"s,   "STREAMS"s,
                                  "KEEPTTL"s,   "SUM"s,        "ANY"s, "\0"s,    "*"s,     "REPLACE"s};
  Words words;
  switch (random_.below(4)) {
    case 0:
      any(words);
      break;
    case 1:
      pick(words, extremes);
      break;
    case 2:
      member(words);
      break;
    default:
      pick(words, some);
  }
  return words[0];
}

Vocabulary::Make Vocabulary::find(std::string_view kind) {
  static const std::map<std::string_view, Make> kinds = {
      {"any", &Vocabulary::any},
      {"string", &Vocabulary::string},
      {"text", &Vocabulary::text},
      {"number", &Vocabulary::number},
      {"bits", &Vocabulary::bits},
      {"bitsource", &Vocabulary::bitsource},
      {"hll", &Vocabulary::hll},
      {"list", &Vocabulary::list},
      {"wordlist", &Vocabulary::wordlist},
      {"numlist", &Vocabulary::numlist},
      {"set", &Vocabulary::set},
      {"wordset", &Vocabulary::wordset},
      {"intset", &Vocabulary::intset},
      {"zset", &Vocabulary::zset},
      {"words", &Vocabulary::words},
      {"zinput", &Vocabulary::zinput},
      {"sortable", &Vocabulary::sortable},
      {"geo", &Vocabulary::geo},
      {"hash", &Vocabulary::hash},
      {"stream", &Vocabulary::stream},
      {"value", &Vocabulary::value},
      {"member", &Vocabulary::member},
      {"digit", &Vocabulary::digit},
      {"field", &Vocabulary::field},
      {"place", &Vocabulary::place},
      {"integer", &Vocabulary::integer},
      {"real", &Vocabulary::real},
      {"score", &Vocabulary::score},
      {"index", &Vocabulary::index},
      {"count", &Vocabulary::count},
      {"cursor", &Vocabulary::cursor},
      {"weights", &Vocabulary::weights},
      {"least-score", &Vocabulary::least_score},
      {"greatest-score", &Vocabulary::greatest_score},
      {"least-word", &Vocabulary::least_word},
      {"greatest-word", &Vocabulary::greatest_word},
      {"bit", &Vocabulary::bit},
      {"bit-offset", &Vocabulary::bit_offset},
      {"byte-offset", &Vocabulary::byte_offset},
      {"field-type", &Vocabulary::field_type},
      {"field-offset", &Vocabulary::field_offset},
      {"seconds", &Vocabulary::seconds},
      {"milliseconds", &Vocabulary::milliseconds},
      {"restored-milliseconds", &Vocabulary::restored_milliseconds},
      {"second", &Vocabulary::second},
      {"millisecond", &Vocabulary::millisecond},
      {"longitude", &Vocabulary::longitude},
      {"latitude", &Vocabulary::latitude},
      {"distance", &Vocabulary::distance},
      {"unit", &Vocabulary::unit},
      {"id", &Vocabulary::id},
      {"new-id", &Vocabulary::new_id},
      {"group", &Vocabulary::group},
      {"consumer", &Vocabulary::consumer},
      {"idle", &Vocabulary::idle},
      {"streams", &Vocabulary::streams},
      {"streams-of-group", &Vocabulary::streams_of_group},
      {"glob", &Vocabulary::glob},
      {"by", &Vocabulary::by},
      {"get", &Vocabulary::get},
      {"database", &Vocabulary::database},
      {"payload", &Vocabulary::payload},
      {"script", &Vocabulary::script},
      {"sha", &Vocabulary::sha},
  };
  const auto found = kinds.find(kind);
  return found == kinds.end() ? nullptr : found->second;
}

}  // namespace rediscluster::oracle
