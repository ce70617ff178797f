#pragma once

#include "cards/files/openssl.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vscard::cards::files {

struct FoundKey {
  Key key;
  std::vector<std::uint8_t> id = {};  ///< PKCS#12's localKeyID, which its certificate has, too
  std::string name = {};              ///< PKCS#12's friendlyName, in UTF-8
  bool in_clear = false;              ///< its file needs no password
};

struct FoundCertificate {
  Certificate certificate;
  std::vector<std::uint8_t> id = {};
  std::string name = {};
};

/// What files have, in their order, before it is known what belongs together.
struct Contents {
  std::vector<FoundKey> keys;
  std::vector<FoundCertificate> certificates;
  std::vector<std::string> lines;  ///< for the user: what cannot be shown, and why
};

}  // namespace vscard::cards::files
