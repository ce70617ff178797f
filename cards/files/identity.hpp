#pragma once

#include "cards/certificates/x509.hpp"
#include "cards/files/contents.hpp"

#include <string>
#include <vector>

namespace vscard::cards::files {

using certificates::kind_of;
using certificates::subject_of;

/// A key, its certificate, and those of the issuers as far as they are there, the nearest first.
struct Identity {
  Key key;
  Certificate certificate;
  std::vector<Certificate> chain = {};
  std::string name = {};  ///< as PKCS#12 calls it, in UTF-8, or empty
};

struct Identities {
  std::vector<Identity> usable;           ///< in the order of their keys
  std::vector<std::string> lines;         ///< for the user: what cannot be shown, and why
  std::vector<std::string> exposed = {};  ///< likewise: files whose keys others can read
};

/// Joins what belongs together. Two things belong together when their public keys are equal; what
/// PKCS#12 says about that only decides between several certificates of one key.
Identities identify(Contents contents);

}  // namespace vscard::cards::files
