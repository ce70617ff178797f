#pragma once

#include "cards/certificates/usages.hpp"
#include "cards/certificates/validity.hpp"
#include "protocol/bytes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::libcacard {

struct PublicKey {
  enum class Kind : std::uint8_t { Rsa, RsaPss, Ec, Other };
  Kind kind = Kind::Other;
  unsigned bits = 0;  ///< of an RSA key
  std::string name;   ///< for the user: "RSA 2048", "EC P-256"
  bool operator==(const PublicKey&) const = default;
};

using certificates::Usages;
using certificates::Validity;

/// Is the key where the certificate is? Unknown: the token shows no keys before its PIN.
enum class KeyPresence : std::uint8_t { Here, Missing, Unknown };

/// A certificate of an NSS database or a token, as far as a card depends on it. Hexadecimal is in
/// upper case and without colons.
struct Certificate {
  std::string nickname;                ///< its label, without the token's name; may be empty
  std::string subject;                 ///< the common name; where there is none, the whole subject
  std::string serial;                  ///< hexadecimal, as openssl x509 -serial shows it
  std::string sha1;                    ///< fingerprint, hexadecimal
  std::string sha256;                  ///< the same
  std::string id;                      ///< CKA_ID, which the key has too; hexadecimal, may be empty
  std::vector<std::string> addresses;  ///< e-mail, in lower case
  PublicKey key;
  KeyPresence key_presence = KeyPresence::Unknown;
  Usages usages;
  bool authority = false;  ///< it is a CA's
  Validity validity;
  std::size_t size = 0;  ///< bytes of its DER encoding
  bool operator==(const Certificate&) const = default;
};

/// What the DER encoding says; the nickname, the id and the key's presence are left empty. Nothing
/// where NSS, which must be open, cannot read it.
std::optional<Certificate> read_certificate(protocol::Bytes der);

std::string hex_of(protocol::Bytes bytes);

}  // namespace vscard::cards::libcacard
