#pragma once

#include <openssl/x509.h>

#include <cstdint>
#include <optional>
#include <string>

namespace vscard::cards::certificates {

/// What the certificate says that its key is for. Without key usages it may do anything
/// (RFC 5280 §4.2.1.3).
struct Usages {
  /// Extended key usage: clientAuth, smart card logon or PKINIT.
  enum class Login : std::uint8_t {
    Unsaid,  ///< it has no extended usages, or any
    Named,
    Excluded,  ///< it has others alone
  };

  bool signature = true;        ///< digitalSignature
  bool non_repudiation = true;  ///< or contentCommitment
  bool encryption = true;       ///< keyEncipherment, dataEncipherment or keyAgreement
  Login login = Login::Unsaid;
  bool operator==(const Usages&) const = default;
};

Usages usages_of(const X509& certificate);

bool only_encrypts(const Usages& usages);

/// Why it is none for a login.
std::optional<std::string> trouble_with_login(const Usages& usages);

}  // namespace vscard::cards::certificates
