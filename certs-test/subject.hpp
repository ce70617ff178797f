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
  std::string address;  ///< e-mail address and user principal name
  std::string folder;   ///< the name in lower-case ASCII letters, digits and hyphens
  bool operator==(const Subject&) const = default;
};

/// "Alice Adams <alice@corp.test>"; without an address it is made from the name:
/// "alice-adams@example.test".
Result<Subject> parse_subject(std::string_view text);

}  // namespace vscard::certs_test
