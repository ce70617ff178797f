#pragma once

#include <system_error>

namespace vscard::ccid_passthru::usbredir {

/// Why a usbredir stream is closed.
enum class Errc {
  NotUsbredir = 1,  ///< the first packet is not a hello
  PacketTooLong,    ///< a header announces more than kMaxPacketBody bytes
  BadPacket,        ///< a packet's type, direction or length is against the protocol
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::ccid_passthru::usbredir

template <>
struct std::is_error_code_enum<vscard::ccid_passthru::usbredir::Errc> : std::true_type {};
