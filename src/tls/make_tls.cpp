#include <algorithm>
#include <cstring>
#include <filesystem>
#include <new>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string>
#include <utility>

#include <rediscluster/errors.h>
#include <rediscluster/tls.h>

#include "tls/openssl_error.h"
#include "tls/tls_session.h"

namespace rediscluster {
inline namespace v0_1 {

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

class Tls final : public Encryption {
 public:
  Tls(Context context, std::string server_name) : context_(std::move(context)), server_name_(std::move(server_name)) {}

  std::unique_ptr<ByteTransform> new_connection(const std::string& host) const override {
    return std::make_unique<tls::TlsSession>(*context_, server_name_.empty() ? host : server_name_);
  }

 private:
  Context context_;
  std::string server_name_;
};

// Some give the content of a file where its name is wanted, and that may be a key.
std::string quoted(const std::string& path) {
  if (path.find('\n') != std::string::npos || path.find("-----") != std::string::npos) {
    return "(which is not the name of a file)";
  }
  return "\"" + path + "\"";
}

[[noreturn]] void refuse(const char* option, const std::string& path, const std::string& why) {
  throw DataError("TlsOptions: " + std::string(option) + " " + quoted(path) + " cannot be used: " + why);
}

void check(int result, const char* option, const std::string& path) {
  if (result != 1) refuse(option, path, tls::take_reason());
}

void trust(SSL_CTX& context, const TlsOptions& options) {
  if (options.ca_file.empty() && options.ca_path.empty()) {
    if (SSL_CTX_set_default_verify_paths(&context) != 1) {
      throw DataError("TlsOptions: the authorities that the system trusts cannot be used: " + tls::take_reason());
    }
  }
  if (!options.ca_file.empty()) {
    check(SSL_CTX_load_verify_locations(&context, options.ca_file.c_str(), nullptr), "ca_file", options.ca_file);
  }
  if (!options.ca_path.empty()) {
    // OpenSSL would look for it only when it needs something in there.
    std::error_code error;
    if (!std::filesystem::is_directory(options.ca_path, error)) {
      refuse("ca_path", options.ca_path, error ? error.message() : "it is no folder");
    }
    check(SSL_CTX_load_verify_locations(&context, nullptr, options.ca_path.c_str()), "ca_path", options.ca_path);
  }
}

// Without this OpenSSL would ask on the terminal.
int give_password(char* to, int size, int, void* options) {
  const std::string& password = static_cast<const TlsOptions*>(options)->key_password;
  if (password.size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(to, password.data(), password.size());
  return static_cast<int>(password.size());
}

void identify(SSL_CTX& context, const TlsOptions& options) {
  if (options.cert_file.empty()) {
    if (!options.key_file.empty()) refuse("key_file", options.key_file, "there is no cert_file");
    return;
  }
  SSL_CTX_set_default_passwd_cb(&context, give_password);
  SSL_CTX_set_default_passwd_cb_userdata(&context, const_cast<TlsOptions*>(&options));
  check(SSL_CTX_use_certificate_chain_file(&context, options.cert_file.c_str()), "cert_file", options.cert_file);
  const bool own_file = !options.key_file.empty();
  const std::string& key_file = own_file ? options.key_file : options.cert_file;
  const char* const option = own_file ? "key_file" : "cert_file (as the key's file, too)";
  check(SSL_CTX_use_PrivateKey_file(&context, key_file.c_str(), SSL_FILETYPE_PEM), option, key_file);
  check(SSL_CTX_check_private_key(&context), option, key_file);
  SSL_CTX_set_default_passwd_cb_userdata(&context, nullptr);
  SSL_CTX_set_default_passwd_cb(&context, nullptr);
}

}  // namespace

std::shared_ptr<const Encryption> make_tls(const TlsOptions& options) {
  // OpenSSL would clean up at exit, perhaps before the last client is destroyed.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr);
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context.get(), options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  trust(*context, options);
  identify(*context, options);
  return std::make_shared<Tls>(std::move(context), options.server_name);
}

}  // namespace v0_1
}  // namespace rediscluster
