// A module for servers: command TESTMOD.WHICH key, which answers the key, and setting testmod.size.
//
// redismodule.h is not installed where this is built: what is used of it is declared here, as all servers since Redis
// 4.0 (settings: 7.0) have it.

namespace {

struct Context;
struct String;
using Command = int (*)(Context*, String**, int);
using GetNumber = long long (*)(const char* name, void* data);
using SetNumber = int (*)(const char* name, long long value, void* data, String** error);

constexpr int ok = 0;
constexpr int failed = 1;
constexpr int interface_version = 1;

long long size_setting = 0;

int (*get_function)(const char* name, void* function) = nullptr;
int (*reply_with_string)(Context*, String*) = nullptr;
int (*wrong_arity)(Context*) = nullptr;

int which(Context* context, String** words, int count) {
  return count == 2 ? reply_with_string(context, words[1]) : wrong_arity(context);
}

template <class F>
bool get(const char* name, F& function) {
  return get_function(name, static_cast<void*>(&function)) == ok;
}

int add_setting(Context* context) {
  int (*register_number)(Context*, const char*, long long, unsigned, long long, long long, GetNumber, SetNumber,
                         int (*)(Context*, void*, String**), void*) = nullptr;
  int (*load_settings)(Context*) = nullptr;
  if (!get("RedisModule_RegisterNumericConfig", register_number)) return ok;
  if (!get("RedisModule_LoadConfigs", load_settings)) return ok;
  const GetNumber get_size = [](const char*, void*) { return size_setting; };
  const SetNumber set_size = [](const char*, long long value, void*, String**) {
    size_setting = value;
    return ok;
  };
  if (register_number(context, "size", 1, 0, 0, 1000, get_size, set_size, nullptr, nullptr) != ok) return failed;
  return load_settings(context);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int RedisModule_OnLoad(Context* context, String**, int) {
  // The context begins with what gives all other functions.
  get_function = *reinterpret_cast<int (**)(const char*, void*)>(context);
  void (*set_attributes)(Context*, const char*, int version, int interface_version) = nullptr;
  int (*create_command)(Context*, const char*, Command, const char*, int, int, int) = nullptr;
  if (!get("RedisModule_SetModuleAttribs", set_attributes) || !get("RedisModule_CreateCommand", create_command) ||
      !get("RedisModule_ReplyWithString", reply_with_string) || !get("RedisModule_WrongArity", wrong_arity)) {
    return failed;
  }
  set_attributes(context, "testmod", 3, interface_version);
  if (create_command(context, "testmod.which", which, "readonly", 1, 1, 1) != ok) return failed;
  return add_setting(context);
}
