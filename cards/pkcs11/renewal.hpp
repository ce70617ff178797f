#pragma once

#include "cards/card_set.hpp"
#include "cards/piv/state.hpp"
#include "cards/pkcs11/contents.hpp"
#include "cards/pkcs11/token_keys.hpp"
#include "cards/pkcs11/uri.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vscard::cards::pkcs11 {

/// Follows the certificates of a card's token: when they have changed, the card becomes what they
/// are now. If that fails, a line says why and the card stays as it was.
class Renewal {
 public:
  /// `read`: what the card shows so far. The lines of `options` may be called from the thread that
  /// calls this object.
  Renewal(std::string card, Uri uri, OpenOptions options, std::vector<TokenCertificate> read);

  /// Blocks. When there is a new state, `keys` has its keys.
  std::optional<piv::State> operator()(const piv::State& now, TokenKeys& keys);

 private:
  Result<piv::State> renewed(const piv::State& now, TokenKeys& keys, const Contents& contents);

  std::string card_;
  Uri uri_;
  OpenOptions options_;
  std::vector<TokenCertificate> read_;
};

}  // namespace vscard::cards::pkcs11
