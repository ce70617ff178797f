#pragma once

#include "protocol/iso7816/atr.hpp"
#include "protocol/secret.hpp"
#include "tests/fakes/hex.hpp"

#include <string>

/// What cards are and say in tests that do not care which card it is.
namespace vscard::fakes {

inline const std::string kAtr = "3b808131fe458b";  ///< T=1
inline const std::string kOtherAtr = "3b00";       ///< T=0
inline const std::string kSelect = "00a40400";

inline protocol::iso7816::Atr atr(const std::string& hex = kAtr) {
  return protocol::iso7816::Atr::parse(from_hex(hex)).value();
}
inline protocol::SecretBytes secret(const std::string& hex) {
  return protocol::SecretBytes::copy_of(from_hex(hex));
}

}  // namespace vscard::fakes
