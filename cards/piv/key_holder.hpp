#pragma once

#include "cards/piv/slot.hpp"
#include "protocol/bytes.hpp"
#include "protocol/iso7816/apdu.hpp"
#include "protocol/secret.hpp"

#include <expected>

namespace vscard::cards::piv {

using protocol::Bytes;
using protocol::SecretBytes;

/// What has a card's keys and PIN, where they are not the card's own: a token behind it. The card
/// keeps to its rules of when a key may be used. Calls may take as long as they like.
class KeyHolder {
 public:
  enum class Use : std::uint8_t {
    Sign,   ///< RSA: the bare private operation; ECC: ECDSA over a hash, in DER
    Agree,  ///< ECC: the x-coordinate of what is agreed on with an uncompressed point
  };

  KeyHolder() = default;
  KeyHolder(const KeyHolder&) = delete;
  KeyHolder& operator=(const KeyHolder&) = delete;
  virtual ~KeyHolder() = default;

  /// VERIFY with a PIN, which is without its fill: Success, TriesLeft with a number, or Blocked.
  virtual protocol::iso7816::StatusWord verify(Bytes pin) = 0;
  /// VERIFY without a PIN, while none is verified: TriesLeft with a number, or Blocked.
  virtual protocol::iso7816::StatusWord tries() = 0;
  virtual void log_out() = 0;
  virtual std::expected<SecretBytes, protocol::iso7816::StatusWord> use(Slot slot, Use use,
                                                                        Bytes data) = 0;
};

}  // namespace vscard::cards::piv
