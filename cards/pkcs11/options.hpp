#pragma once

#include "cards/kind.hpp"

#include <any>
#include <string>

namespace vscard::cards::pkcs11 {

/// What CardSpec::details is.
struct Options {
  std::string uri;  ///< "pkcs11:token=mytoken", RFC 7512; p11-kit has not read it yet
};

/// `spec` is of this kind.
inline const Options& options_of(const CardSpec& spec) {
  return std::any_cast<const Options&>(spec.details);
}

}  // namespace vscard::cards::pkcs11
