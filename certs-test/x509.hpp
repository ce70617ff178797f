#pragma once

#include "certs-test/kinds.hpp"
#include "protocol/failure.hpp"

#include <openssl/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Keys, certificates and revocation lists. encoding.hpp writes them; nothing else calls OpenSSL.
namespace vscard::certs_test {

struct OpensslFree {
  void operator()(EVP_PKEY* key) const;
  void operator()(X509* certificate) const;
  void operator()(X509_CRL* crl) const;
};
using Key = std::unique_ptr<EVP_PKEY, OpensslFree>;
using Certificate = std::unique_ptr<X509, OpensslFree>;
using Crl = std::unique_ptr<X509_CRL, OpensslFree>;

struct Validity {
  std::chrono::sys_seconds from;
  std::chrono::sys_seconds to;
};

/// What the issuer signs.
enum class SignatureHash : std::uint8_t { Sha256, Sha1 };

/// What a certificate says. Usages and alternative names are words of x509v3_config(5).
struct Profile {
  std::string common_name;  ///< UTF-8
  Validity validity;
  bool authority = false;
  std::vector<std::string> key_usage;
  std::vector<std::string> extended_key_usage;
  std::vector<std::string> alternative_names;
  std::string sections;  ///< config(5): those that names refer to
  std::vector<std::string> name_constraints = {};
  SignatureHash hash = SignatureHash::Sha256;
};

/// A certificate, what it says, and its private key.
struct Credential {
  Profile profile;
  Certificate certificate;
  Key key;
};

/// Asked again and again while a key is searched for: true ends the search.
using Interrupted = std::function<bool()>;

/// An RSA key of 4096 bits takes seconds. `interrupted` may be empty.
Result<Key> make_key(KeyKind kind, const Interrupted& interrupted);

/// A certificate for `key`, with a random serial number.
Result<Credential> issue(Profile profile, Key key, const Credential& issuer);
Result<Credential> self_sign(Profile profile, Key key);

/// The revocation list of `issuer`; the reason is always a compromised key.
Result<Crl> make_crl(const Credential& issuer, const Validity& validity,
                     std::span<const X509* const> revoked);

/// In upper-case hexadecimal, as openssl x509 -serial shows it.
std::string serial_of(const X509& certificate);

/// "what: the reason of OpenSSL's last error", which is taken off its queue.
Failure openssl_error(std::string_view what);

}  // namespace vscard::certs_test
