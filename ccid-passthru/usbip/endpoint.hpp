#pragma once

#include "chardev/transport.hpp"
#include "protocol/failure.hpp"

#include <span>
#include <string>

namespace vscard::ccid_passthru::usbip {

inline constexpr const char* kDefaultPort = "3240";  ///< of USB/IP, IANA

/// "listen:ADDRESS". A TCP address without a port gets kDefaultPort. The error is a line for the
/// user, as for the next one.
Result<chardev::Endpoint> parse_endpoint(const std::string& text,
                                         std::span<const chardev::Transport* const> transports);

/// Refuses an address over which PINs would go unencrypted to another machine, and shows the ways
/// there are: clients of USB/IP do not encrypt.
Result<> check_exposure(const chardev::Address& address, const chardev::Transport& transport);

}  // namespace vscard::ccid_passthru::usbip
