#pragma once

#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <expected>
#include <filesystem>
#include <span>
#include <string>

namespace vscard::certs_test {

/// What goes into a database under one nickname.
struct NssCredential {
  std::string nickname;
  protocol::SecretBytes certificate;  ///< DER
  protocol::SecretBytes key;          ///< DER, PKCS#8
};

/// Makes the folder and in it an NSS database (sql:) with the CA, trusted, and the credentials.
/// `pin` is its password. NSS must not be in use in this process, and is shut down again
/// afterwards, so that anything else may start it.
Result<> make_nss_database(const std::filesystem::path& folder, const protocol::SecretBytes& pin,
                           const protocol::SecretBytes& ca,
                           std::span<const NssCredential> credentials);

}  // namespace vscard::certs_test
