#pragma once

#include "protocol/bytes.hpp"

#include <cstdint>
#include <string_view>

namespace vscard::protocol::iso7816::names {

/// Whose names the files, objects and keys of an application have.
enum class Family : std::uint8_t {
  Unknown,
  Piv,      ///< NIST SP 800-73-4
  Cac,      ///< GSC-IS 2.1 as the Common Access Card has it
  OpenPgp,  ///< OpenPGP application 3.4
  Pkcs15,   ///< ISO 7816-15
  GlobalPlatform,
  Other,  ///< a name, and nothing more
};

struct Application {
  std::string_view name;
  Family family = Family::Unknown;
};

/// The application whose identifier begins with the longest known part of `aid`. Unknown: its name
/// is empty.
Application find_application(Bytes aid);

}  // namespace vscard::protocol::iso7816::names
