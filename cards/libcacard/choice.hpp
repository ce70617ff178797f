#pragma once

#include "cards/libcacard/certificate.hpp"
#include "protocol/failure.hpp"

#include <chrono>
#include <string>
#include <vector>

/// Which certificates of a database or a token are on the card. Failures are lines for the user.
namespace vscard::cards::libcacard {

/// Where the certificates are.
struct Collection {
  std::string place;  ///< for the user: "the database in DIR"
  std::string label;  ///< of the token, as a pkcs11: URI names it
  std::vector<Certificate> certificates;
};

/// "id, sign, enc", for the user.
std::string names_of(const std::vector<Certificate>& certificates);

/// The same certificate may be there twice, and a renewed one beside the one before. NSS finds the
/// newest, too.
void drop_older(std::vector<Certificate>& certificates, std::chrono::sys_seconds now);

/// The line that shows what there is.
Failure no_such_certificate(const Collection& from, const std::string& word);

/// The one that `word` means: a nickname, an e-mail address, a pkcs11: URI, a serial number or a
/// fingerprint. Of several, those with their key come first, then those that are valid, then, of
/// one key, the newest. Where that leaves several, the error lists them.
Result<Certificate> choose(const Collection& from, const std::string& word,
                           std::chrono::sys_seconds now);

}  // namespace vscard::cards::libcacard
