#pragma once

#include "protocol/bytes.hpp"
#include "protocol/iso7816/names/applications.hpp"

#include <string>

namespace vscard::protocol::iso7816::names {

/// What the standard, or the selected application, calls the command: "READ BINARY"; "INS 7e" for
/// one without a name, "malformed" for less than a header.
std::string command_name(Bytes command, Family selected);

}  // namespace vscard::protocol::iso7816::names
