#include "tls/openssl_error.h"

#include <openssl/err.h>
#include <system_error>

namespace rediscluster::tls {

std::string take_reason() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (error == 0) return "unknown reason";
  if (ERR_GET_LIB(error) == ERR_LIB_SYS) return std::generic_category().message(ERR_GET_REASON(error));
  if (const char* const reason = ERR_reason_error_string(error)) return reason;
  char text[256];
  ERR_error_string_n(error, text, sizeof text);
  return text;
}

}  // namespace rediscluster::tls
