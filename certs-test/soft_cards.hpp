#pragma once

#include "certs-test/kinds.hpp"
#include "certs-test/manifest.hpp"
#include "certs-test/pin.hpp"
#include "certs-test/profiles.hpp"
#include "certs-test/x509.hpp"
#include "protocol/failure.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vscard::certs_test {

inline constexpr int kMaxDays = 36500;

/// How much work it is to get from the PIN to a key of the card.
enum class KeyDerivation {
  Quick,  ///< see nss::FewRounds: the same keys lie beside the card, not encrypted
  Full,   ///< as NSS has it, or a PIV card
};

struct SoftCardOptions {
  std::filesystem::path folder;                    ///< its parent must exist
  std::vector<std::string> subjects{"Test User"};  ///< a card each, see parse_subject()
  CardType type = CardType::Cac;
  KeyKinds keys = KeyKinds::all(KeyKind::Rsa2048);  ///< a CAC has RSA keys
  int days = 3650;                                  ///< 1 to kMaxDays
  protocol::SecretBytes pin = default_pin();
  KeyDerivation key_derivation = KeyDerivation::Quick;
  std::vector<Defect> bad;                         ///< a further card each, of the first subject
  bool force = false;                              ///< replace soft cards that are in the folder
  std::function<void(std::string_view)> progress;  ///< a line before each key; may be empty
  Interrupted interrupted;                         ///< called on any thread; may be empty
};

/// Makes a CA and the cards that it issues:
///
///     ca/           ca.pem, crl.pem, crl.der, private/ca.key
///     cards/NAME/   id.pem, sign.pem, enc.pem, nssdb/ or piv/, private/ with a .key and a .p12 of
///     each bad/DEFECT/   the same, where id is to be refused for that reason; issuer.pem and
///     crl.pem if
///                   an intermediate CA issued it
///
/// and manifest.json, which names everything. The folder appears complete or not at all. Blocks
/// while keys are made, on threads of their own, which take the signals of this one. NSS must not
/// be in use in this process, which may have no other thread; it is shut down again afterwards.
Result<Manifest> make_soft_cards(const SoftCardOptions& options);

}  // namespace vscard::certs_test
