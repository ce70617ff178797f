#pragma once

#include "cards/card_set.hpp"
#include "cards/files/identity.hpp"
#include "cards/piv/contents.hpp"
#include "cards/pkcs11/token.hpp"
#include "cards/pkcs11/token_keys.hpp"
#include "cards/pkcs11/uri.hpp"

#include <map>
#include <string>
#include <vector>

namespace vscard::cards::pkcs11 {

/// "the token 'mine'"
std::string label_of(const Token& token);

/// The certificates of a token.
struct Contents {
  std::vector<TokenCertificate> read;               ///< all, by their ids
  std::vector<files::Identity> identities = {};     ///< those that the URI names, with public keys
  std::vector<std::vector<std::uint8_t>> ids = {};  ///< of each identity
  std::vector<std::string> lines = {};              ///< for the user: what cannot be shown, and why
};

/// Blocks. The failure is a line for the user.
Result<Contents> look_into(Token& token, const Uri& uri);

/// What a PIV card shows of them.
struct Shown {
  std::vector<piv::KeyAndCertificate> contents;
  std::map<piv::Slot, TokenKey> keys;
};

/// After lines for the user about each of them. The failure, that there is none, is a line, too.
Result<Shown> show(const Contents& contents, const Token& token, const std::string& card,
                   const OpenOptions& options);

}  // namespace vscard::cards::pkcs11
