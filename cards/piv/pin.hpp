#pragma once

#include "protocol/bytes.hpp"
#include "protocol/failure.hpp"
#include "protocol/secret.hpp"

#include <string_view>

namespace vscard::cards::piv {

using protocol::Bytes;
using protocol::SecretBytes;

inline constexpr std::size_t kMinPin = 6;  ///< digits; of a PUK: bytes
inline constexpr std::size_t kMaxPin = 8;  ///< what a command has; shorter ones are filled with FF

inline constexpr std::string_view kDefaultPin = "123456";
inline constexpr std::string_view kDefaultPuk = "12345678";

/// 6 to 8 digits, then FF up to 8 bytes (SP 800-73-4 part 2 §2.4.3).
bool is_pin(Bytes padded);
/// The same with any bytes but FF.
bool is_puk(Bytes padded);

/// What stands before the fill; empty if other bytes stand behind its first. A view.
Bytes unpadded(Bytes padded);

/// 8 bytes of what a user says, which has at most 8.
SecretBytes padded(Bytes text);
SecretBytes padded(std::string_view text);

/// Is it one that a card may have? The failure is a line for the user.
Result<> check_pin(const SecretBytes& pin);

}  // namespace vscard::cards::piv
