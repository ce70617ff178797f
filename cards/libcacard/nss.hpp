#pragma once

#include "protocol/failure.hpp"

#include <expected>
#include <filesystem>
#include <string>
#include <vector>

/// The calls of NSS that libcacard does not make itself: it opens one database and skips what it
/// does not find there without a word. Errors are lines for the user.
namespace vscard::cards::libcacard::nss {

/// Opens the process's NSS with this database, for reading.
Result<> open(const std::filesystem::path& database);

/// Has this process opened a database, here or through libcacard?
bool is_open();

/// Opens a further database as a token with this name.
Result<> open_token(const std::filesystem::path& database, const std::string& name);

/// Is there an NSS database? The error tells how to make one.
Result<> check_database(const std::filesystem::path& database);

/// Has the certificate, and its private key, been found? The error lists what there is.
/// `nickname` is "TOKEN:NICKNAME" for a further database.
Result<> check_certificate(const std::string& nickname);

/// Does a token accept any PIN, because its database has no password?
bool accepts_any_pin(const std::string& nickname);

/// Why libcacard shows no token: a line for each slot, or that there is none.
std::string explain_no_tokens(const std::filesystem::path& database);

}  // namespace vscard::cards::libcacard::nss
