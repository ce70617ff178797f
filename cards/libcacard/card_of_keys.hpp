#pragma once

#include "cards/card_set.hpp"
#include "protocol/secret.hpp"

#include <openssl/types.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace vscard::cards::libcacard {

struct KeyAndCertificate {
  const EVP_PKEY* key;
  const X509* certificate;
};

/// A card of the CAC kind, with RSA keys: one of an NSS database in memory, which is made here and
/// is gone once the card is open. `pin` has 4 to 8 characters;
/// `made_of` are the files of the keys. The error is a line for the user,
/// also where NSS is in use in this process already, or is not there.
Result<Became> card_of_keys(std::string name, std::span<const KeyAndCertificate> keys,
                            const protocol::SecretBytes& pin,
                            std::vector<std::filesystem::path> made_of);

}  // namespace vscard::cards::libcacard
