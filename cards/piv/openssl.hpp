#pragma once

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>

/// OpenSSL's handles, for the few files that call it.
namespace vscard::cards::piv {

template <auto Free>
struct OpensslFree {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using Pkey = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, OpensslFree<EVP_PKEY_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, OpensslFree<EVP_CIPHER_CTX_free>>;
using Certificate = std::unique_ptr<X509, OpensslFree<X509_free>>;
using BigNumber = std::unique_ptr<BIGNUM, OpensslFree<BN_clear_free>>;
using BigNumberContext = std::unique_ptr<BN_CTX, OpensslFree<BN_CTX_free>>;

/// OpenSSL has no memory or no random numbers. What a command may cause is not an exception.
struct CryptoError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool done, const char* what) {
  if (!done) throw CryptoError(what);
}

}  // namespace vscard::cards::piv
