#pragma once

#include "protocol/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace vscard::certs_test {

inline constexpr std::size_t kMaxCommonName = 64;  ///< characters, RFC 5280 A.1 ub-common-name

/// The person whom a card belongs to.
struct Subject {
  std::string name;     ///< common name, UTF-8
  std::string address;  ///< e-mail address; principal_of() is made from it
  std::string folder;   ///< the name in lower-case ASCII letters, digits and hyphens
  bool operator==(const Subject&) const = default;
};

/// Who the subject is to a Kerberos server, and with an '@' between the two to Windows.
struct Principal {
  std::string user;
  std::string realm;  ///< in upper-case letters, as realms are written
  bool operator==(const Principal&) const = default;
};

/// The two sides of the address: alice and CORP.TEST.
Principal principal_of(const Subject& subject);

/// "Alice Adams <alice@corp.test>"; without an address it is made from the name:
/// "alice-adams@example.test".
Result<Subject> parse_subject(std::string_view text);

}  // namespace vscard::certs_test
