#pragma once

#include "ccid-passthru/usb/request.hpp"
#include "protocol/secret.hpp"

#include <cstdint>
#include <variant>

namespace vscard::ccid_passthru::usbip {

/// A transfer as a whole: USB/IP knows no packets.
struct Submit {
  std::uint32_t sequence = 0;
  std::uint8_t endpoint = 0;      ///< address, with the direction bit; 00 and 80: the control pipe
  std::uint32_t length = 0;       ///< bytes that the client offers, or has room for
  bool short_is_error = false;    ///< URB_SHORT_NOT_OK
  std::uint32_t iso_packets = 0;  ///< 0, or all ones: the client's way to write "none"
  usb::Setup setup;               ///< of the control pipe
  protocol::SecretBytes data;     ///< of an OUT transfer
};

/// The client does not want the transfer of this sequence number any more.
struct Unlink {
  std::uint32_t sequence = 0;  ///< its own
  std::uint32_t victim = 0;
};

using Request = std::variant<Submit, Unlink>;

}  // namespace vscard::ccid_passthru::usbip
