#include "support/certificates.h"

#include <cstdio>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <utility>

namespace rediscluster::tests {

namespace {

template <auto function>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Paper = std::unique_ptr<X509, Free<X509_free>>;
using File = std::unique_ptr<std::FILE, Free<std::fclose>>;

void check(bool good) {
  if (!good) throw std::runtime_error("cannot make a certificate");
}

Key new_key() {
  const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> maker(EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nullptr));
  EVP_PKEY* key = nullptr;
  check(EVP_PKEY_keygen_init(maker.get()) == 1 &&
        EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker.get(), NID_X9_62_prime256v1) == 1 &&
        EVP_PKEY_keygen(maker.get(), &key) == 1);
  return Key(key);
}

void add_extension(X509& certificate, X509& issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  check(extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1);
}

// Not signed yet.
Paper new_paper(EVP_PKEY& key, const std::string& name, const CertificateOptions& options) {
  static long serial = 0;
  Paper paper(X509_new());
  constexpr long day = 24 * 3600;
  check(paper != nullptr && X509_set_version(paper.get(), 2) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(paper.get()), ++serial) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(paper.get()), options.from_day * day) != nullptr &&
        X509_gmtime_adj(X509_getm_notAfter(paper.get()), options.to_day * day) != nullptr &&
        X509_set_pubkey(paper.get(), &key) == 1 &&
        X509_NAME_add_entry_by_txt(X509_get_subject_name(paper.get()), "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0) == 1);
  return paper;
}

void sign(X509& paper, X509& issuer, EVP_PKEY& key) {
  check(X509_set_issuer_name(&paper, X509_get_subject_name(&issuer)) == 1 && X509_sign(&paper, &key, EVP_sha256()) > 0);
}

void save(X509& paper, const std::string& path) {
  const File file(std::fopen(path.c_str(), "w"));
  check(file != nullptr && PEM_write_X509(file.get(), &paper) == 1);
}

void save(EVP_PKEY& key, const std::string& path, const std::string& password) {
  const File file(std::fopen(path.c_str(), "w"));
  check(file != nullptr &&
        PEM_write_PKCS8PrivateKey(file.get(), &key, password.empty() ? nullptr : EVP_aes_256_cbc(), password.data(),
                                  static_cast<int>(password.size()), nullptr, nullptr) == 1);
}

}  // namespace

struct CertificateAuthority::Impl {
  std::string folder;
  std::string file;
  Key key = new_key();
  Paper paper = nullptr;
};

CertificateAuthority::CertificateAuthority(std::string folder, std::string name) : impl_(std::make_unique<Impl>()) {
  impl_->folder = std::move(folder);
  impl_->file = impl_->folder + "/" + name + ".crt";
  impl_->paper = new_paper(*impl_->key, name, {.from_day = -400, .to_day = 400});
  add_extension(*impl_->paper, *impl_->paper, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(*impl_->paper, *impl_->paper, NID_key_usage, "critical,keyCertSign,cRLSign");
  sign(*impl_->paper, *impl_->paper, *impl_->key);
  save(*impl_->paper, impl_->file);
}

CertificateAuthority::~CertificateAuthority() = default;

const std::string& CertificateAuthority::ca_file() const noexcept {
  return impl_->file;
}

std::string CertificateAuthority::hash() const {
  char text[16];
  std::snprintf(text, sizeof text, "%08lx", X509_subject_name_hash(impl_->paper.get()));
  return text;
}

Certificate CertificateAuthority::issue(const std::string& name, const CertificateOptions& options) const {
  const Key key = new_key();
  const Paper paper = new_paper(*key, name, options);
  if (!options.names.empty()) add_extension(*paper, *impl_->paper, NID_subject_alt_name, options.names);
  sign(*paper, *impl_->paper, *impl_->key);
  Certificate files{impl_->folder + "/" + name + ".crt", impl_->folder + "/" + name + ".key"};
  save(*paper, files.cert_file);
  save(*key, files.key_file, options.key_password);
  return files;
}

}  // namespace rediscluster::tests
