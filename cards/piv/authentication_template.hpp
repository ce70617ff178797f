#pragma once

#include "protocol/bytes.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <optional>

namespace vscard::cards::piv {

/// Dynamic authentication template, 7C of GENERAL AUTHENTICATE (SP 800-73-4 part 2 table 7). An
/// empty one asks for it.
struct AuthenticationTemplate {
  std::optional<protocol::Bytes> witness;         ///< 80
  std::optional<protocol::Bytes> challenge;       ///< 81
  std::optional<protocol::Bytes> response;        ///< 82
  std::optional<protocol::Bytes> exponentiation;  ///< 85: the other side's point

  /// Views into `bytes`. Nothing: not a template, or it has a part twice.
  static std::optional<AuthenticationTemplate> parse(protocol::Bytes bytes);
  /// 7C with this one part.
  static protocol::SecretBytes with(std::uint8_t tag, protocol::Bytes value);
};

}  // namespace vscard::cards::piv
