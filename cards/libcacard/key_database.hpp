#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace vscard::cards::libcacard {

/// What key4.db, the keys of an NSS database, shows without the password, which NSS asks for first.
struct KeyDatabase {
  std::set<std::string> key_ids;  ///< CKA_ID of the private keys, upper-case hexadecimal
  std::size_t salt = 0;           ///< bytes of the password's salt; 0: no password was ever set
};

// NSS derives keys from the password in two ways. The salt of the one that every NSS knows has 20
// bytes. Seen with NSS 3.87 and 3.110: they call the right password of the other one wrong.
inline constexpr std::size_t kNewSalt = 48;              ///< bytes
inline constexpr const char* kNssWithNewSalt = "3.120";  ///< seen; an earlier one may know it

/// Nothing where the file cannot be read.
std::optional<KeyDatabase> read_key_database(const std::filesystem::path& folder);

}  // namespace vscard::cards::libcacard
