#pragma once

#include "protocol/failure.hpp"

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace vscard::chardev::tls {

struct NameFree {
  void operator()(X509_NAME* name) const { X509_NAME_free(name); }
};
using NamePtr = std::unique_ptr<X509_NAME, NameFree>;

/// "O=Example,CN=vmhost", as SPICE writes a host's subject: in the certificate's order, a backslash
/// before a comma of a value. The error is part of a line for the user.
Result<NamePtr> parse_name(std::string_view text);
/// The other way round.
std::string text_of(const X509_NAME* name);

}  // namespace vscard::chardev::tls
