#pragma once

#include <system_error>

namespace vscard::ccid_passthru::usbip {

/// Why a USB/IP connection is closed.
enum class Errc {
  NotUsbip = 1,    ///< it begins with what is not a request for the list or for a device
  WrongVersion,    ///< … with one of another version than 1.1.1
  BadBusId,        ///< an import names no bus id: it has no end, or no beginning
  BadRequest,      ///< a command, an endpoint or a direction that the protocol does not have
  RequestTooLong,  ///< more than kMaxTransfer bytes for the device
  Isochronous,     ///< packets that a smart card reader does not have
};

const std::error_category& error_category();

inline std::error_code make_error_code(Errc errc) {
  return {static_cast<int>(errc), error_category()};
}

}  // namespace vscard::ccid_passthru::usbip

template <>
struct std::is_error_code_enum<vscard::ccid_passthru::usbip::Errc> : std::true_type {};
