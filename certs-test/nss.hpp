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

/// While it exists, the databases that this process makes derive their keys from the PIN in one
/// round, where NSS takes 10,000 of its own accord. NSS does that for each part of a private key
/// each time when the key is used, so the rounds are most of what a signature costs. A limit that
/// the user has set for NSS stays as it is. Changes the environment: not beside other threads.
class FewRounds {
 public:
  FewRounds();
  FewRounds(const FewRounds&) = delete;
  FewRounds& operator=(const FewRounds&) = delete;
  ~FewRounds();

 private:
  bool set_by_user_;
};

/// Makes the folder and in it an NSS database (sql:) with the CA, trusted, unless it is empty, and
/// the credentials.
/// `pin` is its password. NSS must not be in use in this process, and is shut down again
/// afterwards, so that anything else may start it.
Result<> make_database(const std::filesystem::path& folder, const protocol::SecretBytes& pin,
                       const protocol::SecretBytes& ca, std::span<const Credential> credentials);

/// Opens the process's NSS with this database, for reading.
Result<> open_database(const std::filesystem::path& folder);
/// Opens a further database, for reading, as a token of this name.
Result<> open_token(const std::filesystem::path& folder, const std::string& name);

}  // namespace vscard::certs_test::nss
