#pragma once

#include "cards/piv/openssl.hpp"

#include <openssl/bio.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include <memory>

/// OpenSSL's handles that files need besides those of the PIV card.
namespace vscard::cards::files {

using piv::Certificate;
using piv::OpensslFree;
using Key = piv::Pkey;
using PlainKey = std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpensslFree<PKCS8_PRIV_KEY_INFO_free>>;
using EncryptedKey = std::unique_ptr<X509_SIG, OpensslFree<X509_SIG_free>>;
using Bio = std::unique_ptr<BIO, OpensslFree<BIO_free>>;

/// What decrypts files: a context of its own with OpenSSL's legacy provider, which has RC2 and
/// RC4, beside the default one. Keys that are used later are not made in it.
class DecryptionLibrary {
 public:
  DecryptionLibrary();

  OSSL_LIB_CTX* get() const { return context_.get(); }
  bool has_legacy() const { return legacy_ != nullptr; }

 private:
  std::unique_ptr<OSSL_LIB_CTX, OpensslFree<OSSL_LIB_CTX_free>> context_;
  // The context's are unloaded before it.
  std::unique_ptr<OSSL_PROVIDER, OpensslFree<OSSL_PROVIDER_unload>> default_;
  std::unique_ptr<OSSL_PROVIDER, OpensslFree<OSSL_PROVIDER_unload>> legacy_;
};

}  // namespace vscard::cards::files
