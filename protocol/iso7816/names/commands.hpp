#pragma once

#include "protocol/bytes.hpp"
#include "protocol/iso7816/names/applications.hpp"

#include <cstdint>
#include <string>

namespace vscard::protocol::iso7816::names {

inline constexpr std::uint8_t kPerformSecurityOperation = 0x2a;  ///< ISO 7816-8 §5.2

/// What the standard, or the selected application, calls the command: "READ BINARY"; "INS 7e" for
/// one without a name, "malformed" for less than a header.
std::string command_name(Bytes command, Family selected);

}  // namespace vscard::protocol::iso7816::names
