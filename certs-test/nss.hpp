#pragma once

#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <filesystem>
#include <span>
#include <string>

/// The calls of NSS that are needed here. A process has one NSS: what it has opened stays open,
/// but for make_database(). Failures are lines for the user.
namespace vscard::certs_test::nss {

/// What goes into a database under one nickname.
struct Credential {
  std::string nickname;
  protocol::SecretBytes certificate;  ///< DER
  protocol::SecretBytes key;          ///< DER, PKCS#8
};

/// Makes the folder and in it an NSS database (sql:) with the CA, trusted, and the credentials.
/// `pin` is its password. NSS must not be in use in this process, and is shut down again
/// afterwards, so that anything else may start it.
Result<> make_database(const std::filesystem::path& folder, const protocol::SecretBytes& pin,
                       const protocol::SecretBytes& ca, std::span<const Credential> credentials);

/// Opens the process's NSS with this database, for reading.
Result<> open_database(const std::filesystem::path& folder);
/// Opens a further database, for reading, as a token of this name.
Result<> open_token(const std::filesystem::path& folder, const std::string& name);

}  // namespace vscard::certs_test::nss
